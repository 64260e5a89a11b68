"""From what two undisturbed runs have asked to the plans that disturb it."""

from __future__ import annotations

from collections import Counter

from faults.api.derive import plans_of
from faults.api.exchange import Exchange
from faults.api.learned import Learned, combine
from faults.api.requests import Asked
from faults.api.stories import STORIES

STORY = STORIES["coredns-hop"]


def asked(*requests: str, events: tuple[str, ...] = ()) -> list[Exchange]:
    found = []
    for request in requests:
        verb, _, resource = request.partition(" ")
        found.append(Exchange(0.0, Asked(verb, resource, "", ""), events=list(events)))
    return found


def learned(*requests: str, watched: dict[str, tuple[str, ...]] | None = None) -> Learned:
    return Learned(STORY, Counter(tuple(one.split(" ")) for one in requests), watched or {})


def test_only_what_both_runs_have_asked_counts_and_as_often_as_both_have() -> None:
    first = asked("create pods", "create pods", "get configmaps")
    second = asked("create pods", "list nodes")
    assert combine(STORY, first, second).asked == Counter({("create", "pods"): 1})


def test_the_busiest_watch_of_a_kind_tells_which_events_there_are() -> None:
    run = [*asked("watch configmaps", events=("BOOKMARK",)), *asked("watch configmaps", events=("ADDED",))]
    assert combine(STORY, run, run).watched == {"configmaps": ("ADDED",)}


def test_a_change_is_crashed_on_both_sides_and_a_word_only_after_it() -> None:
    plans = plans_of([learned("create pods", "create pods", "create events")])
    assert [plan.name.removeprefix("coredns-hop-") for plan in plans if plan.row == "crash"] == [
        "after-create-pods-1",
        "before-create-pods-1",
        "after-create-pods-2",
        "before-create-pods-2",
        "after-create-events-1",
    ]


def test_a_kind_of_change_is_refused_in_every_way_in_the_first_story_that_has_it_only() -> None:
    plans = list(plans_of([learned("create pods"), learned("create pods")]))
    alone = [plan.name for plan in plans if plan.name.startswith("coredns-hop-create-pods-")]
    assert sum(name.endswith("once") for name in alone) == 7
    assert sum(name.endswith("thrice") for name in alone) == 3


def names_of(*runs: Learned, row: str) -> list[str]:
    return [plan.name for plan in plans_of(runs) if plan.row == row]


def test_the_second_of_a_kind_is_another_change_and_disturbed_like_the_first() -> None:
    run = learned("create pods", "create pods")
    alone = [name for name in names_of(run, row="http-errors") if "create-pods-2" in name]
    assert sum(name.endswith("once") for name in alone) == 7
    assert sum(name.endswith("thrice") for name in alone) == 3
    assert names_of(run, row="reply-lost") == ["coredns-hop-create-pods-1", "coredns-hop-create-pods-2"]
    assert names_of(run, row="denied-twice") == [
        "coredns-hop-create-pods",
        "coredns-hop-create-pods-from-2",
    ]


def test_a_later_story_adds_only_what_no_story_before_it_has_so_often() -> None:
    later = Learned(STORIES["coredns-config"], Counter({("create", "pods"): 2}), {})
    assert names_of(learned("create pods"), later, row="reply-lost") == [
        "coredns-hop-create-pods-1",
        "coredns-config-create-pods-2",
    ]


def test_the_decision_to_go_back_is_another_change_than_the_outcome_of_a_hop() -> None:
    run = Counter({("patch", "controllerrevisions"): 2})
    later = Learned(STORIES["coredns-rollback"], run, {})
    assert names_of(learned("patch controllerrevisions"), later, row="reply-lost") == [
        "coredns-hop-patch-controllerrevisions-1",
        "coredns-rollback-patch-controllerrevisions-1",
        "coredns-rollback-patch-controllerrevisions-2",
    ]


def test_the_switch_alone_meets_silence_three_times() -> None:
    run = learned("patch deployments", "patch deployments", "create pods")
    silent = [name for name in names_of(run, row="http-errors") if name.endswith("timeout-thrice")]
    assert silent == ["coredns-hop-patch-deployments-2-timeout-thrice"]


def test_what_changes_nothing_is_refused_together() -> None:
    plans = plans_of(
        [learned("get configmaps", "list pods", "update leases", "create events", "create pods")]
    )
    plan = next(plan for plan in plans if plan.name == "coredns-hop-reads-503-once")
    assert [str(fault.request) for fault in plan.faults] == [
        "get configmaps",
        "list pods",
        "update leases",
        "create events",
    ]


def test_a_watch_breaks_at_its_start_and_is_garbled_where_it_brings_something() -> None:
    watched = {"addonreleases": ("MODIFIED", "MODIFIED"), "statefulsets": ()}
    names = {
        plan.name.removeprefix("coredns-hop-")
        for plan in plans_of([learned("watch addonreleases", watched=watched)])
        if plan.row.startswith("watch-")
    }
    assert {"statefulsets-410-1", "statefulsets-hang-1", "addonreleases-cut-2"} <= names
    assert {"addonreleases-drop-modified", "addonreleases-dup", "addonreleases-stale"} <= names
    assert "statefulsets-dup" not in names
