"""What the real Prometheus of the demo knows: rollout metrics, the dashboard's queries, and its own past."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dashboard import queries
from dashboard.queries import PanelQuery

DASHBOARD = Path(__file__).parents[2] / "deploy" / "monitoring" / "dashboard" / "addon-rollout-status.json"
_STEP_S = 5


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus server; `get` fetches paths of it and returns their parsed bodies."""

    get: Callable[[Sequence[str]], Sequence[Any]]

    def instant(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """The samples of an expression now, or at a time in seconds."""
        return self._results([_instant(expression, at)])[0]

    def value(self, expression: str) -> float:
        """The only value of an expression; 0 when it has none."""
        found = self.instant(expression)
        return float(found[0]["value"][1]) if found else 0.0

    def version(self) -> str:
        """The version that the server says it is."""
        return str(self.get(["/api/v1/status/buildinfo"])[0]["data"]["version"])

    def silent(self, asked: Sequence[PanelQuery], start: float, end: float) -> list[PanelQuery]:
        """Those of the queries that return nothing over that time, nor at its end, which no step may have met."""
        over = self._results([_range(query.expression, start, end) for query in asked])
        at_end = self._results([_instant(query.expression, end) for query in asked])
        return [
            query for query, series, samples in zip(asked, over, at_end, strict=True) if not series + samples
        ]

    def _results(self, paths: Sequence[str]) -> list[list[dict[str, Any]]]:
        answers = self.get(paths)
        for path, answer in zip(paths, answers, strict=True):
            if answer.get("status") != "success":
                raise ValueError(f"{path}: {answer.get('error')}")
        return [answer["data"]["result"] for answer in answers]


def _instant(expression: str, at: float | None) -> str:
    query = {"query": expression} | ({} if at is None else {"time": f"{at:.3f}"})
    return f"/api/v1/query?{urlencode(query)}"


def _range(expression: str, start: float, end: float) -> str:
    query = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": _STEP_S}
    return f"/api/v1/query_range?{urlencode(query)}"


def dashboard_queries() -> tuple[PanelQuery, ...]:
    """Every query of the shipped dashboard."""
    return tuple(queries(json.loads(DASHBOARD.read_text())))
