"""Which DNS questions prove that a cluster's DNS works, and what an answer to one of them means."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from addon_updater.addons.coredns.corefile import Corefile, Plugin
from addon_updater.addons.coredns.zones import plain_zone

DEFAULT_DOMAIN: Final = "cluster.local"
_REVERSE_ZONES: Final = ("in-addr.arpa", "ip6.arpa")
# No label may begin with a hyphen in Kubernetes, but a query may; so no Service can have this name.
_NO_SUCH_SERVICE: Final = "addon-updater-no-such-service"
_FAILURES: Final = frozenset({"SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"})
_MAX_HOSTS_QUESTIONS: Final = 8
_MAX_ZONE_QUESTIONS: Final = 16


class Outcome(StrEnum):
    """What an answer says about a gate."""

    PASS = "Pass"  # noqa: S105 - not a password
    FAIL = "Fail"
    UNKNOWN = "Unknown"


class Expect(StrEnum):
    """How the answer to a question is judged."""

    ADDRESSES = "Addresses"
    """NOERROR with exactly the addresses of the question."""
    NXDOMAIN = "NXDomain"
    """The name must not exist."""
    AS_BEFORE = "AsBefore"
    """The same class of response code as at the baseline: what lies behind it is not CoreDNS's."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query. `id` is stable between runs, so that an answer finds its baseline."""

    id: str
    name: str
    rdtype: str
    tcp: bool
    expect: Expect
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server said. `rcode` is None when nothing usable arrived, and `error` says why."""

    rcode: str | None
    addresses: frozenset[str] = frozenset()
    error: str | None = None
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgment:
    """An outcome and the sentence for the person who asks why."""

    outcome: Outcome
    message: str


def cluster_domain(corefile: Corefile) -> str:
    """The zone that the kubernetes plugin serves: its first that is no reverse zone."""
    for server, plugin in corefile.plugins("kubernetes"):
        zones = plugin.arguments or tuple(token.text for token in server.addresses)
        for zone in map(plain_zone, zones):
            if zone and not zone.endswith(_REVERSE_ZONES) and "/" not in zone:
                return zone
    return DEFAULT_DOMAIN


def questions(
    corefile: Corefile,
    *,
    cluster_ips: Iterable[str],
    endpoint_ips: Iterable[str] = (),
    names: Iterable[str] = (),
) -> tuple[Question, ...]:
    """The questions for this Corefile, over UDP and TCP, the most telling first.

    `cluster_ips` are the addresses of the Service default/kubernetes, `endpoint_ips` those of its endpoints:
    the Service's record alone does not prove that CoreDNS may watch EndpointSlices. `names` are the user's.
    """
    domain = cluster_domain(corefile)
    asked = (
        *_api_server(domain, tuple(cluster_ips), tuple(endpoint_ips)),
        ("nxdomain", f"{_NO_SUCH_SERVICE}.default.svc.{domain}.", "A", Expect.NXDOMAIN, frozenset[str]()),
        *_hosts(corefile),
        *_zones(corefile, domain),
        *(("name", _absolute(name), "A", Expect.AS_BEFORE, frozenset[str]()) for name in names),
    )
    return tuple(
        Question(f"{kind}/{name}/{rdtype}/{'tcp' if tcp else 'udp'}", name, rdtype, tcp, expect, addresses)
        for kind, name, rdtype, expect, addresses in dict.fromkeys(asked)
        for tcp in (False, True)
    )


def judge(question: Question, answer: Answer, baseline: Answer | None) -> Judgment:
    """What `answer` means, given what the same question brought before the change.

    A question whose baseline is missing or failed proves nothing: its outcome is at best Unknown.
    """
    if question.expect is not Expect.AS_BEFORE and baseline is not None:
        # A question that the old version did not answer as expected cannot judge the new one.
        before = _judge_alone(question, baseline)
        now = _judge_alone(question, answer)
        if before.outcome is not Outcome.PASS and now.outcome is Outcome.FAIL:
            return Judgment(Outcome.UNKNOWN, f"{now.message}, as before the change")
        return now
    if question.expect is Expect.AS_BEFORE:
        return _judge_as_before(question, answer, baseline)
    return _judge_alone(question, answer)


def _judge_alone(question: Question, answer: Answer) -> Judgment:
    what = _describe(question)
    if answer.rcode is None:
        return Judgment(Outcome.FAIL, f"{what}: no answer ({answer.error or 'unknown reason'})")
    if question.expect is Expect.NXDOMAIN:
        if answer.rcode == "NXDOMAIN":
            return Judgment(Outcome.PASS, f"{what}: NXDOMAIN, as it must be")
        return Judgment(Outcome.FAIL, f"{what}: {answer.rcode} instead of NXDOMAIN")
    if answer.rcode != "NOERROR":
        return Judgment(Outcome.FAIL, f"{what}: {answer.rcode} instead of {_list(question.addresses)}")
    if answer.addresses != question.addresses:
        said = _list(answer.addresses)
        return Judgment(Outcome.FAIL, f"{what}: {said} instead of {_list(question.addresses)}")
    return Judgment(Outcome.PASS, f"{what}: {_list(answer.addresses)}")


def _judge_as_before(question: Question, answer: Answer, baseline: Answer | None) -> Judgment:
    what = _describe(question)
    if baseline is None:
        return Judgment(Outcome.UNKNOWN, f"{what}: not asked before the change")
    now, before = _class(answer), _class(baseline)
    if now == before:
        return Judgment(Outcome.PASS, f"{what}: {now}, as before")
    if before in {"no answer", "failure"}:
        return Judgment(Outcome.PASS, f"{what}: {now}, and {before} before the change")
    return Judgment(Outcome.FAIL, f"{what}: {now} ({answer.rcode or answer.error}), but {before} before the change")


def _class(answer: Answer) -> str:
    if answer.rcode is None:
        return "no answer"
    return "failure" if answer.rcode in _FAILURES else answer.rcode


_Asked = tuple[str, str, str, Expect, frozenset[str]]


def _api_server(domain: str, cluster_ips: tuple[str, ...], endpoint_ips: tuple[str, ...]) -> Iterator[_Asked]:
    service = f"kubernetes.default.svc.{domain}."
    for rdtype, addresses in _by_family(cluster_ips):
        yield ("apiserver", service, rdtype, Expect.ADDRESSES, addresses)
    for address in sorted(endpoint_ips):
        dashed = address.replace(".", "-").replace(":", "-")
        for rdtype, addresses in _by_family((address,)):
            yield ("endpoint", f"{dashed}.{service}", rdtype, Expect.ADDRESSES, addresses)


def _hosts(corefile: Corefile) -> Iterator[_Asked]:
    """Names that a hosts block gives literal addresses, unless a rewrite could stand before it."""
    found: dict[tuple[str, str], set[str]] = {}
    for server, plugin in corefile.plugins("hosts"):
        if server.named("rewrite", "template", "acl") or not _serves_everything(plugin, server.label):
            continue
        for option in plugin.options:
            for rdtype, addresses in _by_family((option.name,)):
                for name in option.arguments:
                    if "{" not in name:
                        found.setdefault((_absolute(name), rdtype), set()).update(addresses)
    for (name, rdtype), known in list(found.items())[:_MAX_HOSTS_QUESTIONS]:
        yield ("hosts", name, rdtype, Expect.ADDRESSES, frozenset(known))


def _serves_everything(plugin: Plugin, label: str) -> bool:
    return not plugin.arguments and label in {".", ".:53"}


def _zones(corefile: Corefile, domain: str) -> Iterator[_Asked]:
    """One question for each zone that is forwarded elsewhere than everything else."""
    zones: dict[str, None] = {}
    for server, plugin in corefile.plugins("forward"):
        sources = plugin.arguments[:1]
        if sources == (".",):
            sources = tuple(token.text for token in server.addresses)
        for zone in map(plain_zone, sources):
            if zone and zone != domain and "/" not in zone and "{" not in zone:
                zones[zone] = None
    for zone in list(zones)[:_MAX_ZONE_QUESTIONS]:
        yield ("zone", f"{zone}.", "SOA", Expect.AS_BEFORE, frozenset())


def _by_family(addresses: Iterable[str]) -> Iterator[tuple[str, frozenset[str]]]:
    families: dict[str, set[str]] = {}
    for text in addresses:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        families.setdefault("A" if address.version == 4 else "AAAA", set()).add(str(address))
    for rdtype in sorted(families):
        yield rdtype, frozenset(families[rdtype])


def _absolute(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


def _describe(question: Question) -> str:
    return f"{question.name} {question.rdtype} over {'TCP' if question.tcp else 'UDP'}"


def _list(addresses: frozenset[str]) -> str:
    return ", ".join(sorted(addresses)) or "no address"
