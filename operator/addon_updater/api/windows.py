"""When an update may start: the windows of an AddonRelease and of the operator's settings."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from addon_updater.api.meta import KubeModel
from addon_updater.api.occurrences import check_occurs
from addon_updater.api.schedule import EXAMPLE, PATTERN, check_schedule
from addon_updater.api.text_rules import DurationBetween, Written

_ZONE_REMEDY = "write a time zone as in Europe/Paris or UTC"
_ZONE_PATTERN = "UTC|[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){1,2}"


class WindowKind(StrEnum):
    """What a window does while it is open."""

    ALLOW = "Allow"
    """Updates may start. Once there is such a window, they start in no other time."""
    DENY = "Deny"
    """No update starts, whatever else allows it."""


class Window(KubeModel):
    """A span of time that comes again and again, on the clock of one place."""

    kind: Annotated[
        WindowKind,
        Field(
            description="Allow lets updates start only while one such window is open; Deny lets none start, "
            "and wins over Allow."
        ),
    ]
    schedule: Annotated[
        str,
        Written(PATTERN, EXAMPLE),
        Field(
            max_length=128,
            description="When it opens, as five cron fields: minute, hour, day of the month, month, day of the "
            "week (0 or SUN is Sunday).",
        ),
    ]
    duration: Annotated[
        str, DurationBetween("1m", "7d"), Field(description="How long it stays open each time.")
    ]
    time_zone: Annotated[
        Annotated[str, Written(_ZONE_PATTERN, _ZONE_REMEDY), Field(max_length=64)] | None,
        Field(description="IANA time zone of the schedule, as in Europe/Paris. Unset: UTC."),
    ] = None
    overrun: Annotated[
        bool | None,
        Field(
            description="What happens when it closes during an update: true goes on through the remaining hops of "
            "the plan, false finishes the current hop and starts no other. Of no account in a Deny window. "
            "Unset: false."
        ),
    ] = None

    @field_validator("schedule")
    @classmethod
    def _readable(cls, text: str) -> str:
        return check_occurs(check_schedule(text))

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None:
            zone_of(name)
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The place whose clock the schedule follows."""
        return zone_of(self.time_zone or "UTC")


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name.

    Raises:
        ValueError: there is none in the time zone data of this program.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}; {_ZONE_REMEDY}") from error
