"""The kinds of panels that the rows are made of, each with the options that fit it."""

from collections.abc import Sequence
from typing import Any

from dashboard.model import Json, Panel, Query

_REDUCE = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_LEGEND = {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []}
_NO_LEGEND = _LEGEND | {"showLegend": False}


def stat(*, text_mode: str = "auto", color_mode: str = "value", **panel: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """A number or a word."""
    return Panel(
        type="stat",
        options={
            "colorMode": color_mode,
            "graphMode": "none",
            "justifyMode": "center",
            "orientation": "auto",
            "reduceOptions": _REDUCE,
            "showPercentChange": False,
            "textMode": text_mode,
            "wideLayout": True,
        },
        **panel,
    )


def gauge(**panel: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """A share of a whole."""
    return Panel(
        type="gauge",
        options={
            "minVizHeight": 75,
            "minVizWidth": 75,
            "orientation": "auto",
            "reduceOptions": _REDUCE,
            "showThresholdLabels": False,
            "showThresholdMarkers": True,
            "sizing": "auto",
        },
        **panel,
    )


def bars(**panel: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """One horizontal bar for each series."""
    return Panel(
        type="bargauge",
        options={
            "displayMode": "basic",
            "maxVizHeight": 300,
            "minVizHeight": 16,
            "minVizWidth": 8,
            "namePlacement": "auto",
            "orientation": "horizontal",
            "reduceOptions": _REDUCE,
            "showUnfilled": True,
            "sizing": "auto",
            "valueMode": "color",
        },
        **panel,
    )


def lines(*, field: Json | None = None, stacked_bars: bool = False, **panel: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """Series over time; with `stacked_bars` counts per step."""
    custom = {
        "drawStyle": "bars" if stacked_bars else "line",
        "fillOpacity": 80 if stacked_bars else 10,
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"group": "A", "mode": "normal" if stacked_bars else "none"},
    }
    return Panel(
        type="timeseries",
        options={"legend": _LEGEND, "tooltip": {"mode": "multi", "sort": "desc"}},
        field={"custom": custom, "min": 0, **(field or {})},
        **panel,
    )


def timeline(*, field: Json, **panel: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """One band of states for each series."""
    return Panel(
        type="state-timeline",
        options={
            "alignValue": "left",
            "legend": _NO_LEGEND,
            "mergeValues": True,
            "rowHeight": 0.8,
            "showValue": "auto",
            "tooltip": {"mode": "single", "sort": "none"},
        },
        field={"custom": {"fillOpacity": 80, "lineWidth": 0}, **field},
        **panel,
    )


def history(*, field: Json, **panel: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """One cell for each series and moment."""
    return Panel(
        type="status-history",
        options={
            "colWidth": 0.9,
            "legend": _NO_LEGEND,
            "rowHeight": 0.8,
            "showValue": "never",
            "tooltip": {"mode": "single", "sort": "none"},
        },
        field={"custom": {"fillOpacity": 80, "lineWidth": 0}, **field},
        **panel,
    )


def table(*, field: Json | None = None, queries: Sequence[Query], **panel: Any) -> Panel:  # noqa: ANN401 - fields of Panel
    """Rows and columns."""
    return Panel(
        type="table",
        options={
            "cellHeight": "sm",
            "showHeader": True,
        },
        field={"custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}}
        | (field or {}),
        queries=queries,
        **panel,
    )
