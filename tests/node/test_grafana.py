"""Grafana, a fake with a real database, moves on with a proven backup, or stays as it was to the byte."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from localcluster import Node
from localcluster.ask import ask
from localcluster.grafana import await_grafana, grafana_folder, install_grafana, remove_grafana
from localcluster.images import GRAFANA_USER, OPERATOR_IMAGE, grafana_image, operator_image
from localcluster.volumes import MONITORING
from node.end_state import end_state
from node.monitoring_stage import (
    GRAFANA,
    NeverMade,
    as_delivered,
    kill_at,
    quarantined,
    the_intent_is_recorded,
    url,
    wish,
)
from node.operator_under_test import OperatorProcess
from node.raw_api import Manifest, RawApi, eventually
from node.stage import Stage

pytestmark = pytest.mark.node

OLD, NEW = "11.6.16", "12.4.9"
BAD, ONE_WAY = "11.6.91", "12.4.91"
PROVISIONED = {"cluster-dns", "prometheus-overview"}
DASHBOARDS = PROVISIONED | {"of-a-person"}


@dataclass(frozen=True)
class Bad:
    """A patch release that must not stay: what is wrong with its image, and what that is called."""

    name: str
    fault: str
    reason: str
    told: str
    switches: int = 0
    rollout: dict[str, str] = field(default_factory=dict)
    version: str = BAD

    def offer(self, stage: Stage) -> None:
        """Put the image on the node and the version into the catalog."""
        stage.node.load_image(grafana_image(self.version, fault=self.fault, seconds=12))
        NeverMade("grafana", self.version, "11.0.0").offer(stage)


BAD_RELEASES = (
    Bad("crashes at its start", "crash", "Crashed", "addon-updater-rehearsal-"),
    Bad("crashes after a while", "crash-after", "Crashed", "grafana-", 1, {"soak": "40s"}),
    Bad("loses dashboards", "lose-dashboards-after", "GateFailed", "are gone", 1, {"soak": "40s"}),
)


@pytest.fixture(scope="module")
def replica(monitored: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    """The operator; each test starts it when it is time, and may leave it running."""
    monitored.load_image(operator_image())
    for version in (OLD, NEW):
        monitored.load_image(grafana_image(version))
    operator = OperatorProcess(monitored, tmp_path_factory.mktemp("operator"), tools_image=OPERATOR_IMAGE)
    yield operator
    operator.kill()


@pytest.fixture
def operator(monitored: Node, api: RawApi, replica: OperatorProcess) -> Iterator[OperatorProcess]:
    """Every test begins with no Grafana; the operator may run."""
    remove_grafana(monitored)
    yield replica
    Stage(monitored, api, GRAFANA).clear()
    remove_grafana(monitored)


def began(node: Node, api: RawApi, *, by_hand: bool = True) -> Stage:
    """The old Grafana as a team installed it, with a dashboard that a person made unless told otherwise."""
    install_grafana(node, OLD)
    if by_hand:
        dashboard = {"dashboard": {"uid": "of-a-person", "title": "Of a person"}}
        # Ready pods are behind their Service only once kube-proxy has heard of them.
        address = f"{url(node, 'grafana', 3000)}/api/dashboards/db"
        eventually(
            lambda: ask(node, address, user="admin:admin", body=dashboard).status == 200,
            "Grafana to take a dashboard",
        )
    return Stage(node, api, GRAFANA)


def serves(node: Node) -> tuple[str, set[str]]:
    """The version that Grafana says it is, and the dashboards that it finds; nothing while it does not answer."""
    address = url(node, "grafana", 3000)
    health, found = ask(node, f"{address}/api/health"), ask(node, f"{address}/api/search?type=dash-db")
    if (health.status, found.status) != (200, 200):
        return "", set()
    return str(health.json()["version"]), {hit["uid"] for hit in found.json()}


def backups(node: Node) -> list[Path]:
    """The copies on the volume of the database."""
    return sorted((grafana_folder(node) / "addon-updater-backups").glob("*"))


def proven(backup: Path) -> set[str]:
    """The dashboards in a backup whose integrity SQLite itself confirms."""
    with closing(sqlite3.connect(f"{backup.as_uri()}?mode=ro", uri=True)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {uid for (uid,) in database.execute("SELECT uid FROM dashboard WHERE is_folder = 0")}


def the_backup_runs(stage: Stage) -> object:
    return any(
        name.startswith("addon-updater-backup-") and not status.get("succeeded")
        for name, status in stage.tasks().items()
    )


def its_gates_are_asked(stage: Stage) -> object:
    return serves(stage.node)[0] == NEW


def moved(stage: Stage) -> Manifest:
    """The upgrade has ended well; all that it left."""
    stage.await_version(NEW)
    assert serves(stage.node) == (NEW, DASHBOARDS)
    assert [entry["outcome"] for entry in stage.status()["history"]] == ["Promoted", "Adopted"]
    (backup,) = backups(stage.node)
    assert backup.stat().st_uid == GRAFANA_USER
    assert proven(backup) == DASHBOARDS
    return end_state(stage)


def test_11_moves_to_12_with_a_proven_backup_wherever_the_operator_is_killed(
    monitored: Node, api: RawApi, operator: OperatorProcess
) -> None:
    ends = []
    for points in ((), (the_intent_is_recorded, the_backup_runs, its_gates_are_asked)):
        stage = began(monitored, api)
        trail = stage.trail()
        stage.declare(**wish(OLD, NEW))
        for point in points:
            kill_at(stage, operator, point)
        operator.start()
        ends.append(moved(stage))
        operator.kill()
        assert trail.kinds_of_changes().count("patch deployments") == 2  # the claim and the switch
        assert trail.kinds_of_changes().count("create jobs") == 1
        assert trail.refused() == []
        stage.clear()
        remove_grafana(monitored)
    undisturbed, killed = ends
    assert killed == undisturbed


@pytest.mark.parametrize("bad", BAD_RELEASES, ids=lambda bad: bad.name)
def test_11_serves_on_when_a_patch_release(
    monitored: Node, api: RawApi, operator: OperatorProcess, bad: Bad
) -> None:
    # What a release deletes for good, no rollback brings back.
    by_hand = bad.fault != "lose-dashboards-after"
    stage = began(monitored, api, by_hand=by_hand)
    bad.offer(stage)
    before, serving, trail = as_delivered(stage), stage.serving(), stage.trail()
    stage.declare(**wish(OLD, bad.version, **bad.rollout))
    operator.keep_running()
    assert quarantined(stage) == [(bad.version, bad.reason)]
    assert bad.told in stage.status()["quarantined"][0]["message"]
    stage.await_version(OLD)

    assert as_delivered(stage) == before
    assert serves(monitored) == (OLD, DASHBOARDS if by_hand else PROVISIONED)
    assert (stage.serving() == serving) is (bad.switches == 0)
    assert trail.kinds_of_changes().count("patch deployments") == 1 + 2 * bad.switches
    assert trail.refused() == []


def test_a_backup_that_fails_switches_nothing_and_holds_no_version_back(
    monitored: Node, api: RawApi, operator: OperatorProcess
) -> None:
    stage = began(monitored, api)
    (grafana_folder(monitored) / "addon-updater-backups").mkdir(mode=0o755)  # root's
    before, trail = as_delivered(stage), stage.trail()
    stage.declare(**wish(OLD, NEW))
    operator.keep_running()
    told = stage.await_reason("UpdateAvailable", "BackupFailed", timeout=300)
    assert "addon-updater-backups cannot be written" in told["message"]
    assert as_delivered(stage) == before
    assert serves(monitored) == (OLD, DASHBOARDS)
    assert stage.status().get("quarantined") in (None, [])
    assert trail.kinds_of_changes().count("patch deployments") == 1  # the claim
    assert trail.refused() == []


def test_without_an_image_for_the_backup_nothing_starts(
    monitored: Node, api: RawApi, operator: OperatorProcess, tmp_path: Path
) -> None:
    operator.kill()
    stage = began(monitored, api)
    trail = stage.trail()
    stage.declare(**wish(OLD, NEW))
    without = OperatorProcess(monitored, tmp_path)
    without.start()
    try:
        told = stage.await_reason("UpdateAvailable", "Blocked")
    finally:
        without.kill()
    assert "--tools-image" in told["message"]
    assert trail.kinds_of_changes() == ["create controllerrevisions", "patch deployments"]


def test_a_hop_without_a_way_back_waits_for_a_person_who_restores_the_backup(
    monitored: Node, api: RawApi, operator: OperatorProcess
) -> None:
    stage = began(monitored, api)
    monitored.load_image(grafana_image(ONE_WAY, fault="search-failing-after", seconds=8))
    NeverMade("grafana", ONE_WAY, "12.4.0").offer(stage)
    before = as_delivered(stage)
    stage.declare(**wish(OLD, ONE_WAY, soak="25s"))
    operator.keep_running()
    told = stage.await_reason("Stalled", "RestoreNeeded", timeout=300)
    (backup,) = backups(monitored)
    assert backup.name in told["message"]
    assert stage.image().endswith(ONE_WAY)
    word = re.search(r"addon-updater.dev/(rollback)=([\w-]+)", told["message"])
    assert word is not None

    restore(monitored, backup)
    stage.annotate(*word.groups())
    eventually(lambda: stage.image().endswith(OLD), "the old version in the workload", 240)
    monitored.kubectl("-n", MONITORING, "scale", "deployment/grafana", "--replicas=1")
    await_grafana(monitored)
    stage.await_version(OLD)
    assert serves(monitored) == (OLD, DASHBOARDS)
    assert as_delivered(stage) == before
    assert [one["version"] for one in stage.status()["quarantined"]] == [ONE_WAY]


def restore(node: Node, backup: Path) -> None:
    """Put a backup in the place of the database, as the message says: while nobody runs."""
    node.kubectl("-n", MONITORING, "scale", "deployment/grafana", "--replicas=0")
    node.kubectl(
        "-n",
        MONITORING,
        "wait",
        "--for=delete",
        "pod",
        "-l",
        "app.kubernetes.io/name=grafana",
        "--timeout=110s",
    )
    database = grafana_folder(node) / "grafana.db"
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(backup, database)
