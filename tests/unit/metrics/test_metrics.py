import re
from pathlib import Path

import pytest

from addon_updater import metrics

DOCUMENT = Path(__file__).parents[3] / "docs/metrics.md"
ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<type>\w+) \|(?P<labels>[^|]*)\| (?P<meaning>[^|]+) \|$", re.MULTILINE
)
DNS = ("kube-system", "dns", "coredns")


@pytest.fixture(autouse=True)
def clean() -> None:
    metrics.forget_releases()


def test_the_document_lists_exactly_the_metrics_with_their_types_and_labels():
    documented = {
        row["name"]: (
            row["type"],
            tuple(label.strip() for label in row["labels"].split(",") if label.strip()),
        )
        for row in ROW.finditer(DOCUMENT.read_text())
    }
    existing = {
        collector._name + ("_total" if collector._type == "counter" else ""): (
            collector._type,
            tuple(collector._labelnames),
        )
        for collector in metrics.REGISTRY._collector_to_names
    }
    assert documented == existing


def test_a_release_shows_only_how_it_stands_now():
    metrics.show_release(DNS, version="1.11.3", target="1.12.1", conditions={"Ready": (1.0, "VersionFits")})
    metrics.show_release(DNS, version="1.12.1", target="", conditions={"Ready": (0.0, "VersionUnfit")})
    shown = [line for line in metrics.exposition().decode().splitlines() if 'name="dns"' in line]
    assert [line.partition("{")[0] for line in shown] == [
        "addon_updater_release_info",
        "addon_updater_release_condition",
    ]
    assert 'version="1.12.1"' in shown[0]
    assert shown[1].endswith(" 0.0")


@pytest.mark.parametrize(
    ("forget", "left"),
    [
        (lambda: metrics.forget_release("kube-system", "dns"), ["web"]),
        (lambda: metrics.forget_release("kube-system", "unknown"), ["dns", "web"]),
        (metrics.forget_releases, []),
    ],
    ids=["one", "one that was never shown", "all"],
)
def test_to_forget_a_release_leaves_the_others(forget, left):
    for name in ("dns", "web"):
        metrics.show_release(
            ("kube-system", name, name), version="1", target="", conditions={"Ready": (1.0, "VersionFits")}
        )
    forget()
    assert sorted(set(re.findall(r'name="(\w+)"', metrics.exposition().decode()))) == left
