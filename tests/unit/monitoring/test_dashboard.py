"""The committed dashboard: generated, complete, and of a shape that every Grafana takes."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from addon_updater import metrics
from dashboard.__main__ import rendered
from dashboard.fields import PHASE_COLORS
from dashboard.model import WIDTH
from dashboard.queries import VARIABLES, panels, queries
from unit.metrics.exported import known_series

MONITORING = Path(__file__).parents[3] / "deploy/monitoring"
BOARD = json.loads((MONITORING / "dashboard/addon-rollout-status.json").read_text())
PANELS = list(panels(BOARD))
CORE = {"bargauge", "gauge", "stat", "state-timeline", "status-history", "table", "timeseries"}
KNOWN = known_series()

by_title = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


@pytest.mark.parametrize("name", list(rendered(MONITORING)))
def test_the_committed_file_is_what_is_generated(name):
    assert (MONITORING / name).read_text() == rendered(MONITORING)[name]


def test_the_model_is_the_one_that_old_and_new_servers_load():
    assert BOARD["schemaVersion"] == 39
    assert len(BOARD["uid"]) <= 40
    assert not BOARD["editable"]
    assert "__inputs" not in BOARD
    assert "id" not in BOARD


def test_every_id_is_used_once():
    ids = [panel["id"] for panel in BOARD["panels"]] + [
        panel["id"] for row in BOARD["panels"] if row["type"] == "row" for panel in row["panels"]
    ]
    assert [number for number, count in Counter(ids).items() if count > 1] == []
    assert min(ids) > 0


@by_title
def test_a_panel_says_what_it_shows_in_which_unit_from_which_source(panel):
    assert panel["type"] in CORE
    assert panel["title"]
    assert re.fullmatch(r"[A-Z].+\.", panel["description"])
    assert panel["fieldConfig"]["defaults"]["unit"]
    sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
    assert {source["uid"] for source in sources} == {"${datasource}"}
    references = [target["refId"] for target in panel["targets"]]
    assert references == sorted(set(references)) != []


def cells(panels):
    """Every cell of the grid that panels cover, as often as they do."""
    return Counter(
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    )


def test_panels_fill_the_grid_without_gap_or_overlap():
    covered = cells(BOARD["panels"])
    height = max(y for _, y in covered) + 1
    assert covered == Counter((x, y) for x in range(WIDTH) for y in range(height))


@pytest.mark.parametrize(
    "row",
    [panel for panel in BOARD["panels"] if panel["type"] == "row" and panel["collapsed"]],
    ids=lambda row: row["title"],
)
def test_a_collapsed_row_has_its_panels_inside_and_right_below_it(row):
    covered = cells(row["panels"])
    top, bottom = row["gridPos"]["y"] + 1, max(y for _, y in covered) + 1
    assert covered == Counter((x, y) for x in range(WIDTH) for y in range(top, bottom))


def test_a_dashboard_variable_is_defined_for_every_one_that_is_used_and_none_in_vain():
    defined = {variable["name"] for variable in BOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(BOARD)))
    assert {name for name in used if not name.startswith("__")} == defined
    assert used - {"datasource", "__all"} == set(VARIABLES)


@pytest.mark.parametrize("query", list(queries(BOARD)), ids=lambda query: f"{query.panel} {query.ref_id}")
def test_a_query_names_only_metrics_and_labels_that_the_operator_exports(query):
    assert "$" not in query.expression
    for name, matchers in re.findall(r"\b(addon_updater_\w+)(?:\{([^}]*)\})?", query.expression):
        assert set(re.findall(r"(\w+)\s*[=!]", matchers)) <= KNOWN[name]
    everything = {"alertname"}.union(*KNOWN.values())
    for labels in re.findall(r"\bby \(([^)]*)\)", query.expression):
        assert {label.strip() for label in labels.split(",")} <= everything


def test_every_metric_of_releases_and_attempts_is_shown_somewhere():
    shown = " ".join(query.expression for query in queries(BOARD))
    told = [name for name in KNOWN if re.match(r"addon_updater_(release|attempt|last_attempt)", name)]
    unused = {"addon_updater_attempt_duration_seconds_count", "addon_updater_attempt_duration_seconds_sum"}
    unused |= {"addon_updater_release_last_pass_timestamp_seconds"}
    assert {name for name in told if not re.search(rf"\b{name}\b", shown)} == unused


def test_every_phase_has_a_color():
    assert list(PHASE_COLORS) == list(metrics.Phase)
