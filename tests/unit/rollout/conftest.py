from __future__ import annotations

from collections.abc import Iterator

import pytest

from unit.rollout import remembering


@pytest.fixture(autouse=True, scope="session")
def remembered_answers() -> Iterator[None]:
    with remembering.remembered_answers():
        yield
