"""An addon that is nothing but data: planned from the catalog, rolled out and taken back on readiness alone."""

from __future__ import annotations

from typing import Any

import pytest

from addon_updater.addons import addon_named
from addon_updater.addons.data_only import DataOnly
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing, load_embedded
from unit.rollout.kubelet import CRASHES
from unit.rollout.scenes import Scene
from unit.rollout.world import World

NAME = "metrics-server"
CATALOG = load_embedded()


def image(version: str) -> str:
    return f"registry.k8s.io/metrics-server/metrics-server:v{version}"


def deployment(version: str) -> dict[str, Any]:
    container = {
        "name": NAME,
        "image": image(version),
        "args": ["--cert-dir=/tmp", "--secure-port=10250", "--metric-resolution=15s"],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 10250, "scheme": "HTTPS"}},
    }
    labels = {"k8s-app": NAME}
    # Some mount a CA for the kubelets; the updater neither reads nor governs it.
    items = [{"key": "ca.crt", "path": "ca.crt"}]
    volume = {"name": "kubelet-ca", "configMap": {"name": NAME, "items": items}}
    pod = {"serviceAccountName": NAME, "containers": [container], "volumes": [volume]}
    return {
        "metadata": {"name": NAME, "labels": dict(labels)},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": dict(labels)}, "spec": pod},
        },
    }


def world(version: str, minor: str) -> World:
    scene = Scene(
        release=NAME,
        name=NAME,
        key="ca.crt",
        addon=addon_named(NAME),
        catalog=CATALOG,
        workload=deployment,
        config_map=lambda _="": {"metadata": {"name": NAME}, "data": {"ca.crt": "a certificate"}},
        image=image,
    )
    return World(version, minor=minor, scene=scene, spec={"policy": {"updates": "Auto"}})


@pytest.mark.parametrize(
    "version, minor, standing, source",
    [
        ("0.9.0", "1.36", Standing.TESTED, "e2e-0.9"),
        ("0.9.0", "1.37", Standing.DECLARED, "matrix"),
        ("0.9.0", "1.33", Standing.UNKNOWN, ""),
        ("0.8.1", "1.33", Standing.DECLARED, "matrix"),
        ("0.8.0", "1.33", Standing.TESTED, "e2e-0.8"),
        ("0.8.0", "1.30", Standing.UNKNOWN, ""),
        ("0.7.2", "1.29", Standing.TESTED, "e2e-0.7"),
        ("0.7.2", "1.26", Standing.UNKNOWN, ""),
        ("0.6.4", "1.25", Standing.DECLARED, "matrix"),
        ("0.9.0", "1.38", Standing.UNKNOWN, ""),
    ],
)
def test_a_pair_stands_as_the_matrix_and_the_tests_of_upstream_say(version, minor, standing, source):
    judgement = CATALOG.addon(NAME).evidence(Version.parse(version), Minor.parse(minor))

    assert (judgement.standing, judgement.source) == (standing, source)


def test_no_code_knows_it():
    assert isinstance(addon_named(NAME), DataOnly)


@pytest.mark.parametrize("minor, version", [("1.30", "0.7.2"), ("1.33", "0.8.1"), ("1.35", "0.9.0")])
def test_it_is_rolled_out_to_the_newest_declared_version_on_readiness_alone(minor, version):
    seen = world("0.6.4", minor)
    seen.run()

    assert seen.running == version
    assert seen.results == [("0.6.4", "Adopted"), (version, "Promoted")]
    assert seen.condition("Ready") == ("True", "VersionFits")
    assert not [gate for told in seen.told for gate in told.gates or ()]


def test_a_version_that_never_gets_ready_does_not_replace_the_one_that_is():
    seen = world("0.8.1", "1.35")
    seen.behave("0.9.0", CRASHES)
    seen.run()

    assert seen.running == "0.8.1"
    assert [one.version for one in seen.told[-1].quarantined] == ["0.9.0"]


def test_a_cluster_upgrade_lets_the_next_version_in():
    seen = world("0.8.1", "1.33")
    seen.run()
    assert seen.running == "0.8.1"

    seen.settle_minor("1.34")
    seen.run()
    assert seen.running == "0.9.0"
