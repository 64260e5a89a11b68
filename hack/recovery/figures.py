"""What was measured, and how it is told. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

TARGET_RATIO = 1.25
"""How much longer than a person's `kubectl rollout undo` a rollback may take at most."""


@dataclass(frozen=True)
class Back:
    """Seconds from knowing that a version is bad until the workload is told to run the old one, and until that serves."""

    told: float
    serves: float

    def __str__(self) -> str:
        return f"told after {self.told:.2f} s, serves after {self.serves:.2f} s"


@dataclass(frozen=True)
class Pair:
    """The two ways back, one after the other."""

    operator: Back
    kubectl: Back


def compared(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """The medians of both with their ranges, and how much longer the operator takes until the old version serves."""
    ours, theirs = [pair.operator for pair in pairs], [pair.kubectl for pair in pairs]
    ratio = statistics.median(one.serves for one in ours) / statistics.median(one.serves for one in theirs)
    verdict = "within" if ratio <= TARGET_RATIO else "ABOVE"
    return (
        *(
            f"{name}: told after {spread([one.told for one in way])}, serves after {spread([one.serves for one in way])}"
            for name, way in (("operator", ours), ("kubectl", theirs))
        ),
        f"ratio of the medians {ratio:.2f}, {verdict} the target of {TARGET_RATIO}",
    )


def spread(seconds: Sequence[float]) -> str:
    """The median and, between brackets, the least and the most."""
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"
