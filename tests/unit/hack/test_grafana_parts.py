"""The fake Grafana of the local node: what its manifest and its images hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from localcluster.errors import UsageError
from localcluster.grafana import GRAFANA_DASHBOARDS, grafana_manifest
from localcluster.images import GRAFANA_USER, grafana_image
from localcluster.images.stand_in import SOURCES, STAND_INS


def objects(**options: Any) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (document["kind"], document["metadata"]["name"]): document
        for document in grafana_manifest("11.6.16", **options)
    }


def pod_of(found: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    pod: dict[str, Any] = found["Deployment", "grafana"]["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize(
    "folder, volume",
    [
        (None, {"name": "data", "emptyDir": {}}),
        (Path("/data"), {"name": "data", "persistentVolumeClaim": {"claimName": "grafana"}}),
    ],
)
def test_the_database_lies_where_it_was_asked_for(folder: Path | None, volume: dict[str, Any]) -> None:
    found = objects(folder=folder)
    assert volume in pod_of(found)["volumes"]
    assert (("PersistentVolumeClaim", "grafana") in found) is (folder is not None)


def test_every_mounted_file_is_a_key_of_its_config_map() -> None:
    found = objects()
    keys = found["ConfigMap", "grafana"]["data"]
    mounts = pod_of(found)["containers"][0]["volumeMounts"]
    assert {mount["subPath"] for mount in mounts if mount["name"] == "config"} == set(keys)


def test_the_provisioned_dashboards_have_uids_of_their_own() -> None:
    found = objects()
    dashboards = [json.loads(text) for text in found["ConfigMap", "grafana-dashboards"]["data"].values()]
    assert len({dashboard["uid"] for dashboard in dashboards}) == len(GRAFANA_DASHBOARDS)


def test_anybody_may_look_and_more_can_be_set() -> None:
    environment = pod_of(objects(environment={"GF_ALERTING_ENABLED": "true"}))["containers"][0]["env"]
    assert {(entry["name"], entry["value"]) for entry in environment} == {
        ("GF_AUTH_ANONYMOUS_ENABLED", "true"),
        ("GF_ALERTING_ENABLED", "true"),
    }


def test_the_pod_runs_as_the_user_that_owns_the_image_s_data() -> None:
    assert pod_of(objects())["securityContext"]["runAsUser"] == GRAFANA_USER


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown fault 'explode'; known are crash"):
        grafana_image("12.4.9", fault="explode")


@pytest.mark.parametrize("name", STAND_INS)
def test_every_stand_in_has_a_module_of_its_own(name: str) -> None:
    assert (SOURCES / name / "go.mod").read_text().startswith(f"module addon-updater.dev/hack/{name}\n")
