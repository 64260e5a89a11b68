"""What came of the plans, for programs: a file that is whole after every plan, so an interrupted run keeps what it has."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from faults.api.play import Result
from localcluster.settings import REPOSITORY

WHOLE = REPOSITORY / "build" / "faults.json"
"""Every plan that there is; nothing but a run of all of them writes it."""
PART = REPOSITORY / "build" / "faults-part.json"
"""The plans that somebody chose."""


class Report:
    """The results so far, in the order of the plans."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self._path = path
        self._order = {name: number for number, name in enumerate(names)}
        self._results: list[Result] = []

    def add(self, result: Result) -> None:
        """Write one result more."""
        self._results.append(result)
        self._results.sort(key=lambda one: self._order[one.name])
        write_json(self._path, [_entry(one) for one in self._results])


def write_json(path: Path, document: Any) -> None:
    """Replace a file at once: whoever reads it meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(json.dumps(document, indent=1) + "\n")
    half.replace(path)


def _entry(result: Result) -> dict[str, Any]:
    return {
        "name": f"{result.row}/{result.name}",
        "faults": result.faults,
        "properties": result.properties,
        "result": "passed" if result.passed else f"failed: {'; '.join(result.problems)}",
        "seconds": result.seconds,
    }
