"""Why a release does not run another version."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from addon_updater.cli.documents import why_document
from addon_updater.cli.preview import Preview, preview
from addon_updater.cli.reasoning import holding, worth_telling
from addon_updater.cli.render.reasons import full_story, reasons
from addon_updater.cli.story import story
from addon_updater.cluster import paths
from addon_updater.errors import NotFoundError, VersionError
from addon_updater.rollout.revision import Result
from unit.cli import examples
from unit.cli.conftest import Lines
from unit.cli.recorded import adopted, cluster, ended, running
from unit.resolve.some_nodes import KUBEADM

LATEST = {"channel": "Latest", "policy": {"minEvidence": "Assumed"}}
MANUAL = {"channel": "Latest", "policy": {"updates": "Manual", "minEvidence": "Assumed"}}
TO_1_13 = {**LATEST, "version": ">=1.13 <1.14"}


WHY_KEYS = [
    "namespace",
    "name",
    "addon",
    "kubernetes",
    "cluster",
    "current",
    "target",
    "because",
    "holding",
    "afterApproval",
    "security",
    "next",
    "planHash",
    "version",
    "candidates",
    "sources",
    "skipped",
    "advice",
]


async def look(reader: examples.FakeReader) -> Preview:
    return await preview(reader, "kube-system", "coredns")


@pytest.mark.parametrize(
    "spec, settings, reason",
    [
        pytest.param(MANUAL, None, "WaitingForApproval", id="a policy that asks for approval"),
        pytest.param(TO_1_13, None, "WaitingForClusterMinor", id="a breaking update"),
        pytest.param({**MANUAL, "suspend": True}, None, "Suspended", id="a suspended release"),
        pytest.param({**LATEST, "version": "~1.11"}, "freeze: {reason: x}", "Frozen", id="a freeze"),
        pytest.param(
            {**MANUAL, "delivery": "Observe"}, None, "Observing", id="a delivery that only observes"
        ),
        pytest.param({"addon": "nobody"}, None, "UnknownAddon", id="an addon that nobody knows"),
        pytest.param({**LATEST, "version": "9.9.9"}, None, "NoBetterVersion", id="a pin that cannot be had"),
        pytest.param({**LATEST, "version": "~1.11"}, None, None, id="nothing"),
    ],
)
@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "before the first record"])
async def test_what_holds_an_update_is_told_also_before_anything_is_recorded(
    spec, settings, reason, recorded
):
    seen = await look(cluster(*([adopted()] if recorded else []), spec=spec, settings=settings))
    assert [one.reason for one in holding(seen)] == ([reason] if reason is not None else [])


async def test_a_running_update_is_held_by_nothing():
    seen = await look(cluster(adopted(), running(), spec=MANUAL, on="1.12.1", switched=True))
    assert holding(seen) == ()


async def test_the_versions_worth_telling_begin_with_the_installed_one():
    seen = await look(cluster(adopted(), spec=MANUAL))
    told = [str(one.version) for one in worth_telling(seen)]
    assert (told[-1], len(told) < len(seen.decision.resolution.candidates)) == ("1.11.3", True)


@pytest.mark.parametrize(
    "version, spec, verdict, answer",
    [
        pytest.param("1.14.5", MANUAL, "Rejected", "Denied: 1.14.5 is denied: ", id="denied"),
        pytest.param(
            "1.13.1", {}, "Rejected", "BeyondChannel: 1.13.1 is newer than ", id="beyond the channel"
        ),
        pytest.param("1.13.1", {"version": "~1.12"}, "Rejected", "OutOfRange: ", id="out of the range"),
        pytest.param(
            "1.12.4", MANUAL, "Eligible", "it would do, and the newer 1.", id="older than the target"
        ),
        pytest.param("1.11.3", MANUAL, "Eligible", "it runs; ", id="the installed one"),
        pytest.param(
            "1.13.2", TO_1_13, "Target", "it is the wanted version; WaitingForClusterMinor: ", id="target"
        ),
        pytest.param("1.12.1", {}, "Rejected", "Quarantined: 1.12.1 is in quarantine: ", id="in quarantine"),
    ],
)
async def test_the_story_of_a_version_begins_with_the_answer(version, spec, verdict, answer):
    failed = ended(Result.ROLLED_BACK, quarantined=True)
    told = story(await look(cluster(adopted(), failed, spec=spec)), version)
    assert (told.version, told.candidate.verdict) == (version, verdict)
    assert told.answer.startswith(answer)


@pytest.mark.parametrize(
    "version, what, text, source",
    [
        ("1.12.1", "Released", "2025-", ""),
        (
            "1.12.1",
            "On Kubernetes 1.34",
            "1.12.1 is Tested on Kubernetes 1.34 by kubeadm-images",
            "kubeadm-images",
        ),
        ("1.12.1", "Default", "kubeadm installs it on Kubernetes 1.34", "kubeadm-images"),
        ("1.12.1", "Quarantine", "Crashed on 2026-02-01: 1.12.1 crashed", ""),
        ("1.12.4", "Breaking", "header refuses rules", "coredns-7436"),
        ("1.13.1", "On the way", "1.12.4 is breaking: ", "coredns-7436"),
        ("1.14.5", "Denied", "No multi-arch image exists", "notes"),
        ("1.13.2", "Hop", "1.11.3 -> 1.13.2: waits for ", ""),
    ],
)
async def test_the_story_tells_what_the_catalog_and_the_past_know(version, what, text, source):
    failed = ended(Result.ROLLED_BACK, quarantined=True)
    told = story(await look(cluster(adopted(), failed, spec=TO_1_13)), version)
    found = [one for one in told.facts if one.what == what]
    assert any(one.text.startswith(text) and one.source == source for one in found), told.facts


@pytest.mark.parametrize(
    "version, error, message",
    [
        ("1.12.77", NotFoundError, "the catalog has no coredns 1.12.77: of 1.12 it knows 1.12.4, "),
        ("7.0.0", NotFoundError, "the catalog has no coredns 7.0.0: its newest is "),
        ("newest", VersionError, "newest"),
    ],
)
async def test_a_version_that_nobody_knows_is_told_with_its_neighbors(version, error, message):
    seen = await look(cluster(adopted()))
    with pytest.raises(error, match=message):
        story(seen, version)


async def test_a_story_can_be_told_of_a_workload_that_is_gone():
    reader = cluster(adopted())
    reader.objects = {
        path: one for path, one in reader.objects.items() if not path.endswith("deployments/coredns")
    }
    told = story(await look(reader), "1.12.1")
    assert told.answer.startswith("nobody can tell: WorkloadNotFound: ")


async def test_the_document_names_every_source_with_its_address():
    seen = await look(cluster(adopted(), spec=MANUAL))
    document = why_document(seen, story(seen, "1.14.5"))
    assert list(document) == WHY_KEYS
    assert document["holding"][0]["reason"] == "WaitingForApproval"
    assert document["afterApproval"] == "the operator starts it with its next pass"
    assert {one["key"] for one in document["sources"]} >= {"notes", "kubernetes-plugin"}
    assert all(one["url"].startswith("https://") and one["title"] for one in document["sources"])
    assert document["version"]["verdict"] == "Rejected"
    assert list(why_document(seen, None)) == WHY_KEYS


async def test_the_answer_stands_at_the_top_with_the_command_that_helps(lines: Lines):
    seen = await look(cluster(adopted(), spec=MANUAL))
    shown = lines(reasons(seen), 80)
    top = "\n".join(shown[: shown.index("Versions")])
    for part in (
        "Wanted          1.15.0  1.15.0 is the newest version that fits Kubernetes 1.34",
        f"Held by         WaitingForApproval  1.11.3 to 1.15.0: approve plan\n                  {seen.plan_hash}",
        "After approval  the operator starts it with its next pass",
        f"    kubectl addons approve coredns {seen.plan_hash} -n kube-system",
    ):
        assert part in top
    assert "  and 17 older ones, which kubectl addons plan lists" in shown


@pytest.mark.parametrize("width", [80, 120])
async def test_no_line_of_an_answer_is_wider_than_the_terminal(width, lines: Lines):
    seen = await look(cluster(adopted(), spec=MANUAL))
    for content in (reasons(seen), full_story(seen, story(seen, "1.13.1"))):
        assert [line for line in lines(content, width) if cell_len(line) > width] == []


async def test_a_smaller_step_is_told_with_the_larger_one_that_it_comes_before(lines: Lines):
    seen = await look(cluster(adopted(), spec=LATEST))
    shown = "\n".join(lines(reasons(seen), 120))
    assert "a smaller step first: a larger one to 1.15.0 is not let in yet" in shown


async def test_the_cluster_and_who_else_owns_the_addon_are_told_with_the_source(lines: Lines):
    reader = cluster(adopted(), spec=MANUAL)
    reader.lists[paths.NODES] = [KUBEADM]
    seen = await look(reader)
    shown = "\n".join(lines(reasons(seen), 120))
    for part in (
        "  Built by          kubeadm  nodes have the annotation kubeadm.alpha.kubernetes.io/cri-socket",
        "  Owner of coredns  OneShot  kubeadm upgrade apply writes Deployment and Corefile once",
        "  Kubelets          1.34",
        "  kubeadm-dns: The step of kubeadm that writes CoreDNS",
    ):
        assert part in shown
    document = why_document(seen, None)
    assert document["cluster"]["owner"] == "OneShot"
    assert "kubeadm-dns" in {one["key"] for one in document["sources"]}
