"""What a story asks of the API server when nobody disturbs it, kept as a file beside the plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from faults.api.audit import NO_CHANGE, REPORTS, TELLING
from faults.api.exchange import Exchange
from faults.api.plan import PlanError
from faults.api.stories import Story

LEARNED = Path(__file__).parent / "learned"
MARK = "# Learned: python -m faults.api learn\n"
"""The first line of every file that was not written by a person."""
_WRITES = frozenset({"create", "update", "patch", "delete"})

Kinds = Counter[tuple[str, str]]
"""Verb and resource -> how often both runs asked it."""


@dataclass(frozen=True)
class Learned:
    """What a story asks for when nobody disturbs it; kept as a file beside the plans."""

    story: Story
    asked: Kinds
    watched: dict[str, tuple[str, ...]]
    """Resource -> the types of the events that the busiest of its watches has brought."""

    @property
    def changes(self) -> Kinds:
        """Every write that changes the cluster, as often as it is done for certain."""
        told = TELLING | REPORTS | NO_CHANGE
        return Counter(
            {kind: n for kind, n in self.asked.items() if kind[0] in _WRITES and kind[1] not in told}
        )

    @property
    def telling(self) -> Kinds:
        """Every write that only tells."""
        return Counter(
            {kind: n for kind, n in self.asked.items() if kind[0] in _WRITES and kind[1] in TELLING}
        )

    @property
    def harmless(self) -> list[tuple[str, str]]:
        """Everything that changes nothing: reads, reviews, the Lease, and what tells."""
        return [
            kind
            for kind in self.asked
            if kind[1] not in REPORTS
            and (kind[0] in ("get", "list") or kind[1] in NO_CHANGE or kind in self.telling)
        ]

    def write(self) -> None:
        """Keep it."""
        document = {
            "asked": {" ".join(kind): number for kind, number in sorted(self.asked.items())},
            "watched": {resource: list(types) for resource, types in sorted(self.watched.items())},
        }
        LEARNED.mkdir(exist_ok=True)
        asked = yaml.safe_dump({"asked": document["asked"]}, sort_keys=False)
        watched = yaml.safe_dump({"watched": document["watched"]}, default_flow_style=None, width=110)
        (LEARNED / f"{self.story.name}.yaml").write_text(MARK + asked + watched)


def read_learned(story: Story) -> Learned:
    """What was learned last of a story.

    Raises:
        PlanError: it was never run.
    """
    try:
        document = yaml.safe_load((LEARNED / f"{story.name}.yaml").read_text())
    except OSError as error:
        raise PlanError(
            f"{story.name}: was never run: python -m faults.api learn --story {story.name}"
        ) from error
    asked = {tuple(text.split(" ")): number for text, number in document["asked"].items()}
    watched = {resource: tuple(types) for resource, types in document["watched"].items()}
    return Learned(story, Counter(asked), watched)


def combine(story: Story, *runs: Sequence[Exchange]) -> Learned:
    """What all runs have asked."""
    counted = [Counter((one.asked.verb, one.asked.resource) for one in run) for run in runs]
    common = counted[0]
    for other in counted[1:]:
        common &= other
    watched: dict[str, tuple[str, ...]] = {}
    for one in runs[0]:
        if one.asked.verb == "watch":
            brought = tuple(type_ for type_ in one.events if type_ != "BOOKMARK")
            watched[one.asked.resource] = max(watched.get(one.asked.resource, ()), brought, key=len)
    return Learned(story, common, watched)
