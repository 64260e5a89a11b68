"""Prometheus of the local node: what its manifest and its images hold."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from localcluster.errors import UsageError
from localcluster.groups import select_groups
from localcluster.images import prometheus_fault_image
from localcluster.images.oci import File, Image, archive
from localcluster.overlaid import replaced_files
from localcluster.prometheus import PROMETHEUS_CONFIG, prometheus_manifest

FOLDER = Path("/data")


def objects(**options: Any) -> dict[str, dict[str, Any]]:
    return {document["kind"]: document for document in prometheus_manifest("2.55.1", **options)}


def data_volumes(workload: dict[str, Any]) -> list[dict[str, Any]]:
    return [volume for volume in workload["spec"]["template"]["spec"]["volumes"] if volume["name"] == "data"]


@pytest.mark.parametrize(
    "options, kind, volumes, claimed, made",
    [
        ({}, "Deployment", [{"name": "data", "emptyDir": {}}], None, False),
        (
            {"folder": FOLDER},
            "Deployment",
            [{"name": "data", "persistentVolumeClaim": {"claimName": "prometheus"}}],
            "prometheus",
            True,
        ),
        ({"folder": FOLDER, "kind": "StatefulSet"}, "StatefulSet", [], "data-prometheus-0", False),
        (
            {"kind": "StatefulSet"},
            "StatefulSet",
            [{"name": "data", "emptyDir": {}}],
            None,
            False,
        ),
    ],
    ids=["pod's own", "on a volume", "stateful on a volume", "stateful, pod's own"],
)
def test_the_data_lies_where_it_was_asked_for(
    options: dict[str, Any], kind: str, volumes: list[dict[str, Any]], claimed: str | None, *, made: bool
) -> None:
    found = objects(**options)
    assert data_volumes(found[kind]) == volumes
    assert ("PersistentVolumeClaim" in found) is made
    volume = found.get("PersistentVolume", {"spec": {"claimRef": {"name": None}}})
    assert volume["spec"]["claimRef"]["name"] == claimed


@pytest.mark.parametrize(
    "kind, strategy, written",
    [
        ("Deployment", "Recreate", {"type": "Recreate"}),
        ("Deployment", "RollingUpdate", {"type": "RollingUpdate"}),
        ("StatefulSet", "Recreate", None),
    ],
)
def test_only_a_deployment_has_a_strategy(kind: str, strategy: str, written: dict[str, str] | None) -> None:
    found = objects(kind=kind, strategy=strategy)
    assert found[kind]["spec"].get("strategy") == written


def test_the_configuration_is_mounted_key_by_key_and_scrapes_what_the_node_runs() -> None:
    found = objects(config=PROMETHEUS_CONFIG, rules="groups: []\n", args=["--x"])
    pod = found["Deployment"]["spec"]["template"]["spec"]
    (config,) = [volume["configMap"] for volume in pod["volumes"] if volume["name"] == "config"]
    assert [item["key"] for item in config["items"]] == ["prometheus.yml", "rules.yml"]
    assert found["ConfigMap"]["data"] == {"prometheus.yml": PROMETHEUS_CONFIG, "rules.yml": "groups: []\n"}
    assert pod["containers"][0]["args"] == ["--x"]
    jobs = [job["job_name"] for job in yaml.safe_load(PROMETHEUS_CONFIG)["scrape_configs"]]
    assert jobs == ["prometheus", "coredns", "addon-updater"]


def test_its_account_may_list_the_slices_that_its_configuration_asks_for() -> None:
    granted = {
        resource for rule in objects()["ClusterRole"]["rules"] for resource in rule.get("resources", [])
    }
    assert {"endpointslices", "services", "pods"} <= granted


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown mode 'explode'; known are healthy, crash"):
        prometheus_fault_image("9.9.9", "explode", "2.55.1")


def test_the_service_discoveries_are_cut_down_in_the_release_that_has_no_tag_for_it() -> None:
    old, new = select_groups(["prometheus-2.55.1", "prometheus-3.13.2"])
    assert [str(file.relative_to(old.module)) for file in replaced_files(old)] == ["plugins/plugins.go"]
    assert (replaced_files(new), new.tags) == ([], ("remove_all_sd", "enable_kubernetes_sd"))


@pytest.mark.parametrize(
    "changed",
    [
        {"command": ("--x",)},
        {"folders": {"data": 65534}},
        {"environment": {"A": "b"}},
        {"working_folder": "/data"},
        {"volumes": ("/data",)},
    ],
    ids=["command", "owner", "environment", "working folder", "volume"],
)
def test_how_an_image_is_run_is_a_part_of_its_identity(changed: dict[str, Any]) -> None:
    plain = Image("localhost/x:1", {"x": File(b"x")}, ("/x",))
    other = Image("localhost/x:1", {"x": File(b"x")}, ("/x",), **changed)
    assert plain.identity() != other.identity()
    assert archive(plain) != archive(other)
