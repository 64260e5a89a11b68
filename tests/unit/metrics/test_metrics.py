import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import ProcessCollector

from addon_updater import metrics

DOCUMENT = Path(__file__).parents[3] / "docs/metrics.md"
ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<type>\w+) \|(?P<labels>[^|]*)\| (?P<meaning>[^|]+) \|$", re.MULTILINE
)

Kind = tuple[str, tuple[str, ...]]


def existing() -> Iterator[tuple[str, Kind]]:
    for collector in metrics.REGISTRY._collector_to_names:
        if isinstance(collector, ProcessCollector):
            continue
        families = [collector] if hasattr(collector, "_labelnames") else collector.describe()
        for family in families:
            name = getattr(family, "_name", None) or family.name
            kind = getattr(family, "_type", None) or family.type
            yield name + ("_total" if kind == "counter" else ""), (kind, tuple(family._labelnames))


def test_the_document_lists_exactly_the_metrics_with_their_types_and_labels():
    documented = {
        row["name"]: (
            row["type"],
            tuple(label.strip() for label in row["labels"].split(",") if label.strip()),
        )
        for row in ROW.finditer(DOCUMENT.read_text())
    }
    assert documented == dict(existing())


def test_the_document_names_every_phase_with_its_number():
    text = DOCUMENT.read_text()
    assert [
        phase for phase, code in metrics.PHASE_CODES.items() if f"| `{phase}` | {code} |" not in text
    ] == []


def test_every_name_follows_the_conventions_of_prometheus():
    names = dict(existing())
    assert [name for name in names if not re.fullmatch(r"addon_updater_[a-z][a-z_]+", name)] == []
    assert [name for name in names if "time" in name and not name.endswith("_timestamp_seconds")] == []
