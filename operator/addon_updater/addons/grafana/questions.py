"""What to ask a Grafana server, to see that it works and that nothing was lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from addon_updater.addons.grafana.endpoint import Endpoint
from addon_updater.addons.podtemplate import Template, entries, pod_of
from addon_updater.rollout.addon import NetworkFacts
from addon_updater.rollout.gate import HttpQuestion, Probe, Subject

MOST_FOUND: Final = 5000
"""Dashboards that one search returns at most. Source: Grafana's HTTP API, /api/search."""
_SEARCH_BYTES: Final = 8 * 1024 * 1024


class Topic(StrEnum):
    """What a question is about; the first part of its probe's id, so the name of its gate."""

    HEALTH = "health"
    DASHBOARDS = "dashboards"
    FOLDERS = "folders"
    DATA_SOURCES = "datasources"

    @property
    def noun(self) -> str:
        """What there are so and so many of."""
        return "data sources" if self is Topic.DATA_SOURCES else self.value


_PATHS: Final = {
    Topic.HEALTH: "/api/health",
    Topic.DASHBOARDS: f"/api/search?type=dash-db&limit={MOST_FOUND}",
    Topic.FOLDERS: f"/api/search?type=dash-folder&limit={MOST_FOUND}",
    Topic.DATA_SOURCES: "/api/datasources",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question, with what its judge has to know."""

    topic: Topic
    http: HttpQuestion
    version: str | None
    """The version that the server should say it is; None: any, as behind a Service while an update rolls."""
    comes_late: bool
    """Whether a sidecar brings dashboards only after the server is ready."""


def questions(
    endpoint: Endpoint,
    facts: NetworkFacts,
    servers: Sequence[tuple[Subject, str]],
    *,
    version: str,
    comes_late: bool,
) -> tuple[Probe, ...]:
    """Health of every server; what it holds of one alone, because all share it."""
    reachable = [
        (subject, server, port)
        for subject, server in servers
        if (port := _port(endpoint, facts, subject, server)) is not None
    ]
    holding = [one for one in reachable if one[0] is not Subject.REHEARSAL]
    one = min(holding, key=lambda server: server[0] is not Subject.SERVICE, default=None)
    asked = [(Topic.HEALTH, server) for server in reachable]
    asked += [(topic, one) for topic in Topic if one is not None and topic is not Topic.HEALTH]
    return tuple(
        Probe(
            topic.value,
            subject,
            server,
            _question(
                topic,
                endpoint,
                port,
                version if subject is not Subject.SERVICE else None,
                comes_late=comes_late,
            ),
        )
        for topic, (subject, server, port) in asked
    )


def has_sidecar(template: Template) -> bool:
    """Whether a sidecar brings dashboards from ConfigMaps. Source: the Grafana chart and kiwigrid/k8s-sidecar."""
    return any("k8s-sidecar" in image for image in _images(template))


def _images(template: Template) -> Iterator[str]:
    return (str(container.get("image", "")) for container in entries(pod_of(template), "containers"))


def _port(endpoint: Endpoint, facts: NetworkFacts, subject: Subject, server: str) -> int | None:
    if subject is not Subject.SERVICE:
        return endpoint.port
    service = next((one for one in facts.services if one.cluster_ip == server), None)
    return endpoint.port_of(service) if service is not None else None


def _question(
    topic: Topic, endpoint: Endpoint, port: int, version: str | None, *, comes_late: bool
) -> Question:
    secret = topic is not Topic.HEALTH
    path = f"{endpoint.prefix}{_PATHS[topic]}"
    limit = _SEARCH_BYTES if secret else 64 * 1024
    http = HttpQuestion(port, path, scheme=endpoint.scheme, with_token=secret, limit=limit)
    return Question(topic, http, version, comes_late)
