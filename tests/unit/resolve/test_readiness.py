"""What is said about a coming minor, from one release to the whole cluster."""

from __future__ import annotations

from typing import Any

import pytest

from addon_updater.api.readiness import ReadinessRule, ReadinessVerdict
from addon_updater.api.release import AddonReleaseSpec, BreakingChanges, Updates
from addon_updater.api.versions import Minor, Version
from addon_updater.resolve import ClusterMinors
from addon_updater.resolve.findings import Assessment, summarize
from addon_updater.resolve.readiness import Governed, assess
from unit.catalog.entries import REMARK
from unit.resolve.situations import NOW, coredns, web

HERE, COMING = Minor.parse("1.34"), Minor.parse("1.35")
MINORS = ClusterMinors(frozenset({HERE}), HERE)


def version(text: str, tested: str | None, **more: Any) -> dict[str, Any]:
    """A release that somebody tested on these minors; on None nobody did."""
    evidence = [{"kubernetes": tested, "level": "Tested", "source": "us"}] if tested else []
    return {"version": text, "evidence": evidence} | more


def only_on(kubernetes: str) -> dict[str, Any]:
    """A hard fact."""
    bound = {"kubernetes": kubernetes, "because": "its API is served there only", "source": "us"}
    return {"kubernetes": bound}


OLD = version("1.0.0", "1.34", **only_on("<=1.34"))
BOTH = version("2.0.0", "1.34 - 1.35")
NEW = version("3.0.0", "1.35", **only_on(">=1.35"))
UNVOUCHED = version("2.5.0", None)
STOP = {"id": "data", "at": "1.9.x", "when": "Now", "because": "it migrates the data", "source": "us"}


def governed(
    installed: str | None = "1.0.0",
    *,
    updates: Updates = Updates.AUTO,
    breaking: BreakingChanges = BreakingChanges.WITH_CLUSTER_MINOR,
    quarantined: dict[str, str] | None = None,
    problem: str | None = None,
    **spec: Any,
) -> Governed:
    return Governed(
        namespace="apps",
        name="web",
        spec=AddonReleaseSpec.model_validate({"addon": "web"} | spec),
        installed=Version.parse(installed) if installed else None,
        updates=updates,
        breaking_changes=breaking,
        quarantined={Version.parse(text): why for text, why in (quarantined or {}).items()},
        problem=problem,
    )


def look(one: Governed, *releases: dict[str, Any], **entry: Any) -> Assessment:
    minors = {"kubernetes": [{"minor": "1.34"}, {"minor": "1.35"}]}
    return assess(one, web(**{"releases": list(releases), **minors, **entry}), MINORS, COMING, NOW)


@pytest.mark.parametrize(
    ("installed", "releases", "rule", "verdict"),
    [
        pytest.param("2.0.0", [BOTH, OLD], "Fits", "Passing", id="it runs there as well"),
        pytest.param("2.0.0", [NEW, BOTH], "Fits", "Passing", id="a newer one is no matter of the upgrade"),
        pytest.param("1.0.0", [BOTH, OLD], "HopsFirst", "Warning", id="another one fits both"),
        pytest.param(
            "2.5.0", [version("2.6.0", "1.34 - 1.35"), UNVOUCHED], "HopsFirst", "Warning", id="unvouched"
        ),
        pytest.param("1.0.0", [NEW, OLD], "NothingFitsBoth", "Error", id="another one fits only there"),
        pytest.param("1.0.0", [OLD], "NothingFits", "Error", id="no other one"),
        pytest.param(
            "1.0.0", [UNVOUCHED, OLD], "NothingFits", "Error", id="no other one that anybody vouches for"
        ),
        pytest.param(
            "3.0.0",
            [version("3.0.0", "1.34", **only_on("<=1.34")), BOTH],
            "NothingFits",
            "Error",
            id="only back",
        ),
        pytest.param("2.5.0", [UNVOUCHED], "NotKnown", "Unknown", id="nobody states anything"),
        pytest.param("0.9.0", [OLD], "NotKnown", "Unknown", id="not in the catalog"),
        pytest.param("7.0.0", [BOTH], "NotKnown", "Unknown", id="newer than the catalog"),
        pytest.param(None, [BOTH], "NotSeen", "Unknown", id="nothing was found running"),
    ],
)
def test_the_version_that_runs_and_those_that_could_decide(installed, releases, rule, verdict):
    found = look(governed(installed), *releases)
    assert (found.rule, found.verdict) == (rule, verdict)
    assert found.release == "apps/web"
    assert found.message
    assert bool(found.remedy) is (verdict != "Passing")


