"""Pieces of field configuration: colors, words for numbers, columns of tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from addon_updater.metrics import GATE_CODES, PHASE_CODES, READINESS_CODES, Phase
from dashboard.model import Json

GREEN, YELLOW, ORANGE, RED, BLUE, PURPLE, GRAY = (
    "green",
    "yellow",
    "orange",
    "red",
    "blue",
    "purple",
    "#8e8e8e",
)

PHASE_COLORS = {
    Phase.IDLE: GREEN,
    Phase.UNKNOWN: GRAY,
    Phase.WAITING: "light-blue",
    Phase.PREPARING: "semi-dark-blue",
    Phase.CHECKING: "semi-dark-blue",
    Phase.REHEARSING: BLUE,
    Phase.BACKING_UP: "dark-blue",
    Phase.APPLYING: "dark-purple",
    Phase.PROGRESSING: PURPLE,
    Phase.SOAKING: "light-purple",
    Phase.ROLLING_BACK: ORANGE,
    Phase.BLOCKED: YELLOW,
    Phase.STALLED: RED,
}
RESULT_COLORS = {
    "Promoted": GREEN,
    "Superseded": BLUE,
    "Failed": YELLOW,
    "RolledBack": ORANGE,
    "RollbackFailed": RED,
}
_OUTCOME_COLORS = {"Fail": RED, "Unknown": GRAY, "Skipped": "light-blue", "Pass": GREEN}
_READINESS = {"Error": ("upgrade first", RED), "Unknown": ("unknown", GRAY)} | {
    "Warning": ("look first", YELLOW),
    "Passing": ("ready", GREEN),
}


def words(meanings: Mapping[str, tuple[str, str]]) -> list[Json]:
    """A value mapping: what is shown instead of a value, and its color."""
    options = {
        value: {"text": text, "color": color, "index": index}
        for index, (value, (text, color)) in enumerate(meanings.items())
    }
    return [{"type": "value", "options": options}]


PHASES_BY_CODE = words({str(code): (phase.value, PHASE_COLORS[phase]) for phase, code in PHASE_CODES.items()})
PHASES_BY_NAME = words({phase.value: (phase.value, color) for phase, color in PHASE_COLORS.items()})
RESULTS = words({result: (result, color) for result, color in RESULT_COLORS.items()})
GATES = words(
    {str(code): (outcome.value, _OUTCOME_COLORS[outcome.value]) for outcome, code in GATE_CODES.items()}
)
READINESS = words({str(code): _READINESS[verdict] for verdict, code in READINESS_CODES.items()})


def thresholds(base: str, *steps: tuple[float, str]) -> Json:
    """Colors by value: the base, then another from each value on."""
    return {
        "color": {"mode": "thresholds"},
        "thresholds": {
            "mode": "absolute",
            "steps": [
                {"color": base, "value": None},
                *({"color": color, "value": value} for value, color in steps),
            ],
        },
    }


def column(name: str, **properties: Any) -> Json:  # noqa: ANN401 - Grafana's properties have values of any kind
    """What one column, or series, has of its own; `custom__width=90` stands for the property custom.width."""
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()],
    }


def colored(name: str, mappings: Sequence[Json]) -> Json:
    """A column whose words have colors."""
    return column(name, mappings=list(mappings), custom__cellOptions={"type": "color-text"})


def series_colors(colors: Mapping[str, str]) -> list[Json]:
    """A fixed color for each series of that name."""
    return [column(name, color={"mode": "fixed", "fixedColor": color}) for name, color in colors.items()]


def columns(order: Mapping[str, str]) -> list[Json]:
    """Merge the queries of a table into one row per release; show these fields under these titles, no others."""
    return [
        {"id": "merge", "options": {}},
        {"id": "filterFieldsByName", "options": {"include": {"names": list(order)}}},
        {
            "id": "organize",
            "options": {
                "excludeByName": {},
                "indexByName": {name: index for index, name in enumerate(order)},
                "renameByName": dict(order),
            },
        },
    ]
