"""An event loop whose clock jumps: a test of minutes takes milliseconds, and the same ones every time."""

import asyncio
import functools
import selectors
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


class _Selector(selectors.DefaultSelector):
    skipped = 0.0

    def select(self, timeout=None):
        assert timeout is not None, "everybody waits and nobody is ever going to wake them"
        if not (ready := super().select(0)):
            self.skipped += timeout
        return ready


class FakeTimeLoop(asyncio.SelectorEventLoop):
    """Instead of waiting it moves its clock to the next timer."""

    def __init__(self) -> None:
        self._jumps = _Selector()
        super().__init__(self._jumps)

    def time(self) -> float:
        return 1000.0 + self._jumps.skipped


def in_fake_time(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test in a loop of its own whose clock jumps."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        with asyncio.Runner(loop_factory=FakeTimeLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> datetime:
    """What cluster.clock answers in these tests: the loop's clock."""
    return START + timedelta(seconds=asyncio.get_running_loop().time())
