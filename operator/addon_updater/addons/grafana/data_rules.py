"""What the change means for the database, and what must have been saved before it.

Source: Grafana's maintainers on downgrades (grafana/grafana#41518, #78976), its guide to backups, and the migrations
to unified storage (pkg/storage/unified/migrations/README.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from addon_updater.addons.grafana.backup import backup_directory
from addon_updater.addons.grafana.change import Change
from addon_updater.addons.grafana.storage import SQLITE, Place
from addon_updater.api.release import ExternalBackup
from addon_updater.rollout.addon import HopContext
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.workload import Workload

_ACKNOWLEDGE: Final = "back it up, then set spec.backup.database.external: Acknowledged"
_LOCKED_RELEASE: Final = (13, 0, 1)


def data_rules(change: Change, context: HopContext) -> Iterator[Finding]:
    """What the database needs, and what is lost without it."""
    yield from _replicas(change)
    yield from _mixed_versions(change)
    yield from _strategy(change)
    yield from _backup(change, context)
    yield from _doors(change, context)
    yield from _locked(change)


def needs_recreate(workload: Workload, place: Place) -> bool:
    """Whether old and new pod must never run side by side: one holds the claim that the other waits for.

    On a folder of their node, or of a network, both would write one database. More replicas than one that share a
    claim prove that it can be mounted more than once.
    """
    if workload.is_stateful_set or workload.strategy == "Recreate":
        return False
    return place in (Place.CLAIM, Place.OTHER_VOLUME) or (bool(workload.claims()) and workload.replicas <= 1)


def _replicas(change: Change) -> Iterator[Finding]:
    if change.storage.kind == SQLITE and change.workload.replicas > 1 and change.storage.stays:
        yield Finding(
            "GrafanaReplicasOnSqlite",
            Severity.BLOCK,
            f"{change.workload.replicas} replicas share one SQLite database, which has room for one writer",
            "set replicas to 1, or move to MySQL or PostgreSQL",
        )


def _mixed_versions(change: Change) -> Iterator[Finding]:
    """grafana/grafana#41834, #131361: concurrent migrations, and old pods that write to tables left behind."""
    workload = change.workload
    rolls = workload.strategy == "RollingUpdate" and workload.replicas > 1
    if change.storage.place in (Place.SERVER, Place.UNSEEN) and change.doors and rolls:
        yield Finding(
            "GrafanaMixedVersions",
            Severity.BLOCK,
            f"{workload.replicas} replicas would be replaced one by one, while {change.doors[-1][0]} changes the "
            "database under those that still run the old version",
            "set replicas to 1 for this update, or strategy Recreate",
        )


def _strategy(change: Change) -> Iterator[Finding]:
    if needs_recreate(change.workload, change.storage.place):
        yield Finding(
            "GrafanaStrategyRecreate",
            Severity.REPAIR,
            "old and new pod must not have the volume at the same time: the strategy becomes Recreate, so nobody is "
            "served between the two",
            "set strategy Recreate yourself to have it in Git",
        )


def _backup(change: Change, context: HopContext) -> Iterator[Finding]:
    if acknowledged(context) or change.running == change.target:
        return
    storage = change.storage
    if storage.place is Place.SERVER:
        message = f"the database is {storage.kind}, of which only its own tools make a backup"
        yield Finding("GrafanaBackupExternal", Severity.BLOCK, message, _ACKNOWLEDGE)
    elif storage.place is Place.UNSEEN:
        message = (
            f"where the database lies cannot be seen: it stands in {change.settings.hidden or 'a Secret'}"
        )
        remedy = (
            f"set GF_DATABASE_TYPE and GF_PATHS_DATA as plain variables of the container, or {_ACKNOWLEDGE}"
        )
        yield Finding("GrafanaDatabaseUnseen", Severity.BLOCK, message, remedy)
    elif storage.place is Place.OTHER_VOLUME:
        message = f"{storage.path} stays on a volume that is no PersistentVolumeClaim, so no Job can copy it"
        yield Finding("GrafanaBackupVolume", Severity.BLOCK, message, _ACKNOWLEDGE)
    elif storage.place is Place.CLAIM and storage.mount and storage.mount.get("subPathExpr"):
        message = f"{storage.path} lies under a subPathExpr, which only its own pod can expand"
        yield Finding("GrafanaBackupVolume", Severity.BLOCK, message, f"use subPath, or {_ACKNOWLEDGE}")
    elif storage.place is Place.CLAIM and context.tools_image is None:
        message = f"{storage.path} must be copied before the update, and no image for that is known"
        remedy = f"start the operator with --tools-image and its own image, or {_ACKNOWLEDGE}"
        yield Finding("GrafanaNoToolsImage", Severity.BLOCK, message, remedy)


def _doors(change: Change, context: HopContext) -> Iterator[Finding]:
    if not change.doors or not change.storage.stays:
        return
    storage, version = change.storage, change.doors[-1][0]
    what = "; ".join(f"{door}: {text}" for door, text in change.doors)
    if storage.place is Place.CLAIM and context.tools_image is not None and storage.path:
        copy = f"{backup_directory(storage)}/{context.attempt or '<attempt>'}.backup.db"
        way = f"scale to 0, copy {copy} over {storage.path}, remove its -wal and -shm, start {change.running}"
    else:
        way = f"scale to 0, restore your own backup of the database, start {change.running}"
    yield Finding(
        "GrafanaOneWayDoor",
        Severity.WARN,
        f"nothing older than {version} reads the database afterwards ({what})",
        f"to go back: {way}",
    )


def _locked(change: Change) -> Iterator[Finding]:
    """grafana/grafana#122993; repaired in 13.0.2."""
    target, sqlite = change.target, change.storage.kind == SQLITE
    if change.doors and sqlite and (target.major, target.minor, target.patch) == _LOCKED_RELEASE:
        yield Finding(
            "GrafanaSqliteLocked",
            Severity.WARN,
            f"on SQLite the migration of Grafana {target} can fail with 'database is locked'",
            "take 13.0.2 or newer",
        )


def acknowledged(context: HopContext) -> bool:
    """Whether people have said that they take the backups of this database themselves."""
    backup = context.spec.backup
    database = backup.database if backup else None
    return database is not None and database.external is ExternalBackup.ACKNOWLEDGED
