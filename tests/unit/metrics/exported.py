"""What the operator exports: name, type and labels of every metric but those of the process."""

from collections.abc import Iterator
from typing import NamedTuple

from prometheus_client import ProcessCollector

from addon_updater import metrics

TARGET_LABELS = {"job", "instance"}
_SUFFIXES = {
    "counter": {"": set()},
    "gauge": {"": set()},
    "histogram": {"_bucket": {"le"}, "_count": set(), "_sum": set()},
}


class Exported(NamedTuple):
    name: str
    type: str
    labels: tuple[str, ...]


def exported() -> Iterator[Exported]:
    for collector in metrics.REGISTRY._collector_to_names:
        if isinstance(collector, ProcessCollector):
            continue
        families = [collector] if hasattr(collector, "_labelnames") else collector.describe()
        for family in families:
            kind = getattr(family, "_type", None) or family.type
            name = getattr(family, "_name", None) or family.name
            yield Exported(name + ("_total" if kind == "counter" else ""), kind, tuple(family._labelnames))


def known_series() -> dict[str, set[str]]:
    """Every name as it is scraped, with the labels that a query may name."""
    return {
        metric.name + suffix: {*metric.labels, *more, *TARGET_LABELS}
        for metric in exported()
        for suffix, more in _SUFFIXES[metric.type].items()
    }
