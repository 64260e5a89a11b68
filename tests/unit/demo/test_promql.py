"""How the demo asks a Prometheus, and what it takes for silence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboard.queries import PanelQuery
from demo.promql import Prometheus

SAMPLE = {"metric": {}, "value": [0, "5"]}


def server(known: dict[tuple[str, str], list[Any]], status: str = "success") -> Prometheus:
    """Answers an expression by its kind, `query` or `query_range`."""

    def get(paths: Sequence[str]) -> list[Any]:
        asked = [(urlsplit(path).path.rpartition("/")[2], parse_qs(urlsplit(path).query)) for path in paths]
        return [
            {"status": status, "data": {"result": known.get((kind, words["query"][0]), [])}, "error": "bad"}
            for kind, words in asked
        ]

    return Prometheus(get)


def panel(expression: str) -> PanelQuery:
    return PanelQuery("panel", "A", expression, is_instant=False)


@pytest.mark.parametrize("result, value", [([SAMPLE], 5.0), ([], 0.0)])
def test_a_value_is_the_first_sample_or_0(result: list[Any], value: float) -> None:
    assert server({("query", 'up{job="x"}'): result}).value('up{job="x"}') == value


@pytest.mark.parametrize(
    "known, is_silent",
    [
        ({("query_range", "up"): [{"values": [[0, "1"]]}]}, False),
        ({("query", "up"): [SAMPLE]}, False),
        ({("query", "other"): [SAMPLE]}, True),
    ],
    ids=["over the time", "only at its end", "never"],
)
def test_a_query_is_silent_when_it_returned_nothing_at_any_time(
    known: dict[tuple[str, str], list[Any]], *, is_silent: bool
) -> None:
    assert server(known).silent([panel("up")], 0, 60) == ([panel("up")] if is_silent else [])


def test_an_expression_that_is_refused_is_a_mistake_and_no_silence() -> None:
    with pytest.raises(ValueError, match="bad"):
        server({}, status="error").silent([panel("up{")], 0, 60)
