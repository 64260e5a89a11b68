"""Grafana as the engine sees it: image and grafana.ini as one content, its HTTP API as gates, a backup before each hop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from addon_updater.addons.grafana.backup import backup_task
from addon_updater.addons.grafana.change import Change
from addon_updater.addons.grafana.config_rules import config_rules
from addon_updater.addons.grafana.data_rules import data_rules, needs_recreate
from addon_updater.addons.grafana.endpoint import endpoint_of
from addon_updater.addons.grafana.exposures import exposures
from addon_updater.addons.grafana.migrate import migrate, migration_notes
from addon_updater.addons.grafana.pod_rules import pod_rules
from addon_updater.addons.grafana.questions import Question, has_sidecar, questions
from addon_updater.addons.grafana.rehearsal import why_not_rehearsed
from addon_updater.addons.grafana.settings import Settings, config_path, settings_of
from addon_updater.addons.grafana.storage import storage_of
from addon_updater.addons.grafana.verdict import PATIENCE, fingerprint, judge
from addon_updater.addons.podtemplate import ConfigSource, mounted_config
from addon_updater.addons.reading import read_content, read_mounted, whole_mount
from addon_updater.api.release import Health
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import HopContext, NetworkFacts, Task
from addon_updater.rollout.content import ConfigContent, Content, text_hash
from addon_updater.rollout.finding import Finding
from addon_updater.rollout.gate import HttpAnswer, Outcome, Probe, Subject
from addon_updater.rollout.workload import ConfigMap, Workload


@dataclass(frozen=True, slots=True)
class Grafana:
    """Implements rollout.addon.Addon."""

    name: str = "grafana"

    @property
    def has_tasks(self) -> bool:
        """It runs Jobs before the switch."""
        return True

    @property
    def gates_on_others(self) -> frozenset[str]:
        """None: it is asked about itself only."""
        return frozenset()

    def config_map_of(self, workload: Workload, container: str) -> str | None:
        """The ConfigMap behind grafana.ini; None when the image's own is used, or one from a Secret."""
        source = _source(workload, container)
        return source.config_map if source is not None else None

    def read(self, workload: Workload, container: str, config: ConfigMap | None) -> Content:
        """Image, arguments, grafana.ini when it is from a ConfigMap, and whether old and new pod may meet."""
        content = read_content(workload, container, _read_config(workload, container, config))
        storage = storage_of(workload, container, _settings(workload, content))
        return replace(content, recreate=needs_recreate(workload, storage.place))

    def revise(self, current: Content, *, input_text: str | None, target: Version, image: str) -> Content:
        """The grafana.ini that people wrote, migrated; under a key of its own only when the text changes."""
        config = current.config
        if config is not None and input_text is not None:
            text = migrate(input_text, target)
            if text != config.text:
                config = config.with_text(text)
            config = replace(config, input_hash=text_hash(input_text))
        return replace(current, version=str(target), image=image, config=config)

    def preflight(
        self,
        workload: Workload,
        current: Content,
        desired: Content,
        *,
        input_text: str | None,
        facts: NetworkFacts,  # noqa: ARG002 - Grafana's checks need no addresses
        context: HopContext,
    ) -> tuple[Finding, ...]:
        """What the target refuses or ignores, what becomes of the database, what has to be saved before."""
        settings = _settings(workload, desired)
        change = Change(
            workload=workload,
            container=desired.container,
            running=Version.parse(current.version),
            target=Version.parse(desired.version),
            image=desired.image,
            edited=_text(current) != _text(desired),
            settings=settings,
            storage=storage_of(workload, desired.container, settings),
        )
        found = (*config_rules(change), *pod_rules(change), *data_rules(change, context))
        return (
            *found,
            *migration_notes(input_text, _text(desired)),
            *whole_mount("GrafanaWholeMount", current, desired),
        )

    def exposures(self, workload: Workload, live: Content) -> Mapping[str, str]:
        """What the settings switch on, and which edition the image is."""
        return exposures(_settings(workload, live), live.image)

    def tasks(
        self, workload: Workload, current: Content, desired: Content, context: HopContext
    ) -> tuple[Task, ...]:
        """A copy of the database before another version migrates it; an edit of grafana.ini alone touches nothing."""
        if current.version == desired.version:
            return ()
        container = desired.container
        storage = storage_of(workload, container, _settings(workload, desired))
        task = backup_task(workload, container, storage, context)
        return () if task is None else (task,)

    def no_rehearsal(self, workload: Workload, desired: Content) -> str | None:
        """A throw-away pod migrates whatever database it reaches, and acts on whatever it is provisioned with."""
        settings = _settings(workload, desired)
        return why_not_rehearsed(workload, desired.container, settings)

    def probes(
        self,
        content: Content,
        facts: NetworkFacts,
        health: Health | None,  # noqa: ARG002 - people's own checks are asked by the engine
        servers: Sequence[tuple[Subject, str]],
        workload: Workload,
    ) -> tuple[Probe, ...]:
        """Health of every server; dashboards, folders and data sources of one of those that serve people."""
        settings = _settings(workload, content)
        return questions(
            endpoint_of(workload.template, content.container, settings),
            facts,
            servers,
            version=content.version,
            comes_late=has_sidecar(workload.template),
        )

    def patience(self, content: Content) -> timedelta:  # noqa: ARG002
        """A first search may meet an index that is being opened, or a database that its writer holds."""
        return PATIENCE

    def fingerprint(self, probe: Probe, answer: object) -> str | None:
        """How many there are, and short hashes of their uids by folder."""
        return fingerprint(*_exchange(probe, answer))

    def judge(self, probe: Probe, answer: object, baseline: Mapping[str, str] | None) -> tuple[Outcome, str]:
        """Compare with what the same question brought before the change."""
        question, said = _exchange(probe, answer)
        before = None if baseline is None else baseline.get(probe.id)
        outcome, message = judge(question, said, before, is_baseline=baseline is None)
        return outcome, f"{probe.server}: {message}"


def _exchange(probe: Probe, answer: object) -> tuple[Question, HttpAnswer]:
    if not isinstance(probe.question, Question) or not isinstance(answer, HttpAnswer):
        raise TypeError(f"not a question and answer of Grafana's HTTP API: {probe.question!r}, {answer!r}")
    return probe.question, answer


def _source(workload: Workload, container: str) -> ConfigSource | None:
    return mounted_config(workload.template, container, config_path(workload.template, container))


def _settings(workload: Workload, content: Content) -> Settings:
    return settings_of(workload.template, content.container, _text(content))


def _text(content: Content) -> str | None:
    return content.config.text if content.config is not None else None


def _read_config(workload: Workload, container: str, config: ConfigMap | None) -> ConfigContent | None:
    source = _source(workload, container)
    return read_mounted(workload, source, config) if source is not None else None
