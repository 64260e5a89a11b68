import pytest

from addon_updater.cluster import clock
from unit.cluster import faketime


@pytest.fixture(autouse=True)
def wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock follows the loop's."""
    monkeypatch.setattr(clock, "now", faketime.now)
