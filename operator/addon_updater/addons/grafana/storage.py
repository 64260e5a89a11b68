"""Where a Grafana server keeps its database, and on what kind of volume that lies."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from addon_updater.addons.grafana.settings import Settings
from addon_updater.addons.podtemplate import container_of, entries, pod_of
from addon_updater.rollout.workload import Manifest, Workload

SQLITE: Final = "sqlite3"
_VANISHING: Final = frozenset({"emptyDir", "ephemeral"})


class Place(StrEnum):
    """What becomes of the database when the pod goes."""

    CLAIM = "Claim"
    """It stays on a PersistentVolumeClaim, where a Job can copy it."""
    VANISHING = "Vanishing"
    """It goes with the pod: everything in it comes from provisioning, or is lost at every restart anyway."""
    OTHER_VOLUME = "OtherVolume"
    """It stays, on a volume that no Job of ours may mount."""
    SERVER = "Server"
    """It lies on a database server that only Grafana knows how to reach."""
    UNSEEN = "Unseen"
    """It is set where it cannot be seen."""


@dataclass(frozen=True, slots=True)
class Storage:
    """The database of a workload.

    `kind` is sqlite3, mysql or postgres; None when it cannot be seen. `path`, `mount` and `volume` are those of a
    SQLite file; `volume` is ready for another pod that runs beside the workload's.
    """

    place: Place
    kind: str | None
    path: str | None = None
    mount: Mapping[str, Any] | None = None
    volume: Mapping[str, Any] | None = None

    @property
    def stays(self) -> bool:
        """Whether the database outlives the pod, as far as anybody can tell."""
        return self.place is not Place.VANISHING


def storage_of(workload: Workload, container: str, settings: Settings) -> Storage:
    """The database of the workload's Grafana."""
    kind = _kind(settings)
    if kind is None:
        return Storage(Place.UNSEEN, None)
    if kind != SQLITE:
        return Storage(Place.SERVER, kind)
    path = _path(settings)
    if path is None:
        return Storage(Place.UNSEEN, kind)
    mount = _mount_of(workload, container, path)
    if mount is None:
        return Storage(Place.VANISHING, kind, path)
    place, volume = _volume_of(workload, str(mount["name"]))
    return Storage(place, kind, path, mount, volume)


def _kind(settings: Settings) -> str | None:
    """The kind of database; None unless everything that decides it was seen."""
    url, kind = settings.get("database", "url"), settings.get("database", "type")
    if url.value:
        return url.value.partition(":")[0].replace("postgresql", "postgres")
    if url.value is None or kind.value is None:
        return None
    if kind.value:
        return kind.value
    return None if settings.hidden else SQLITE


def _path(settings: Settings) -> str | None:
    name, data = settings.get("database", "path").value, settings.data_directory
    if name is None or data is None:
        return None
    return posixpath.normpath(posixpath.join(data, name or "grafana.db"))


def _mount_of(workload: Workload, container: str, path: str) -> Manifest | None:
    """The innermost mount that holds the file."""
    mounts = [
        mount
        for mount in entries(container_of(workload.template, container), "volumeMounts")
        if path.startswith(f"{str(mount.get('mountPath', '')).rstrip('/')}/")
    ]
    return max(mounts, key=lambda mount: len(mount["mountPath"]), default=None)


def _volume_of(workload: Workload, name: str) -> tuple[Place, Manifest | None]:
    for template in entries(workload.spec, "volumeClaimTemplates"):
        if (template.get("metadata") or {}).get("name") == name:
            first = int((workload.spec.get("ordinals") or {}).get("start") or 0)
            return Place.CLAIM, _claim(name, f"{name}-{workload.name}-{first}")
    for volume in entries(pod_of(workload.template), "volumes"):
        if volume.get("name") != name:
            continue
        if "persistentVolumeClaim" in volume:
            return Place.CLAIM, _claim(name, volume["persistentVolumeClaim"]["claimName"])
        return (Place.VANISHING if _VANISHING & set(volume) else Place.OTHER_VOLUME), None
    return Place.OTHER_VOLUME, None


def _claim(name: str, claim: str) -> Manifest:
    return {"name": name, "persistentVolumeClaim": {"claimName": claim}}
