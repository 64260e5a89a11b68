"""Which hop may start: the one table of `updates`, `breakingChanges`, kind of hop, baseline, approval and window.

The page docs/update-policy.md is generated from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from addon_updater.api.release import BreakingChanges, Updates


class HopKind(StrEnum):
    """What a hop changes, as far as starting it goes. A new configuration alone counts as a patch."""

    PATCH = "Patch"
    """Only the patch number rises, and nothing on the way is breaking."""
    FEATURE = "Feature"
    """A minor or major number rises, and nothing on the way is breaking."""
    BREAKING = "Breaking"
    """A release on the way can break a configuration that worked before."""


class Ruling(StrEnum):
    """What is said about a hop that nothing else holds."""

    GO = "Go"
    """It starts."""
    WAIT_FOR_WINDOW = "WaitForWindow"
    """It may start, once a window is open and no freeze holds."""
    WAIT_FOR_MINOR = "WaitForMinor"
    """It starts by itself with the next Kubernetes minor of the cluster, or earlier after approval."""
    WAIT_FOR_APPROVAL = "WaitForApproval"
    """It starts after its plan hash is approved."""
    DENIED = "Denied"
    """It starts only after its plan hash is approved, although other hops start by themselves."""
    PLAN_ONLY = "PlanOnly"
    """It never starts; it is only planned."""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the ruling depends on.

    `let_in` says that the breaking baseline is open: the settled minor is newer than the baseline, or the hop is
    needed for a minor at hand, because the installed version does not run on a current server or must move before
    `prepareFor`.
    """

    updates: Updates
    breaking_changes: BreakingChanges
    kind: HopKind
    let_in: bool
    approved: bool
    window_open: bool


def admit(case: Case) -> Ruling:
    """The ruling on one hop. An approval counts for all that waits for a word, never for a window."""
    if case.updates is Updates.PLAN_ONLY:
        return Ruling.PLAN_ONLY
    if not case.approved and (held := _held(case)) is not None:
        return held
    return Ruling.GO if case.window_open else Ruling.WAIT_FOR_WINDOW


def _held(case: Case) -> Ruling | None:
    """Why a hop that nobody has approved does not start by itself."""
    if case.updates is Updates.MANUAL:
        return Ruling.WAIT_FOR_APPROVAL
    if case.kind is HopKind.BREAKING and case.breaking_changes is BreakingChanges.DENY:
        return Ruling.DENIED
    travels = case.kind is HopKind.BREAKING and case.breaking_changes is BreakingChanges.WITH_CLUSTER_MINOR
    larger = case.kind is not HopKind.PATCH and case.updates is Updates.AUTO_PATCH
    return Ruling.WAIT_FOR_MINOR if (travels or larger) and not case.let_in else None
