"""The operator's own pods: what they may do to their node, and how they are kept alive."""

from pathlib import Path
from typing import Any

import pytest

from addon_updater.settings import read_settings
from unit.deploy.manifests import Manifest, the

POD: dict[str, Any] = {
    "serviceAccountName": "addon-updater",
    "automountServiceAccountToken": True,
    "enableServiceLinks": False,
}
CONTAINER: dict[str, Any] = {
    "name": "addon-updater",
    "image": "ghcr.io/addon-updater/addon-updater:dev",
    "imagePullPolicy": "IfNotPresent",
    "args": ["run", "--tools-image=$(TOOLS_IMAGE)", "--credentials=/etc/addon-updater/credentials"],
    "resources": {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "512Mi"}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
}
PROBES = {"livenessProbe": "/livez", "readinessProbe": "/readyz"}


@pytest.fixture
def deployment() -> Manifest:
    return the("Deployment", "addon-updater", "addon-updater")


@pytest.fixture
def pod(deployment: Manifest) -> Manifest:
    spec: Manifest = deployment["spec"]["template"]["spec"]
    return spec


def test_the_namespace_enforces_the_restricted_standard() -> None:
    labels = the("Namespace", "addon-updater")["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("field", POD)
def test_the_pod_sets(pod: Manifest, field: str) -> None:
    assert pod[field] == POD[field]


def test_the_pod_runs_as_nobody_under_the_runtime_profile(pod: Manifest) -> None:
    context = pod["securityContext"]

    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == 65532
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}


@pytest.mark.parametrize("field", CONTAINER)
def test_the_container_sets(pod: Manifest, field: str) -> None:
    (container,) = pod["containers"]

    assert container[field] == CONTAINER[field]


@pytest.mark.parametrize("probe", PROBES)
def test_the_kubelet_asks(pod: Manifest, probe: str) -> None:
    (container,) = pod["containers"]

    assert container[probe]["httpGet"] == {"path": PROBES[probe], "port": "http"}


def test_the_only_writable_path_is_memory(pod: Manifest) -> None:
    (container,) = pod["containers"]
    read_only = {mount["name"] for mount in container["volumeMounts"] if mount.get("readOnly")}

    assert [volume["emptyDir"]["medium"] for volume in pod["volumes"] if volume["name"] not in read_only] == [
        "Memory"
    ]


def test_it_starts_without_credentials_and_reads_them_when_they_come(pod: Manifest) -> None:
    (secret,) = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]

    assert secret["optional"] is True
    assert secret["defaultMode"] == 0o440


def test_it_starts_with_the_flags_it_is_given(pod: Manifest) -> None:
    (container,) = pod["containers"]
    (mount,) = [mount for mount in container["volumeMounts"] if mount["name"] == "credentials"]

    settings = read_settings(container["args"], {})

    assert settings.tools_image == "$(TOOLS_IMAGE)"
    assert settings.credentials == Path(mount["mountPath"])
    assert "TOOLS_IMAGE" in {variable["name"] for variable in container["env"]}


def test_the_token_is_mounted_by_this_pod_only() -> None:
    assert the("ServiceAccount", "addon-updater", "addon-updater")["automountServiceAccountToken"] is False


@pytest.mark.parametrize(
    ("kind", "path"), [("PodDisruptionBudget", ("selector", "matchLabels")), ("Service", ("selector",))]
)
def test_what_selects_the_pods_selects_them(deployment: Manifest, kind: str, path: tuple[str, ...]) -> None:
    selector = the(kind, "addon-updater", "addon-updater")["spec"]
    for key in path:
        selector = selector[key]

    assert selector == deployment["spec"]["selector"]["matchLabels"]
    assert selector.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_a_replica_stands_by_while_one_is_drained(deployment: Manifest) -> None:
    budget = the("PodDisruptionBudget", "addon-updater", "addon-updater")["spec"]

    assert deployment["spec"]["replicas"] == 2
    assert budget["maxUnavailable"] == 1


def test_prometheus_finds_the_metrics_by_annotation() -> None:
    annotations = the("Service", "addon-updater", "addon-updater")["metadata"]["annotations"]

    assert annotations == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "8080",
        "prometheus.io/path": "/metrics",
    }
