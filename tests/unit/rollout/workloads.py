"""Deployments and StatefulSets as values, with only what a rule is about."""

from __future__ import annotations

from typing import Any

from addon_updater.rollout.workload import Workload, read_workload

LABELS = {"app": "web", "tier": "front"}
METADATA = {"name": "web", "namespace": "apps", "uid": "u1", "resourceVersion": "1"}


def deployment(replicas: int = 1, *claims: str, **rolling: int | str) -> Workload:
    """A Deployment that rolls; without numbers the API server's own defaults hold."""
    strategy = {"type": "RollingUpdate", "rollingUpdate": dict(rolling)}
    return _workload("Deployment", replicas, claims, strategy=strategy)


def recreating(replicas: int = 1, *claims: str) -> Workload:
    """A Deployment that ends all pods before it starts new ones."""
    return _workload("Deployment", replicas, claims, strategy={"type": "Recreate"})


def stateful_set(replicas: int = 1, *claims: str, **spec: Any) -> Workload:
    """A StatefulSet; `claims` are templates."""
    templates = [{"metadata": {"name": name}} for name in claims]
    return _workload("StatefulSet", replicas, (), volumeClaimTemplates=templates, **spec)


def _workload(kind: str, replicas: int, claims: tuple[str, ...], **spec: Any) -> Workload:
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    template = {
        "metadata": {"labels": LABELS},
        "spec": {"containers": [{"name": "web", "image": "web:1"}], "volumes": volumes},
    }
    body = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template}
    return read_workload({"kind": kind, "metadata": METADATA, "spec": {**body, **spec}})
