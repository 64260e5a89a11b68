"""CoreDNS as the engine sees it: Corefile and image as one content, DNS questions as gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from addon_updater.addons.coredns.check import check_environment, check_text
from addon_updater.addons.coredns.corefile import CorefileError
from addon_updater.addons.coredns.deployment import check_config_source, check_pod
from addon_updater.addons.coredns.exposures import all_features, exposures
from addon_updater.addons.coredns.migrate import migrate
from addon_updater.addons.coredns.parser import parse
from addon_updater.addons.coredns.podtemplate import config_source, environment_of
from addon_updater.addons.coredns.questions import Expect, Question, questions
from addon_updater.addons.coredns.verdict import Answer, judge, judge_baseline
from addon_updater.addons.reading import read_content, read_mounted, unreadable, whole_mount
from addon_updater.api.release import Health
from addon_updater.api.versions import Version
from addon_updater.reasons import Reason
from addon_updater.rollout.addon import HopContext, NetworkFacts, Task, UnreadableAddonError
from addon_updater.rollout.content import ConfigContent, Content, text_hash
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.gate import Outcome, Probe, Subject
from addon_updater.rollout.workload import ConfigMap, Workload

_DNS_PORT = 53
_ENDPOINT_SLICES_SINCE = Version.parse("1.11.0")
_SILENT = "-"
_USABLE = frozenset({"NOERROR", "NXDOMAIN"})


@dataclass(frozen=True, slots=True)
class CoreDNS:
    """Implements rollout.addon.Addon."""

    name: str = "coredns"

    @property
    def has_tasks(self) -> bool:
        """It runs no Jobs."""
        return False

    @property
    def gates_on_others(self) -> frozenset[str]:
        """None: it is asked about itself only."""
        return frozenset()

    def config_map_of(self, workload: Workload, container: str) -> str | None:
        """The ConfigMap behind the file that `-conf` names."""
        source = config_source(workload.template, container)
        return source.config_map if source is not None else None

    def read(self, workload: Workload, container: str, config: ConfigMap | None) -> Content:
        """Image, arguments and the Corefile that the pods mount."""
        return read_content(workload, container, _read_config(workload, container, config))

    def revise(self, current: Content, *, input_text: str | None, target: Version, image: str) -> Content:
        """The Corefile that people wrote, migrated; under a key of its own only when the text changes."""
        config = current.config
        if config is None or input_text is None:
            return replace(current, version=str(target), image=image)
        try:
            text = migrate(input_text, running=Version.parse(current.version), target=target).text
        except CorefileError as error:
            raise unreadable(config, error) from error
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
        facts: NetworkFacts,
        context: HopContext,  # noqa: ARG002 - CoreDNS runs no task and keeps no data
    ) -> tuple[Finding, ...]:
        """What the target refuses, what the migration changes, what the pod template means for both."""
        config = desired.config
        if config is None or input_text is None:
            return ()
        running, target = Version.parse(current.version), Version.parse(desired.version)
        template, container = workload.template, desired.container
        environment = environment_of(template, container)
        corefile = parse(config.text)
        dns_ips = [service.cluster_ip for service in facts.services]
        found = (
            *check_text(input_text, running=running, target=target, environment=environment.values),
            *check_environment(corefile, known=environment.names, complete=environment.complete),
            *check_pod(
                template, corefile, running=running, target=target, container=container, dns_ips=dns_ips
            ),
            *check_config_source(
                template, None if current.config is None else [current.config.key], container=container
            ),
            *whole_mount("CoreDNSWholeMount", current, desired),
            *_endpoint_slices(workload, target, facts),
        )
        return tuple(dict.fromkeys(found))

    def exposures(self, workload: Workload, live: Content) -> Mapping[str, str]:
        """What the Corefile uses, with the variables that are known filled in."""
        if live.config is None:
            return all_features("the Corefile is not from a ConfigMap")
        return exposures(live.config.text, environment_of(workload.template, live.container).values)

    def tasks(
        self,
        workload: Workload,  # noqa: ARG002 - the protocol's arguments; there are no tasks
        current: Content,  # noqa: ARG002 - as above
        desired: Content,  # noqa: ARG002 - as above
        context: HopContext,  # noqa: ARG002 - as above
    ) -> tuple[Task, ...]:
        """The rehearsal reads the Corefile as the pods will; there is no data to keep."""
        return ()

    def no_rehearsal(self, workload: Workload, desired: Content) -> str | None:  # noqa: ARG002 - no pod of it does harm
        """A server that nobody asks does no harm."""
        return None

    def probes(
        self,
        content: Content,
        facts: NetworkFacts,
        health: Health | None,
        servers: Sequence[tuple[Subject, str]],
        workload: Workload,  # noqa: ARG002 - its port is 53 whatever the pod template says
    ) -> tuple[Probe, ...]:
        """Every question to every pod, and to each Service that listens on port 53."""
        if content.config is None:
            return ()
        names = (health.dns.names if health and health.dns else None) or ()
        asked = questions(
            parse(content.config.text),
            cluster_ips=facts.api_service_ips,
            endpoint_ips=facts.api_endpoint_ips,
            names=names,
        )
        deaf = {service.cluster_ip for service in facts.services if _DNS_PORT not in service.ports}
        return tuple(
            Probe(f"dns/{question.id}", subject, server, question)
            for subject, server in servers
            if server not in deaf
            for question in asked
        )

    def patience(self, content: Content) -> timedelta:  # noqa: ARG002 - the same for every content
        """Nothing of it mends itself with the next round."""
        return timedelta(0)

    def fingerprint(self, probe: Probe, answer: object) -> str | None:  # noqa: ARG002 - every question is kept alike
        """Response code and addresses, as in "NOERROR 10.96.0.1"."""
        if not isinstance(answer, Answer):
            raise TypeError(f"not an answer of the DNS prober: {answer!r}")
        return f"{answer.rcode or _SILENT} {','.join(sorted(answer.addresses))}".strip()[:64]

    def judge(self, probe: Probe, answer: object, baseline: Mapping[str, str] | None) -> tuple[Outcome, str]:
        """Compare with what the same question brought before the change."""
        question = probe.question
        if not isinstance(question, Question) or not isinstance(answer, Answer):
            raise TypeError(f"not a question and answer of the DNS prober: {question!r}, {answer!r}")
        if baseline is None or _is_news(question, answer, probe.id in baseline):
            judgment = judge_baseline(question, answer)
        else:
            judgment = judge(question, answer, _remembered(baseline.get(probe.id)))
        return Outcome(judgment.outcome.value), f"{probe.server}: {judgment.message}"


def _read_config(workload: Workload, container: str, config: ConfigMap | None) -> ConfigContent:
    source = config_source(workload.template, container)
    if source is None:
        raise UnreadableAddonError(
            Reason.CONFIG_NOT_FOUND,
            f"container {container} does not read its Corefile from a ConfigMap; mount one and name it with -conf",
        )
    content = read_mounted(workload, source, config)
    try:
        parse(content.text)
    except CorefileError as error:
        raise unreadable(content, error) from error
    return content


def _is_news(question: Question, answer: Answer, known: bool) -> bool:  # noqa: FBT001 - a private predicate
    """Whether a zone or name that nobody asked for before the change answers: then it has its baseline now."""
    return not known and question.expect is Expect.AS_BEFORE and answer.rcode in _USABLE


def _remembered(fingerprint: str | None) -> Answer | None:
    if fingerprint is None:
        return None
    rcode, _, addresses = fingerprint.partition(" ")
    return Answer(
        rcode=None if rcode == _SILENT else rcode,
        addresses=frozenset(address for address in addresses.split(",") if address),
        error="no answer before the change" if rcode == _SILENT else None,
    )


def _endpoint_slices(workload: Workload, target: Version, facts: NetworkFacts) -> tuple[Finding, ...]:
    """From 1.11.0 on CoreDNS reads EndpointSlices alone. Source: its release notes for 1.11.0."""
    if target < _ENDPOINT_SLICES_SINCE or facts.endpoint_slices_allowed is not False:
        return ()
    account = workload.template["spec"].get("serviceAccountName") or "default"
    return (
        Finding(
            "CoreDNSEndpointSlicesForbidden",
            Severity.BLOCK,
            f"ServiceAccount {workload.namespace}/{account} may not list and watch endpointslices, "
            f"which CoreDNS {target} needs to answer for any Service",
            "kubectl apply -k deploy/coredns-rbac, or add endpointslices.discovery.k8s.io list and watch to its role",
        ),
    )
