from pathlib import Path

import pytest

from addon_updater.api.release import BreakingChanges, Updates
from addon_updater.rollout.admission import Case, HopKind, Ruling, admit
from addon_updater.rollout.policy_page import FILE, cases, page

ALL = list(cases())
DOCS = Path(__file__).parents[3] / "docs"


def expected(case: Case) -> Ruling:
    """The rule in the words of the design, written down a second time and in another order."""
    if case.updates is Updates.PLAN_ONLY:
        return Ruling.PLAN_ONLY
    go = Ruling.GO if case.window_open else Ruling.WAIT_FOR_WINDOW
    if case.approved:
        return go
    if case.updates is Updates.MANUAL:
        return Ruling.WAIT_FOR_APPROVAL
    breaking = case.kind is HopKind.BREAKING
    if breaking and case.breaking_changes is BreakingChanges.DENY:
        return Ruling.DENIED
    if case.let_in or case.kind is HopKind.PATCH:
        return go
    if breaking and case.breaking_changes is BreakingChanges.WITH_CLUSTER_MINOR:
        return Ruling.WAIT_FOR_MINOR
    return Ruling.WAIT_FOR_MINOR if case.updates is Updates.AUTO_PATCH else go


def named(case: Case) -> str:
    flags = [name for name in ("let_in", "approved", "window_open") if getattr(case, name)]
    return "-".join([case.updates, case.breaking_changes, case.kind, *flags])


@pytest.mark.parametrize("case", ALL, ids=named)
def test_every_combination_is_ruled_as_the_design_says(case):
    assert admit(case) is expected(case)


def test_all_combinations_are_there():
    assert len(ALL) == len(set(ALL)) == len(Updates) * len(BreakingChanges) * len(HopKind) * 2**3


def test_a_closed_window_starts_nothing_and_an_open_one_takes_nothing_back():
    for case in ALL:
        if not case.window_open:
            assert admit(case) is not Ruling.GO


def test_an_approval_never_makes_a_ruling_stricter():
    free = (Ruling.GO, Ruling.WAIT_FOR_WINDOW)
    for case in ALL:
        if case.approved:
            assert admit(case) in (*free, Ruling.PLAN_ONLY)


def test_the_page_of_the_docs_is_this_table():
    assert (DOCS / FILE).read_text(encoding="utf-8") == page(), "run make generate"
