"""What a preview knows of the operator's own namespace, and what it says when it knows nothing."""

from __future__ import annotations

from typing import Any

import pytest

from addon_updater.cli.preview import preview
from addon_updater.cli.surroundings import look_around, look_at_cluster, tools_image
from addon_updater.cluster import paths
from addon_updater.errors import TransientError
from unit.cli import examples, recorded
from unit.resolve.some_nodes import GKE, KOPS

SETTINGS = paths.config_map("addon-updater", "addon-updater-settings")
DEPLOYMENT = paths.deployment("addon-updater", "addon-updater")


@pytest.mark.parametrize(
    "args, image",
    [
        (("--tools-image=$(TOOLS_IMAGE)",), "example.org/addon-updater:1"),
        (("--tools-image", "example.org/other:2"), "example.org/other:2"),
        (("--tools-image=",), None),
        (("--log-level=debug",), None),
    ],
)
def test_the_tools_image_is_the_one_of_the_operators_flag(args, image):
    assert tools_image(recorded.operator(*args)) == image


@pytest.mark.parametrize(
    "settings, frozen, skipped",
    [
        pytest.param(None, None, [], id="no ConfigMap means no setting"),
        pytest.param("freeze: {reason: holidays}", "holidays", [], id="a freeze"),
        pytest.param(
            "freeze: 1", None, ["cannot be used (settings.yaml: freeze"], id="content that is broken"
        ),
    ],
)
async def test_the_settings_are_those_of_the_operator(settings, frozen, skipped):
    around = await look_around(recorded.cluster(settings=settings), "addon-updater")
    assert around.settings.frozen_at(examples.NOW) == frozen
    assert (around.here.tools_image, around.here.pod) == (
        "example.org/addon-updater:1",
        "addon-updater-preview",
    )
    assert len(around.skipped) == len(skipped)
    assert all(part in said for part, said in zip(skipped, around.skipped, strict=True))


@pytest.mark.parametrize(
    "forbidden, said",
    [
        pytest.param(
            [SETTINGS], ["you may not get configmaps in namespace addon-updater"], id="the settings"
        ),
        pytest.param([DEPLOYMENT], ["you may not get deployments.apps in namespace"], id="the Deployment"),
    ],
)
async def test_what_may_not_be_read_is_named_and_blocks_nothing(forbidden, said):
    reader = recorded.cluster()
    reader.forbidden |= set(forbidden)
    around = await look_around(reader, "addon-updater")
    assert len(around.skipped) == len(said)
    assert all(part in told for part, told in zip(said, around.skipped, strict=True))
    assert around.here.tools_image is not None


def grafana() -> dict[str, Any]:
    """A Grafana with its database on a claim, which a Job of the operator's own image copies."""
    labels = {"app": "grafana"}
    container = {
        "name": "grafana",
        "image": "docker.io/grafana/grafana:11.6.0",
        "volumeMounts": [{"name": "data", "mountPath": "/var/lib/grafana"}],
    }
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "grafana"}}
    spec = {"containers": [container], "volumes": [volume]}
    made = examples.deployment()
    made["metadata"] |= {"name": "grafana", "uid": "uid-grafana"}
    made["spec"] |= {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": spec},
    }
    return made


@pytest.mark.parametrize(
    "args, may_read, blocked",
    [
        pytest.param("--tools-image=example.org/tools:1", True, False, id="an operator with tools"),
        pytest.param("--log-level=info", True, True, id="an operator without tools"),
        pytest.param("--log-level=info", False, False, id="an operator that may not be read"),
    ],
)
async def test_a_backup_blocks_only_where_the_operator_is_known_to_have_no_tools(args, may_read, blocked):
    release = examples.release("grafana", spec={"addon": "grafana", "channel": "Latest"})
    reader = examples.FakeReader(release)
    reader.objects[paths.deployment("kube-system", "grafana")] = grafana()
    reader.objects[DEPLOYMENT] = recorded.operator(args)
    if not may_read:
        reader.forbidden.add(DEPLOYMENT)
    seen = await preview(reader, "kube-system", "grafana")
    rules = [finding.rule for finding in seen.decision.plan.findings]
    assert ("GrafanaNoToolsImage" in rules) is blocked


