"""A plan from objects alone: the operator's own decision, shown and never carried out."""

from __future__ import annotations

from typing import Any

import pytest

from addon_updater.cli.documents import plan_document
from addon_updater.cli.preview import Preview, preview
from addon_updater.cli.render.proposal import proposal
from addon_updater.cluster import paths
from addon_updater.errors import NotFoundError
from addon_updater.rollout.status import candidate_status
from unit.cli import examples
from unit.cli.conftest import Lines

LATEST = {"channel": "Latest", "policy": {"updates": "PlanOnly", "minEvidence": "Assumed"}}


async def look(reader: examples.FakeReader, name: str = "coredns") -> Preview:
    return await preview(reader, "kube-system", name)


def drawn(seen: Preview, lines: Lines) -> str:
    resolution = seen.decision.resolution
    found = [candidate_status(one) for one in (resolution.candidates if resolution else ())]
    return "\n".join(lines(proposal(seen, found)))


async def test_the_plan_shows_hop_image_difference_and_how_to_approve(lines: Lines):
    seen = await look(examples.FakeReader(examples.release(spec=LATEST)))
    text = drawn(seen, lines)
    target = seen.view.status.target.version
    for part in (
        f"Version         1.11.3 -> {target}",
        "Operator would  nothing yet: PlanOnly",
        f"registry.k8s.io/coredns/coredns:v1.11.3 ->\n                   {examples.IMAGE}:v{target}",
        f"  --- Corefile (1.11.3)\n  +++ Corefile ({target})",
        "  -       unknown\n",
        "Repair    CoreDNSUnknownOption\n            Corefile line 11: ",
        f"Plan hash {seen.plan_hash}",
    ):
        assert part in text


async def test_the_document_says_the_same_and_names_every_candidate():
    seen = await look(examples.FakeReader(examples.release(spec=LATEST)))
    candidates = [candidate_status(one) for one in seen.decision.resolution.candidates]
    document = plan_document(seen, candidates)
    assert document["planHash"] == document["plan"]["hash"] == seen.plan_hash
    assert document["change"]["image"]["from"] == f"{examples.IMAGE}:v1.11.3"
    assert document["change"]["difference"].startswith("--- Corefile (1.11.3)\n")
    assert document["kubernetes"] == {"settled": "1.34", "servers": ["1.34"]}
    assert len(document["candidates"]) == len(candidates) > 10
    assert all(one["reason"] and "source" in one for one in document["candidates"])


@pytest.mark.parametrize(
    "spec, step",
    [
        pytest.param({}, "record what runs now, 1.11.3, as revision 0", id="before the adoption"),
        pytest.param({"policy": {"updates": "PlanOnly"}}, "nothing yet: PlanOnly", id="plan only"),
        pytest.param({"delivery": "Observe"}, "nothing yet: Observing", id="observing"),
        pytest.param({"version": ">=9"}, "record what runs now, 1.11.3, as revision 0", id="no version fits"),
        pytest.param({"addon": "nobody"}, "nothing before a person acts", id="an unknown addon"),
        pytest.param({"version": "one"}, "nothing before a person acts", id="a range that cannot be read"),
        pytest.param({"wrong": 1}, "nothing before a person acts", id="a spec that cannot be read"),
    ],
)
async def test_the_next_step_is_the_operators(spec: dict[str, Any], step: str):
    seen = await look(examples.FakeReader(examples.release(spec=spec)))
    assert plan_document(seen, ())["next"] == step


@pytest.mark.parametrize(
    "remembered, minor, away, settled, skipped",
    [
        pytest.param(None, "34", False, "1.34", (), id="every server answers"),
        pytest.param(
            "1.34", "34", True, "1.34", ("the minor of every API server",), id="servers out of reach"
        ),
        pytest.param("1.34", "35", False, "1.34", (), id="a new minor has yet to settle"),
    ],
)
async def test_the_minors_are_asked_as_the_operator_asks_them(remembered, minor, away, settled, skipped):
    status = {"observedKubernetesMinor": remembered} if remembered else {}
    reader = examples.FakeReader(examples.release(spec=LATEST, **status), minor=minor)
    reader.away = away
    seen = await look(reader)
    minors = seen.servers.minors
    assert {str(one) for one in minors.servers} == {f"1.{minor}"}
    assert str(minors.settled) == settled
    assert all(any(one.startswith(word) for one in seen.skipped) for word in skipped)
    assert bool(seen.servers.skipped) == bool(skipped)


async def test_a_token_never_goes_to_an_address_whose_certificate_is_not_verified():
    reader = examples.FakeReader(examples.release(spec=LATEST), verify_ssl=False)
    seen = await look(reader)
    assert reader.asked_directly == []
    assert "verifies no certificate" in seen.servers.skipped


async def test_a_hash_that_the_operator_does_not_show_is_not_to_be_approved(lines: Lines):
    manifest = examples.waiting() | {"spec": examples.release(spec=LATEST)["spec"]}
    text = drawn(await look(examples.FakeReader(manifest)), lines)
    assert f"The operator's last plan is {examples.HASH}" in text


async def test_an_approved_plan_is_said_to_be_approved(lines: Lines):
    first = await look(examples.FakeReader(examples.release(spec=LATEST)))
    approved = examples.release(spec={**LATEST, "approvedPlans": [first.plan_hash]})
    seen = await look(examples.FakeReader(approved))
    assert seen.approved
    assert "It is approved." in drawn(seen, lines)


async def test_what_the_reader_could_not_ask_is_listed(lines: Lines):
    reader = examples.FakeReader(examples.release(spec=LATEST))
    reader.skipped[paths.ACCESS_REVIEWS] = "whether it may: not asked"
    assert "  - whether it may: not asked" in drawn(await look(reader), lines)


async def test_the_older_release_owns_the_workload():
    older, younger = examples.release(), examples.release("younger")
    younger["metadata"]["creationTimestamp"] = "2026-02-02T00:00:00Z"
    seen = await look(examples.FakeReader(older, younger), "younger")
    assert seen.decision.stalled.reason == "WorkloadClaimed"


async def test_a_missing_release_names_those_that_exist():
    with pytest.raises(
        NotFoundError, match="no AddonRelease 'x' in namespace kube-system; there are: coredns"
    ):
        await look(examples.FakeReader(examples.release()), "x")
