"""What was measured, and how it is told. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

TARGET_RATIO = 1.25
"""How much longer than a person's `kubectl rollout undo` a rollback may take at most."""


@dataclass(frozen=True)
class Pair:
    """Seconds from knowing that a version is bad until the old one serves, one after the other."""

    operator: float
    kubectl: float


def compared(pairs: Sequence[Pair]) -> str:
    """One line: the two medians with their ranges, and the ratio of the medians."""
    ours, theirs = [pair.operator for pair in pairs], [pair.kubectl for pair in pairs]
    ratio = statistics.median(ours) / statistics.median(theirs)
    verdict = "within" if ratio <= TARGET_RATIO else "ABOVE"
    return (
        f"operator {spread(ours)}, kubectl {spread(theirs)}, ratio {ratio:.2f} "
        f"({verdict} the target of {TARGET_RATIO})"
    )


def spread(seconds: Sequence[float]) -> str:
    """The median and, between brackets, the least and the most."""
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"
