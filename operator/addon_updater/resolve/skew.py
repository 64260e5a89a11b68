"""How old a kubelet may be beside the API servers of a coming minor.

Source of the numbers: https://kubernetes.io/releases/version-skew-policy/#kubelet
"""

from __future__ import annotations

from collections.abc import Iterator

from addon_updater.api.readiness import KUBELETS, ReadinessRule
from addon_updater.api.versions import Minor
from addon_updater.resolve.findings import Assessment
from addon_updater.resolve.nodes import Nodes

_SINCE, _BEFORE, _NOW = Minor(1, 25), 2, 3
"""Up to so many minors older than an API server may a kubelet be, before that minor and since."""
_READ_THEM = "let the operator list nodes, as the ClusterRole in deploy/base does"
_REPAIR = "repair the nodes; what joins again later may be too old as well"


def is_too_old(kubelet: Minor, coming: Minor) -> bool:
    """Whether a kubelet may not stay as it is when the API servers move to the coming minor."""
    allowed = _NOW if kubelet >= _SINCE else _BEFORE
    return kubelet.major != coming.major or coming.minor - kubelet.minor > allowed


def assess_kubelets(nodes: Nodes | None, problem: str, coming: Minor) -> Iterator[Assessment]:
    """What the kubelets of Ready nodes mean for an upgrade to the coming minor.

    `problem` says why nobody knows them, where `nodes` is None. What nobody knows is never fine.
    """
    if nodes is None:
        yield _found(ReadinessRule.KUBELETS_NOT_SEEN, problem, _READ_THEM)
        return
    old = {minor: count for minor, count in nodes.minors.items() if is_too_old(minor, coming)}
    if old:
        which = ", ".join(f"{_nodes(count)} {minor}" for minor, count in sorted(old.items()))
        oldest = min(old)
        allowed = _NOW if oldest >= _SINCE else _BEFORE
        yield _found(
            ReadinessRule.KUBELETS_FIRST,
            f"kubelets are more than {allowed} minors older than Kubernetes {coming}: {which}",
            f"upgrade these nodes before the control plane goes to {coming}",
            count=sum(old.values()),
        )
    if nodes.unreadable:
        message = f"{_nodes(nodes.unreadable)} a kubelet whose version cannot be read"
        yield _found(ReadinessRule.KUBELETS_NOT_SEEN, message, _REPAIR, count=nodes.unreadable)
    elif not nodes.minors:
        yield _found(ReadinessRule.KUBELETS_NOT_SEEN, "no node is Ready", _REPAIR)
    elif not old:
        yield _found(ReadinessRule.FITS, f"kubelets {nodes.kubelets} may stay", "")


def _nodes(count: int) -> str:
    return "one Ready node has" if count == 1 else f"{count} Ready nodes have"


def _found(rule: ReadinessRule, message: str, remedy: str, count: int = 1) -> Assessment:
    return Assessment(KUBELETS, None, rule, message, remedy, count)
