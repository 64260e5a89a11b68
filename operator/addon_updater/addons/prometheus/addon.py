"""Prometheus as the engine sees it: arguments, configuration and image as one content, its HTTP API as gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from addon_updater.addons.podtemplate import ConfigSource, mounted_config, port_names
from addon_updater.addons.prometheus.argument_migration import migrate_arguments
from addon_updater.addons.prometheus.arguments import read_arguments
from addon_updater.addons.prometheus.check_config import patience
from addon_updater.addons.prometheus.check_job import check_job
from addon_updater.addons.prometheus.command_line import IMAGE_ARGS, command_line
from addon_updater.addons.prometheus.config_document import PrometheusConfigError, read_config
from addon_updater.addons.prometheus.config_migration import migrate_config
from addon_updater.addons.prometheus.exposures import exposures
from addon_updater.addons.prometheus.preflight import preflight, rehearsal_harm
from addon_updater.addons.prometheus.questions import Question, questions
from addon_updater.addons.prometheus.verdict import fingerprint, judge
from addon_updater.addons.prometheus.versions import V3
from addon_updater.addons.reading import read_content, read_mounted, unreadable
from addon_updater.api.release import Health
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import HopContext, NetworkFacts, Task
from addon_updater.rollout.content import ConfigContent, Content, text_hash
from addon_updater.rollout.finding import Finding
from addon_updater.rollout.gate import HttpAnswer, Outcome, Probe, Subject
from addon_updater.rollout.workload import ConfigMap, Workload

_BEFORE_V3: Final = Version.parse("2.55.1")


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Implements rollout.addon.Addon."""

    name: str = "prometheus"

    @property
    def has_tasks(self) -> bool:
        """It runs Jobs before the switch."""
        return True

    @property
    def gates_on_others(self) -> frozenset[str]:
        """Its targets: pods that come and go with another update are counted, and are down for a while."""
        return frozenset({"targets"})

    def config_map_of(self, workload: Workload, container: str) -> str | None:
        """The ConfigMap behind the file that `--config.file` names."""
        source = _source(workload, container)
        return source.config_map if source is not None else None

    def read(self, workload: Workload, container: str, config: ConfigMap | None) -> Content:
        """Image, arguments and the configuration that the pods mount.

        A Deployment whose pods share a volume cannot roll: its content asks for the strategy Recreate.
        """
        content = read_content(workload, container, _read_config(workload, container, config))
        return replace(content, recreate=not workload.is_stateful_set and bool(workload.claims()))

    def revise(self, current: Content, *, input_text: str | None, target: Version, image: str) -> Content:
        """Arguments and configuration that people wrote, migrated together where the update passes 3.0."""
        running = Version.parse(current.version)
        # The words as they are written: what a variable of the container says is nobody's to write down.
        arguments = read_arguments(current.args if current.args is not None else IMAGE_ARGS)
        words = migrate_arguments(arguments, running, target).words
        args = current.args if current.args is None else words
        revised = replace(current, version=str(target), image=image, args=args)
        config = current.config
        if config is None or input_text is None:
            return revised
        try:
            text = _migrate(config, input_text, running, target, arguments.features)
        except PrometheusConfigError as error:
            raise unreadable(config, error) from error
        if text != config.text:
            config = config.with_text(text)
        return replace(revised, config=replace(config, input_hash=text_hash(input_text)))

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
        """What 3.x refuses, what the migration changes, what goes silent, what the workload means for it."""
        data = context.config_data
        return preflight(workload, current, desired, input_text=input_text, data=data, facts=facts)

    def exposures(self, workload: Workload, live: Content) -> Mapping[str, str]:
        """What the command line and the configuration use."""
        line = command_line(workload.template, live.container, args=live.args)
        text = live.config.text if live.config is not None else None
        return exposures(line, text, Version.parse(live.version))

    def tasks(
        self,
        workload: Workload,
        current: Content,  # noqa: ARG002 - the check looks at the new content only
        desired: Content,
        context: HopContext,  # noqa: ARG002 - the check needs no tool of ours
    ) -> tuple[Task, ...]:
        """The target's own promtool reads the new configuration."""
        if desired.config is None:
            return ()
        return (check_job(workload.template, desired, read_config(desired.config.text)),)

    def no_rehearsal(self, workload: Workload, desired: Content) -> str | None:
        """A second server must neither write to remote storage nor send alerts."""
        if workload.spec.get("volumeClaimTemplates"):
            return "the volume of a StatefulSet's pod is its own"
        return rehearsal_harm(read_config(desired.config.text)) if desired.config is not None else None

    def probes(
        self,
        content: Content,
        facts: NetworkFacts,
        health: Health | None,  # noqa: ARG002 - its fields are those of other addons
        servers: Sequence[tuple[Subject, str]],
        workload: Workload,
    ) -> tuple[Probe, ...]:
        """The questions to every pod, and readiness to the Service."""
        line = command_line(workload.template, content.container, args=content.args)
        names = port_names(workload.template, content.container)
        return tuple(questions(line.arguments, content.version, facts, servers, names))

    def patience(self, content: Content) -> timedelta:
        """How long a gate must fail before it counts: one unlucky scrape is put right by the next one."""
        document = read_config(content.config.text) if content.config is not None else None
        return patience(document)

    def fingerprint(self, probe: Probe, answer: object) -> str | None:
        """Version, targets by job, number of rules, and which of them fail."""
        question, said = _exchange(probe, answer)
        return fingerprint(question, said)

    def judge(self, probe: Probe, answer: object, baseline: Mapping[str, str] | None) -> tuple[Outcome, str]:
        """Compare with what the same question brought before the change."""
        question, said = _exchange(probe, answer)
        before = baseline.get(probe.id) if baseline is not None else None
        outcome, message = judge(question, said, before, is_baseline=baseline is None)
        return outcome, f"{probe.server}: {message}"


def _exchange(probe: Probe, answer: object) -> tuple[Question, HttpAnswer]:
    if not isinstance(probe.question, Question) or not isinstance(answer, HttpAnswer):
        raise TypeError(f"not a question and answer of Prometheus's API: {probe.question!r}, {answer!r}")
    return probe.question, answer


def _source(workload: Workload, container: str) -> ConfigSource | None:
    path = command_line(workload.template, container).config_path
    return mounted_config(workload.template, container, path)


def _migrate(
    config: ConfigContent, text: str, running: Version, target: Version, features: tuple[str, ...]
) -> str:
    """The text for the target.

    Where the people's key still holds the text of 2.x, because Git owns it, the pods of 3.x mount what that text
    became. Then this is what goes on, and not the old text once more.
    """
    if config.is_own_key and running >= V3:
        became = migrate_config(text, running=_BEFORE_V3, target=running, features=features).text
        text = became if became == config.text else text
    return migrate_config(text, running=running, target=target, features=features).text


def _read_config(workload: Workload, container: str, config: ConfigMap | None) -> ConfigContent | None:
    source = _source(workload, container)
    if source is None:
        return None
    content = read_mounted(workload, source, config)
    try:
        read_config(content.text)
    except PrometheusConfigError as error:
        raise unreadable(content, error) from error
    return content
