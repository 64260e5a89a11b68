"""The arguments, files and manifests a node is made of."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509

from localcluster.access import USERS_OF, audit_policy, write_access
from localcluster.components import VERSIONED, Component, components
from localcluster.configs import kubelet_config, write_configs
from localcluster.coredns import DEFAULT_COREFILE, coredns_manifest
from localcluster.debian import PACKAGES, missing_packages
from localcluster.groups import GROUPS
from localcluster.keys import write_keys
from localcluster.layout import NODE_PORTS, Layout, Ports
from localcluster.levels import GROUPS_OF, Level
from localcluster.spec import Spec, read_spec, write_spec

PROGRAMS = {name: f"/programs/{name}" for group in GROUPS for name in group.programs}
PORTS = {Level.NODE: NODE_PORTS, Level.CONTROL_PLANE: Ports(api=30001, etcd=30002, etcd_peer=30003)}


def spec(level: Level, minor: str = "1.34") -> Spec:
    return Spec("default", level, minor, PROGRAMS, PORTS[level])


def table(level: Level, minor: str = "1.34") -> dict[str, Component]:
    return components(Layout(Path("/state")), spec(level, minor))


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("minor", ["1.34", "1.37"])
def test_server_controllers_and_scheduler_speak_the_same_minor(level: Level, minor: str) -> None:
    emulated = f"--emulated-version=kube={minor}"
    assert {name for name, part in table(level, minor).items() if emulated in part.argv} == set(VERSIONED)


@pytest.mark.parametrize("level", Level)
def test_the_groups_of_a_level_hold_every_program_it_starts(level: Level) -> None:
    built = {name for group in GROUPS if group.name in GROUPS_OF[level] for name in group.programs}
    assert set(table(level)) <= built
    assert "kubectl" in built


@pytest.mark.parametrize(
    "level, after",
    [
        (
            Level.NODE,
            {
                "etcd": None,
                "kube-apiserver": ("127.0.0.1", 2379),
                "kube-controller-manager": ("10.99.0.1", 6443),
                "kube-scheduler": ("10.99.0.1", 6443),
                "containerd": None,
                "kubelet": "/run/containerd/containerd.sock",
                "kube-proxy": ("10.99.0.1", 6443),
            },
        ),
        (
            Level.CONTROL_PLANE,
            {
                "etcd": None,
                "kube-apiserver": ("127.0.0.1", 30002),
                "kube-controller-manager": ("127.0.0.1", 30001),
                "kube-scheduler": ("127.0.0.1", 30001),
                "kwok": ("127.0.0.1", 30001),
            },
        ),
    ],
)
def test_every_program_waits_for_what_it_would_fail_without(level: Level, after: dict[str, object]) -> None:
    assert {name: part.after for name, part in table(level).items()} == after


@pytest.mark.parametrize("level", Level)
def test_the_api_server_authorizes_by_rbac_and_admits_service_accounts(level: Level) -> None:
    argv = table(level)["kube-apiserver"].argv
    assert "--authorization-mode=Node,RBAC" in argv
    assert not [flag for flag in argv if flag.startswith("--disable-admission-plugins")]


def test_a_control_plane_listens_on_loopback_only_and_on_its_own_ports() -> None:
    flags = [flag for part in table(Level.CONTROL_PLANE).values() for flag in part.argv]
    assert [flag for flag in flags if "address=" in flag and "127.0.0.1" not in flag] == []
    assert [flag for flag in flags if "urls=" in flag and "127.0.0.1:3000" not in flag] == []
    assert flags.count("--secure-port=0") == 2
    assert "--secure-port=30001" in flags


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


@pytest.mark.parametrize("level", Level)
def test_what_holds_secrets_is_for_its_owner_only(level: Level, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.config.mkdir()
    write_keys(layout.keys)
    write_access(layout, level, inside="https://inside:6443", outside="https://127.0.0.1:12345")
    secret = [layout.keys / name for name in ("apiserver.key", "sa.key", "tokens.csv")]
    for path in [*secret, layout.kubeconfig, *map(layout.kubeconfig_of, USERS_OF[level])]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert "https://127.0.0.1:12345" in layout.kubeconfig.read_text()
    assert "https://inside:6443" in layout.kubeconfig_of("kube-scheduler").read_text()


def test_a_nodes_resolver_is_no_loopback_address(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_configs(layout, "native")
    assert "127." not in (layout.config / "resolv.conf").read_text()


@pytest.mark.parametrize("level", Level)
def test_a_spec_reads_as_it_was_written_and_is_replaced_as_a_whole(level: Level, tmp_path: Path) -> None:
    file = tmp_path / "cluster.json"
    write_spec(file, spec(level))
    write_spec(file, read_spec(file).speaking("1.35"))
    assert read_spec(file) == spec(level, "1.35")
    assert list(tmp_path.iterdir()) == [file]


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
