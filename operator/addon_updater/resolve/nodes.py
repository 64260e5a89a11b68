"""What all nodes of a cluster tell together: traces of its vendor, and the minors of their kubelets.

What is kept follows the number of different minors and traces, never that of the nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from addon_updater.api.versions import Minor
from addon_updater.errors import VersionError
from addon_updater.resolve.vendor import Fact, Recognition, kubelet_version, node_facts


@dataclass(frozen=True, slots=True)
class Kubelets:
    """The oldest and the newest minor of the kubelets on Ready nodes."""

    oldest: Minor
    newest: Minor

    def __str__(self) -> str:
        return str(self.oldest) if self.oldest == self.newest else f"{self.oldest} - {self.newest}"


@dataclass(frozen=True, slots=True)
class Nodes:
    """All nodes at one moment."""

    facts: frozenset[Fact] = frozenset()
    minors: Mapping[Minor, int] = field(default_factory=dict)
    """How many Ready nodes have a kubelet of that minor."""
    unreadable: int = 0
    """How many Ready nodes tell no version that can be read."""

    @property
    def kubelets(self) -> Kubelets | None:
        """Their oldest and newest minor; None when no Ready node tells one."""
        return Kubelets(min(self.minors), max(self.minors)) if self.minors else None

    def joined(self, other: Nodes) -> Nodes:
        """Both together."""
        return Nodes(
            facts=self.facts | other.facts,
            minors=Counter(self.minors) + Counter(other.minors),
            unreadable=self.unreadable + other.unreadable,
        )


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """What is told about the cluster itself; nothing of it changes when a node comes or goes."""

    recognized: Recognition
    kubelets: Kubelets | None
    """None: nodes cannot be read, or none is Ready."""


def read_nodes(manifests: Iterable[Mapping[str, Any]]) -> Nodes:
    """Read Node manifests, as a page of a list brings them."""
    facts: frozenset[Fact] = frozenset()
    minors: Counter[Minor] = Counter()
    unreadable = 0
    for node in manifests:
        facts |= node_facts(node)
        if not _is_ready(node):
            continue
        try:
            minors[Minor.parse(kubelet_version(node))] += 1
        except VersionError:
            unreadable += 1
    return Nodes(facts, minors, unreadable)


def _is_ready(node: Mapping[str, Any]) -> bool:
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
