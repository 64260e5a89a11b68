"""Rule files: their expressions, and what an update does to them.

The expressions are searched, not parsed: what is found is told to a person, never edited. Sources: docs/migration.md
and CHANGELOG.md of github.com/prometheus/prometheus at v3.16.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from addon_updater.addons.prometheus.config_document import ANY, PrometheusConfigError, read_config
from addon_updater.addons.prometheus.durations import seconds
from addon_updater.addons.prometheus.versions import V3, crosses
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Finding, Severity

_HOLT_WINTERS: Final = re.compile(r"\bholt_winters\s*\(")
_WHOLE_NUMBER_LABEL: Final = (
    re.compile(r"\b(le|quantile)\s*!?=\s*([\"'`])\d+\2"),
    re.compile(r"\b(le|quantile)\s*[=!]~\s*([\"'`])(?:[^\"'`]*\|)?\(?\d+\)?(?:\|[^\"'`]*)?\2"),
)
_NEEDS_TWO_POINTS: Final = (
    r"\b(?:rate|increase|irate|delta|idelta|deriv|predict_linear|changes|resets)\s*\([^\[\]]*"
)
_SUBQUERY: Final = re.compile(_NEEDS_TWO_POINTS + r"\[\s*([0-9a-z]+)\s*:\s*([0-9a-z]*)\s*\]")
_RANGE: Final = re.compile(_NEEDS_TWO_POINTS + r"\[\s*([0-9a-z]+)\s*\]")
_COUNTED: Final = re.compile(r"\b(?:count|sum)_over_time\s*\([^\[\]]*\[\s*([0-9a-z]+)\s*\]")
_MIN_MAX_DURATION: Final = re.compile(r"\[[^\]]*\b(?:min|max)\s*\(")


@dataclass(frozen=True, slots=True)
class _Metric:
    """A metric of Prometheus itself that changed at a release."""

    since: Version
    pattern: re.Pattern[str]
    message: str
    remedy: str


_METRICS: Final = (
    _Metric(
        Version.parse("3.2.0"),
        re.compile(r"\b(prometheus_api_remote_read_queries|prometheus_remote_storage_read_queries_total)\b"),
        "is renamed in 3.2",
        "use prometheus_remote_read_handler_queries and prometheus_remote_read_client_queries_total as well",
    ),
    _Metric(
        Version.parse("3.10.0"),
        re.compile(r"\b(prometheus_notifications_(?:dropped_total|queue_length|queue_capacity))\b"),
        "has the label alertmanager from 3.10 on",
        "aggregate it with sum without(alertmanager)",
    ),
    _Metric(
        Version.parse("3.16.0"),
        re.compile(
            r"\b(prometheus_remote_storage_metadata_(?:total|failed_total|retried_total|bytes_total))\b"
        ),
        "is gone from remote write 2.0 queues in 3.16",
        "leave it out, or make the rule work without it",
    ),
)


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often the server scrapes and evaluates where nothing else is said, in seconds."""

    scrape: float
    evaluation: float


def check_rules(
    files: Mapping[str, str], *, running: Version, target: Version, intervals: Intervals
) -> tuple[Finding, ...]:
    """What the update does to the rules in these files, name to text."""
    found: list[Finding] = []
    for name, text in files.items():
        try:
            expressions = tuple(_expressions(text))
        except PrometheusConfigError as error:
            remedy = "correct the file; from 3.5 on it keeps Prometheus from starting"
            found.append(Finding("PrometheusRuleFile", Severity.BLOCK, f"rule file {name}: {error}", remedy))
            continue
        for line, expression in expressions:
            place = f"{name} line {line}"
            if crosses(V3, running, target):
                found += _semantics(expression, place, intervals)
            found += _renamed(expression, place, running, target)
    return tuple(found)


def _expressions(text: str) -> Iterator[tuple[int, str]]:
    """Each expression with its line, counted from 1."""
    for entry in read_config(text).entries("groups", ANY, "rules", ANY, "expr"):
        if isinstance(entry.value, yaml.ScalarNode):
            yield entry.line, entry.value.value


def _semantics(expression: str, place: str, intervals: Intervals) -> Iterator[Finding]:
    if _HOLT_WINTERS.search(expression):
        yield Finding(
            "PrometheusHoltWinters",
            Severity.BLOCK,
            f"{place}: 3.x has no function holt_winters and does not start with it",
            "take the rule out for the update; then write double_exponential_smoothing and set "
            "--enable-feature=promql-experimental-functions",
        )
    if any(pattern.search(expression) for pattern in _WHOLE_NUMBER_LABEL):
        yield _warn(
            "PrometheusBucketLabel",
            f"{place}: a whole number of label le or quantile matches nothing in 3.x, where it is written 1.0",
            'write le=~"1(\\\\.0)?", which matches in both',
        )
    for match in _SUBQUERY.finditer(expression):
        length = seconds(match[1])
        step = seconds(match[2]) if match[2] else intervals.evaluation
        if length is not None and step is not None and length < 2 * step:
            yield _warn(
                "PrometheusSubqueryTooShort",
                f"{place}: [{match[1]}:{match[2]}] holds one point in 3.x, and nothing can be told from one",
                f"make it longer by a step: at least {2 * step:g} s",
            )
    for match in _RANGE.finditer(expression):
        length = seconds(match[1])
        if length is not None and length < 2 * intervals.scrape:
            yield _warn(
                "PrometheusRangeTooShort",
                f"{place}: [{match[1]}] is shorter than two scrapes of {intervals.scrape:g} s and finds nothing in 3.x",
                f"make it four scrapes long: {4 * intervals.scrape:g} s",
            )
    for match in _COUNTED.finditer(expression):
        length = seconds(match[1])
        if length is not None and intervals.scrape and length % intervals.scrape == 0:
            yield Finding(
                "PrometheusRangeLeftOpen",
                Severity.INFO,
                f"{place}: [{match[1]}] no longer counts a sample on its left edge: n + 1 becomes n",
                "check a threshold that counts samples",
            )


def _renamed(expression: str, place: str, running: Version, target: Version) -> Iterator[Finding]:
    for metric in _METRICS:
        match = metric.pattern.search(expression) if crosses(metric.since, running, target) else None
        if match:
            yield _warn("PrometheusMetricChanged", f"{place}: {match[1]} {metric.message}", metric.remedy)
    if crosses(Version.parse("3.13.0"), running, target) and _MIN_MAX_DURATION.search(expression):
        yield _warn(
            "PrometheusDurationFunction",
            f"{place}: min() and max() between brackets are min_of() and max_of() from 3.13 on",
            "rename them together with the update",
        )


def _warn(rule: str, message: str, remedy: str) -> Finding:
    return Finding(rule, Severity.WARN, message, remedy)
