"""The write history of one plan, read from the audit log: what was switched, recorded, decided, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    REVISION_ANNOTATION,
    Revision,
    read_revision,
)
from faults.api.audit import Write
from faults.api.stories import Story
from faults.api.world import MinorChange

Manifest = Mapping[str, Any]

WORKLOADS = frozenset({"deployments", "statefulsets"})
_INPUTS = frozenset({"addonreleases", "addoncatalogs", "configmaps", *WORKLOADS})
"""What a person may change so that a version that failed, or was taken back, may be tried again."""


@dataclass(frozen=True)
class Governed:
    """What an update may change of a workload."""

    image: str
    args: tuple[str, ...] | None
    config_map: str | None
    items: tuple[tuple[str, str], ...] | None
    """Key and path of each item of its configuration volume; None when all keys are mounted."""

    @property
    def version(self) -> str:
        """What the tag says, without a leading v and whatever follows a hyphen."""
        tag = self.image.partition("@")[0].rpartition(":")[2]
        return tag.removeprefix("v").partition("-")[0]


@dataclass(frozen=True)
class Switch:
    """A write of the operator that changed what the pods of a workload are."""

    write: Write
    before: Governed
    after: Governed
    before_it: str
    """The revision that the annotations named before it; empty when none."""

    @property
    def attempt(self) -> str:
        """The attempt that it belongs to."""
        return self.write.annotations.get(ATTEMPT_ANNOTATION, "")

    @property
    def revision(self) -> str:
        """The revision that it switches to."""
        return self.write.annotations.get(REVISION_ANNOTATION, "")


@dataclass(frozen=True)
class History:
    """All writes of everybody, and what is known beside them."""

    story: Story
    found: Manifest
    """The workload as it was found."""
    writes: Sequence[Write]
    minors: Sequence[MinorChange]

    @cached_property
    def operators(self) -> list[Write]:
        """What the operator did, refused writes left out."""
        return [write for write in self.writes if write.is_operators and write.was_done]

    @cached_property
    def changes(self) -> list[Write]:
        """What the operator changed."""
        return [write for write in self.operators if write.is_change]

    @cached_property
    def switches(self) -> list[Switch]:
        """Every change of what the pods of the story's workload are, by the operator."""
        return list(self._switches())

    @cached_property
    def fences(self) -> list[Write]:
        """Every mark on the story's workload that an attempt of another process ends here, which switches nothing."""
        return list(self._fences())

    @cached_property
    def recorded(self) -> dict[str, tuple[Write, Revision]]:
        """Every revision that the operator recorded, by its name."""
        found = {}
        for write in self.changes:
            if (write.verb, write.resource) == ("create", "controllerrevisions"):
                revision = read_revision(write.result)
                if revision is not None:
                    found[revision.name] = (write, revision)
        return found

    @cached_property
    def inputs_changed(self) -> list[datetime]:
        """When a person, another manager or the cluster gave a reason to try again."""
        by_people = [
            write.at
            for write in self.writes
            if write.is_persons and write.was_done and write.resource in _INPUTS
        ]
        return sorted([*by_people, *(change.at for change in self.minors)])

    def is_forward(self, switch: Switch) -> bool:
        """Whether it leads to the revision that its attempt was recorded for."""
        recorded = self.recorded.get(switch.revision)
        attempt = recorded[1].attempt if recorded else None
        return attempt is not None and attempt.id == switch.attempt

    def epoch(self, at: datetime) -> int:
        """How many times an input has changed by then."""
        return sum(moment <= at for moment in self.inputs_changed)

    def _switches(self) -> Iterator[Switch]:
        now, annotations = governed(self.found, self.story), {}
        for write in self._of_the_workload():
            new = governed(write.result, self.story)
            if write.is_operators and new != now:
                yield Switch(write, now, new, annotations.get(REVISION_ANNOTATION, ""))
            now, annotations = new, write.annotations

    def _fences(self) -> Iterator[Write]:
        switches = [switch.write for switch in self.switches]
        attempt: str | None = None
        for write in self._of_the_workload():
            old, attempt = attempt, write.annotations.get(ATTEMPT_ANNOTATION)
            if write.is_operators and attempt not in (None, old) and write not in switches:
                yield write

    def _of_the_workload(self) -> Iterator[Write]:
        """What anybody did to the story's workload."""
        subject = self.story.subject
        for write in self.writes:
            is_it = write.resource in WORKLOADS and (write.namespace, write.name) == (
                subject.namespace,
                subject.addon,
            )
            if is_it and write.was_done and write.result.get("spec"):
                yield write


def governed(workload: Manifest, story: Story) -> Governed:
    """What an update may change of a workload."""
    pod = workload["spec"]["template"]["spec"]
    container = next(one for one in pod["containers"] if one["name"] == story.subject.addon)
    volumes = {one["name"]: one.get("configMap") for one in pod.get("volumes") or ()}
    config = volumes.get(story.subject.config_volume)
    items = None if config is None else config.get("items")
    return Governed(
        image=str(container["image"]),
        args=tuple(container["args"]) if container.get("args") is not None else None,
        config_map=None if config is None else config["name"],
        items=None if items is None else tuple((one["key"], one["path"]) for one in items),
    )
