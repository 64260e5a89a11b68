"""Turns a Corefile into one that the target release loads, by the smallest edits of the text.

Only what the target refuses is touched, and only where the meaning stays the same: nothing is added that the
target lacks, and a text with nothing to do comes back byte for byte. What is left for a person stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from addon_updater.addons.coredns.corefile import CorefileError
from addon_updater.addons.coredns.parser import parse
from addon_updater.addons.coredns.refusals import Refusal, refusals
from addon_updater.addons.coredns.repairs import Repairs
from addon_updater.addons.edit import Edit, apply
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Finding, Severity


@dataclass(frozen=True, slots=True)
class Migration:
    """The text for the target. `changes` say what is different and why; empty when the text is the input.

    `left` is what the target still refuses and only a person can change, with places in the input.
    """

    text: str
    changes: tuple[Finding, ...]
    left: tuple[Refusal, ...]


def migrate(
    text: str, *, running: Version, target: Version, environment: Mapping[str, str] | None = None
) -> Migration:
    """Make `text`, which runs on `running`, load on `target` as far as that is safe.

    `environment` fills in `{$NAME}` for the judgment only; the text keeps its variables.

    Raises:
        CorefileError: the text itself cannot be read.
    """
    corefile = parse(text, environment=environment)
    refused = refusals(corefile, target)
    repairs = Repairs(corefile, running, target)
    edits: list[Edit] = []
    changes: list[Finding] = []
    left: list[Refusal] = []
    for refusal in refused:
        repair = repairs.of(refusal)
        if repair is None:
            left.append(refusal)
        else:
            edits += repair.edits
            changes.append(_change(refusal, repair.what))
    if not edits:
        return Migration(text, (), refused)
    migrated = apply(text, edits)
    if _refused_afterwards(migrated, target, environment) > len(left):
        # An edit that brings a new refusal helps nobody: leave everything to a person.
        return Migration(text, (), refused)
    return Migration(migrated, tuple(dict.fromkeys(changes)), tuple(left))


def _refused_afterwards(migrated: str, target: Version, environment: Mapping[str, str] | None) -> float:
    try:
        return len(refusals(parse(migrated, environment=environment), target))
    except CorefileError:
        return math.inf


def _change(refusal: Refusal, what: str) -> Finding:
    return Finding(
        refusal.rule,
        Severity.REPAIR,
        f"Corefile line {refusal.token.line}: {refusal.message}; {what}",
        "nothing to do; make the same edit in the source of the Corefile, if it is kept elsewhere",
    )
