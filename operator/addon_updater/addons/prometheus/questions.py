"""The questions that tell whether a Prometheus works: over HTTP, to every pod, without a scrape of itself.

Source: web/web.go and web/api/v1/api.go of github.com/prometheus/prometheus at v2.37.0 and v3.16.0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from addon_updater.addons.prometheus.arguments import Arguments
from addon_updater.addons.prometheus.command_line import Address, api_address
from addon_updater.rollout.addon import NetworkFacts
from addon_updater.rollout.gate import HttpQuestion, Probe, Subject

_SMALL: Final = 64 * 1024
_LARGE: Final = 16 * 1024 * 1024
"""Bytes: about ten thousand targets or rules."""


class Check(StrEnum):
    """What is asked. The word before the slash names the gate."""

    REPLAY = "ready/replay"
    """How far the WAL is read; told while nothing else is."""
    READY = "ready/http"
    VERSION = "version/buildinfo"
    RELOAD = "reload/runtimeinfo"
    """Whether the configuration on disk is the one in force; if not, the next start fails."""
    TARGETS = "targets/active"
    RULES = "rules/evaluated"
    RULE_COUNT = "rules/count"


_PATHS: Final = {
    Check.REPLAY: "/api/v1/status/walreplay",
    Check.READY: "/-/ready",
    Check.VERSION: "/api/v1/status/buildinfo",
    Check.RELOAD: "/api/v1/status/runtimeinfo",
    Check.TARGETS: "/api/v1/targets?state=active",
    Check.RULES: "/api/v1/rules",
    Check.RULE_COUNT: "/api/v1/rules",
}
_LARGE_ANSWERS: Final = frozenset({Check.TARGETS, Check.RULES, Check.RULE_COUNT})
_OF_RULES: Final = frozenset({Check.RULES, Check.RULE_COUNT})
_ASKED: Final = {
    Subject.SERVICE: (Check.READY,),
    Subject.PODS: (
        Check.REPLAY,
        Check.READY,
        Check.VERSION,
        Check.RELOAD,
        Check.TARGETS,
        Check.RULES,
        Check.RULE_COUNT,
    ),
    # A rehearsal scrapes for seconds only, so neither targets nor evaluations of rules tell anything yet.
    Subject.REHEARSAL: (Check.REPLAY, Check.READY, Check.VERSION, Check.RELOAD, Check.RULE_COUNT),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One check of one server. `version` is what the server should be."""

    check: Check
    http: HttpQuestion
    version: str


def questions(
    arguments: Arguments,
    version: str,
    facts: NetworkFacts,
    servers: Sequence[tuple[Subject, str]],
    port_names: Mapping[int, Collection[str]],
) -> Iterator[Probe]:
    """Every question to every server; none when the API cannot be asked from another pod.

    `port_names` are the container's names of its ports, by which a Service may lead to them.
    """
    address = api_address(arguments)
    if isinstance(address, str):
        return
    is_agent = arguments.is_on("agent") or "agent" in arguments.features
    targets: tuple[int | str, ...] = (address.port, *port_names.get(address.port, ()))
    ports = {service.cluster_ip: service.port_to(*targets) for service in facts.services}
    for subject, server in servers:
        port = ports.get(server) if subject is Subject.SERVICE else address.port
        if port is None:
            continue
        for check in _ASKED[subject]:
            if not (is_agent and check in _OF_RULES):
                yield Probe(check.value, subject, server, _question(check, address, port, version))


def _question(check: Check, address: Address, port: int, version: str) -> Question:
    limit = _LARGE if check in _LARGE_ANSWERS else _SMALL
    path = f"{address.prefix}{_PATHS[check]}"
    return Question(check, HttpQuestion(port, path, limit=limit), version)
