"""Kubernetes Events about an AddonRelease. The name is derived from what happened, so a repetition meets itself."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from addon_updater.api.meta import API_VERSION
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client
from addon_updater.errors import ConflictError, ForbiddenError
from addon_updater.rollout.decision import EventNote, shorten
from addon_updater.rollout.observed import Release

_LOG = logging.getLogger(__name__)

CONTROLLER = "addon-updater.dev/operator"
_NOTE_LIMIT = 1000


async def emit(client: Client, release: Release, note: EventNote, *, instance: str) -> None:
    """Create the Event unless the very same one exists. Not being allowed to must never keep back the status."""
    digest = hashlib.sha256(f"{release.uid}/{note.key}".encode()).hexdigest()[:16]
    body: dict[str, Any] = {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": f"{release.name[:200]}.{digest}", "namespace": release.namespace},
        "eventTime": clock.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "reportingController": CONTROLLER,
        "reportingInstance": instance[:128],
        "action": "Reconcile",
        "reason": note.reason.value,
        "type": note.type.value,
        "note": shorten(note.message, _NOTE_LIMIT),
        "regarding": {
            "apiVersion": API_VERSION,
            "kind": "AddonRelease",
            "name": release.name,
            "namespace": release.namespace,
            "uid": release.uid,
        },
    }
    try:
        await client.create(paths.events(release.namespace), body)
    except ConflictError:
        return
    except ForbiddenError as error:
        _LOG.warning("%s/%s: the Event could not be told: %s", release.namespace, release.name, error)
