"""Changes that break users travel with a minor of the cluster: what opens the baseline, and what closes it."""

from __future__ import annotations

import pytest

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.catalog import Catalog
from unit.rollout.ledger import Ledger
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import books
from unit.rollout.shelves import breaking, release, shelf, steps, stop
from unit.rollout.world import World

BASELINE = "addon-updater.dev/baseline-minor"
PLAIN_LEDGER = Ledger(checks=False, keeps=False, harm="the tests of Jobs and rehearsals are elsewhere")
UP_TO_134 = {"kubernetes": {"kubernetes": "<=1.34", "because": "an API is gone", "source": "us"}}


def shop(version: str = "1.1.0", catalog: Catalog | None = None, **spec: object) -> World:
    """A ledger on Kubernetes 1.34 whose breaking changes travel with a minor unless `spec` says otherwise."""
    scene = books(catalog or steps(), PLAIN_LEDGER)
    return World(version, scene=scene, breaking="WithClusterMinor", spec=dict(spec))


def baselines(world: World) -> list[str]:
    return [revision.annotations.get(BASELINE) for revision in world.revisions()]


def versions(world: World) -> list[str]:
    return [version for version, _ in world.results]


def offered(world: World) -> str:
    """The hash of the plan that the status shows."""
    return world.told[-1].plan.hash


def test_a_breaking_change_waits_at_adoption_and_says_for_what():
    world = shop().run()
    assert world.running == "1.1.0"
    assert baselines(world) == ["1.34"]
    assert world.condition("Ready") == ("True", "VersionFits")
    assert world.condition("UpdateAvailable") == ("True", "WaitingForClusterMinor")
    said = world.decision.update.message
    assert "1.1.0 to 2.0.0: breaking: 2.0.0: the format of its configuration changes" in said
    assert "newer than 1.34" in said
    assert offered(world) in said
    assert [hop.admitted for hop in world.told[-1].plan.hops] == [False, False]


def test_both_hops_of_a_chain_go_with_the_next_minor_and_then_the_baseline_rises():
    world = shop().run()
    world.settle_minor("1.35")
    world.run()
    assert versions(world) == ["1.1.0", "2.0.0", "3.0.0"]
    assert baselines(world) == ["1.34", "1.34", "1.35"]
    assert world.did[-1] == "AnnotateRevision"
    assert_safe(world)


def test_a_minor_that_is_not_settled_opens_nothing():
    world = shop().run()
    world.begin_minor("1.35")
    world.run()
    assert world.running == "1.1.0"
    assert baselines(world) == ["1.34"]


def test_a_minor_that_brings_nothing_to_do_closes_the_baseline_with_one_write():
    world = shop(version="1.1.0", catalog=shelf(release("1.1.0"), release("1.0.0"))).run()
    written = len(world.writes)
    world.settle_minor("1.35")
    world.run()
    assert baselines(world) == ["1.35"]
    assert len(world.writes) == written + 1


def test_a_breaking_release_that_comes_after_the_minor_was_used_up_waits_for_the_next():
    world = shop(catalog=shelf(release("1.1.0"), release("1.0.0"))).run()
    world.settle_minor("1.35")
    world.run()
    world.scene = books(steps(), PLAIN_LEDGER)
    world.run()
    assert world.running == "1.1.0"
    assert "newer than 1.35" in world.decision.update.message
    world.settle_minor("1.36")
    world.run()
    assert world.running == "3.0.0"
    assert_safe(world)


def test_the_baseline_never_falls():
    world = shop().run()
    world.settle_minor("1.35")
    world.run()
    world.settle_minor("1.34")
    world.run()
    world.set_image("2.0.0")
    world.run()
    assert baselines(world)[-1] == "1.35"
    world.settle_minor("1.35")
    world.run()
    assert world.running == "2.0.0"


def test_a_workload_that_somebody_changed_keeps_the_baseline():
    world = shop("1.0.1").run()
    world.settle_minor("1.35")
    world.set_image("1.0.0")
    world.survive()
    assert baselines(world)[-1] == "1.34"
    world.run()
    assert world.running == "3.0.0"


def test_a_failed_breaking_change_is_not_forgotten_by_the_next_minor():
    world = shop().run()
    world.settle_minor("1.35")
    world.run(until=lambda w: w.running == "2.0.0")
    world.annotate(rollback=world.revisions()[-1].attempt.id)
    world.run()
    assert world.running == "1.1.0"
    world.settle_minor("1.36")
    world.run()
    assert world.running == "3.0.0"
    assert_safe(world)


def test_a_recreated_release_starts_at_the_present_minor_and_waits_for_the_next():
    world = shop().run()
    world.crash()
    world.settle_minor("1.35")
    world.release_uid = "release-2"
    world.run()
    assert world.running == "1.1.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForClusterMinor")
    assert "newer than 1.35" in world.decision.update.message
    world.settle_minor("1.36")
    world.run()
    assert world.running == "3.0.0"
    assert_safe(world)


