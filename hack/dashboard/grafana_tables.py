"""What the tables of a dashboard show: Prometheus's answers put through Grafana's own transformations."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dashboard.model import Json
from dashboard.npm import installed
from dashboard.queries import panels
from localcluster.errors import BuildError
from localcluster.settings import Settings

SOURCES = Path(__file__).parent / "tables"

Answer = Sequence[Mapping[str, Any]]
"""The `result` of an instant query, as Prometheus has it."""
Rows = list[dict[str, Any]]


def tables(board: Json, answers: Mapping[tuple[str, str], Answer], settings: Settings) -> dict[str, Rows]:
    """The rows of every table by its title; a row has the titles of the columns.

    `answers` holds the answer to each query by the panel's title and the query's refId.

    Raises:
        MissingRequirementError: as `installed`.
        BuildError: as `installed`, or Grafana's code refuses a transformation.
    """
    modules = installed(SOURCES, settings)
    asked = {
        panel["title"]: {
            "transformations": panel["transformations"],
            "frames": [
                _frame(target["refId"], answers[panel["title"], target["refId"]], len(panel["targets"]))
                for target in panel["targets"]
            ],
        }
        for panel in panels(board)
        if panel["type"] == "table"
    }
    run = subprocess.run(
        ["node", SOURCES / "transform.cjs"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NODE_PATH": str(modules)},
    )
    if run.returncode != 0:
        raise BuildError(f"tables of the dashboard: {run.stderr}")
    shown: dict[str, Rows] = json.loads(run.stdout)
    return shown


def _frame(ref_id: str, answer: Answer, queries: int) -> Json:
    """An answer as Grafana's Prometheus data source makes it a table: time, a column per label, the value."""
    if not answer:
        return {"refId": ref_id, "fields": [], "length": 0}
    labels = sorted({label for series in answer for label in series["metric"]})
    columns = [("Time", "time", [1000 * series["value"][0] for series in answer])]
    columns += [(label, "string", [series["metric"].get(label, "") for series in answer]) for label in labels]
    value = "Value" if queries == 1 else f"Value #{ref_id}"
    columns.append((value, "number", [float(series["value"][1]) for series in answer]))
    fields = [
        {"name": name, "type": type_, "values": values, "config": {}} for name, type_, values in columns
    ]
    return {"refId": ref_id, "fields": fields, "length": len(answer)}
