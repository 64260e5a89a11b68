"""The arguments, files and manifests a node is made of."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509

from localcluster.components import VERSIONED, components
from localcluster.configs import audit_policy, kubelet_config, write_configs
from localcluster.coredns import DEFAULT_COREFILE, coredns_manifest
from localcluster.debian import PACKAGES, missing_packages
from localcluster.groups import GROUPS
from localcluster.keys import write_keys
from localcluster.layout import Layout

PROGRAMS = {name: f"/programs/{name}" for group in GROUPS for name in group.programs}


@pytest.mark.parametrize("minor", ["1.34", "1.37"])
def test_server_controllers_and_scheduler_speak_the_same_minor(minor: str) -> None:
    table = components(Layout(Path("/state")), PROGRAMS, minor)
    speaking = {name for name, part in table.items() if f"--emulated-version=kube={minor}" in part.argv}
    assert speaking == set(VERSIONED)


def test_every_program_waits_for_what_it_would_fail_without() -> None:
    table = components(Layout(Path("/state")), PROGRAMS, "1.34")
    api = ("10.99.0.1", 6443)
    assert {name: part.after for name, part in table.items()} == {
        "etcd": None,
        "kube-apiserver": ("127.0.0.1", 2379),
        "kube-controller-manager": api,
        "kube-scheduler": api,
        "containerd": None,
        "kubelet": "/run/containerd/containerd.sock",
        "kube-proxy": api,
    }


def test_the_api_server_authorizes_by_rbac_and_admits_service_accounts() -> None:
    argv = components(Layout(Path("/state")), PROGRAMS, "1.34")["kube-apiserver"].argv
    assert "--authorization-mode=Node,RBAC" in argv
    assert not [flag for flag in argv if flag.startswith("--disable-admission-plugins")]


def test_the_audit_policy_keeps_every_request_of_the_operator() -> None:
    rules = audit_policy()["rules"]
    assert isinstance(rules, list)
    assert rules[0] == {"level": "Metadata", "userGroups": ["system:serviceaccounts:addon-updater"]}
    assert rules[-1] == {"level": "Metadata"}


def test_a_full_disk_of_the_host_evicts_nothing() -> None:
    config = kubelet_config(Layout(Path("/state")))
    assert config["imageGCHighThresholdPercent"] == 100
    assert config["evictionHard"] == dict.fromkeys(
        ("memory.available", "nodefs.available", "imagefs.available"), "0%"
    )


def test_the_server_certificate_is_valid_for_every_way_to_the_server(tmp_path: Path) -> None:
    write_keys(tmp_path)
    certificate = x509.load_pem_x509_certificate((tmp_path / "apiserver.crt").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    }
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    assert addresses == {"127.0.0.1", "10.99.0.1", "10.96.0.1"}
    authority = x509.load_pem_x509_certificate((tmp_path / "ca.crt").read_bytes())
    certificate.verify_directly_issued_by(authority)
    assert ssl.create_default_context(cafile=str(tmp_path / "ca.crt")).cert_store_stats()["x509_ca"] == 1


def test_what_holds_secrets_is_for_its_owner_only(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_keys(layout.keys)
    write_configs(layout, 12345, "native")
    secret = [layout.keys / name for name in ("apiserver.key", "sa.key", "tokens.csv")]
    for path in [*secret, layout.kubeconfig, layout.kubeconfig_of("kubelet")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert "https://127.0.0.1:12345" in layout.kubeconfig.read_text()
    assert "127." not in (layout.config / "resolv.conf").read_text()


@pytest.mark.parametrize("version, port", [("1.11.3", 8181), ("1.12.1", 8181), ("1.13.1", "readiness-probe")])
def test_the_coredns_manifest_names_its_probe_ports_as_kubeadm_of_its_time(
    version: str, port: int | str
) -> None:
    (deployment,) = [
        item for item in coredns_manifest(DEFAULT_COREFILE, version) if item["kind"] == "Deployment"
    ]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"registry.k8s.io/coredns/coredns:v{version}"
    assert container["readinessProbe"]["httpGet"]["port"] == port
    named = {item["name"] for item in container["ports"]}
    assert ("readiness-probe" in named) == (port == "readiness-probe")


def test_the_coredns_manifest_holds_the_given_corefile_and_replicas_and_shares_nothing() -> None:
    first = {item["kind"]: item for item in coredns_manifest(".:53 {\n}\n", "1.11.3", replicas=3)}
    second = {item["kind"]: item for item in coredns_manifest("other", "1.11.3")}
    assert first["ConfigMap"]["data"] == {"Corefile": ".:53 {\n}\n"}
    assert (first["Deployment"]["spec"]["replicas"], second["Deployment"]["spec"]["replicas"]) == (3, 2)
    assert list(first) == [
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "Deployment",
        "Service",
    ]


def test_missing_packages_are_a_part_of_the_needed_ones() -> None:
    assert set(missing_packages()) <= set(PACKAGES)
