"""Reads memory quantities of Kubernetes."""

from __future__ import annotations

import re
from typing import Final

_QUANTITY: Final = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>[kKMGTPE]i?|m)?")
_UNITS: Final[dict[str | None, float]] = {
    None: 1.0,
    "m": 1e-3,
    **{unit: 1e3 ** (n + 1) for n, unit in enumerate(("k", "M", "G", "T", "P", "E"))},
    **{unit: 1024.0 ** (n + 1) for n, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))},
}


def mebibytes(text: str) -> float | None:
    """The size in MiB; None for a text that is no quantity."""
    found = _QUANTITY.fullmatch(text)
    if found is None or found["unit"] not in _UNITS:
        return None
    return float(found["number"]) * _UNITS[found["unit"]] / 1024.0**2
