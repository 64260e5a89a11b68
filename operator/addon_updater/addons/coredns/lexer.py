"""Splits a Corefile into tokens exactly as CoreDNS's Caddy lexer does, and remembers where each one stands.

Source of the rules: github.com/coredns/caddy v1.1.1 to v1.1.4, caddyfile/lexer.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_BYTE_ORDER_MARK: Final = "\ufeff"
# Go's unicode.IsSpace, which differs from str.isspace: it knows no U+001C to U+001F. A carriage return is one
# too, but does not end a word.
_SPACE: Final = r"\t\n\v\f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BLANK: Final = re.compile(rf"(?:[{_SPACE}\r]+|#[^\n]*)*")
_BARE_WORD: Final = re.compile(rf"[^{_SPACE}#]+")
# A comment glued to a word ends at the next white space, not at the line's end: CoreDNS forgets that it was in
# a comment when white space completes the word (`a#b c` is the two words a and c).
_GLUED_COMMENT: Final = re.compile(rf"#[^{_SPACE}]*")
_QUOTED_WORD: Final = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ENVIRONMENT_REFERENCE: Final = re.compile(r"\{%([^%{}]+)%\}|\{\$([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a Corefile. `text` has no quotes; `start` and `end` are offsets into the file's text.

    `line` and `column` count from 1 and name the token's first character.
    """

    text: str
    start: int
    end: int
    line: int
    column: int

    @property
    def last_line(self) -> int:
        """The line on which the token ends; a quoted token may span several."""
        return self.line + self.text.count("\n")

    def continues(self, previous: Token) -> bool:
        """Whether this token is an argument of `previous`: it stands on the line where that one ends."""
        return self.line == previous.last_line

    def starts_line_after(self, previous: Token | None) -> bool:
        """Whether a new line began between `previous` and this token, in CoreDNS's sense."""
        return previous is None or previous.last_line < self.line


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of `text` in order; linear in its length, never fails."""
    position = len(_BYTE_ORDER_MARK) if text.startswith(_BYTE_ORDER_MARK) else 0
    line, line_start, counted = 1, position, position
    while (position := _skip(_BLANK, text, position)) < len(text):
        breaks = text.count("\n", counted, position)
        if breaks:
            line += breaks
            line_start = text.rindex("\n", counted, position) + 1
        counted = position
        if text[position] == '"':
            quoted, end = _quoted(text, position)
            if quoted is None:
                return
            word, resume = quoted, end
        else:
            word, end, resume = _bare(text, position)
        yield Token(word, position, end, line, position - line_start + 1)
        position = resume


def environment_references(word: str) -> tuple[str, ...]:
    """The variables that `word` takes from the environment, `{$NAME}` or `{%NAME%}`."""
    return tuple(match[1] or match[2] for match in _ENVIRONMENT_REFERENCE.finditer(word))


def expand_environment(word: str, environment: Mapping[str, str]) -> str:
    """`word` with the known variables filled in; an unknown one stays as it is written."""
    if "{" not in word:
        return word
    return _ENVIRONMENT_REFERENCE.sub(lambda match: environment.get(match[1] or match[2], match[0]), word)


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _quoted(text: str, start: int) -> tuple[str | None, int]:
    """The value behind the quote at `start` and where it ends; None when the file ends before there is any."""
    match = _QUOTED_WORD.match(text, start)
    content, end = (match[1], match.end()) if match else ("", len(text))
    value = _ESCAPE.sub(lambda escape: '"' if escape[1] == '"' else escape[0], content)
    closed = text.startswith('"', end)
    return (value, end + 1) if closed else (value or None, len(text))


def _bare(text: str, start: int) -> tuple[str, int, int]:
    """The word at `start`, where it ends, and where the next token may begin."""
    stop = _skip(_BARE_WORD, text, start)
    written = text[start:stop]
    return written.replace("\r", ""), start + len(written.rstrip("\r")), _skip(_GLUED_COMMENT, text, stop)
