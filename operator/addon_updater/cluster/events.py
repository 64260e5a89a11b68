"""Kubernetes Events about an AddonRelease. The name is derived from what happened, so a repetition meets itself."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from addon_updater.api.meta import API_VERSION
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client
from addon_updater.errors import ConflictError, ForbiddenError, InvalidError
from addon_updater.rollout.decision import EventNote
from addon_updater.rollout.observed import Release

_LOG = logging.getLogger(__name__)

CONTROLLER = "addon-updater.dev/operator"
_NOTE_LIMIT = 1024
"""Bytes of UTF-8, not characters: k8s.io/kubernetes pkg/apis/core/validation/events.go."""


async def emit(client: Client, release: Release, note: EventNote, *, instance: str) -> None:
    """Create the Event unless the very same one exists. That it is refused must never keep back the status."""
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
        "note": _in_bytes(note.message),
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
    except (ForbiddenError, InvalidError) as error:
        _LOG.warning("%s/%s: the Event could not be told: %s", release.namespace, release.name, error)


def _in_bytes(message: str) -> str:
    raw = message.encode()
    if len(raw) <= _NOTE_LIMIT:
        return message
    mark = "…"
    return raw[: _NOTE_LIMIT - len(mark.encode())].decode(errors="ignore") + mark
