"""What an update does to a configuration that loads in both releases, and what keeps it from starting.

Sources: docs/migration.md and CHANGELOG.md of github.com/prometheus/prometheus at v3.16.0.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import yaml

from addon_updater.addons.prometheus.config_document import (
    ANY,
    ConfigDocument,
    Entry,
    entries_at,
    find,
    mappings_at,
)
from addon_updater.addons.prometheus.durations import seconds
from addon_updater.addons.prometheus.rules import Intervals
from addon_updater.addons.prometheus.versions import V3, crosses
from addon_updater.api.versions import Version, VersionRange
from addon_updater.rollout.finding import Finding, Severity

_DISCOVERED: Final = timedelta(seconds=10)
"""Discovery hands its targets over every 5 seconds; the first hand-over may come too early for Kubernetes'."""
_LONGEST_PATIENCE: Final = timedelta(minutes=5)
_RETENTION_UNIT_BROKEN: Final = VersionRange.parse(">=3.8 <3.11")
_STALE_SERIES_BROKEN: Final = VersionRange.parse(">=3.10 <3.14")
_OUT_OF_ORDER_LOSS: Final = VersionRange.parse("<3.14")
_BIGGER_QUEUES: Final = Version.parse("2.44.0")
_REDIRECTS_DROP_CREDENTIALS: Final = Version.parse("3.13.0")
_HETZNER_DROPPED: Final = Version.parse("3.14.0")

_TARGET_WITHOUT_PORT: Final = re.compile(r"^([^:\[\]/]+|\[[^\]]+\])$")
_WHOLE_NUMBER: Final = re.compile(r"(^|[|(;])\d+([|);]|$)")
_HETZNER: Final = re.compile(r"__meta_hetzner_datacenter\b")
_CREDENTIALS: Final = (
    "authorization",
    "basic_auth",
    "oauth2",
    "bearer_token",
    "bearer_token_file",
    "http_headers",
)
_CLIENTS: Final = ("scrape_configs", "remote_write", "remote_read")
_QUEUE_SIZES: Final = ("max_samples_per_send", "max_shards", "capacity")


@dataclass(frozen=True, slots=True)
class Hop:
    """The update that a configuration is judged for."""

    running: Version
    target: Version

    def passes(self, border: Version) -> bool:
        """Whether it passes the release that brought a change."""
        return crosses(border, self.running, self.target)

    def enters(self, affected: VersionRange) -> bool:
        """Whether it goes into a range of releases from outside."""
        return self.target in affected and self.running not in affected


def check_config(document: ConfigDocument, hop: Hop, features: Collection[str]) -> tuple[Finding, ...]:
    """What a person should know or do. `document` is the text that the target gets."""
    found = [*_defects(document, hop), *_later_changes(document, hop)]
    if hop.passes(V3):
        found += _labels_and_ports(document, features)
        found += _changed_defaults(document)
    return tuple(found)


def intervals_of(document: ConfigDocument) -> Intervals:
    """The global intervals; one minute each where the file says nothing."""

    def interval(key: str) -> float:
        entry = document.entry("global", key)
        return seconds(entry.text or "") or 60.0 if entry else 60.0

    return Intervals(scrape=interval("scrape_interval"), evaluation=interval("evaluation_interval"))


def patience(document: ConfigDocument | None) -> timedelta:
    """Two of the longest scrapes and the throttle of service discovery: until then an answer may be a first one."""
    if document is None:
        return _DISCOVERED + timedelta(minutes=2)
    own = (
        seconds(entry.text or "") or 0.0
        for entry in document.entries("scrape_configs", ANY, "scrape_interval")
    )
    longest = max((intervals_of(document).scrape, *own))
    return min(_DISCOVERED + timedelta(seconds=2 * longest), _LONGEST_PATIENCE)


def sends(document: ConfigDocument) -> str | None:
    """The first setting by which a server acts on others; None when it only scrapes."""
    for path in (("remote_write",), ("alerting", "alertmanagers")):
        entry = document.entry(*path)
        if entry is not None and entry.is_set:
            return ".".join(path)
    return None


def _defects(document: ConfigDocument, hop: Hop) -> Iterator[Finding]:
    """Defects of the target that need a certain setting."""
    retention = document.entry("storage", "tsdb", "retention")
    if retention and retention.is_set and hop.target in _RETENTION_UNIT_BROKEN:
        yield _finding(
            retention,
            "PrometheusRetentionUnit",
            Severity.BLOCK if hop.enters(_RETENTION_UNIT_BROKEN) else Severity.WARN,
            f"in {hop.target} storage.tsdb.retention becomes a million times longer at a reload, and the disk fills",
            "choose 3.11 or newer, or set --storage.tsdb.retention.time instead",
        )
    threshold = document.entry("storage", "tsdb", "stale_series_compaction_threshold")
    if threshold and threshold.text not in {None, "", "0", "0.0"} and hop.target in _STALE_SERIES_BROKEN:
        yield _finding(
            threshold,
            "PrometheusStaleSeriesCompaction",
            Severity.BLOCK if hop.enters(_STALE_SERIES_BROKEN) else Severity.WARN,
            f"in {hop.target} stale_series_compaction_threshold loses data or lets the server crash",
            "remove the key, or choose 3.14 or newer",
        )
    window = document.entry("storage", "tsdb", "out_of_order_time_window")
    if window and seconds(window.text or "") and hop.target in _OUT_OF_ORDER_LOSS:
        yield _finding(
            window,
            "PrometheusOutOfOrderLoss",
            Severity.WARN,
            f"before 3.14, so in {hop.target}, a restart after a compaction may lose out-of-order samples",
            "choose 3.14 or newer",
        )


