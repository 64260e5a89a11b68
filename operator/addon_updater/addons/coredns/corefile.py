"""A Corefile as a tree whose nodes know where they stand in the text, so that an edit touches nothing else.

The grammar is the one CoreDNS loads: server blocks of plugins of options, snippets and imports. Snippets are
expanded, so a plugin that came from one carries the offsets of the snippet. Source of the rules:
github.com/coredns/caddy v1.1.1 to v1.1.4, caddyfile/parse.go and dispenser.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from addon_updater.addons.coredns.lexer import Token
from addon_updater.errors import ParseError


class CorefileError(ParseError):
    """A Corefile that CoreDNS would not load, or that only loads by accident."""

    def __init__(self, problem: str, *, token: Token | None, remedy: str) -> None:
        self.line = token.line if token else 0
        self.column = token.column if token else 0
        self.token = token.text if token else ""
        self.remedy = remedy
        where = f"Corefile line {self.line}, column {self.column}" if token else "Corefile"
        super().__init__(f"{where}: {problem}; {remedy}")


@dataclass(frozen=True, slots=True)
class Option:
    """A line inside a plugin's braces. `body` are the raw tokens of a further, nested pair of braces."""

    tokens: tuple[Token, ...]
    body: tuple[Token, ...] = ()

    @property
    def name(self) -> str:
        return self.tokens[0].text

    @property
    def arguments(self) -> tuple[str, ...]:
        return tuple(token.text for token in self.tokens[1:])

    @property
    def line(self) -> int:
        return self.tokens[0].line


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin in a server block: its line, and the options between its braces.

    `opaque` is true when a file import stands among the options: there is more than the text shows.
    """

    tokens: tuple[Token, ...]
    options: tuple[Option, ...] = ()
    opening: Token | None = None
    closing: Token | None = None
    opaque: bool = False

    @property
    def name(self) -> str:
        return self.tokens[0].text

    @property
    def arguments(self) -> tuple[str, ...]:
        return tuple(token.text for token in self.tokens[1:])

    @property
    def line(self) -> int:
        return self.tokens[0].line

    def option(self, name: str) -> Option | None:
        """The first option of that name."""
        return next((option for option in self.options if option.name == name), None)

    def owns(self, option: Option) -> bool:
        """Whether the option is written inside this plugin's own braces, not brought in by a snippet."""
        return (
            self.opening is not None
            and self.closing is not None
            and self.opening.end <= option.tokens[0].start
            and option.tokens[-1].end <= self.closing.start
        )


@dataclass(frozen=True, slots=True)
class Server:
    """A server block: the addresses it answers for and its plugins, in the order of the text."""

    addresses: tuple[Token, ...]
    plugins: tuple[Plugin, ...]
    opaque: bool = False

    @property
    def line(self) -> int:
        return self.addresses[0].line

    @property
    def label(self) -> str:
        """The block's addresses as a person wrote them, for messages."""
        return " ".join(token.text for token in self.addresses)

    def named(self, *names: str) -> tuple[Plugin, ...]:
        """The plugins of these names, in the order of the text."""
        return tuple(plugin for plugin in self.plugins if plugin.name in names)


@dataclass(frozen=True, slots=True)
class Corefile:
    """A parsed Corefile. `text` is the input, unchanged; `file_imports` are imports of files, left as they are."""

    text: str
    servers: tuple[Server, ...]
    file_imports: tuple[Token, ...]

    def plugins(self, *names: str) -> Iterator[tuple[Server, Plugin]]:
        """Every plugin of these names (of any name, when none is given) with its server block."""
        for server in self.servers:
            for plugin in server.plugins:
                if not names or plugin.name in names:
                    yield server, plugin
