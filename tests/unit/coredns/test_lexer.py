from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.addons.coredns.lexer import environment_references, expand_environment, tokenize


@pytest.mark.parametrize(
    "text, words",
    [
        ("", []),
        ("a b\tc\n", ["a", "b", "c"]),
        ("a # b c\nd", ["a", "d"]),
        ("#only a comment", []),
        ("foo#bar\nbaz", ["foo", "baz"]),
        ("foo#bar baz\n", ["foo", "baz"]),  # CoreDNS forgets the comment when white space ends the word
        ('"foo"#bar baz\nqux', ["foo", "qux"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("a\rb c", ["ab", "c"]),
        ("a\r#b\r\nc", ["a", "c"]),
        ("\ufeff. {", [".", "{"]),
        ('"a b" c', ["a b", "c"]),
        ('"a # b"', ["a # b"]),
        ('"a\nb"', ["a\nb"]),
        (r'"a \"b\" \n"', [r'a "b" \n']),
        ('""', [""]),
        ('"', []),
        ('"open', ["open"]),
        ('mid"dle quote"', ['mid"dle', 'quote"']),
        ('"a"b', ["a", "b"]),
        ("health{", ["health{"]),
        ("a\u00a0b\u2003c", ["a", "b", "c"]),
        ("a\x1cb", ["a\x1cb"]),
        ("\\\n", ["\\"]),
    ],
)
def test_words_are_split_as_coredns_splits_them(text, words):
    assert [token.text for token in tokenize(text)] == words


def test_tokens_know_their_place():
    tokens = list(tokenize('a\n  "b\nc" d # e\n\n f'))
    assert [(token.text, token.line, token.column, token.last_line) for token in tokens] == [
        ("a", 1, 1, 1),
        ("b\nc", 2, 3, 3),
        ("d", 3, 4, 3),
        ("f", 5, 2, 5),
    ]


@given(st.text(alphabet='a{}"#\\ \r\n\t\ufeff'))
def test_spans_are_ordered_and_hold_the_words(text):
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        written = text[token.start : token.end]
        assert written.startswith('"') or written.replace("\r", "") == token.text
        end = token.end


def test_variables_are_filled_in_where_they_are_known():
    assert environment_references("{$A}-{%B%}-{$}") == ("A", "B")
    assert expand_environment("{$A}-{%B%}-{$C}", {"A": "1", "B": "2"}) == "1-2-{$C}"
