"""What all our custom resources share: the model base, conditions, durations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

GROUP = "addon-updater.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"


class KubeModel(BaseModel):
    """Frozen, camelCase on the wire, and strict: an unknown field is a mistake, not a detail."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid", validate_default=False
    )

    def to_wire(self) -> dict[str, Any]:
        """The object as the API server wants it: camelCase, JSON types, absent instead of null."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def cel(*rules: tuple[str, str]) -> dict[str, Any]:
    """CEL validations (expression, message) in the form that a structural schema carries."""
    return {"x-kubernetes-validations": [{"rule": rule, "message": message} for rule, message in rules]}


class ConditionStatus(StrEnum):
    """The three values of a Kubernetes condition."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Condition(KubeModel):
    """A condition as metav1.Condition has it."""

    type: Annotated[str, Field(max_length=64, description="What it is about.")]
    status: Annotated[ConditionStatus, Field(description="Whether that is so.")]
    reason: Annotated[str, Field(max_length=128, description="Why, in one word for programs.")]
    message: Annotated[str, Field(max_length=1024, description="Why, in words for people.")] = ""
    observed_generation: Annotated[
        int | None, Field(ge=0, description="Generation of the spec that it was computed for.")
    ] = None
    last_transition_time: Annotated[
        datetime | None, Field(description="When the status of this condition last changed.")
    ] = None


def merge_conditions(
    previous: Iterable[Condition], current: Iterable[Condition], *, now: datetime, generation: int
) -> tuple[Condition, ...]:
    """Stamp the conditions of this pass: a transition time moves only when the status does."""
    before = {condition.type: condition for condition in previous}
    merged = []
    for condition in current:
        old = before.get(condition.type)
        unchanged = old is not None and old.status == condition.status and old.last_transition_time
        stamp = old.last_transition_time if old is not None and unchanged else now
        merged.append(
            condition.model_copy(update={"last_transition_time": stamp, "observed_generation": generation})
        )
    return tuple(merged)


# The digits are as many as keep every sum within CEL's durations of 290 years.
_DURATION = "([0-9]{1,4}d)?([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?"
DURATION_RULE = f"self.matches('^{_DURATION}$') && self != ''"
"""CEL: whether self is a duration at all."""
DURATION_SECONDS = (
    "(self.contains('d') ? int(self.substring(0, self.indexOf('d'))) * 86400 : 0)"
    " + duration(self.substring(self.indexOf('d') + 1) + '0s').getSeconds()"
)
"""CEL: the length of a duration; CEL's own durations know no days."""


def parse_duration(text: str) -> timedelta:
    """Read "7d", "1h30m", "10m" or "90s".

    Raises:
        ValueError: the text is no such duration.
    """
    parts = re.fullmatch(_DURATION, text)
    if not text or parts is None:
        raise ValueError(
            f"{text!r} is no duration; write hours, minutes and seconds as in 1h30m, 10m or 90s, or days as in 7d"
        )
    days, hours, minutes, seconds = (int(part[:-1]) if part else 0 for part in parts.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The shortest writing of a duration in whole seconds: "7d", "1h30m", "90s" as 1m30s, "0s"."""
    seconds = int(duration.total_seconds())
    days, seconds = divmod(seconds, 86400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    text = "".join(f"{n}{u}" for n, u in ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s")) if n)
    return text or "0s"


def read_moment(text: str | None) -> datetime | None:
    """The moment that a person wrote as RFC 3339, with its time zone; None when it cannot be read."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
