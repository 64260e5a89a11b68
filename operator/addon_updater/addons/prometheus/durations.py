"""Durations as Prometheus writes them: 90s, 5m, 1h30m.

Source: ParseDuration in model/time.go of github.com/prometheus/common.
"""

from __future__ import annotations

import re
from typing import Final

_UNIT_SECONDS: Final = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "y": 31_536_000.0,
}
_PART: Final = re.compile(r"([0-9]{1,9})(ms|[smhdwy])")
_WHOLE: Final = re.compile(r"(?:[0-9]{1,9}(?:ms|[smhdwy]))+")


def seconds(text: str) -> float | None:
    """The length in seconds; None when the text is no duration."""
    if text == "0":
        return 0.0
    if _WHOLE.fullmatch(text) is None:
        return None
    return sum(int(number) * _UNIT_SECONDS[unit] for number, unit in _PART.findall(text))