def _later_changes(document: ConfigDocument, hop: Hop) -> Iterator[Finding]:
    if hop.passes(_BIGGER_QUEUES):
        for client in document.items("remote_write"):
            if not any(find(client, "queue_config", size) for size in _QUEUE_SIZES):
                yield _warn(
                    client,
                    "PrometheusQueueDefaults",
                    "remote_write sends 2000 samples at once over up to 50 shards from 2.44 on; it was 500 and 200",
                    "set queue_config.max_samples_per_send, max_shards and capacity if the receiver needs it",
                )
    if hop.passes(_REDIRECTS_DROP_CREDENTIALS):
        for client in (one for kind in _CLIENTS for one in document.items(kind)):
            follow = find(client, "follow_redirects")
            if any(find(client, name) for name in _CREDENTIALS) and (not follow or follow.text != "false"):
                yield _warn(
                    client,
                    "PrometheusRedirectCredentials",
                    "from 3.13 on credentials are not sent to another host after a redirect",
                    "name the final host if the server redirects",
                )
    if hop.passes(_HETZNER_DROPPED) and _HETZNER.search(document.text):
        yield Finding(
            "PrometheusHetznerLabel",
            Severity.WARN,
            "__meta_hetzner_datacenter is gone for hcloud targets from 3.14 on",
            "use __meta_hetzner_hcloud_location",
        )


def _labels_and_ports(document: ConfigDocument, features: Collection[str]) -> Iterator[Finding]:
    for job in document.items("scrape_configs"):
        for entry in entries_at(job, "static_configs", ANY, "targets"):
            bare = [target for target in entry.words if _TARGET_WITHOUT_PORT.match(target)]
            if bare and "no-default-scrape-port" not in features:
                yield _finding(
                    entry,
                    "PrometheusTargetWithoutPort",
                    Severity.WARN,
                    f"label instance of {bare[0]} loses its port in 3.x",
                    f"write the port: {bare[0]}:80, or :443 with scheme https",
                )
        for relabeling in mappings_at(job, "metric_relabel_configs"):
            labels, regex = find(relabeling, "source_labels"), find(relabeling, "regex")
            concerned = labels is not None and {"le", "quantile"} & {*labels.words}
            if concerned and regex is not None and _WHOLE_NUMBER.search(regex.text or ""):
                yield _warn(
                    relabeling,
                    "PrometheusBucketRelabeling",
                    "le and quantile are written 1.0 in 3.x, so a whole number in this regex matches nothing",
                    r"write 1(\.0)? for 1",
                )


def _changed_defaults(document: ConfigDocument) -> Iterator[Finding]:
    jobs = list(document.items("scrape_configs"))
    unguarded = [job for job in jobs if find(job, "fallback_scrape_protocol") is None]
    if unguarded:
        yield Finding(
            "PrometheusContentType",
            Severity.WARN,
            f"{len(unguarded)} of {len(jobs)} scrape jobs have no fallback_scrape_protocol: in 3.x a target that "
            "answers without a Content-Type that Prometheus knows is down; the gate on targets rolls back then",
            "let the target say text/plain, or set fallback_scrape_protocol: PrometheusText0.0.4 after the update",
        )
    scheme = document.entry("global", "metric_name_validation_scheme")
    if jobs and scheme is None:
        yield Finding(
            "PrometheusUtf8Names",
            Severity.WARN,
            "3.x accepts every UTF-8 name: exporters of OpenTelemetry may send names with dots from now on",
            "set global.metric_name_validation_scheme: legacy, which 2.55 knows too, to keep the old names",
        )
    for client in document.items("remote_write"):
        if find(client, "enable_http2") is None:
            yield _warn(
                client,
                "PrometheusRemoteWriteHttp2",
                "remote_write uses HTTP/1.1 in 3.x unless it says enable_http2",
                "set enable_http2: true to keep HTTP/2; upstream recommends the new default",
            )


def _finding(entry: Entry, rule: str, severity: Severity, message: str, remedy: str) -> Finding:
    return Finding(rule, severity, f"line {entry.line}: {message}", remedy)


def _warn(node: yaml.Node, rule: str, message: str, remedy: str) -> Finding:
    return Finding(rule, Severity.WARN, f"line {node.start_mark.line + 1}: {message}", remedy)
