"""Forms of texts that CEL and pydantic check alike; what CEL makes of them is tried on a real API server."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from addon_updater.api.meta import KubeModel, format_duration
from addon_updater.api.schema import structural_schema
from addon_updater.api.text_rules import DurationBetween, Written


class Sample(KubeModel):
    word: Annotated[str | None, Written("[a-z]+", "write a word"), Field(max_length=8)] = None
    span: Annotated[str | None, DurationBetween("1m", "7d"), Field(description="A span.")] = None
    short: Annotated[str | None, DurationBetween("0s", "2h")] = None


@pytest.mark.parametrize(
    "field, text, remedy",
    [
        ("word", "Word", "write a word"),
        ("word", "word\n", "write a word"),
        ("word", "", "write a word"),
        ("span", "", "write a duration as in 7d, 12h or 1h30m"),
        ("span", "1 day", "write a duration as in 7d, 12h or 1h30m"),
        ("span", "59s", "choose a duration between 1m and 7d"),
        ("span", "7d1s", "choose a duration between 1m and 7d"),
        ("short", "fast", "write a duration as in 1h30m, 10m or 90s"),
        ("short", "1d", "choose a duration between 0s and 2h"),
    ],
)
def test_a_text_of_another_form_is_refused_with_the_remedy_alone(field, text, remedy):
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({field: text})

    (error,) = refused.value.errors()
    assert (error["loc"], error["msg"]) == ((field,), f"Value error, {remedy}")


def test_what_fits_and_what_is_left_out_pass():
    sample = Sample.model_validate({"word": "word", "span": "1d12h"})

    assert (sample.word, sample.span, sample.short) == ("word", "1d12h", None)


@given(st.integers(0, 14 * 86400))
def test_exactly_the_spans_within_the_bounds_pass(seconds):
    text = format_duration(timedelta(seconds=seconds))
    try:
        accepted = Sample(span=text).span == text
    except ValidationError:
        accepted = False

    assert accepted == (60 <= seconds <= 7 * 86400)


def test_a_form_is_written_into_the_schema_with_its_remedy():
    word = structural_schema(Sample)["properties"]["word"]

    assert word == {
        "type": "string",
        "maxLength": 8,
        "x-kubernetes-validations": [{"rule": "self.matches('^([a-z]+)$')", "message": "write a word"}],
    }


def test_bounds_of_a_duration_are_written_into_the_schema_in_seconds():
    span = structural_schema(Sample)["properties"]["span"]
    form, bounds = span["x-kubernetes-validations"]

    assert (span["maxLength"], span["description"]) == (16, "A span.")
    assert form["message"] == "write a duration as in 7d, 12h or 1h30m"
    assert bounds["message"] == "choose a duration between 1m and 7d"
    assert re.findall(r"[<>]= (\d+)", bounds["rule"]) == ["60", "604800"]
