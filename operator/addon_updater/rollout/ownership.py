"""Whose fields are they: a pure reading of managedFields before anything is written.

Source of the mechanics: Kubernetes' server-side apply; `kubectl apply` takes fields back silently, so a field that
we once applied and that another manager owns now has been changed by that manager.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

MANAGER = "addon-updater"
"""Our field manager, fixed for ever: renaming it would orphan every field we own."""

Manifest = Mapping[str, Any]
Path = tuple[str, ...]

_ONE_SHOT_PREFIXES = ("kubectl", "kubeadm")
_ONE_SHOT = frozenset({"before-first-apply"})
_CONTINUOUS_MARKS: tuple[tuple[str, str | None, str], ...] = (
    ("app.kubernetes.io/managed-by", "Helm", "helm"),
    ("meta.helm.sh/release-name", None, "helm"),
    ("argocd.argoproj.io/instance", None, "argocd-controller"),
    ("argocd.argoproj.io/tracking-id", None, "argocd-controller"),
    ("kustomize.toolkit.fluxcd.io/name", None, "kustomize-controller"),
    ("helm.toolkit.fluxcd.io/name", None, "helm-controller"),
    ("addonmanager.kubernetes.io/mode", "Reconcile", "addon-manager"),
    ("eks.amazonaws.com/component", None, "eks"),
    ("addon.kops.k8s.io/name", None, "kops"),
    ("objectset.rio.cattle.io/id", None, "k3s"),
)


class Writer(StrEnum):
    """What kind of writer a field manager is."""

    OURS = "Ours"
    ONE_SHOT = "OneShot"
    """Writes when a person or kubeadm runs it, and not again by itself."""
    CONTINUOUS = "Continuous"
    """Writes again and again; a change of ours would be undone or fought."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A field manager that owns at least one of the asked fields."""

    manager: str
    writer: Writer


def writer_of(manager: str) -> Writer:
    """Classify a field manager; one that is not known counts as continuous."""
    if manager == MANAGER:
        return Writer.OURS
    if manager in _ONE_SHOT or manager.startswith(_ONE_SHOT_PREFIXES):
        return Writer.ONE_SHOT
    return Writer.CONTINUOUS


def owners(managed_fields: Sequence[Manifest], paths: Iterable[Path]) -> tuple[Owner, ...]:
    """Every manager that owns one of the paths, by name. Status writers are left out."""
    wanted = tuple(paths)
    names = {
        str(entry.get("manager") or "unknown")
        for entry in managed_fields
        if entry.get("subresource") != "status"
        and any(_has(entry.get("fieldsV1") or {}, path) for path in wanted)
    }
    return tuple(Owner(name, writer_of(name)) for name in sorted(names))


def continuous_owner_by_mark(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str | None:
    """The continuous owner that the marks of its tool give away, even when it owns none of the fields yet."""
    for mark, value, manager in _CONTINUOUS_MARKS:
        for marks in (labels, annotations):
            if mark in marks and (value is None or marks[mark] == value):
                return manager
    return None


def written_by_others_since(managed_fields: Sequence[Manifest], path: Path, moment: datetime) -> bool:
    """Whether somebody else owns that field with an entry newer than the moment."""
    return any(
        entry.get("manager") != MANAGER
        and _has(entry.get("fieldsV1") or {}, path)
        and ("time" not in entry or datetime.fromisoformat(entry["time"]) > moment)
        for entry in managed_fields
    )


STRATEGY_PATHS: tuple[Path, ...] = (
    ("f:spec", "f:strategy", "f:type"),
    ("f:spec", "f:strategy", "f:rollingUpdate"),
)
"""The managedFields paths of what becomes of a Deployment's strategy where it has to change."""


def workload_paths(container: str, volume: str | None) -> tuple[Path, ...]:
    """The managedFields paths of what a revision governs in a workload."""
    pod = ("f:spec", "f:template", "f:spec")
    mine = (*pod, "f:containers", f'k:{{"name":"{container}"}}')
    paths: list[Path] = [(*mine, "f:image"), (*mine, "f:args"), ("f:spec", "f:minReadySeconds")]
    if volume is not None:
        paths.append((*pod, "f:volumes", f'k:{{"name":"{volume}"}}', "f:configMap", "f:items"))
    return tuple(paths)


def config_path(key: str) -> Path:
    """The managedFields path of one key of a ConfigMap."""
    return ("f:data", f"f:{key}")


def _has(fields: Manifest, path: Path) -> bool:
    node: Any = fields
    for part in path:
        if not isinstance(node, Mapping) or part not in node:
            return False
        node = node[part]
    return True
