"""Every expression of the dashboard as Grafana would send it, for asking a real Prometheus and for checks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dashboard.model import Json

VARIABLES = {
    "job": ".+",
    "namespace": ".+",
    "addon": ".+",
    "__rate_interval": "5m",
    "__range": "1h",
}
"""Values that select everything, and spans that fit a short life."""

_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True, slots=True)
class PanelQuery:
    """One expression. `panel` is the panel's or the annotation's title; `is_instant` says how it is asked."""

    panel: str
    ref_id: str
    expression: str
    is_instant: bool


def queries(dashboard: Json, variables: Mapping[str, str] = VARIABLES) -> Iterator[PanelQuery]:
    """All expressions of panels, also of those in collapsed rows, and of annotations; variables replaced.

    Raises:
        KeyError: an expression uses a variable that has no value.
    """
    for panel in panels(dashboard):
        for target in panel["targets"]:
            expression = _replaced(target["expr"], variables)
            yield PanelQuery(panel["title"], target["refId"], expression, target["instant"])
    for annotation in dashboard["annotations"]["list"]:
        if target := annotation.get("target"):
            expression = _replaced(target["expr"], variables)
            yield PanelQuery(annotation["name"], target["refId"], expression, is_instant=False)


def panels(dashboard: Json) -> Iterator[Json]:
    """Every panel that is no row, from top to bottom."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def _replaced(expression: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables[match[1]], expression)
