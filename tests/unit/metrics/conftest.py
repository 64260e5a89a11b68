from collections.abc import Iterator

import pytest

from addon_updater import metrics


@pytest.fixture(autouse=True)
def nothing_shown() -> Iterator[None]:
    metrics.forget_releases()
    yield
    metrics.forget_releases()