async def test_an_operator_that_is_elsewhere_is_asked_for():
    around = await look_around(recorded.cluster(), "elsewhere")
    [said] = around.skipped
    assert said.endswith("no Deployment addon-updater is in namespace elsewhere; see --operator-namespace")


def moving(namespace: str) -> dict:
    made = examples.running()
    made["metadata"] |= {"namespace": namespace, "name": "other", "uid": "uid-other"}
    made["spec"] = {
        "addon": "coredns",
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"},
    }
    return made


@pytest.mark.parametrize("may_list_all", [True, False])
async def test_releases_of_other_namespaces_hold_the_start_or_are_named_as_not_known(may_list_all):
    reader = recorded.cluster(
        recorded.adopted(), spec={"channel": "Latest", "policy": {"minEvidence": "Assumed"}}
    )
    reader.all_releases.append(moving("elsewhere"))
    if not may_list_all:
        reader.forbidden.add(paths.releases(None))
    seen = await preview(reader, "kube-system", "coredns")
    assert (seen.decision.update.reason == "WaitingForOthers") is may_list_all
    assert (
        any(one.startswith("AddonReleases of other namespaces") for one in seen.skipped) is not may_list_all
    )


async def test_a_release_of_the_same_name_elsewhere_is_another_one():
    reader = recorded.cluster(recorded.adopted())
    twin = examples.release()
    twin["metadata"] |= {"namespace": "elsewhere", "uid": "uid-twin"}
    reader.all_releases.insert(0, twin)
    seen = await preview(reader, "kube-system", "coredns")
    assert (seen.release.namespace, seen.release.uid) == ("kube-system", "uid-coredns")


DNS = paths.deployment("kube-system", "coredns")
HIDDEN = "what nodes tell about who built the cluster: you may not list nodes"


@pytest.mark.parametrize(
    "forbidden, vendor, kubelets, said",
    [
        pytest.param([], "kops", "1.34", [], id="everything"),
        pytest.param([paths.NODES], "unknown", None, [HIDDEN], id="no nodes"),
        pytest.param([DNS], "kops", "1.34", ["whether kubeadm wrote CoreDNS"], id="no CoreDNS"),
    ],
)
async def test_what_nodes_tell_about_the_cluster_is_looked_at(forbidden, vendor, kubelets, said):
    reader = examples.FakeReader()
    reader.lists[paths.NODES] = [KOPS]
    reader.forbidden |= set(forbidden)
    cluster, skipped = await look_at_cluster(reader, frozenset({"v1.34.2"}))
    assert cluster.recognized.vendor == vendor
    assert (str(cluster.kubelets) if cluster.kubelets else None) == kubelets
    assert len(skipped) == len(said)
    assert all(part in told for part, told in zip(said, skipped, strict=True))


async def test_a_server_that_is_silent_is_no_missing_right():
    reader = examples.FakeReader()

    async def silent(_path: str) -> None:
        raise TransientError("no answer")

    reader.get = silent
    with pytest.raises(TransientError):
        await look_at_cluster(reader, frozenset())


async def test_a_missing_workload_is_explained_by_who_built_the_cluster():
    reader = recorded.cluster()
    del reader.objects[DNS]
    reader.lists[paths.NODES] = [GKE]
    seen = await preview(reader, "kube-system", "coredns")
    assert seen.decision.stalled.reason == "WorkloadNotFound"
    assert "GKE runs kube-dns or Cloud DNS instead of CoreDNS" in seen.decision.stalled.message
    assert "spec.whenMissing" in seen.decision.stalled.message
