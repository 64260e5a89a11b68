"""docs/update-policy.md as text, from the table itself. `python -m addon_updater.rollout.policy_page FOLDER` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby, product
from pathlib import Path

from addon_updater.api.release import BreakingChanges, Updates
from addon_updater.rollout.admission import Case, HopKind, Ruling, admit

FILE = "update-policy.md"
_INTRO = """# When an update starts

<!-- Generated from operator/addon_updater/rollout/admission.py by `make generate`; edit that table, not this file. -->

Two fields of `spec.policy` decide, together with what the hop changes:

- **`updates`** says who starts one. Unset: `Auto`.
- **`breakingChanges`** says when a hop that can break a working configuration may start. Unset: `WithClusterMinor`.

The settings ConfigMap of the operator can set a ceiling for both; the stricter word counts.

**The kind of a hop** comes from the catalog: `Patch` raises the patch number only (a new configuration alone counts as
one), `Feature` a minor or major number, and `Breaking` is a hop on which at least one release is marked breaking, such
as Prometheus 3 or Grafana 12. `kubectl addons plan` shows the kind of every hop and why.

**Let in** means that the hop belongs to a Kubernetes minor at hand:

- the cluster has settled on a newer minor than the release's *baseline*, the minor that was settled when the workload
  was adopted. The baseline rises to the settled minor once the addon is Ready and no such hop is left, and never falls;
- or the installed version does not run on a current API server;
- or the hop must come before the minor of `spec.prepareFor`.

**Approved** means that the plan hash stands in `spec.approvedPlans` or in the annotation `addon-updater.dev/approve`.
An approval counts for everything that waits for a word, never for a window.

**The plan hash** covers what the next hop brings: addon, versions and hops, the rules that have found something, what
changes of the configuration and of the arguments, and name, tag and digest of the image. When one of them changes, the
approval is for another plan. What is the cluster's own is not covered, nor are the registry and the folders of the
image, so alike clusters behind different mirrors share an approval.

**The circuit breaker** is above this table: while it is open, what would start by itself waits, and an approved plan
does not ([settings](settings.md#circuit-breaker)).

**A hop without a way back**, of an addon that keeps no backup by itself, waits for approval in any case, or for the word
that there is a backup ([OneWayHop](preflight.md#the-way-back)).

While a larger hop waits, smaller ones that break nothing go on: the newest version that may start is taken.

In the tables, `Go / WaitForWindow` means: it starts, or waits while no window is open or a freeze holds. Everything else
is the same with and without a window.
"""
_MEANING = """
## The words

| Ruling | Meaning |
|---|---|
"""
_COLUMNS = ((False, False), (True, False), (False, True), (True, True))
_HEAD = "| Kind of hop | breakingChanges | not let in | let in | not let in, approved | let in, approved |"
_DOCUMENTED = {
    Ruling.GO: "It starts.",
    Ruling.WAIT_FOR_WINDOW: "It may start, once a window is open and no freeze holds.",
    Ruling.WAIT_FOR_MINOR: "It starts by itself with the next Kubernetes minor of the cluster, earlier after approval. "
    "Condition reason `WaitingForClusterMinor`.",
    Ruling.WAIT_FOR_APPROVAL: "It starts after its plan hash is approved. Reason `WaitingForApproval`.",
    Ruling.DENIED: "It starts only after its plan hash is approved. Reason `BreakingDenied`.",
    Ruling.PLAN_ONLY: "It never starts; it is only planned. Reason `PlanOnly`.",
}


def page() -> str:
    """The whole page; every combination of the six inputs is in one of its cells."""
    parts = [_INTRO]
    for updates in Updates:
        parts += [f"\n## updates: {updates}\n\n{_HEAD}\n|---|---|---|---|---|---|\n", *_rows(updates)]
    parts += [_MEANING, *(f"| `{ruling}` | {_DOCUMENTED[ruling]} |\n" for ruling in Ruling)]
    return "".join(parts)


def _rows(updates: Updates) -> Iterator[str]:
    """One row for each kind and word for breaking changes; words that make no difference share one."""
    for kind in HopKind:
        cells = [(_cells(updates, breaking, kind), breaking) for breaking in BreakingChanges]
        for ruled, group in groupby(cells, key=lambda item: item[0]):
            words = [breaking.value for _, breaking in group]
            named = "any" if len(words) == len(BreakingChanges) else ", ".join(words)
            yield f"| {kind} | {named} | {' | '.join(ruled)} |\n"


def _cells(updates: Updates, breaking: BreakingChanges, kind: HopKind) -> tuple[str, ...]:
    return tuple(_cell(updates, breaking, kind, *column) for column in _COLUMNS)


def _cell(
    updates: Updates,
    breaking: BreakingChanges,
    kind: HopKind,
    let_in: bool,  # noqa: FBT001 - a column of the table
    approved: bool,  # noqa: FBT001 - a column of the table
) -> str:
    rulings = [
        admit(Case(updates, breaking, kind, let_in=let_in, approved=approved, window_open=window_open))
        for window_open in (True, False)
    ]
    return " / ".join(dict.fromkeys(rulings))


def cases() -> Iterator[Case]:
    """Every combination of the inputs."""
    yes_or_no = (False, True)
    for updates, breaking, kind, let_in, approved, window_open in product(
        Updates, BreakingChanges, HopKind, yes_or_no, yes_or_no, yes_or_no
    ):
        yield Case(updates, breaking, kind, let_in=let_in, approved=approved, window_open=window_open)


if __name__ == "__main__":
    (Path(sys.argv[1]) / FILE).write_text(page(), encoding="utf-8")
