"""How long a build still takes, judged by what is done against what was expected of it."""

from collections.abc import Mapping


class Estimate:
    """Remaining time of groups that are built side by side; all times in seconds since the start.

    The expected seconds are those of each group alone on the machine, so that their sum is the whole work.
    """

    def __init__(self, expected: Mapping[str, float]) -> None:
        self._expected = dict(expected)
        self._running: dict[str, float] = {}
        self._done: set[str] = set()
        self._pace = 1.0

    def begin(self, name: str, elapsed: float) -> None:
        self._running[name] = elapsed

    def finish(self, name: str, elapsed: float) -> None:
        """Take this machine's pace: elapsed time against the work that is done, running groups included."""
        begun = self._running.pop(name, 0.0)
        self._done.add(name)
        done = sum(self._expected[name] for name in self._done)
        beside = sum(
            min(self._expected[other], (elapsed - max(since, begun)) / 2)
            for other, since in self._running.items()
        )
        # A small group's time says little: what it shares with the big ones it may have built for them.
        if done >= sum(self._expected.values()) / 4:
            self._pace = elapsed / (done + beside)

    def remaining(self, elapsed: float) -> float:
        """Seconds left after `elapsed`; never below zero."""
        return max(0.0, self._pace * sum(self._expected.values()) - elapsed)

    def text(self, elapsed: float) -> str:
        left = self.remaining(elapsed)
        if left < 1.0:
            return f"{_clock(elapsed)} so far, longer than expected"
        return f"{_clock(elapsed)} so far, about {_clock(left)} left"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"
