"""The images made here behave in real pods as their makers say."""

import json
import sys
from collections.abc import Iterator

import pytest

from localcluster import Node
from localcluster.errors import NodeError
from localcluster.images import OPERATOR_IMAGE, fault_image, operator_image
from node.raw_api import eventually

pytestmark = pytest.mark.node

COREFILE = ".:53 {\n  hosts {\n    192.0.2.1 known.test\n  }\n  health\n  ready\n}\n"
DNSLOAD = (
    sys.executable,
    "-m",
    "localcluster.dnsload",
    "--name",
    "known.test",
    "--rate",
    "20",
    "--timeout",
    "0.5",
)
HTTP_STATUS = """
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=2).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError:
    print(0)
"""
HEALTHY_SECONDS = 8.0
SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


@pytest.fixture(scope="module", autouse=True)
def corefile(node: Node) -> Iterator[None]:
    node.kubectl("create", "configmap", "fault-corefile", f"--from-literal=Corefile={COREFILE}")
    yield
    node.kubectl("delete", "configmap", "fault-corefile")
    node.kubectl("delete", "pods", "-l", "test=fault", "--grace-period=0", "--force")


def start_pod(node: Node, mode: str) -> str:
    """Run a fault image in a pod with the security context of kubeadm's CoreDNS."""
    image = f"registry.k8s.io/coredns/coredns:{mode}"
    node.load_image(fault_image(image, mode, seconds=HEALTHY_SECONDS))
    container = {
        "name": "coredns",
        "image": image,
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "securityContext": SECURITY,
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns"}],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": mode, "labels": {"test": "fault", "mode": mode}},
        "spec": {
            "restartPolicy": "Never",
            "dnsPolicy": "Default",
            "containers": [container],
            "volumes": [{"name": "config", "configMap": {"name": "fault-corefile"}}],
        },
    }
    node.kubectl("create", "-f", "-", input=json.dumps(pod))
    return mode


def address_of(node: Node, mode: str) -> str:
    node.kubectl("wait", "--for=jsonpath={.status.phase}=Running", f"pod/{mode}", "--timeout=90s")
    return node.pod_ips(f"mode={mode}", "default")[0]


def ask(node: Node, address: str) -> dict[str, float]:
    output = node.run([*DNSLOAD, "--server", address, "--duration", "1"]).stdout
    found: dict[str, float] = json.loads(output.splitlines()[-1])["summary"]
    return found


def http_status(node: Node, url: str) -> int:
    return int(node.run([sys.executable, "-c", HTTP_STATUS, url]).stdout)


@pytest.mark.parametrize(
    "mode, outcome",
    [("servfail-after", "servfail"), ("nxdomain-after", "wrong"), ("drop-after", "lost")],
)
def test_a_fault_begins_after_its_delay_and_the_probes_see_nothing(
    node: Node, mode: str, outcome: str
) -> None:
    address = address_of(node, start_pod(node, mode))
    assert ask(node, address)["answered"] > 0

    def nothing_else() -> bool:
        answers = ask(node, address)
        return (answers["answered"], answers[outcome]) == (0, answers["sent"])

    eventually(nothing_else, f"every answer to be {outcome}")
    assert http_status(node, f"http://{address}:8080/health") == 200
    assert http_status(node, f"http://{address}:8181/ready") == 200


def test_a_never_ready_server_answers_questions_but_not_its_readiness_probe(node: Node) -> None:
    address = address_of(node, start_pod(node, "never-ready"))
    eventually(
        lambda: http_status(node, f"http://{address}:8181/ready") == 503, "its readiness probe to fail"
    )
    result = ask(node, address)
    assert result["answered"] == result["sent"]


@pytest.mark.parametrize("mode", ["crash", "crash-after", "refuse-config"])
def test_a_crashing_image_ends_with_exit_code_1(node: Node, mode: str) -> None:
    start_pod(node, mode)
    node.kubectl("wait", "--for=jsonpath={.status.phase}=Failed", f"pod/{mode}", "--timeout=90s")
    code = "jsonpath={.status.containerStatuses[0].state.terminated.exitCode}"
    assert node.kubectl("get", "pod", mode, "-o", code) == "1"


def test_an_image_that_was_never_loaded_cannot_be_pulled(node: Node) -> None:
    node.kubectl("run", "absent", "--image=registry.k8s.io/coredns/coredns:v9.9.9", "--labels=test=fault")
    reason = "jsonpath={.status.containerStatuses[0].state.waiting.reason}"
    failures = ("ErrImagePull", "ImagePullBackOff")
    eventually(lambda: node.kubectl("get", "pod", "absent", "-o", reason) in failures, "the pull to fail")


def test_the_operator_image_runs_under_restricted_pod_security_and_carries_no_installer(node: Node) -> None:
    node.load_image(operator_image())
    script = (
        "import addon_updater, getpass, importlib.util;"
        "print(importlib.util.find_spec('pip'), addon_updater.__cached__, getpass.getuser())"
    )
    security = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {
        "name": "operator",
        "image": OPERATOR_IMAGE,
        "imagePullPolicy": "Never",
        "command": ["/opt/addon-updater/bin/python", "-c", script],
        "securityContext": security,
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "operator-image", "labels": {"test": "fault"}},
        "spec": {"restartPolicy": "Never", "containers": [container]},
    }
    node.kubectl("create", "-f", "-", input=json.dumps(pod))
    try:
        node.kubectl(
            "wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/operator-image", "--timeout=90s"
        )
    except NodeError:
        pytest.fail(node.kubectl("logs", "operator-image"))
    pip, compiled, user = node.kubectl("logs", "operator-image").split()
    assert (pip, user) == ("None", "addon-updater")
    assert compiled.endswith(".pyc")