def test_a_minor_that_the_catalog_does_not_know_is_unknown_and_never_fine():
    found = look(governed("2.0.0"), BOTH, kubernetes=[{"minor": "1.34"}])
    assert found.rule is ReadinessRule.NOT_KNOWN
    assert "newer than the catalog" in found.message


def test_a_floor_of_none_does_not_make_the_unknown_fine():
    found = look(governed("2.5.0", policy={"minEvidence": "None"}), UNVOUCHED)
    assert found.verdict is ReadinessVerdict.UNKNOWN


def test_an_addon_that_the_catalog_does_not_have_is_unknown():
    found = assess(governed(), None, MINORS, COMING, NOW)
    assert (found.rule, found.message) == (ReadinessRule.NOT_SEEN, "the catalog has no such addon")


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (governed(problem="Deployment apps/web does not exist"), "Deployment apps/web does not exist"),
        (governed(version="not a range"), "spec.version: "),
    ],
)
def test_what_keeps_anybody_from_knowing_is_told(one, message):
    found = look(one, BOTH, OLD)
    assert found.rule is ReadinessRule.NOT_SEEN
    assert found.message.startswith(message)


def test_every_hop_of_the_way_is_told_with_what_it_waits_for():
    breaking = version("2.0.0", "1.34 - 1.35", breaking=REMARK)
    stop = version("1.9.0", "1.34 - 1.35")
    found = look(governed(), breaking, stop, OLD, stops=[STOP])
    assert found.message.endswith(
        "before the upgrade it must go from 1.0.0 to 1.9.0 to 2.0.0 "
        "(waits for spec.prepareFor: '1.35' or the approval of its plan)"
    )
    assert found.remedy == "give what they wait for: spec.prepareFor: '1.35' or the approval of its plan"


@pytest.mark.parametrize(
    ("one", "breaks", "waits"),
    [
        pytest.param(governed(), False, "wait until they are done", id="starts by itself"),
        pytest.param(governed(), True, "spec.prepareFor: '1.35' or the approval", id="breaking"),
        pytest.param(governed(prepareFor="1.35"), True, "wait until they are done", id="breaking, prepared"),
        pytest.param(governed(prepareFor="1.36"), True, "spec.prepareFor: '1.35'", id="prepared for another"),
        pytest.param(
            governed(breaking=BreakingChanges.ALLOW), True, "wait until they are done", id="allowed"
        ),
        pytest.param(
            governed(breaking=BreakingChanges.DENY), True, "breaking changes are denied", id="denied"
        ),
        pytest.param(
            governed(breaking=BreakingChanges.DENY), False, "wait until they are done", id="denies others"
        ),
        pytest.param(
            governed(updates=Updates.AUTO_PATCH), False, "spec.prepareFor: '1.35'", id="more than a patch"
        ),
        pytest.param(governed(updates=Updates.MANUAL), False, "the approval of its plan", id="manual"),
        pytest.param(governed(updates=Updates.PLAN_ONLY), False, "a person", id="plan only"),
        pytest.param(governed(suspend=True), False, "the end of spec.suspend", id="suspended"),
        pytest.param(governed(delivery="Observe"), False, "whoever writes the workload", id="observed"),
    ],
)
def test_what_a_hop_waits_for_follows_from_the_policy(one, breaks, waits):
    to = version("2.0.0", "1.34 - 1.35", **({"breaking": REMARK} if breaks else {}))
    found = look(one, to, OLD)
    assert found.rule is ReadinessRule.HOPS_FIRST
    assert waits in found.remedy


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (governed(policy={"skipVersions": ["2.0.0"]}), ReadinessRule.NOTHING_FITS),
        (governed(version="<2"), ReadinessRule.NOTHING_FITS),
        (governed(quarantined={"2.0.0": "a gate failed"}), ReadinessRule.NOTHING_FITS),
        (
            governed(version="<2", overrides=[{"kubernetes": "1.35", "version": "*"}]),
            ReadinessRule.NOTHING_FITS_BOTH,
        ),
    ],
)
def test_a_version_that_may_not_be_chosen_does_not_help(one, rule):
    assert look(one, BOTH, OLD).rule is rule


