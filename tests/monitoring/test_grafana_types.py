"""The dashboard before Grafana's own types, of the oldest release that must load it and of the newest."""

import pytest

from dashboard import build
from dashboard.grafana_types import SCHEMAS, complaints
from localcluster.settings import current_settings


def panel_of(board, type_):
    return next(panel for panel in board["panels"] if panel["type"] == type_)


@pytest.mark.parametrize("grafana", SCHEMAS)
def test_grafana_knows_every_field_of_the_dashboard(grafana):
    assert complaints(build(), grafana, current_settings()) == ""


def _misspelt_field(board):
    board["refreshEvery"] = "30s"


def _misspelt_option(board):
    panel_of(board, "state-timeline")["options"]["mergeValue"] = True


def _removed_panel_type(board):
    panel_of(board, "stat")["type"] = "graph"


def _wrong_word(board):
    panel_of(board, "timeseries")["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "dots"


def _text_for_a_number(board):
    panel_of(board, "table")["gridPos"]["w"] = "12"


@pytest.mark.parametrize(
    "break_it",
    [_misspelt_field, _misspelt_option, _removed_panel_type, _wrong_word, _text_for_a_number],
    ids=lambda break_it: break_it.__name__.strip("_"),
)
def test_a_broken_dashboard_does_not_go_unnoticed(break_it):
    board = build()
    break_it(board)
    assert "board.ts" in complaints(board, "13.2.3", current_settings())


def test_a_field_that_only_later_releases_know_does_not_go_unnoticed():
    board = build()
    panel_of(board, "stat")["options"]["percentChangeColorMode"] = "standard"
    assert "percentChangeColorMode" in complaints(board, "10.4.19", current_settings())
