"""prometheus.yml as a tree that knows where everything stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.addons.edit import apply
from addon_updater.addons.prometheus.config_document import (
    ANY,
    PrometheusConfigError,
    find,
    read_config,
)

MERGED = """\
scrape_configs:
  - &base
    job_name: a
    scheme: https
  - <<: *base
    job_name: b
"""
WORDS = st.text(st.sampled_from("ab1$ é😀"), min_size=1, max_size=6).map(str.strip).filter(bool)
QUOTES = st.sampled_from(["{0}", "'{0}'", '"{0}"', "&x{1} {0}", "!!str {0}"])
COMMENTS = st.sampled_from(["", "   # why: it's $1", " #"])


@pytest.mark.parametrize(
    "text", ["a: [", "a: b: c", "- a", "just words", "a: 1\n---\nb: 2\n", "\tx: 1", "[" * 5000]
)
def test_what_is_no_configuration_is_refused_with_a_reason(text):
    with pytest.raises(PrometheusConfigError, match=r"correct the YAML|no mapping|nested"):
        read_config(text)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_has_no_entries(text):
    assert list(read_config(text).entries("global", ANY)) == []


def test_a_path_finds_entries_in_lists_and_mappings_with_their_lines():
    document = read_config("a:\n  - b: 1\n  - c: 2\n  - b: 3\nd: {e: 4, f: 5}\n")

    assert [(entry.text, entry.line) for entry in document.entries("a", ANY, "b")] == [("1", 2), ("3", 4)]
    assert [entry.text for entry in document.entries("d", ANY)] == ["4", "5"]
    assert document.entry("a", "b") is None


def test_merged_keys_are_found_and_an_own_key_counts_first():
    document = read_config(MERGED)

    assert [entry.text for entry in document.entries("scrape_configs", ANY, "job_name")] == ["a", "b"]
    assert [entry.text for entry in document.entries("scrape_configs", ANY, "scheme")] == ["https", "https"]
    assert [find(job, "job_name").text for job in document.items("scrape_configs")] == ["a", "b"]


@pytest.mark.parametrize("text", ["x: &a [*a]", "x: &a {y: *a}", "x: &a {<<: *a}"])
def test_a_tree_that_contains_itself_ends(text):
    document = read_config(text)

    assert list(document.scalars()) == []
    assert len(list(document.entries("x", ANY, ANY))) <= 1


def test_aliases_that_double_at_every_level_are_walked_once():
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]

    assert len(list(read_config("\n".join(lines)).scalars())) == 2


@given(words=st.lists(st.tuples(WORDS, QUOTES, COMMENTS), min_size=1, max_size=5), mark=st.booleans())
def test_a_rewritten_word_changes_nothing_but_itself(words, mark):
    lines = [f"k{n}:   {quote.format(word, n)}{comment}\n" for n, (word, quote, comment) in enumerate(words)]
    text = ("\ufeff" if mark else "") + "".join(lines)
    document = read_config(text)

    for number, (word, quote, comment) in enumerate(words):
        edit = document.rewrite(document.entry(f"k{number}").value, "$", "$$")
        written = apply(text, [edit])
        changed = f"k{number}:   {quote.format(word.replace('$', '$$'), number)}{comment}\n"

        assert written == text.replace(lines[number], changed, 1)
        assert read_config(written).entry(f"k{number}").text == word.replace("$", "$$")


def test_a_word_that_is_written_with_an_escape_is_left_alone():
    document = read_config('a: "\\x24b"\n')

    assert document.rewrite(document.entry("a").value, "$", "$$") is None
