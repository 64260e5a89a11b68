"""The small texts that catalog documents are made of."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from addon_updater.api.text_rules import Written


def list_map(*keys: str) -> dict[str, Any]:
    """The markers of a list whose items the API server tells apart by these fields."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


def _as_text(value: object) -> object:
    """YAML reads an unquoted day as a date; on the wire it is text."""
    return value.isoformat() if isinstance(value, date) else value


VersionText = Annotated[
    str,
    Field(
        max_length=64,
        pattern=r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}([-+][0-9A-Za-z.+-]{1,32})?$",
        description="One exact version without a leading v, as in 1.12.1.",
    ),
]
RangeText = Annotated[str, Field(min_length=1, max_length=256)]
MinorText = Annotated[
    str,
    Field(
        max_length=8,
        pattern=r"^[0-9]{1,2}\.[0-9]{1,3}$",
        description="A Kubernetes minor, quoted, as in '1.34'.",
    ),
]
Day = Annotated[
    str,
    BeforeValidator(_as_text),
    Written("[0-9]{4}-[0-9]{2}-[0-9]{2}", "write a day as in 2026-03-06"),
    Field(max_length=10, description="A day, as in 2026-03-06."),
]
SourceKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=63,
        description="Key in `sources` of whoever states this fact.",
    ),
]
Statement = Annotated[str, Field(min_length=1, max_length=1024)]
