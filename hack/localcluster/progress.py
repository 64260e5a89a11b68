"""How long a build still takes, judged by what the finished groups took against what was expected of them."""

from collections.abc import Mapping


class Estimate:
    """Remaining time of a list of groups; all times in seconds."""

    def __init__(self, expected: Mapping[str, float]) -> None:
        self._expected = dict(expected)
        self._taken: dict[str, float] = {}

    def finish(self, name: str, seconds: float) -> None:
        self._taken[name] = seconds

    def remaining(self, elapsed: float) -> float:
        """Seconds left after `elapsed`; never below zero.

        This machine's pace is taken against expected time over the finished groups. A running group that is
        already over its time counts with what its pace gives, that is nothing.
        """
        planned = sum(self._expected[name] for name in self._taken)
        spent = sum(self._taken.values())
        pace = spent / planned if planned else 1.0
        open_seconds = sum(seconds for name, seconds in self._expected.items() if name not in self._taken)
        return max(0.0, pace * open_seconds - (elapsed - spent))

    def text(self, elapsed: float) -> str:
        left = self.remaining(elapsed)
        if left < 1.0:
            return f"{_clock(elapsed)} so far, longer than expected"
        return f"{_clock(elapsed)} so far, about {_clock(left)} left"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"
