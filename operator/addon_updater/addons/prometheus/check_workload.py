"""What the workload means for an update of Prometheus, whatever its configuration says.

Sources: cmd/prometheus/main.go and web/web.go of github.com/prometheus/prometheus at v3.16.0; Kubernetes' Deployment
and StatefulSet controllers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from addon_updater.addons.podtemplate import container_of, pod_of, variables_of
from addon_updater.addons.prometheus.arguments import Arguments
from addon_updater.addons.prometheus.check_config import Hop
from addon_updater.addons.prometheus.versions import V3
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.workload import Workload

_OPERATOR_KINDS: Final = ("Prometheus", "PrometheusAgent")
_OPERATOR_LABEL: Final = "operator.prometheus.io/name"
_GRACE_SECONDS: Final = 300
_DEFAULT_GRACE_SECONDS: Final = 30
_READY_PATH: Final = re.compile(r"/-/ready$")


def check_workload(workload: Workload, container: str, arguments: Arguments, hop: Hop) -> Iterator[Finding]:
    """Everything about pods, volumes and owners."""
    yield from _operator(workload)
    yield from _volumes(workload)
    yield from _shutdown(workload)
    yield from _liveness(workload, container)
    yield from _memory(workload, container, arguments, hop)
    if workload.is_stateful_set and not workload.min_ready_seconds:
        yield Finding(
            "PrometheusMinReadySeconds",
            Severity.INFO,
            "minReadySeconds is 0: the next pod of the StatefulSet stops before this one has scraped anything",
            "set minReadySeconds to twice the longest scrape interval",
        )


def managed_by(workload: Workload) -> str | None:
    """The custom resource of prometheus-operator that this workload is made from, as in Prometheus k8s."""
    for kind, name in workload.owners:
        if kind in _OPERATOR_KINDS:
            return f"{kind} {name}"
    resource = workload.labels.get(_OPERATOR_LABEL)
    return f"Prometheus {resource}" if resource else None


def _operator(workload: Workload) -> Iterator[Finding]:
    owner = managed_by(workload)
    if owner is not None:
        yield Finding(
            "PrometheusOperatorManaged",
            Severity.BLOCK,
            f"prometheus-operator makes {workload.name} from {owner} and would undo a change of it",
            f"set spec.version of {owner}, and spec.image where it is set",
        )


def _volumes(workload: Workload) -> Iterator[Finding]:
    claims = workload.claims()
    if workload.is_stateful_set or not claims:
        return
    volume, claim = next(iter(claims.items()))
    if workload.replicas > 1:
        yield Finding(
            "PrometheusSharedVolume",
            Severity.BLOCK,
            f"{workload.replicas} replicas share PersistentVolumeClaim {claim}: the lock of the data does not hold between nodes",
            "run one replica, or a StatefulSet with a claim for each",
        )
    if workload.strategy != "Recreate":
        yield Finding(
            "PrometheusRecreate",
            Severity.REPAIR,
            f"strategy becomes Recreate and stays: two pods cannot have volume {volume} at a time, so the old one ends first",
            "nothing; expect a gap of one restart with its WAL replay",
        )


def _shutdown(workload: Workload) -> Iterator[Finding]:
    grace = pod_of(workload.template).get("terminationGracePeriodSeconds")
    seconds = _DEFAULT_GRACE_SECONDS if grace is None else int(grace)
    if seconds < _GRACE_SECONDS:
        yield Finding(
            "PrometheusGracePeriod",
            Severity.WARN,
            f"terminationGracePeriodSeconds {seconds} may cut the shutdown short; then the next start replays the whole WAL",
            f"set it to {_GRACE_SECONDS}",
        )


def _liveness(workload: Workload, container: str) -> Iterator[Finding]:
    probe = container_of(workload.template, container).get("livenessProbe") or {}
    path = str((probe.get("httpGet") or {}).get("path") or "")
    if _READY_PATH.search(path):
        yield Finding(
            "PrometheusLiveness",
            Severity.WARN,
            f"livenessProbe asks {path}, which answers 503 during the WAL replay: kubelet kills a server that replays long",
            f"ask {path.removesuffix('ready')}healthy",
        )


def _memory(workload: Workload, container: str, arguments: Arguments, hop: Hop) -> Iterator[Finding]:
    holder = container_of(workload.template, container)
    limits: dict[str, Any] = (holder.get("resources") or {}).get("limits") or {}
    chosen = "auto-gomemlimit" in arguments.features or arguments.named("auto-gomemlimit")
    if (
        hop.passes(V3)
        and "memory" in limits
        and not chosen
        and "GOMEMLIMIT" not in variables_of(workload.template, container).names
    ):
        yield Finding(
            "PrometheusMemoryLimit",
            Severity.INFO,
            f"3.x sets GOMEMLIMIT to 0.9 x the memory limit of {limits['memory']}: it collects garbage sooner near it",
            "set --no-auto-gomemlimit to keep 2.x's way",
        )