@pytest.mark.parametrize("text", ["", "soon", "1.x", "-1", None])
def test_a_garbled_baseline_counts_as_the_settled_minor_and_is_mended(text):
    world = shop().run()
    patch = {"metadata": {"annotations": {BASELINE: text}}}
    world.api.merge("ControllerRevision", world.revisions()[0].name, patch, "kubectl-annotate")
    world.settle_minor("1.35")
    world.run()
    assert world.running == "1.1.0"
    assert baselines(world) == ["1.35"]
    world.settle_minor("1.36")
    world.run()
    assert world.running == "3.0.0"


def test_a_version_that_runs_on_no_current_server_lets_the_breaking_one_in():
    catalog = shelf(breaking("2.0.0"), release("1.1.0", **UP_TO_134))
    world = shop(catalog=catalog)
    world.settle_minor("1.35")
    world.run()
    assert versions(world) == ["1.1.0", "2.0.0"]
    assert world.condition("Ready") == ("True", "VersionFits")


@pytest.mark.parametrize(
    "enough",
    [release("1.2.0"), breaking("2.0.0")],
    ids=["one that breaks nothing", "one that breaks less"],
)
def test_need_lets_in_the_first_version_that_runs_and_nothing_beyond_that_breaks(enough):
    catalog = shelf(breaking("3.0.0"), enough, release("1.1.0", **UP_TO_134))
    world = shop(catalog=catalog)
    world.settle_minor("1.35")
    world.run()
    assert versions(world) == ["1.1.0", enough["version"]]
    assert world.condition("UpdateAvailable") == ("True", "WaitingForClusterMinor")
    world.settle_minor("1.36")
    world.run()
    assert world.running == "3.0.0"


def test_need_lets_in_what_breaks_nothing_beyond_the_first_version_that_runs():
    catalog = shelf(release("2.1.0"), breaking("2.0.0"), release("1.1.0", **UP_TO_134))
    world = shop(catalog=catalog)
    world.settle_minor("1.35")
    assert world.run().running == "2.1.0"


def test_what_must_come_before_the_prepared_minor_goes_and_the_rest_waits():
    catalog = shelf(
        breaking("3.0.0"),
        breaking("2.0.0"),
        release("1.1.0"),
        stops=[stop("2.0.x", "BeforeClusterUpgrade")],
    )
    world = shop(catalog=catalog, prepareFor="1.35").run()
    assert world.running == "2.0.0"
    assert world.condition("Ready") == ("True", "VersionFits")
    assert world.condition("UpdateAvailable") == ("True", "WaitingForClusterMinor")
    assert baselines(world) == ["1.34", "1.34"]
    world.settle_minor("1.35")
    world.run()
    assert world.running == "3.0.0"


def test_ready_is_a_matter_of_the_present_minors_and_not_of_the_prepared_one():
    catalog = shelf(breaking("2.0.0"), release("1.1.0", **UP_TO_134))
    world = shop(catalog=catalog, prepareFor="1.35", policy={"updates": "Manual"}).run()
    assert world.running == "1.1.0"
    assert world.condition("Ready") == ("True", "VersionFits")
    assert world.condition("UpdateAvailable") == ("True", "WaitingForApproval")


@pytest.mark.parametrize("policy", [{}, {"breakingChanges": "Deny"}], ids=["WithClusterMinor", "Deny"])
@pytest.mark.parametrize("where", ["annotation", "spec"])
def test_the_approval_of_exactly_this_plan_lets_one_hop_in(policy, where):
    world = shop(policy=policy).run()
    plan = offered(world)
    wrong = plan[:-1] + ("0" if plan[-1] != "0" else "1")
    for approved in (wrong, plan):
        assert world.running == "1.1.0"
        if where == "spec":
            world.change_spec(approvedPlans=[approved])
        else:
            world.annotate(approve=approved)
        world.run()
    assert world.running == "2.0.0"
    assert offered(world) != plan
    assert_safe(world)


def test_what_waits_for_a_word_holds_no_baseline_open():
    world = shop(policy={"updates": "Manual"}).run()
    world.settle_minor("1.35")
    world.run()
    assert world.condition("UpdateAvailable") == ("True", "WaitingForApproval")
    assert baselines(world) == ["1.35"]
    world.change_spec(policy={"updates": "Auto"})
    world.run()
    assert world.running == "1.1.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForClusterMinor")


