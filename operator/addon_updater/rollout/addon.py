"""What the engine asks of an addon. One implementation per addon that needs code; the rest are data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from addon_updater.api.release import Health
from addon_updater.api.versions import Version
from addon_updater.reasons import Reason
from addon_updater.rollout.content import Content
from addon_updater.rollout.finding import Finding
from addon_updater.rollout.gate import Outcome, Probe, Subject
from addon_updater.rollout.workload import ConfigMap, Workload


class UnreadableAddonError(Exception):
    """The addon's present state cannot be understood, so nothing may be written."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A Service that selects the workload's pods."""

    name: str
    cluster_ip: str
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Addresses that functional checks compare answers with."""

    services: tuple[ServiceAddress, ...] = ()
    api_service_ips: tuple[str, ...] = ()
    api_endpoint_ips: tuple[str, ...] = ()
    endpoint_slices_allowed: bool | None = None
    """Whether the workload's ServiceAccount may list and watch EndpointSlices; None when nobody could tell."""


class Addon(Protocol):
    """Everything that only one addon knows. Pure: no clock, no I/O."""

    @property
    def name(self) -> str:
        """Its key in the catalog."""
        ...

    def config_map_of(self, workload: Workload, container: str) -> str | None:
        """The name of the ConfigMap that carries the configuration, if the addon has one."""
        ...

    def read(self, workload: Workload, container: str, config: ConfigMap | None) -> Content:
        """The present content.

        Raises:
            UnreadableAddonError: version or configuration cannot be read.
        """
        ...

    def revise(self, current: Content, *, input_text: str | None, target: Version, image: str) -> Content:
        """The content for the target version, made from what people wrote under their own key.

        Raises:
            UnreadableAddonError: the configuration cannot be read or migrated.
        """
        ...

    def preflight(
        self,
        workload: Workload,
        current: Content,
        desired: Content,
        *,
        input_text: str | None,
        facts: NetworkFacts,
    ) -> tuple[Finding, ...]:
        """What stands against the change, what it repairs, what a person should know."""
        ...

    def probes(
        self,
        content: Content,
        facts: NetworkFacts,
        health: Health | None,
        servers: Sequence[tuple[Subject, str]],
    ) -> tuple[Probe, ...]:
        """The questions to ask each server, and the Service when its subject is among them."""
        ...

    def fingerprint(self, answer: object) -> str:
        """The part of an answer that a baseline keeps, at most 64 characters."""
        ...

    def judge(self, probe: Probe, answer: object, baseline: Mapping[str, str] | None) -> tuple[Outcome, str]:
        """Pass, Fail or Unknown with one sentence; `baseline` None while the baseline itself is taken."""
        ...
