"""An addon that the catalog knows and no code does: image and arguments move, the workload's own probes judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from addon_updater.addons.reading import read_content
from addon_updater.api.catalog_advisories import FEATURES
from addon_updater.api.release import Health
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import HopContext, NetworkFacts, Task
from addon_updater.rollout.content import Content
from addon_updater.rollout.finding import Finding
from addon_updater.rollout.gate import Outcome, Probe, Subject
from addon_updater.rollout.workload import ConfigMap, Workload


@dataclass(frozen=True, slots=True)
class DataOnly:
    """Implements rollout.addon.Addon without configuration and without functional checks."""

    name: str

    @property
    def has_tasks(self) -> bool:
        """It runs no Jobs."""
        return False

    @property
    def gates_on_others(self) -> frozenset[str]:
        """None: it is asked about itself only."""
        return frozenset()

    def config_map_of(self, workload: Workload, container: str) -> str | None:  # noqa: ARG002
        """No configuration is governed."""
        return None

    def read(self, workload: Workload, container: str, config: ConfigMap | None) -> Content:  # noqa: ARG002
        """Image and arguments of the container."""
        return read_content(workload, container, None)

    def revise(self, current: Content, *, input_text: str | None, target: Version, image: str) -> Content:  # noqa: ARG002
        """The same content with another image."""
        return replace(current, version=str(target), image=image)

    def preflight(
        self,
        workload: Workload,  # noqa: ARG002
        current: Content,  # noqa: ARG002
        desired: Content,  # noqa: ARG002
        *,
        input_text: str | None,  # noqa: ARG002
        facts: NetworkFacts,  # noqa: ARG002
        context: HopContext,  # noqa: ARG002
    ) -> tuple[Finding, ...]:
        """Nothing is known that could stand against the change."""
        return ()

    def exposures(self, workload: Workload, live: Content) -> Mapping[str, str]:  # noqa: ARG002 - nothing of its configuration is read
        """Nobody looks, so every feature counts as in use."""
        return dict.fromkeys(FEATURES.get(self.name, {}), "nobody has looked at the configuration")

    def tasks(
        self,
        workload: Workload,  # noqa: ARG002
        current: Content,  # noqa: ARG002
        desired: Content,  # noqa: ARG002
        context: HopContext,  # noqa: ARG002
    ) -> tuple[Task, ...]:
        """Nothing to do besides."""
        return ()

    def no_rehearsal(self, workload: Workload, desired: Content) -> str | None:  # noqa: ARG002
        """A throw-away pod can always be tried."""
        return None

    def probes(
        self,
        content: Content,  # noqa: ARG002
        facts: NetworkFacts,  # noqa: ARG002
        health: Health | None,  # noqa: ARG002
        servers: Sequence[tuple[Subject, str]],  # noqa: ARG002
        workload: Workload,  # noqa: ARG002
    ) -> tuple[Probe, ...]:
        """Readiness as kubelet sees it is all there is."""
        return ()

    def patience(self, content: Content) -> timedelta:  # noqa: ARG002
        """Nothing of it mends itself with the next round."""
        return timedelta(0)

    def fingerprint(self, probe: Probe, answer: object) -> str | None:  # noqa: ARG002
        """There are no answers, so none is kept."""
        return None

    def judge(self, probe: Probe, answer: object, baseline: Mapping[str, str] | None) -> tuple[Outcome, str]:  # noqa: ARG002
        """No question was asked, so nothing is known."""
        return Outcome.UNKNOWN, f"{probe.id} has no judge"
