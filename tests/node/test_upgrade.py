"""A cluster moves to its next minor and CoreDNS with it: configuration migrated, comments kept, writes counted."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcluster import Node, install_coredns
from localcluster.images import coredns_image
from node.audit_trail import AuditTrail
from node.lookups import steady_lookups
from node.operator_under_test import OperatorProcess, install_without_workload
from node.owners import managers_of_the_image
from node.raw_api import RawApi
from node.stage import Stage

pytestmark = pytest.mark.node

START, BEST_FOR_34, BEST_FOR_35 = "1.11.3", "1.12.1", "1.13.1"
COREFILE = (Path(__file__).parent / "Corefile.team").read_text()
HEALTH = {"dns": {"names": ["db.corp.example", "mainframe.example"]}}
HOP = Counter(
    {
        "create controllerrevisions": 1,
        "create pods": 1,
        "patch deployments": 1,
        "delete pods": 1,
        "patch controllerrevisions": 1,
    }
)


@pytest.fixture(scope="module")
def stage(make_node: Callable[..., Node], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A node of its own: its control plane moves on and does not come back."""
    node = make_node("upgrade", coredns=None)
    for version in (BEST_FOR_34, BEST_FOR_35):
        node.load_image(coredns_image(version))
    install_coredns(node, START, COREFILE)
    install_without_workload(node)
    operator = OperatorProcess(node, tmp_path_factory.mktemp("operator"), resync="10m")
    operator.start()
    yield Stage(node, RawApi(node.kubeconfig))
    operator.kill()
    node.stop()


def test_the_whole_way_from_one_minor_to_the_next(stage: Stage, tmp_path: Path) -> None:
    assert managers_of_the_image(stage.deployment()) == {("kubeadm", "Update")}
    whole = stage.trail()
    stage.declare(suspend=True, health=HEALTH)
    stage.await_reason("UpdateAvailable", "Suspended")
    assert whole.kinds_of_changes() == ["create controllerrevisions", "patch deployments"]

    with steady_lookups(stage.node, tmp_path / "lookups") as counted:
        first_hop = stage.trail()
        stage.change(suspend=None)
        stage.await_version(BEST_FOR_34)
        kept_its_configuration(stage, first_hop)

        # While a server starts it refuses everybody, until it has read the roles: not what is asked here.
        assert whole.refused() == []
        second_hop = stage.trail()
        stage.node.upgrade("1.35")
        after_the_start = stage.trail()
        stage.await_version(BEST_FOR_35)
        migrated_its_configuration(stage, second_hop)

    assert counted["sent"] > 500
    assert counted["failed"] == 0
    assert stage.status()["observedKubernetesMinor"] == "1.35"
    assert [entry["outcome"] for entry in stage.status()["history"]] == ["Promoted", "Promoted", "Adopted"]
    assert [event["reason"] for event in stage.events()] == ["Promoted", "Promoted"]
    assert after_the_start.refused() == []


def kept_its_configuration(stage: Stage, trail: AuditTrail) -> None:
    """1.12.1 reads the team's Corefile as it is, so the ConfigMap is not written at all."""
    assert stage.texts() == {"Corefile": COREFILE}
    assert Counter(trail.kinds_of_changes()) == HOP
    assert stage.image().endswith(f":v{BEST_FOR_34}")
    told_briefly(trail)


def migrated_its_configuration(stage: Stage, trail: AuditTrail) -> None:
    """1.13.1 refuses `header { set ra }`: the text is migrated beside the old one, promoted, then copied."""
    texts = stage.texts()
    mounted = stage.governed()["items"]
    assert "response set ra" in texts["Corefile"]
    assert comments(texts["Corefile"]) == comments(COREFILE)
    assert [texts[item["key"]] for item in mounted] == [texts["Corefile"]]
    assert mounted[0]["key"] != "Corefile"
    assert mounted[0]["path"] == "Corefile"
    # The breaking baseline rises to the new minor once, on the revision that is current then.
    risen = Counter({"patch controllerrevisions": 1})
    assert Counter(trail.kinds_of_changes()) == HOP + Counter({"patch configmaps": 2}) + risen
    assert stage.image().endswith(f":v{BEST_FOR_35}")
    told_briefly(trail)


def told_briefly(trail: AuditTrail) -> None:
    """A hop is one Event and a handful of status writes, not one for every look."""
    told = Counter(asked.resource for asked in trail.asked() if asked.verb in {"create", "patch"})
    assert told["events"] == 1
    assert told["addonreleases/status"] <= 15


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]
