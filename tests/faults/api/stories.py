"""The stories that plans disturb: an addon as it is found, a release, and how it ends when nobody disturbs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from faults.api.plan import Event, ReasonIs, TimeTrigger
from localcluster.coredns import DEFAULT_COREFILE, coredns_manifest
from localcluster.grafana import grafana_manifest
from localcluster.prometheus import PROMETHEUS_ARGS, PROMETHEUS_CONFIG, prometheus_manifest
from localcluster.volumes import MONITORING
from node.bad_releases import REPOSITORY, offering
from node.raw_api import Manifest
from node.stage import Stage, Subject

PACE: Manifest = {
    "minReadySeconds": 1,
    "soak": "1s",
    "progressDeadline": "2m",
    "unknownDeadline": "60s",
}
"""As brisk as the API allows and a minute's patience with gates, so that faults do not outlast it."""
FREE: Manifest = {"breakingChanges": "Allow"}
"""What breaks users travels with a cluster minor; most stories are about something else and do not wait for it."""
TERMINAL = frozenset({"UpToDate", "NoBetterVersion"})
MIGRATED_COREFILE = DEFAULT_COREFILE.replace("    loop\n", "    header {\n        set ra\n    }\n    loop\n")
"""With a rule that CoreDNS 1.13 refuses in this form."""
_OLD_CONFIG = f"""\
{PROMETHEUS_CONFIG}  - job_name: histograms # read by 2.x only
    scrape_classic_histograms: true
    static_configs: [{{targets: ["localhost:9090"]}}]
"""
_OLD_ARGS = (*PROMETHEUS_ARGS, "--storage.tsdb.allow-overlapping-blocks", "--alertmanager.timeout=10s")
_FOLDER = Path("/nonexistent")
"""No container runs, so nobody looks for the folder of a volume."""

Found = Callable[[], list[Manifest]]


@dataclass(frozen=True)
class Story:
    """One hop of one addon."""

    name: str
    subject: Subject
    found: Found
    """The objects of the addon, as its team left them."""
    spec: Mapping[str, Any]
    runs: str
    """The version at the end."""
    quarantined: tuple[str, ...] = ()
    catalogs: tuple[Manifest, ...] = ()
    events: tuple[Event, ...] = ()
    """What happens in it when nothing is disturbed."""
    derived: Literal["all", "crashes", "none"] = "all"
    """Which plans follow from it; one that asks what another asks has only its crashes, or what people wrote."""

    def is_told(self, stage: Stage) -> bool:
        """Whether the release says that this is the end and that nothing more is to be had or done."""
        release = stage.api.get(stage.release()) or {}
        status = release.get("status") or {}
        conditions = {one["type"]: one for one in status.get("conditions") or ()}
        ready = conditions.get("Ready") or {}
        held = tuple(sorted(one["version"] for one in status.get("quarantined") or ()))
        return (
            (status.get("current") or {}).get("version") == self.runs
            and held == self.quarantined
            and (ready.get("status"), ready.get("reason")) == ("True", "VersionFits")
            and status.get("observedGeneration") == release["metadata"]["generation"]
            and (conditions.get("UpdateAvailable") or {}).get("reason") in TERMINAL
            and (conditions.get("Reconciling") or {}).get("reason") == "Idle"
        )


def _dns(version: str, corefile: str = DEFAULT_COREFILE) -> Found:
    return lambda: coredns_manifest(corefile, version)


def _prometheus() -> list[Manifest]:
    return prometheus_manifest("2.55.1", folder=_FOLDER, config=_OLD_CONFIG, args=_OLD_ARGS)


def _prometheus_set() -> list[Manifest]:
    return prometheus_manifest("2.55.1", kind="StatefulSet", config=_OLD_CONFIG, args=_OLD_ARGS)


def _grafana() -> list[Manifest]:
    return grafana_manifest("11.6.16", folder=_FOLDER)


def _offer(version: str, tag: str | None = None) -> Manifest:
    """A version of CoreDNS that was never made, as the tested default of 1.34."""
    catalog = offering(version, "1.34")
    if tag is not None:
        image = {"repository": REPOSITORY, "tag": tag, "source": "team"}
        catalog["spec"]["addons"][0]["releases"][0]["image"] = image
    return catalog


