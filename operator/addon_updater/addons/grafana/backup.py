"""The Job that copies a SQLite database beside itself, before the update touches it."""

from __future__ import annotations

import posixpath
from typing import Any, Final

from addon_updater.addons.grafana.storage import Place, Storage
from addon_updater.api.release import KEPT_BACKUPS
from addon_updater.rollout.addon import HopContext, Stage, Task
from addon_updater.rollout.workload import Manifest, Workload

_GRAFANA_USER: Final = 472
"""The user of Grafana's image. Source: Grafana's Dockerfile."""
_DEADLINE_SECONDS: Final = 3600
_NODE: Final = "kubernetes.io/hostname"
_FROM_THE_TEMPLATE: Final = ("imagePullSecrets", "nodeSelector", "tolerations")


def backup_directory(storage: Storage) -> str:
    """Where the copies lie: on the volume of the database, so that they are as safe and as near."""
    return posixpath.join(posixpath.dirname(storage.path or "/"), "addon-updater-backups")


def backup_task(workload: Workload, container: str, storage: Storage, context: HopContext) -> Task | None:
    """The backup of a database on a claim; None when there is none to make, or none that a Job can make.

    Why not in the second case is what preflight says.
    """
    mount, volume, path = storage.mount, storage.volume, storage.path
    if storage.place is not Place.CLAIM or mount is None or volume is None or path is None:
        return None
    if context.tools_image is None or mount.get("subPathExpr"):
        return None
    arguments = [
        "sqlite-backup",
        path,
        backup_directory(storage),
        context.attempt,
        "--keep",
        str(_kept(context)),
    ]
    pod = _pod(workload, container, mount, volume)
    pod["containers"][0] |= {"image": context.tools_image, "args": arguments}
    return Task(
        name="backup",
        stage=Stage.BACKUP,
        purpose=f"copies {path} to {backup_directory(storage)} and proves the copy",
        pod=pod,
        blames=False,
        deadline_seconds=_DEADLINE_SECONDS,
    )


def _kept(context: HopContext) -> int:
    backup = context.spec.backup
    volume = backup.volume if backup else None
    return (volume.keep if volume else None) or KEPT_BACKUPS


def _pod(workload: Workload, container: str, mount: Manifest, volume: Manifest) -> dict[str, Any]:
    """A pod beside the workload's, as the same user, with the same volume and nothing else."""
    template = workload.template["spec"]
    own = (workload.container(container) or {}).get("securityContext") or {}
    pod: dict[str, Any] = {key: template[key] for key in _FROM_THE_TEMPLATE if template.get(key)}
    pod |= {
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsUser": _GRAFANA_USER,
            "seccompProfile": {"type": "RuntimeDefault"},
            **(template.get("securityContext") or {}),
        },
        "containers": [
            {
                "name": "backup",
                "securityContext": {
                    **{key: own[key] for key in ("runAsUser", "runAsGroup", "runAsNonRoot") if key in own},
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                },
                "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
                "volumeMounts": [_writable(mount)],
            }
        ],
        "volumes": [volume],
    }
    if workload.replicas > 0:
        # A claim that one node holds can be mounted there alone.
        beside = {"labelSelector": {"matchLabels": dict(workload.selector)}, "topologyKey": _NODE}
        pod["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [beside]}}
    return pod


def _writable(mount: Manifest) -> dict[str, Any]:
    return {key: mount[key] for key in ("name", "mountPath", "subPath") if mount.get(key)}
