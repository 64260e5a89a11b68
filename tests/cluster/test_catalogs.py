"""What becomes of an AddonCatalog on a real API server, as docs/cluster-objects.md says, under the shipped RBAC."""

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.ports import free_port
from localcluster import Cluster
from node.operator_under_test import REPOSITORY, OperatorProcess
from node.raw_api import Manifest, RawApi, eventually
from node.stage import CATALOGS, GROUP, Stage

SOURCES: Manifest = {"team": {"title": "The platform team", "url": "https://git.example.com/platform/trials"}}
DEFAULT_HERE = "1.12.1"
"""What kubeadm installs on 1.34, so what an update of the release is about."""
RINGS = ("canary", "production")


def denies(version: str, reason: str = "Answers were lost", source: str = "team") -> list[Manifest]:
    """`spec.addons` of a catalog that takes a version of CoreDNS back."""
    denied = {"reason": reason, "source": source}
    return [
        {"name": "coredns", "sources": SOURCES, "releases": [{"version": version, "denied": denied}]},
    ]


@dataclass(frozen=True)
class Catalogs:
    """The AddonCatalogs of the cluster, and how the operator reports on them."""

    stage: Stage
    port: int

    def write(self, name: str, serial: int, addons: list[Manifest], **spec: Any) -> None:
        """Write an edition as a delivery tool does: server-side apply of all of it."""
        body = {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "AddonCatalog",
            "metadata": {"name": name},
            "spec": {"mode": "Extend", "serial": serial, "addons": addons, **spec},
        }
        self.stage.api.apply(f"{CATALOGS}/{name}", body, manager="delivery")

    def told(self, name: str) -> tuple[dict[str, str], dict[str, str], int | None]:
        """Of its present generation: reason and message by condition, and the accepted serial; empty until then."""
        found = self.stage.api.get(f"{CATALOGS}/{name}") or {}
        status = found.get("status") or {}
        if status.get("observedGeneration") != found["metadata"]["generation"]:
            return {}, {}, None
        conditions = status["conditions"]
        verdicts = {one["type"]: f"{one['status']} {one['reason']}" for one in conditions}
        messages = {one["type"]: one.get("message", "") for one in conditions}
        return verdicts, messages, status.get("acceptedSerial")

    def await_told(self, name: str, ready: str, fresh: str, serial: int | None) -> dict[str, str]:
        """Wait until both conditions and the accepted serial are these; their messages."""
        wanted = ({"Ready": ready, "CatalogFresh": fresh}, serial)

        def so() -> dict[str, str] | None:
            verdicts, messages, accepted = self.told(name)
            return messages if (verdicts, accepted) == wanted else None

        return eventually(so, f"{wanted} of {name}")

    def fresh(self) -> str:
        """The value of the metric."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return next(line.split()[1] for line in lines if line.startswith("addon_updater_catalog_fresh "))

    def denied(self) -> dict[str, str]:
        """The denied candidates of the release, each with its message."""
        candidates = self.stage.status().get("candidates") or ()
        return {one["version"]: one["message"] for one in candidates if one["reason"] == "Denied"}

    def await_denied(self, version: str, reason: str = "Answers were lost") -> None:
        """Wait until the release says of one candidate alone that it is denied, and why."""
        wanted = {version: f"{version} is denied: {reason}"}
        eventually(lambda: self.denied() == wanted, f"{wanted}, not {self.denied()}")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def operator(
    governed: Cluster, port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    operator = OperatorProcess(governed, tmp_path_factory.mktemp("operator"), port=port, resync="1s")
    operator.start()
    yield operator
    operator.kill()


@pytest.fixture
def stage(governed: Cluster, api: RawApi, operator: OperatorProcess) -> Iterator[Stage]:
    """A release that only plans, so that nothing but its status can change."""
    stage = Stage(governed, api)
    stage.clear()
    operator.keep_running()
    stage.declare(policy={"updates": "PlanOnly"})
    stage.await_reason("UpdateAvailable", "PlanOnly")
    yield stage
    stage.clear()
    assert operator.is_running


@pytest.fixture
def catalogs(stage: Stage, port: int) -> Catalogs:
    return Catalogs(stage, port)


REFUSED = [
    pytest.param(
        4,
        {"addons": denies("1.13.1")},
        ("SerialWentDown", "spec.serial 4 is lower than 5"),
        id="a lower serial",
    ),
    pytest.param(
        6,
        {"addons": denies("1.13.1", source="nobody")},
        ("Unfit", "there is no source 'nobody'"),
        id="a source that is not listed",
    ),
    pytest.param(
        6,
        {"addons": denies("1.13.1"), "expires": "2031-02-30"},
        ("Unreadable", "spec.expires"),
        id="a day that no calendar has",
    ),
]


@pytest.mark.parametrize(("serial", "content", "told"), REFUSED)
def test_a_refused_edition_leaves_the_last_good_one_in_force_until_it_is_mended(
    catalogs: Catalogs, serial: int, content: dict[str, Any], told: tuple[str, str]
) -> None:
    catalogs.write("house-rules", 5, denies(DEFAULT_HERE))
    catalogs.await_told("house-rules", "True InForce", "True Fresh", 5)
    catalogs.await_denied(DEFAULT_HERE)
    assert catalogs.fresh() == "1.0"

    catalogs.write("house-rules", serial, **content)

    reason, words = told
    messages = catalogs.await_told("house-rules", f"False {reason}", "False Outdated", 5)
    assert words in messages["Ready"]
    assert messages["CatalogFresh"] == "serial 5 stays in force"
    assert catalogs.fresh() == "0.0"
    stalled = catalogs.stage.await_reason("Stalled", "CatalogBroken")
    assert words in stalled["message"]
    assert catalogs.denied() == {DEFAULT_HERE: "1.12.1 is denied: Answers were lost"}

    catalogs.write("house-rules", 7, denies("1.12.0"))

    catalogs.await_told("house-rules", "True InForce", "True Fresh", 7)
    catalogs.await_denied("1.12.0")
    eventually(lambda: catalogs.stage.reason("Stalled") == "", "the release to go on")
    assert catalogs.fresh() == "1.0"


def test_an_expired_one_stays_in_force_and_says_that_it_is_old(catalogs: Catalogs) -> None:
    catalogs.write("house-rules", 1, denies(DEFAULT_HERE), expires="2020-02-29")

    messages = catalogs.await_told("house-rules", "True InForce", "False Expired", 1)
    assert "good until 2020-02-29 and stay in force" in messages["CatalogFresh"]
    assert catalogs.fresh() == "0.0"
    catalogs.await_denied(DEFAULT_HERE)
    assert catalogs.stage.reason("Stalled") == ""


def test_of_two_of_equal_priority_the_later_name_has_the_last_word_until_a_priority_decides(
    catalogs: Catalogs,
) -> None:
    catalogs.write("beta", 1, denies(DEFAULT_HERE, "beta says so"))
    catalogs.write("alpha", 1, denies(DEFAULT_HERE, "alpha says so"))

    for name, other in (("alpha", "beta"), ("beta", "alpha")):
        rival = f"AddonCatalog {other} has the same priority 0 and speaks of coredns too"

        def so(name: str = name, rival: str = rival) -> bool:
            return rival in catalogs.told(name)[1].get("Ready", "")

        eventually(so, f"{name}: {rival}")
        assert "by name, beta has the last word" in catalogs.told(name)[1]["Ready"]
    catalogs.await_denied(DEFAULT_HERE, "beta says so")
    assert catalogs.fresh() == "1.0"

    catalogs.write("alpha", 1, denies(DEFAULT_HERE, "alpha says so"), priority=10)

    catalogs.await_denied(DEFAULT_HERE, "alpha says so")
    eventually(
        lambda: catalogs.told("beta")[1].get("Ready") == "serial 1 is in force",
        "nobody to share the priority",
    )


def test_a_running_version_that_is_taken_back_is_unfit_and_is_left_upward_but_never_downward_unasked(
    catalogs: Catalogs,
) -> None:
    stage, trail, before = catalogs.stage, catalogs.stage.trail(), catalogs.stage.governed()
    catalogs.write("house-rules", 1, denies("1.11.3"))

    ready = stage.await_reason("Ready", "VersionUnfit")
    assert (ready["status"], ready["message"]) == ("False", "1.11.3 runs and is denied: Answers were lost")
    assert stage.status()["target"]["version"] == DEFAULT_HERE
    assert trail.changes() == []

    stage.change(version="<1.11.3", policy={"updates": "Auto", "minEvidence": "Assumed"})
    held = stage.await_reason("UpdateAvailable", "WaitingForApproval")
    assert held["message"].startswith("1.11.3 to 1.11.1: going back never starts by itself: approve plan ")
    assert stage.governed() == before

    stage.change(version=None, policy={"updates": "PlanOnly", "minEvidence": None})
    catalogs.write("house-rules", 2, denies("1.12.0"))
    stage.await_reason("Ready", "VersionFits")


def test_one_that_is_created_anew_may_begin_with_any_serial(catalogs: Catalogs) -> None:
    catalogs.write("house-rules", 9, denies(DEFAULT_HERE))
    catalogs.await_told("house-rules", "True InForce", "True Fresh", 9)
    catalogs.await_denied(DEFAULT_HERE)

    catalogs.stage.api.delete(f"{CATALOGS}/house-rules")
    eventually(lambda: catalogs.denied() == {}, "the denial to end with it")

    catalogs.write("house-rules", 1, denies(DEFAULT_HERE))
    catalogs.await_told("house-rules", "True InForce", "True Fresh", 1)
    catalogs.await_denied(DEFAULT_HERE)


def test_a_replay_during_a_restart_is_refused_all_the_same(
    catalogs: Catalogs, operator: OperatorProcess
) -> None:
    catalogs.write("house-rules", 5, denies(DEFAULT_HERE))
    catalogs.await_told("house-rules", "True InForce", "True Fresh", 5)

    operator.kill()
    catalogs.write("house-rules", 4, denies("1.13.1"))
    operator.start()

    messages = catalogs.await_told("house-rules", "False SerialWentDown", "False Outdated", 5)
    assert messages["CatalogFresh"] == "nothing of this object is in force"
    assert catalogs.fresh() == "0.0"
    catalogs.stage.await_reason("Stalled", "CatalogBroken")

    catalogs.write("house-rules", 6, denies(DEFAULT_HERE))
    catalogs.await_told("house-rules", "True InForce", "True Fresh", 6)
    catalogs.await_denied(DEFAULT_HERE)


@pytest.mark.parametrize("ring", RINGS)
def test_the_catalog_of_each_ring_comes_into_force(catalogs: Catalogs, ring: str) -> None:
    file: Path = REPOSITORY / f"deploy/examples/addoncatalog-ring-{ring}.yaml"
    spec = yaml.safe_load(file.read_text())["spec"]

    catalogs.write("house-rules", **spec)

    catalogs.await_told("house-rules", "True InForce", "True Fresh", spec["serial"])
