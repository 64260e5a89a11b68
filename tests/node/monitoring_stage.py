"""Prometheus and the fake Grafana under the operator: what each test starts from, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcluster import Node
from localcluster.ask import ask, service
from localcluster.prometheus import PROMETHEUS_CONFIG
from localcluster.volumes import MONITORING
from node.operator_under_test import OperatorProcess
from node.raw_api import Manifest, eventually
from node.stage import CATALOGS, GROUP, Stage, Subject

PROMETHEUS = Subject("prometheus", MONITORING, config_volume="config")
PROMETHEUS_SET = Subject("prometheus", MONITORING, "statefulsets", config_volume="config")
GRAFANA = Subject("grafana", MONITORING, config_volume="config")

OLD_FLAGS = ("--storage.tsdb.allow-overlapping-blocks", "--alertmanager.timeout=10s")
OLD_CONFIG = f"""\
{PROMETHEUS_CONFIG}  - job_name: histograms # read by 2.x only
    scrape_classic_histograms: true
    static_configs: [{{targets: ["localhost:9090"]}}]
"""
"""Flags and a configuration that Prometheus 2 takes and 3 refuses."""

PACE: Manifest = {"minReadySeconds": 1, "soak": "3s", "progressDeadline": "60s"}
_SOURCE = {"source": "team"}

Point = Callable[[Stage], object]


@dataclass(frozen=True)
class NeverMade:
    """A version that nobody ever released, and the oldest one that reads what it writes.

    `tag` is that of its image where it is not the usual one: on a simulated node it says how the pods do.
    """

    addon: str
    version: str
    rollback_floor: str
    tag: str | None = None

    def offer(self, stage: Stage, *, minor: str = "1.34") -> None:
        """Put it into the catalog, as tested on a minor."""
        release = {
            "version": self.version,
            "evidence": [{"kubernetes": minor, "level": "Tested", **_SOURCE}],
            "rollbackFloor": self.rollback_floor,
        }
        if self.tag is not None:
            repository = stage.image().rpartition(":")[0]
            release["image"] = {"repository": repository, "tag": self.tag, **_SOURCE}
        sources = {"team": {"title": "The team's own trial", "url": "https://git.example.com/trial"}}
        catalog = {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "AddonCatalog",
            "metadata": {"name": f"offers-{self.addon}-{self.version}"},
            "spec": {
                "mode": "Extend",
                "serial": 1,
                "addons": [{"name": self.addon, "sources": sources, "releases": [release]}],
            },
        }
        stage.api.create(CATALOGS, catalog)


def wish(old: str, new: str, **rollout: str) -> dict[str, Any]:
    """A spec that leads from one version to another at once, although breaking changes lie between."""
    return {
        "version": f"{old} || {new}",
        "channel": "Latest",
        "policy": {"breakingChanges": "Allow"},
        "rollout": {**PACE, **rollout},
    }


def governing(subject: Subject) -> dict[str, Any]:
    """What a spec must say to govern a workload that is not the catalog's default, a Deployment."""
    if subject.workloads == "deployments":
        return {}
    return {"targetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": subject.addon}}


def kill_at(stage: Stage, operator: OperatorProcess, point: Point) -> None:
    """Start the operator and kill it as soon as the cluster shows that the point is reached."""
    operator.start()
    eventually(lambda: point(stage), point.__name__, timeout=300, pause=0.02)
    operator.kill()


def the_intent_is_recorded(stage: Stage) -> object:
    return any(annotation(item, "attempt") and not annotation(item, "outcome") for item in stage.revisions())


def annotation(revision: Manifest, key: str) -> str | None:
    """What the operator wrote on a revision under that key."""
    text: str | None = revision["metadata"]["annotations"].get(f"{GROUP}/{key}")
    return text


def succeeded(stage: Stage, task: str) -> bool:
    """Whether a Job of that task has done its work."""
    return any(
        name.startswith(f"addon-updater-{task}-") and status.get("succeeded") == 1
        for name, status in stage.tasks().items()
    )


def quarantined(stage: Stage, timeout: float = 300.0) -> list[tuple[str, str]]:
    """Version and reason of what is held back, as soon as something is."""
    held = eventually(lambda: stage.status().get("quarantined"), "a quarantine", timeout)
    return [(one["version"], one["reason"]) for one in held]


def as_delivered(stage: Stage) -> Manifest:
    """All that an update may change, to the byte; the strategy apart, which stays once it had to change."""
    spec = stage.deployment()["spec"]
    return {
        "spec": {key: value for key, value in spec.items() if key != "strategy"},
        "texts": stage.texts(),
    }


def url(node: Node, name: str, port: int) -> str:
    """The address at which the Service of that name answers."""
    return f"http://{service(node, MONITORING, name)}:{port}"


def query(node: Node, promql: str, at: float | None = None) -> list[list[Any]]:
    """The values of an instant query: pairs of time and text."""
    when = "" if at is None else f"&time={at}"
    answer = ask(node, f"{url(node, 'prometheus', 9090)}/api/v1/query?query={promql}{when}")
    if answer.status != 200:
        return []
    return [series["value"] for series in answer.json()["data"]["result"]]


def runs(node: Node) -> str:
    """The version that Prometheus says it is; empty while it does not answer."""
    answer = ask(node, f"{url(node, 'prometheus', 9090)}/api/v1/status/buildinfo")
    return str(answer.json()["data"]["version"]) if answer.status == 200 else ""


def written_at(node: Node) -> float:
    """A moment for which a sample of Prometheus itself is stored."""
    found = eventually(
        lambda: query(node, "timestamp(up{job='prometheus'})"), "the first sample of Prometheus itself"
    )
    return float(found[0][1])


def remembers(node: Node, moment: float) -> bool:
    """Whether the sample of that moment can still be read."""
    return query(node, "up{job='prometheus'}", moment) == [[moment, "1"]]