def test_denied_breaking_changes_stay_denied_with_every_minor_and_hold_no_baseline():
    world = shop(policy={"breakingChanges": "Deny"}).run()
    world.settle_minor("1.35")
    world.run()
    assert world.running == "1.1.0"
    assert world.condition("UpdateAvailable") == ("True", "BreakingDenied")
    assert offered(world) in world.decision.update.message
    assert baselines(world) == ["1.35"]
    world.change_spec(policy={"breakingChanges": "WithClusterMinor"})
    world.run()
    assert world.running == "1.1.0"


@pytest.mark.parametrize(
    "ceiling, minor, running, reason",
    [
        ({"breakingChanges": "Deny"}, "1.35", "1.1.0", "BreakingDenied"),
        ({"breakingChanges": "WithClusterMinor"}, "1.34", "1.1.0", "WaitingForClusterMinor"),
        ({"updates": "Manual"}, "1.35", "1.1.0", "WaitingForApproval"),
        ({"updates": "PlanOnly"}, "1.35", "1.1.0", "PlanOnly"),
        ({"updates": "AutoPatch"}, "1.35", "3.0.0", "UpToDate"),
        ({}, "1.34", "3.0.0", "UpToDate"),
    ],
    ids=["Deny", "WithClusterMinor", "Manual", "PlanOnly", "AutoPatch", "none"],
)
def test_the_ceiling_of_the_settings_binds_a_release_that_allows_more(ceiling, minor, running, reason):
    world = shop(policy={"breakingChanges": "Allow", "updates": "Auto"})
    world.settings = OperatorSettings.model_validate({"policy": ceiling})
    world.survive()
    world.settle_minor(minor)
    world.run()
    assert world.running == running
    assert world.condition("UpdateAvailable")[1] == reason


def test_a_ceiling_of_the_settings_loosens_nothing():
    world = shop(policy={"breakingChanges": "Deny"})
    world.settings = OperatorSettings.model_validate({"policy": {"breakingChanges": "Allow"}})
    world.run()
    assert world.condition("UpdateAvailable") == ("True", "BreakingDenied")


@pytest.mark.parametrize(
    "policy, steps_taken",
    [
        ({}, ["1.0.0", "1.1.0"]),
        ({"breakingChanges": "Deny"}, ["1.0.0", "1.1.0"]),
        ({"updates": "AutoPatch"}, ["1.0.0", "1.0.1"]),
        ({"updates": "AutoPatch", "breakingChanges": "Allow"}, ["1.0.0", "1.0.1"]),
        ({"updates": "Manual"}, ["1.0.0"]),
        ({"breakingChanges": "Allow"}, ["1.0.0", "2.0.0", "3.0.0"]),
    ],
    ids=["WithClusterMinor", "Deny", "AutoPatch", "AutoPatch and Allow", "Manual", "Allow"],
)
def test_a_smaller_step_is_taken_while_the_larger_waits(policy, steps_taken):
    world = shop("1.0.0", policy=policy).run()
    assert versions(world) == steps_taken
    assert_safe(world)


def test_patches_wait_for_nothing_and_everything_else_for_the_next_minor_under_auto_patch():
    world = shop("1.0.0", policy={"updates": "AutoPatch"}).run()
    assert world.condition("UpdateAvailable") == ("True", "WaitingForClusterMinor")
    world.settle_minor("1.35")
    world.run()
    assert world.running == "3.0.0"
    assert_safe(world)


@pytest.mark.parametrize("step", ["Rehearsing", "Progressing", "Soaking"])
def test_a_running_smaller_step_is_not_called_off_by_the_larger_that_waits(step):
    world = World("1.0.0", scene=books(steps()), breaking="WithClusterMinor")
    world.run(until=lambda w: w.step_is(step))
    world.run()
    assert world.results == [("1.0.0", "Adopted"), ("1.1.0", "Promoted")]


def test_a_running_smaller_step_is_not_called_off_when_the_larger_is_allowed_meanwhile():
    world = World("1.0.0", scene=books(steps()), breaking="WithClusterMinor")
    world.run(until=lambda w: w.step_is("Rehearsing"))
    world.change_spec(policy={"breakingChanges": "Deny"})
    world.run(until=lambda w: w.step_is("Soaking"))
    world.change_spec(policy={"breakingChanges": "Allow"})
    world.run()
    assert versions(world) == ["1.0.0", "1.1.0", "2.0.0", "3.0.0"]


def test_a_breaking_hop_that_nobody_can_name_an_image_for_leaves_the_baseline_open():
    world = shop().run()
    own = shelf(
        breaking("2.0.0", image={"repository": "registry.example/elsewhere/ledger"}), release("1.1.0")
    )
    world.scene = books(own, PLAIN_LEDGER)
    world.settle_minor("1.35")
    world.run()
    assert world.condition("UpdateAvailable") == ("True", "Blocked")
    assert baselines(world) == ["1.34"]
    world.scene = books(steps(), PLAIN_LEDGER)
    world.run()
    assert world.running == "3.0.0"