_DNS = Subject()
_PROMETHEUS = Subject("prometheus", MONITORING, config_volume="config")
_PROMETHEUS_SET = Subject("prometheus", MONITORING, "statefulsets", config_volume="config")
_GRAFANA = Subject("grafana", MONITORING, config_volume="config")

_ALL = (
    Story(
        name="coredns-hop",
        subject=_DNS,
        found=_dns("1.11.3"),
        spec={"version": "1.11.3 || 1.12.1", "policy": FREE},
        runs="1.12.1",
    ),
    Story(
        name="coredns-rollback",
        subject=_DNS,
        found=_dns("1.12.1"),
        spec={"version": "1.12.1 || 1.12.91", "policy": FREE},
        runs="1.12.1",
        quarantined=("1.12.91",),
        catalogs=(_offer("1.12.91"),),
    ),
    Story(
        name="coredns-crash",
        subject=_DNS,
        found=_dns("1.12.1"),
        spec={"version": "1.12.1 || 1.12.92", "policy": FREE},
        runs="1.12.1",
        quarantined=("1.12.92",),
        catalogs=(_offer("1.12.92", "v1.12.92-crash"),),
    ),
    Story(
        name="coredns-oom",
        subject=_DNS,
        found=_dns("1.12.1"),
        spec={"version": "1.12.1 || 1.12.93", "policy": FREE},
        runs="1.12.1",
        quarantined=("1.12.93",),
        catalogs=(_offer("1.12.93", "v1.12.93-oom"),),
        derived="crashes",
    ),
    Story(
        name="coredns-breaks",
        subject=_DNS,
        found=_dns("1.11.3"),
        spec={"version": "1.11.3 || 1.12.1", "policy": FREE, "rollout": {**PACE, "soak": "15s"}},
        runs="1.11.3",
        quarantined=("1.12.1",),
        events=(
            Event(do="new-pod-breaks", with_={"version": "1.12.1", "after": 5}, at=TimeTrigger(after=0)),
        ),
        derived="crashes",
    ),
    Story(
        name="coredns-slow",
        subject=_DNS,
        found=_dns("1.12.1"),
        spec={"version": "1.12.1 || 1.12.95", "policy": FREE},
        runs="1.12.95",
        catalogs=(_offer("1.12.95", "v1.12.95-slow"),),
        derived="none",
    ),
    Story(
        name="coredns-config",
        subject=_DNS,
        found=_dns("1.11.3", MIGRATED_COREFILE),
        spec={
            "version": "1.11.3 || 1.13.1",
            "channel": "Latest",
            "policy": {**FREE, "minEvidence": "None"},
        },
        runs="1.13.1",
    ),
    Story(
        name="prometheus-hop",
        subject=_PROMETHEUS,
        found=_prometheus,
        spec={"version": "2.55.1 || 3.13.2", "channel": "Latest", "policy": FREE},
        runs="3.13.2",
    ),
    Story(
        name="prometheus-stuck",
        subject=_PROMETHEUS_SET,
        found=_prometheus_set,
        spec={
            "version": "2.55.1 || 3.13.2",
            "channel": "Latest",
            "policy": FREE,
            "targetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "prometheus"},
            "rollout": {**PACE, "soak": "10s"},
        },
        runs="2.55.1",
        quarantined=("3.13.2",),
        events=(Event(do="new-pod-breaks", with_={"version": "3.13.2"}, at=TimeTrigger(after=0)),),
        derived="crashes",
    ),
    Story(
        name="grafana-hop",
        subject=_GRAFANA,
        found=_grafana,
        spec={"version": "11.6.16 || 12.4.9", "channel": "Latest", "policy": FREE},
        runs="12.4.9",
    ),
    Story(
        name="breaking-hop",
        subject=_PROMETHEUS,
        found=_prometheus,
        spec={"version": "2.55.1 || 3.13.2", "channel": "Latest"},
        runs="3.13.2",
        events=(
            Event(
                do="minor",
                with_={"minor": "1.35"},
                at=ReasonIs(condition="UpdateAvailable", reason="WaitingForClusterMinor"),
            ),
        ),
    ),
)
STORIES: Mapping[str, Story] = {story.name: story for story in _ALL}
LEARNED_FROM: Mapping[str, Story] = {story.name: story for story in _ALL if story.derived != "none"}
"""The stories from which plans follow."""
