"""Which flags and features each release of Prometheus knows.

Source: cmd/prometheus/main.go of github.com/prometheus/prometheus at the tags of 2.37.0 to 3.16.0.
"""

from __future__ import annotations

from typing import Final

from addon_updater.api.versions import Version

FLAG_SINCE: Final = {
    "agent": "3.0.0",
    "alertmanager.drain-notification-queue-on-shutdown": "2.54.0",
    "alertmanager.notification-batch-size": "3.4.0",
    "auto-gomaxprocs": "3.0.0",
    "auto-gomemlimit": "3.0.0",
    "auto-gomemlimit.ratio": "2.50.0",
    "auto-gomemlimit.refresh-interval": "3.15.0",
    "config.auto-reload": "3.12.0",
    "config.auto-reload-interval": "3.0.0",
    "rules.max-concurrent-evals": "2.51.0",
    "scrape.name-escaping-scheme": "2.55.0",
    "storage.agent.checkpoint-batch-size": "3.12.0",
    "storage.agent.checkpoint-from-in-memory-series": "3.12.0",
    "storage.agent.wal-compression-type": "2.46.0",
    "storage.tsdb.allow-overlapping-compaction": "2.55.0",
    "storage.tsdb.block-reload-interval": "3.9.0",
    "storage.tsdb.delay-compact-file.path": "3.9.0",
    "storage.tsdb.delayed-compaction.max-percent": "3.0.0",
    "storage.tsdb.samples-per-chunk": "2.45.0",
    "storage.tsdb.wal-compression-type": "2.46.0",
    "web.enable-otlp-receiver": "3.0.0",
    "web.max-notifications-subscribers": "3.0.0",
    "web.remote-write-receiver.accepted-protobuf-messages": "2.54.0",
    "web.search.max-limit": "3.13.0",
    "write-documentation": "2.44.0",
}
FLAG_REMOVED: Final = {
    "alertmanager.timeout": "3.0.0",
    "scrape.name-escaping-scheme": "3.0.0",
    "storage.tsdb.allow-overlapping-blocks": "3.0.0",
    "storage.tsdb.retention": "3.0.0",
}


def flag_problem(name: str, target: Version) -> str | None:
    """Why a release does not know a flag that another one does; None when nothing is known against it."""
    since, removed = FLAG_SINCE.get(name), FLAG_REMOVED.get(name)
    if removed is not None and target >= Version.parse(removed):
        return f"is gone since {removed}"
    if since is not None and target < Version.parse(since):
        return f"exists only from {since} on"
    return None
