"""Panels and rows as values, and the JSON that Grafana's classic model has for them.

The facts of the model are the types of npm @grafana/schema, which a test checks the result against.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from string import ascii_uppercase
from typing import Any

Json = dict[str, Any]

WIDTH = 24
"""Columns of Grafana's grid."""
DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}


class Shape(StrEnum):
    """What a query gives to its panel."""

    RANGE = "time_series"
    """Series over the time range."""
    NOW = "now"
    """One value of each series, the one of now."""
    TABLE = "table"
    """The same as a table: one row for each series, one column for each label."""


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression. `interval` is the smallest step, as in 1d; empty leaves it to Grafana."""

    expr: str
    legend: str = ""
    shape: Shape = Shape.RANGE
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `id` never changes, links and alerts point to it; `width` is in columns of the grid."""

    id: int
    type: str
    title: str
    description: str
    width: int
    queries: Sequence[Query]
    unit: str
    options: Json = field(default_factory=dict)
    field: Json = field(default_factory=dict)
    overrides: Sequence[Json] = ()
    transformations: Sequence[Json] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """Panels side by side, all of one height; their widths fill the grid."""

    height: int
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Row:
    """A titled part of the dashboard."""

    id: int
    title: str
    lines: Sequence[Line]
    is_collapsed: bool = False


def lay_out(rows: Sequence[Row]) -> list[Json]:
    """All rows below each other, as the classic model wants them.

    The panels of a collapsed row lie inside it, those of an open one beside it.
    """
    laid, y = [], 0
    for row in rows:
        header: Json = {
            "id": row.id,
            "type": "row",
            "title": row.title,
            "collapsed": row.is_collapsed,
            "gridPos": {"h": 1, "w": WIDTH, "x": 0, "y": y},
            "panels": [],
        }
        panels = list(_place(row.lines, y + 1))
        laid.append(header)
        if row.is_collapsed:
            header["panels"] = panels
            y += 1
        else:
            laid += panels
            y += 1 + sum(line.height for line in row.lines)
    return laid


def _place(lines: Sequence[Line], y: int) -> Iterator[Json]:
    for line in lines:
        x = 0
        for panel in line.panels:
            yield _panel(panel, {"h": line.height, "w": panel.width, "x": x, "y": y})
            x += panel.width
        y += line.height


def _panel(panel: Panel, position: Json) -> Json:
    return {
        "id": panel.id,
        "type": panel.type,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "gridPos": position,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, **panel.field},
            "overrides": list(panel.overrides),
        },
        "options": panel.options,
        "targets": [
            _target(ref_id, query) for ref_id, query in zip(ascii_uppercase, panel.queries, strict=False)
        ],
        "transformations": list(panel.transformations),
    }


def _target(ref_id: str, query: Query) -> Json:
    is_range = query.shape is Shape.RANGE
    target: Json = {
        "refId": ref_id,
        "datasource": DATASOURCE,
        "editorMode": "code",
        "expr": query.expr,
        "format": "table" if query.shape is Shape.TABLE else "time_series",
        "instant": not is_range,
        "range": is_range,
        "legendFormat": query.legend or "__auto",
    }
    return target | ({"interval": query.interval} if query.interval else {})
