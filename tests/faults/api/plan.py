"""A plan: one story, what goes wrong in it, and how it must end. One file each, replayed alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

PLANS = Path(__file__).parent / "plans"

Verb = Literal["get", "list", "watch", "create", "update", "patch", "delete"]
Property = Literal["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "L1", "L2", "L3", "L4", "writes"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=80)]


class PlanError(Exception):
    """A plan that cannot be read: the message names the file, the field and what is wrong with it."""


class _Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, strict=True
    )


class Match(_Strict):
    """Which requests are meant; counted over the whole plan, restarts of the operator included."""

    verb: Verb | None = None
    resource: str | None = None
    """Plural, with its subresource, as in addonreleases/status."""
    name: str | None = None
    """Of the object, where the path has it."""
    path: str | None = None
    """A regular expression that is searched in path and query."""
    nth: Annotated[int, Field(ge=1)] = 1
    """The first of them that is hit."""
    times: Annotated[int, Field(ge=0)] = 1
    """How many are hit from there on; 0 means every one."""

    def __str__(self) -> str:
        what = " ".join(filter(None, (self.verb, self.resource, self.name, self.path)))
        number = "" if (self.nth, self.times) == (1, 1) else f" #{self.nth}"
        times = {0: " and after", 1: ""}.get(self.times, f" x{self.times}")
        return f"{what}{number}{times}"


Kind = Literal[
    "status",
    "timeout",
    "reset",
    "delay",
    "drop-before",
    "drop-after",
    "crash-before",
    "crash-after",
    "deny-twice",
    "stale",
    "watch-410",
    "watch-500",
    "watch-hang",
    "watch-cut",
    "watch-drop",
    "watch-dup",
    "watch-reorder",
    "watch-delay",
    "watch-stale",
]
NEEDS: dict[str, tuple[str, ...]] = {
    "status": ("code",),
    "delay": ("seconds",),
    "watch-delay": ("seconds",),
    "watch-drop": ("type",),
}
"""Kind of fault -> the fields without which it says nothing."""


class Fault(_Strict):
    """What the proxy of one replica does to some of its requests."""

    request: Match
    do: Kind
    replica: str = "replica-a"
    code: Literal[403, 409, 429, 500, 503, 504] | None = None
    retry_after: int | None = None
    seconds: float | None = None
    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"] | None = None
    line: Annotated[int, Field(ge=1)] = 1
    """The event of the watch at which it begins, where it is one of watches."""

    @model_validator(mode="after")
    def _is_complete(self) -> Fault:
        for field in NEEDS.get(self.do, ()):
            if getattr(self, field) is None:
                raise ValueError(f"{self.do} needs `{field}`")
        return self

    def __str__(self) -> str:
        detail = self.code or self.type or (f"{self.seconds:g}s" if self.seconds is not None else "")
        return f"{self.do}{f' {detail}' if detail else ''} on {self.request}"


class WriteTrigger(_Strict):
    """As soon as the API server has done a write of replica-a; its reply waits for the event unless told otherwise."""

    write: Match
    hold: bool = True


class StepTrigger(_Strict):
    """As soon as the status shows that step of an attempt."""

    step: str


class ReasonIs(_Strict):
    """A condition of the release has a reason."""

    condition: str
    reason: str


class TimeTrigger(_Strict):
    """So many seconds after the event before it, or after the start."""

    after: float


class Event(_Strict):
    """Something that happens in the world: a happening by its name."""

    do: Name
    at: WriteTrigger | StepTrigger | ReasonIs | TimeTrigger
    with_: Annotated[dict[str, Any], Field(alias="with")] = {}

    def __str__(self) -> str:
        return " ".join((self.do, *(f"{key}={value}" for key, value in self.with_.items())))


class Custom(_Strict):
    """An expectation by its name."""

    custom: Name
    with_: Annotated[dict[str, Any], Field(alias="with")] = {}


class Expect(_Strict):
    """How it ends."""

    end: Literal["reference"] | ReasonIs | Custom = "reference"
    within: float = 60.0
    """Seconds from the last event on, beside those that the story needs by itself."""
    quiet: float = 4.0
    """Seconds after the end without any write."""
    exits: int = 0
    """How often operator processes may end by themselves."""
    relax: dict[Property, str] = {}
    """Property -> why it is not asked for here."""


class Plan(_Strict):
    """One file."""

    name: Name
    row: Name
    story: Name
    says: Annotated[str, Field(min_length=1, max_length=300)]
    faults: Annotated[list[Fault], Field(default_factory=list)]
    events: Annotated[list[Event], Field(default_factory=list)]
    expect: Annotated[Expect, Field(default_factory=Expect)]
    alone: bool = False
    """Whether it takes so much of the machine that no other plan may run beside it: it is played after all others."""

    @property
    def troubles(self) -> list[str]:
        """Every fault and event in a few words."""
        return [str(one) for one in (*self.faults, *self.events)]


def read_plan(path: Path) -> Plan:
    """Read one plan.

    Raises:
        PlanError: it cannot be read, or lies under a folder or name that is not its own.
    """
    try:
        plan = Plan.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise PlanError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        raise PlanError(f"{path}: {field}: {first['msg']}") from error
    if plan.name != path.stem:
        raise PlanError(f"{path}: name: is {plan.name!r}, but the file is called {path.stem!r}")
    if plan.row != path.parent.name:
        raise PlanError(f"{path}: row: is {plan.row!r}, but the folder is called {path.parent.name!r}")
    return plan


def read_plans(folder: Path = PLANS, rows: Sequence[str] = ()) -> list[Plan]:
    """All plans, or those of some rows, in the order of rows and names.

    Raises:
        PlanError: one cannot be read, or two have the same name.
    """
    plans = [read_plan(path) for path in sorted(folder.glob("*/*.yaml"))]
    seen: set[str] = set()
    for plan in plans:
        if plan.name in seen:
            raise PlanError(f"two plans are called {plan.name}")
        seen.add(plan.name)
    return [plan for plan in plans if not rows or plan.row in rows]


def write_plan(plan: Plan, folder: Path = PLANS) -> Path:
    """Write a plan where it belongs, as a person would: what is the default is left out."""
    path = folder / plan.row / f"{plan.name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = plan.model_dump(by_alias=True, exclude_defaults=True, mode="json")
    path.write_text(yaml.safe_dump(document, sort_keys=False, width=110, default_flow_style=None))
    return path
