"""Reads a Corefile into its tree, following CoreDNS's parser step by step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NoReturn

from addon_updater.addons.coredns.corefile import Corefile, CorefileError, Option, Plugin, Server
from addon_updater.addons.coredns.lexer import Token, expand_environment, tokenize

# A ConfigMap holds 1 MiB, and during an update the old and the new text beside whatever else is in it.
_MAX_CHARACTERS: Final = 262_144
# CoreDNS 1.13.0 and later give up here; earlier ones never return.
_MAX_EXPANSIONS: Final = 10_000
_MAX_EXPANDED_TOKENS: Final = 100_000


def parse(text: str, *, environment: Mapping[str, str] | None = None) -> Corefile:
    """Parse a Corefile. `environment` fills in `{$NAME}`; an unknown variable stays as it is written.

    Raises:
        CorefileError: CoreDNS would refuse the text, or it uses braces in a way that only works by accident.
    """
    if len(text) > _MAX_CHARACTERS:
        problem = f"it is longer than {_MAX_CHARACTERS} characters"
        raise CorefileError(problem, token=None, remedy="move zones into files of their own")
    return _parse(text, tuple(sorted((environment or {}).items())))


# One pass over a release reads the same text several times; the result is immutable.
@lru_cache(maxsize=32)
def _parse(text: str, environment: tuple[tuple[str, str], ...]) -> Corefile:
    return _Parser(text, dict(environment)).corefile()


class _Parser:
    """One pass over the tokens. A snippet's tokens are pushed back where it is imported."""

    def __init__(self, text: str, environment: Mapping[str, str]) -> None:
        self._text = text
        self._environment = environment
        self._ahead = list(tokenize(text))[::-1]
        self._last: Token | None = None
        self._snippets: dict[str, list[Token]] = {}
        self._file_imports: list[Token] = []
        self._expansions = 0
        self._expanded_tokens = 0

    def corefile(self) -> Corefile:
        servers: list[Server] = []
        while self._ahead:
            addresses = self._addresses()
            if not addresses:
                continue
            if _is_snippet(addresses) and self._ahead:
                self._define_snippet(addresses[0])
            else:
                servers.append(self._server(addresses))
        return Corefile(self._text, tuple(servers), tuple(self._file_imports))

    def _addresses(self) -> list[Token]:
        addresses: list[Token] = []
        expecting = began = False
        while token := self._peek():
            on_new_line = token.starts_line_after(self._last)
            if began and not expecting and on_new_line:
                break
            if token.text == "import" and on_new_line:
                self._import()
                continue
            if token.text == "{":
                if expecting or not addresses:
                    self._fail("an address is missing before '{'", token, "write the zone, or drop the comma")
                break
            if token.text == "}":
                self._fail("unexpected '}'", token, "remove it; no block is open here")
            address = self._take()
            if address.text == ",":
                self._fail("an address is missing before ','", address, "write the zone, or drop the comma")
            began = True
            expecting = address.text.endswith(",")
            if address.text:
                addresses.append(_without_comma(address))
        if expecting:
            self._fail("the file ends after a comma", self._last, "write another address, or drop the comma")
        return addresses

    def _define_snippet(self, header: Token) -> None:
        name = header.text[1:-1]
        if name in self._snippets:
            self._fail(f"snippet ({name}) is defined twice", header, "rename one of them")
        if any(pattern.text == name for pattern in self._file_imports):
            self._fail(f"snippet ({name}) is imported above its definition", header, "move it to the top")
        if self._ahead[-1].text != "{":
            self._fail(f"snippet ({name}) has no block", header, "open its block with '{'")
        self._snippets[name] = self._balanced(self._take(), f"snippet ({name})")

    def _server(self, addresses: list[Token]) -> Server:
        opening = self._peek()
        braced = opening is not None and opening.text == "{"
        if braced:
            self._take()
        imports_before = len(self._file_imports)
        plugins: list[Plugin] = []
        while token := self._peek():
            if token.text == "}":
                self._take()
                break
            if token.text == "import":
                self._import()
            else:
                plugins.append(self._plugin())
        else:
            # CoreDNS takes the last plugin's brace for the block's own, so a text that ends with one is loaded.
            if braced and (self._last is None or self._last.text != "}"):
                self._fail("the server block is never closed", addresses[0], "add '}' on a line of its own")
        return Server(tuple(addresses), tuple(plugins), opaque=len(self._file_imports) > imports_before)

    def _plugin(self) -> Plugin:
        words = [self._take()]
        if words[0].text == "{":
            self._fail("'{' does not follow a plugin", words[0], "put it on the line of the plugin")
        while (token := self._peek()) and token.continues(words[-1]) and token.text != "{":
            if token.text == "}":
                self._fail("unexpected '}'", token, "put it on a line of its own")
            words.append(self._take())
        if token is None or token.text != "{":
            return Plugin(tuple(words))
        if not token.continues(words[-1]):
            self._fail("'{' stands below its plugin", token, f"put it on the line of '{words[0].text}'")
        return self._plugin_block(words)

    def _plugin_block(self, words: list[Token]) -> Plugin:
        opening = self._take()
        imports_before = len(self._file_imports)
        options: list[Option] = []
        while token := self._peek():
            if token.text == "}":
                closing = self._take()
                break
            if token.text == "import" and token.starts_line_after(self._last):
                self._import()
            else:
                options.append(self._option())
        else:
            self._fail(
                f"the block of '{words[0].text}' is never closed", opening, "add '}' on a line of its own"
            )
        following = self._peek()
        if following and following.continues(closing):
            self._fail(
                f"'{following.text}' follows '}}' on its line", following, "put it on a line of its own"
            )
        opaque = len(self._file_imports) > imports_before
        return Plugin(tuple(words), tuple(options), opening, closing, opaque=opaque)

    def _option(self) -> Option:
        words = [self._take()]
        if words[0].text == "{":
            self._fail("'{' does not follow an option", words[0], "put it on the line of the option")
        while (token := self._peek()) and token.continues(words[-1]) and token.text != "{":
            if token.text == "}":
                self._fail(
                    f"'}}' is read as an argument of '{words[0].text}'", token, "put it on a line of its own"
                )
            words.append(self._take())
        if token is None or token.text != "{":
            return Option(tuple(words))
        return Option(tuple(words), tuple(self._balanced(self._take(), f"'{words[0].text}'")))

    def _balanced(self, opening: Token, owner: str) -> list[Token]:
        """The raw tokens up to the brace that closes `opening`."""
        body: list[Token] = []
        depth = 1
        while depth:
            if not self._ahead:
                self._fail(f"the block of {owner} is never closed", opening, "add '}' on a line of its own")
            token = self._take()
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if depth:
                body.append(token)
        return body

    def _import(self) -> None:
        """Replace an import of a snippet by its tokens; remember an import of files."""
        before = self._last
        keyword = self._take()
        pattern = self._peek()
        if pattern is None or not pattern.continues(keyword) or not pattern.text:
            self._fail("import names nothing", keyword, "name a snippet, a file or a glob pattern")
        pattern = self._take()
        following = self._peek()
        if following and following.continues(pattern):
            self._fail("import takes one argument", following, "use one import line for each")
        body = self._snippets.get(pattern.text)
        if body is None:
            self._file_imports.append(pattern)
            return
        self._expansions += 1
        self._expanded_tokens += len(body)
        if self._expansions > _MAX_EXPANSIONS or self._expanded_tokens > _MAX_EXPANDED_TOKENS:
            self._fail(f"snippet ({pattern.text}) imports itself, or too much", keyword, "break the cycle")
        self._ahead.extend(reversed(body))
        self._last = before

    def _peek(self) -> Token | None:
        return self._ahead[-1] if self._ahead else None

    def _take(self) -> Token:
        token = self._ahead.pop()
        self._last = token
        text = expand_environment(token.text, self._environment)
        if text == token.text:
            return token
        return Token(text, token.start, token.end, token.line, token.column)

    def _fail(self, problem: str, token: Token | None, remedy: str) -> NoReturn:
        raise CorefileError(problem, token=token, remedy=remedy)


def _is_snippet(addresses: list[Token]) -> bool:
    return len(addresses) == 1 and addresses[0].text.startswith("(") and addresses[0].text.endswith(")")


def _without_comma(address: Token) -> Token:
    if not address.text.endswith(","):
        return address
    return Token(address.text[:-1], address.start, address.end - 1, address.line, address.column)
