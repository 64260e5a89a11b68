"""A small addon with everything that CoreDNS lacks: Jobs, data that a version cannot read back, HTTP gates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from addon_updater.addons.image import running_version
from addon_updater.api.release import Health
from addon_updater.api.versions import Version
from addon_updater.reasons import Reason
from addon_updater.rollout.addon import HopContext, NetworkFacts, Stage, Task, UnreadableAddonError
from addon_updater.rollout.content import ConfigContent, Content, text_hash
from addon_updater.rollout.finding import Finding
from addon_updater.rollout.gate import HttpAnswer, HttpQuestion, Outcome, Probe, Subject
from addon_updater.rollout.workload import ConfigMap, Manifest, Workload, volume_items

KEY = "ledger.conf"
OLD_TEXT, NEW_TEXT = "format = 1\n", "format = 2\n"
CHECK, BACKUP = "check-config", "backup"
DEADLINE_S = 60
_HEALTH = HttpQuestion(8080, "/health")


@dataclass(frozen=True)
class Page:
    """The question of its only gate."""

    http: HttpQuestion = _HEALTH


@dataclass(frozen=True)
class Ledger:
    """Implements rollout.addon.Addon: a check of the new configuration, a backup, one page as gate."""

    name: str = "ledger"
    checks: bool = True
    keeps: bool = True
    recreates: bool = False
    harm: str | None = None
    """Why it cannot be rehearsed."""

    gates_on_others: frozenset[str] = frozenset()

    @property
    def has_tasks(self) -> bool:
        return self.checks or self.keeps

    def config_map_of(self, workload: Workload, container: str) -> str | None:  # noqa: ARG002
        return "ledger"

    def read(self, workload: Workload, container: str, config: ConfigMap | None) -> Content:
        mine = workload.container(container) or {}
        items = volume_items(workload.template["spec"], "config") or ()
        key = items[0].key
        if config is None or key not in config.data:
            raise UnreadableAddonError(Reason.CONFIG_NOT_FOUND, f"no key {key}")
        text = config.data[key]
        content = ConfigContent("ledger", "config", items, key, text, KEY, "")
        written = config.data.get(KEY, text)
        migrated = re.fullmatch(rf"{KEY}-[0-9a-f]{{12}}", key) is not None
        return Content(
            version=running_version(mine["image"]),
            container=container,
            image=mine["image"],
            args=None,
            min_ready_seconds=workload.min_ready_seconds,
            config=replace(content, input_hash=text_hash(written if migrated else text)),
        )

    def revise(self, current: Content, *, input_text: str | None, target: Version, image: str) -> Content:
        """From 2.0.0 on the configuration has another format."""
        config = current.config
        assert config is not None
        assert input_text is not None
        text = input_text.replace(OLD_TEXT, NEW_TEXT) if target.major >= 2 else input_text
        if text != config.text:
            config = config.with_text(text)
        config = replace(config, input_hash=text_hash(input_text))
        return replace(current, version=str(target), image=image, config=config, recreate=self.recreates)

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
        return ()

    def exposures(self, workload: Workload, live: Content) -> Mapping[str, str]:  # noqa: ARG002
        return {}

    def tasks(
        self,
        workload: Workload,  # noqa: ARG002
        current: Content,
        desired: Content,
        context: HopContext,
    ) -> tuple[Task, ...]:
        """The backup stands first: the stages make the order, not the list."""
        pod = {"containers": [{"name": "task", "image": desired.image}]}
        backup = Task(
            BACKUP,
            Stage.BACKUP,
            f"keeps the data of {current.version}",
            pod,
            blames=False,
            deadline_seconds=DEADLINE_S,
        )
        check = Task(
            CHECK,
            Stage.CHECK,
            f"asks {desired.version} for {context.release}",
            pod,
            blames=True,
            deadline_seconds=DEADLINE_S,
        )
        return (*((backup,) if self.keeps else ()), *((check,) if self.checks else ()))

    def no_rehearsal(self, workload: Workload, desired: Content) -> str | None:  # noqa: ARG002
        return self.harm

    def probes(
        self,
        content: Content,  # noqa: ARG002
        facts: NetworkFacts,  # noqa: ARG002
        health: Health | None,  # noqa: ARG002
        servers: Sequence[tuple[Subject, str]],
        workload: Workload,  # noqa: ARG002
    ) -> tuple[Probe, ...]:
        return tuple(Probe("page/health", subject, server, Page()) for subject, server in servers)

    def patience(self, content: Content) -> timedelta:  # noqa: ARG002
        return timedelta(0)

    def fingerprint(self, probe: Probe, answer: object) -> str | None:  # noqa: ARG002
        assert isinstance(answer, HttpAnswer)
        return None if answer.status is None else str(answer.status)

    def judge(self, probe: Probe, answer: object, baseline: Mapping[str, str] | None) -> tuple[Outcome, str]:  # noqa: ARG002
        assert isinstance(answer, HttpAnswer)
        if answer.status is None:
            return Outcome.UNKNOWN, f"{probe.server} is silent"
        return (Outcome.PASS if answer.status == 200 else Outcome.FAIL), f"the page answers {answer.status}"


def image(version: str) -> str:
    """The image of a version."""
    return f"registry.example/books/ledger:v{version}"


def config_map(text: str = OLD_TEXT) -> dict[str, object]:
    """The ConfigMap that the pods mount."""
    return {"metadata": {"name": "ledger"}, "data": {KEY: text}}


def _template(version: str, *volumes: Manifest, env: Sequence[Manifest]) -> dict[str, object]:
    config = {"name": "config", "configMap": {"name": "ledger", "items": [{"key": KEY, "path": KEY}]}}
    container = {
        "name": "ledger",
        "image": image(version),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/ledger"}],
    } | ({"env": list(env)} if env else {})
    return {
        "metadata": {"labels": {"app": "ledger"}},
        "spec": {
            "serviceAccountName": "ledger",
            "containers": [container],
            "volumes": [config, *volumes],
        },
    }


def deployment(version: str, *, env: Sequence[Manifest] = ()) -> dict[str, object]:
    """A Deployment of one pod with a volume that only one pod can hold."""
    data = {"name": "data", "persistentVolumeClaim": {"claimName": "ledger"}}
    return {
        "metadata": {"name": "ledger", "labels": {"app": "ledger"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "ledger"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            "template": _template(version, data, env=env),
        },
    }


def stateful_set(version: str, *, env: Sequence[Manifest] = ()) -> dict[str, object]:
    """A StatefulSet of two pods, each with a volume of its own."""
    return {
        "metadata": {"name": "ledger", "labels": {"app": "ledger"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "ledger"}},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            "template": _template(version, env=env),
            "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
        },
    }
