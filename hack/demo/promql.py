"""What the real Prometheus of the demo knows: rollout metrics, the dashboard's queries, and its own past."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
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
    """A Prometheus server; `get` fetches a path of it and returns the parsed body."""

    get: Callable[[str], Any]

    def instant(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """The samples of an expression now, or at a time in seconds."""
        query = {"query": expression} | ({} if at is None else {"time": f"{at:.3f}"})
        return self._result(f"/api/v1/query?{urlencode(query)}")

    def value(self, expression: str) -> float:
        """The only value of an expression; 0 when it has none."""
        found = self.instant(expression)
        return float(found[0]["value"][1]) if found else 0.0

    def over(self, expression: str, start: float, end: float) -> list[dict[str, Any]]:
        """The series of an expression between two times in seconds."""
        query = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": _STEP_S}
        return self._result(f"/api/v1/query_range?{urlencode(query)}")

    def version(self) -> str:
        """The version that the server says it is."""
        return str(self.get("/api/v1/status/buildinfo")["data"]["version"])

    def silent(self, asked: Iterable[PanelQuery], start: float, end: float) -> Iterator[PanelQuery]:
        """Those of the queries that return nothing over that time, nor at its end, which no step may have met."""
        for query in asked:
            if not self.over(query.expression, start, end) and not self.instant(query.expression, at=end):
                yield query

    def _result(self, path: str) -> list[dict[str, Any]]:
        answer = self.get(path)
        if answer.get("status") != "success":
            raise ValueError(f"{path}: {answer.get('error')}")
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result


def dashboard_queries() -> tuple[PanelQuery, ...]:
    """Every query of the shipped dashboard."""
    return tuple(queries(json.loads(DASHBOARD.read_text())))
