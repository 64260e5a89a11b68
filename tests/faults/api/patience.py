"""How much longer everything may take on a machine that has other things to do."""

from __future__ import annotations

import os

_AT_EASE = 3.0
"""Processes that want a processor, for each one there is: with so many a plan takes as long as with none."""


def patience() -> float:
    """What a wait is multiplied with; it makes no success slower. 1 at ease."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / _AT_EASE)
