"""The checks of spec.health that any addon can have: pages that must answer, queries that must return a sample."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from addon_updater.api.release import Health
from addon_updater.rollout.gate import HttpAnswer, HttpQuestion, Outcome, Probe, Subject

_OK = 200
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class PageCheck:
    """A page that passes while it answers with one status."""

    http: HttpQuestion
    url: str
    status: int

    def judge(self, answer: HttpAnswer) -> tuple[Outcome, str]:
        """Another status fails; no answer at all says nothing."""
        if answer.status is None:
            return Outcome.UNKNOWN, f"{self.url}: {answer.error}"
        outcome = Outcome.PASS if answer.status == self.status else Outcome.FAIL
        return outcome, f"{self.url} answers {answer.status}, wanted {self.status}"


@dataclass(frozen=True, slots=True)
class QueryCheck:
    """A PromQL query that passes while it returns at least one sample."""

    http: HttpQuestion
    url: str
    query: str

    def judge(self, answer: HttpAnswer) -> tuple[Outcome, str]:
        """An empty result fails; an error of the Prometheus that is asked says nothing about the addon."""
        if answer.status is None:
            return Outcome.UNKNOWN, f"{self.url}: {answer.error}"
        if answer.is_cut:
            what = f"longer than {self.http.limit} bytes; ask for fewer samples, as with count()"
            return Outcome.UNKNOWN, f"{self.url}: the answer is {what}"
        said = _parsed(answer.body)
        data = said.get("data") if said.get("status") == "success" else None
        result = data.get("result") if isinstance(data, dict) else None
        if answer.status != _OK or not isinstance(result, list):
            return Outcome.UNKNOWN, f"{self.url} answers {answer.status}: {said.get('error') or 'no result'}"
        if not result:
            return Outcome.FAIL, f"{self.query!r} returns no sample"
        return Outcome.PASS, f"{self.query!r} returns {len(result)} samples"


def written_checks(health: Health | None) -> tuple[Probe, ...]:
    """The probes of spec.health.http and spec.health.promql, each asked once a round."""
    if health is None:
        return ()
    pages = [
        (f"http/{one.name}", PageCheck(_question(one.url), one.url, one.status or _OK))
        for one in health.http or ()
    ]
    queries = [
        (f"promql/{one.name}", QueryCheck(_query(one.url, one.query), one.url, one.query))
        for one in health.promql or ()
    ]
    checks: list[tuple[str, PageCheck | QueryCheck]] = [*pages, *queries]
    return tuple(
        Probe(name, Subject.SERVICE, urlsplit(check.url).hostname or "", check) for name, check in checks
    )


def judge_written(probe: Probe, answer: object) -> tuple[Outcome, str] | None:
    """The verdict on a probe of `written_checks`; None for the addon's own."""
    if not isinstance(probe.question, PageCheck | QueryCheck):
        return None
    if not isinstance(answer, HttpAnswer):
        raise TypeError(f"not an answer of the HTTP prober: {answer!r}")
    outcome, message = probe.question.judge(answer)
    return outcome, f"{probe.id}: {message}"


def _question(url: str, path: str | None = None) -> HttpQuestion:
    parts = urlsplit(url)
    own = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
    return HttpQuestion(parts.port or _PORTS[parts.scheme], path or own, parts.scheme)


def _query(url: str, query: str) -> HttpQuestion:
    prefix = urlsplit(url).path.rstrip("/")
    return _question(url, f"{prefix}/api/v1/query?query={quote(query, safe='')}")


def _parsed(body: str) -> Mapping[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