def test_what_a_spec_asks_for_does_not_make_the_running_version_unfit():
    assert look(governed("2.0.0", version=">=3"), NEW, BOTH).rule is ReadinessRule.FITS


@pytest.mark.parametrize(
    ("installed", "coming", "rule"),
    [("1.12.1", "1.35", ReadinessRule.FITS), ("1.12.1", "1.99", ReadinessRule.NOT_KNOWN)],
)
def test_the_embedded_catalog_answers_for_coredns(installed, coming, rule):
    one = Governed(
        "kube-system",
        "coredns",
        AddonReleaseSpec(addon="coredns"),
        Version.parse(installed),
        Updates.AUTO,
        BreakingChanges.WITH_CLUSTER_MINOR,
        {},
    )
    minor = Minor.parse(coming)
    found = assess(one, coredns(), ClusterMinors(frozenset({HERE}), HERE), minor, NOW)
    assert found.rule is rule


def finding(rule: ReadinessRule, addon: str = "web", release: str = "apps/web") -> Assessment:
    return Assessment(addon, release, rule, f"{rule} {release}", "do something")


ONE_OF_EACH = [finding(rule, release=f"apps/{n}") for n, rule in enumerate(ReadinessRule)]


@pytest.mark.parametrize(
    ("rules", "verdict", "message"),
    [
        ([], "Unknown", "no AddonRelease exists, so nothing is known"),
        (["Fits", "Fits"], "Passing", "Kubernetes 1.35, by release: 2 Passing"),
        (["Fits", "HopsFirst"], "Warning", "Kubernetes 1.35, by release: 1 Warning, 1 Passing"),
        (["HopsFirst", "NotSeen"], "Unknown", "Kubernetes 1.35, by release: 1 Unknown, 1 Warning"),
        (
            ["NothingFits", "NotKnown", "Fits"],
            "Error",
            "Kubernetes 1.35, by release: 1 Error, 1 Unknown, 1 Passing",
        ),
    ],
)
def test_the_worst_release_decides_about_the_cluster(rules, verdict, message):
    status = summarize([finding(ReadinessRule(rule)) for rule in rules], HERE, COMING, NOW)
    assert (status.verdict, status.message) == (verdict, message)
    assert status.observed_kubernetes_minor == "1.34"


def test_findings_of_a_rule_and_an_addon_are_one_with_its_count_the_worst_first():
    found = [finding(ReadinessRule.HOPS_FIRST, release=f"apps/{n:02}") for n in range(15)]
    found += [finding(ReadinessRule.NOTHING_FITS, "dns"), finding(ReadinessRule.FITS, "dns", "apps/fine")]
    status = summarize(found, HERE, COMING, NOW)
    assert [(one.rule, one.addon, one.count) for one in status.findings] == [
        ("NothingFits", "dns", 1),
        ("HopsFirst", "web", 15),
    ]
    assert status.findings[1].releases == [f"apps/{n:02}" for n in range(10)]
    assert [(one.addon, one.verdict, one.releases) for one in status.addons] == [
        ("dns", "Error", 2),
        ("web", "Warning", 15),
    ]


def test_a_cluster_of_many_addons_keeps_to_the_bounds_of_the_object_and_to_its_worst():
    found = [finding(ReadinessRule.NOT_SEEN, f"addon-{n:03}") for n in range(300)]
    found.append(Assessment("worst", "apps/worst", ReadinessRule.NOTHING_FITS, "x" * 5000, "y" * 5000))
    status = summarize(found, HERE, COMING, NOW)
    assert len(status.findings) == 200
    assert status.findings[0].addon == "worst"
    assert len(status.findings[0].message) == len(status.findings[0].remedy) == 1024
    assert len(status.addons) == 32
    assert status.addons[-1].addon == "worst"


def test_the_order_in_which_releases_were_seen_changes_nothing():
    assert summarize(ONE_OF_EACH, HERE, COMING, NOW) == summarize(ONE_OF_EACH[::-1], HERE, COMING, NOW)
