"""Splits a Corefile into tokens exactly as CoreDNS's Caddy lexer does, and remembers where each one stands.

Source of the rules: github.com/coredns/caddy v1.1.1 to v1.1.4, caddyfile/lexer.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_BYTE_ORDER_MARK: Final = "\ufeff"
# Go's unicode.IsSpace, which differs from str.isspace: it knows no U+001C to U+001F.
_WHITESPACE: Final = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_ENVIRONMENT_REFERENCE: Final = re.compile(r"\{%([^%]+)%\}|\{\$([^}]+)\}")


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
    while (position := _skip_blank(text, position)) < len(text):
        breaks = text.count("\n", counted, position)
        if breaks:
            line += breaks
            line_start = text.rindex("\n", counted, position) + 1
        counted = position
        if text[position] == '"':
            word, end = _quoted(text, position)
            if word is None:
                return
            resume = end
        else:
            word, end = _bare(text, position)
            resume = _skip_glued_comment(text, end)
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


def _skip_blank(text: str, position: int) -> int:
    while position < len(text):
        if text[position] == "#":
            line_end = text.find("\n", position)
            position = len(text) if line_end < 0 else line_end
        elif text[position] in _WHITESPACE:
            position += 1
        else:
            break
    return position


def _quoted(text: str, start: int) -> tuple[str | None, int]:
    """The value behind the opening quote at `start`; None when the file ends before there is any."""
    value: list[str] = []
    position = start + 1
    while position < len(text):
        character = text[position]
        if character == '"':
            return "".join(value), position + 1
        if character == "\\" and position + 1 < len(text):
            following = text[position + 1]
            value.append(following if following == '"' else character + following)
            position += 2
            continue
        if character != "\\":
            value.append(character)
        position += 1
    return ("".join(value) or None), position


def _bare(text: str, start: int) -> tuple[str, int]:
    """The word at `start`; a carriage return is dropped from it without ending it."""
    position = start
    while position < len(text) and text[position] != "#":
        if text[position] in _WHITESPACE and text[position] != "\r":
            break
        position += 1
    end = position
    while text[end - 1] == "\r":
        end -= 1
    return text[start:end].replace("\r", ""), end


def _skip_glued_comment(text: str, position: int) -> int:
    """Where the next token may begin after a bare word.

    A comment glued to a word ends at the next white space, not at the line's end: CoreDNS forgets that it was
    in a comment when white space completes the word (`a#b c` is the two words a and c).
    """
    while position < len(text) and text[position] == "\r":
        position += 1
    if position < len(text) and text[position] == "#":
        while position < len(text) and (text[position] == "\r" or text[position] not in _WHITESPACE):
            position += 1
    return position
