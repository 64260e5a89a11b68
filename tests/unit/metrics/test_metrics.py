import re
from pathlib import Path

from addon_updater import metrics
from unit.metrics.exported import exported

DOCUMENT = (Path(__file__).parents[3] / "docs/metrics.md").read_text()
ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<type>\w+) \|(?P<labels>[^|]*)\| (?P<meaning>[^|]+) \|$", re.MULTILINE
)


def test_the_document_lists_exactly_the_metrics_with_their_types_and_labels():
    documented = {
        (
            row["name"],
            row["type"],
            tuple(label.strip() for label in row["labels"].split(",") if label.strip()),
        )
        for row in ROW.finditer(DOCUMENT)
    }
    assert documented == set(exported())


def test_the_document_names_every_phase_with_its_number():
    rows = [f"| `{phase}` | {code} |" for phase, code in metrics.PHASE_CODES.items()]
    assert [row for row in rows if row not in DOCUMENT] == []


def test_every_name_follows_the_conventions_of_prometheus():
    names = [metric.name for metric in exported()]
    assert [name for name in names if not re.fullmatch(r"addon_updater_[a-z][a-z_]+", name)] == []
    assert [name for name in names if "time" in name and not name.endswith("_timestamp_seconds")] == []
