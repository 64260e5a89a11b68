"""The pace of one hop, what must be saved before it, and what happens when it fails."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from addon_updater.api.meta import KubeModel
from addon_updater.api.text_rules import DurationBetween

KEPT_BACKUPS = 3
"""Copies that stay on the volume unless the spec says otherwise."""


class ZeroLoss(StrEnum):
    """What is said about requests that an update could lose."""

    OFF = "Off"
    ADVISE = "Advise"


class RollbackMode(StrEnum):
    """Whether a failed gate puts the previous revision back."""

    AUTO = "Auto"


class RestoreData(StrEnum):
    """Who puts a backup of the data back when a rollback needs it."""

    MANUAL = "Manual"


class ExternalBackup(StrEnum):
    """Who takes the backup of a database outside the addon."""

    ACKNOWLEDGED = "Acknowledged"


class Rollout(KubeModel):
    """The pace of one hop. Effective values appear in status.effective."""

    progress_deadline: Annotated[
        str | None,
        DurationBetween("30s", "2h"),
        Field(description="Time for all new pods to become available. Unset: 10m."),
    ] = None
    soak: Annotated[
        str | None,
        DurationBetween("0s", "24h"),
        Field(description="Time that every gate must keep passing after the rollout. Unset: 5m."),
    ] = None
    unknown_deadline: Annotated[
        str | None,
        DurationBetween("10s", "2h"),
        Field(description="How long a gate may stay Unknown before a person is called. Unset: 10m."),
    ] = None
    min_ready_seconds: Annotated[
        int | None,
        Field(
            ge=0,
            le=600,
            description="Seconds a new pod must stay ready before an old one goes. Unset: 10, or what the "
            "workload has when that is more.",
        ),
    ] = None
    zero_loss: Annotated[
        ZeroLoss | None,
        Field(
            description="Advise tells in the plan what keeps requests from being lost during an update; Off does "
            "not. Unset: Advise."
        ),
    ] = None
    start_jitter: Annotated[
        str | None,
        DurationBetween("0s", "24h"),
        Field(
            description="Longest wait before an update starts, drawn anew for each cluster, so that a fleet does not "
            "move all at once. Unset: 0s."
        ),
    ] = None


class Rollback(KubeModel):
    """What happens when a gate fails after the write."""

    mode: Annotated[
        RollbackMode | None, Field(description="Auto puts image and configuration back as one. Unset: Auto.")
    ] = None
    restore_data: Annotated[
        RestoreData | None,
        Field(
            description="Manual leaves it to a person to put the backup of the data back; the status names it. "
            "Unset: Manual."
        ),
    ] = None


class VolumeBackup(KubeModel):
    """Copies of the addon's data on its own volume, made before each hop."""

    keep: Annotated[
        int | None,
        Field(ge=1, le=10, description=f"Copies that are kept, the newest ones. Unset: {KEPT_BACKUPS}."),
    ] = None


class DatabaseBackup(KubeModel):
    """The backup of a database that the addon only connects to."""

    external: Annotated[
        ExternalBackup | None,
        Field(
            description="Acknowledged says that people take and try the backups of this database. Unset: an update "
            "of an addon with such a database waits for it."
        ),
    ] = None


class Backup(KubeModel):
    """What is saved before a hop that changes data."""

    volume: Annotated[
        VolumeBackup | None,
        Field(description="Copies on the addon's own volume. Unset: as if it were empty."),
    ] = None
    database: Annotated[
        DatabaseBackup | None,
        Field(description="A database outside the addon. Unset: nobody has said that it is backed up."),
    ] = None
