"""What the engine asks of an addon. One implementation per addon that needs code; the rest are data only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from addon_updater.api.release import AddonReleaseSpec, Health
from addon_updater.api.versions import Version
from addon_updater.reasons import Reason
from addon_updater.rollout.content import Content
from addon_updater.rollout.finding import Finding
from addon_updater.rollout.gate import Outcome, Probe, Subject
from addon_updater.rollout.workload import ConfigMap, Manifest, Workload


class UnreadableAddonError(Exception):
    """The addon's present state cannot be understood, so nothing may be written."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """A Service that selects the workload's pods. `targets` are the targetPorts of `ports`, one by one."""

    name: str
    cluster_ip: str
    ports: tuple[int, ...]
    targets: tuple[int | str, ...] = ()

    def port_to(self, *targets: int | str) -> int | None:
        """The port that leads to one of these container ports, given by number or name."""
        return next(
            (port for port, target in zip(self.ports, self.targets, strict=False) if target in targets), None
        )


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Addresses that functional checks compare answers with."""

    services: tuple[ServiceAddress, ...] = ()
    api_service_ips: tuple[str, ...] = ()
    api_endpoint_ips: tuple[str, ...] = ()
    endpoint_slices_allowed: bool | None = None
    """Whether the workload's ServiceAccount may list and watch EndpointSlices; None when nobody could tell."""


class Stage(StrEnum):
    """When a task runs; all of them before the switch."""

    CHECK = "Check"
    """First: it tells whether the new content can work at all."""
    BACKUP = "Backup"
    """Last: it keeps the data as it is right before the switch."""


@dataclass(frozen=True, slots=True)
class Task:
    """A Job that must succeed before the switch; its termination message is what people read.

    `name` becomes part of the Job's name; `pod` is a pod spec. When a task fails whose failure `blames` the
    version, the version is quarantined; else the attempt ends and may start again.
    """

    name: str
    stage: Stage
    purpose: str
    pod: Manifest
    blames: bool
    deadline_seconds: int = 300


@dataclass(frozen=True, slots=True)
class HopContext:
    """What an addon may want to know beside the contents. `attempt` is "" while only a plan is made."""

    release: str
    spec: AddonReleaseSpec
    tools_image: str | None
    """The image that carries this operator's own tools; None when nobody has told it."""
    attempt: str = ""
    config_data: Mapping[str, str] = field(default_factory=dict)
    """Everything in the ConfigMap that carries the configuration, as people have it now."""


class Addon(Protocol):
    """Everything that only one addon knows. Pure: no clock, no I/O."""

    @property
    def name(self) -> str:
        """Its key in the catalog."""
        ...

    @property
    def has_tasks(self) -> bool:
        """Whether any hop of it may need a Job; without one nobody has to grant reading Jobs."""
        ...

    @property
    def gates_on_others(self) -> frozenset[str]:
        """The gates, by the word before their slash, whose answers depend on the pods of other addons as well.

        While another addon is being updated they have no baseline worth comparing with, and blame nobody.
        """
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
        context: HopContext,
    ) -> tuple[Finding, ...]:
        """What stands against the change, what it repairs, what a person should know."""
        ...

    def exposures(self, workload: Workload, live: Content) -> Mapping[str, str]:
        """The features of the catalog's vocabulary that are in use, and for each where it stands.

        What cannot be seen counts as in use, with the reason why it cannot. The names are those of
        api/catalog_advisories.py.
        """
        ...

    def tasks(
        self, workload: Workload, current: Content, desired: Content, context: HopContext
    ) -> tuple[Task, ...]:
        """The Jobs of this hop, in order within each stage; the same values give the same tasks."""
        ...

    def no_rehearsal(self, workload: Workload, desired: Content) -> str | None:
        """Why a throw-away pod would do harm or tell nothing; None when it can be tried."""
        ...

    def probes(
        self,
        content: Content,
        facts: NetworkFacts,
        health: Health | None,
        servers: Sequence[tuple[Subject, str]],
        workload: Workload,
    ) -> tuple[Probe, ...]:
        """The questions to ask each server, and the Service when its subject is among them."""
        ...

    def patience(self, content: Content) -> timedelta:
        """How long a gate must go on failing before it counts; at least two rounds count in any case."""
        ...

    def fingerprint(self, probe: Probe, answer: object) -> str | None:
        """The part of an answer that a baseline keeps, at most 16 KiB; None keeps nothing."""
        ...

    def judge(self, probe: Probe, answer: object, baseline: Mapping[str, str] | None) -> tuple[Outcome, str]:
        """Pass, Fail or Unknown with one sentence; `baseline` None while the baseline itself is taken."""
        ...
