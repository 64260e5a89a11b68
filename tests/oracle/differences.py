"""Where our ranges differ from Masterminds/semver on purpose: the table of docs/versions.md, with what it covers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

REFUSED, HOLDS, OUT = "refused", "holds", "does not hold"
"""What a library can answer about a range and a version."""

_OTHER_SUFFIX = re.compile(r"[0-9](?:_|[-+](?!(?:alpha|beta|rc)(?![A-Za-z])|security-))")
_LOWEST = re.compile(r"-0(?=$|[\s,|])")
_ANY = re.compile(r"(?:\^|<=|=<|\s-)\s*v?[xX*]")
_TILDE_ZERO = re.compile(r"~>?\s*v?0\.0\.0")
_PARTIAL = r"v?[0-9]+(?:\.[0-9]+)?(?:\.[xX*])*"
_BELOW_PARTIAL = re.compile(rf"(?:<|!=)\s*{_PARTIAL}(?:$|[\s,|])")
_NOT_LOWEST = re.compile(rf"!=\s*{_PARTIAL}-0")
_LONG_NUMBER = re.compile(r"[0-9]{10}")
_AFTER_SPAN = re.compile(r"\s-\s+[^\s,|<>=~^!]+[<>=~^!]")
_BESIDE_SPAN = re.compile(r"(?:[^\s,|]\s+|\|\|)v?[0-9xX*][^\s,|]*\s+-\s|\s-\s+[^\s,|]+\|\|[0-9xX*]")
_THREE_NUMBERS = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+(?![0-9.])")


@dataclass(frozen=True)
class Answer:
    """What we say about a range and a version; `why` is the message of a refusal."""

    verdict: str
    why: str = ""


@dataclass(frozen=True)
class Difference:
    """One row: an example with both answers, the reason, and which other pairs it explains."""

    range: str
    version: str
    ours: str
    theirs: str
    reason: str
    covers: Callable[[str, str, Answer], bool]
    both_ways: bool = False
    """Whether the answers may also differ the other way round."""

    def explains(self, wanted: str, version: str, ours: Answer, theirs: str) -> bool:
        """Whether the two differ about this pair as they do in the example, and for its reason."""
        if self.both_ways:
            alike = ours.verdict != theirs
        elif REFUSED in (self.ours, self.theirs):
            alike = (ours.verdict == REFUSED) == (self.ours == REFUSED) and ours.verdict != theirs
        else:
            alike = (ours.verdict, theirs) == (self.ours, self.theirs)
        return alike and self.covers(wanted, version, ours)


def _because(remedy: str) -> Callable[[str, str, Answer], bool]:
    return lambda _range, _version, ours: remedy in ours.why


def _written(pattern: re.Pattern[str]) -> Callable[[str, str, Answer], bool]:
    return lambda wanted, _version, _ours: pattern.search(wanted) is not None


DIFFERENCES = (
    Difference(
        ">=1.11 <1.15",
        "1.11.3-eksbuild.1",
        HOLDS,
        OUT,
        "A vendor's rebuild is no pre-release: only alpha, beta and rc announce a release still to come.",
        lambda wanted, version, _ours: any(
            _OTHER_SUFFIX.search(_LOWEST.sub("", text)) for text in (wanted, version)
        ),
        both_ways=True,
    ),
    Difference(
        ">13.0.1",
        "13.0.1+security-01",
        HOLDS,
        OUT,
        "Grafana's security builds come after their base; SemVer ignores what follows a plus.",
        lambda wanted, version, _ours: "security-" in wanted + version,
    ),
    Difference(
        "<1.15 >=1.14-0",
        "1.15.0-rc.1",
        OUT,
        HOLDS,
        "Who stays below a line, or leaves one out, does not mean its pre-releases either; npm reads it so too.",
        lambda wanted, version, _ours: "-" in version and _BELOW_PARTIAL.search(wanted) is not None,
    ),
    Difference(
        "!=1.14-0",
        "1.14.2",
        OUT,
        HOLDS,
        "Leaving out 1.14-0 leaves out the line 1.14 with its pre-releases, not only these.",
        _written(_NOT_LOWEST),
    ),
    Difference(
        "~0.0.0",
        "1.2.0",
        OUT,
        HOLDS,
        "~ always keeps major and minor; the other reads ~0.0.0 as any version.",
        _written(_TILDE_ZERO),
    ),
    Difference(
        "^*",
        "1.2.0",
        HOLDS,
        OUT,
        "^*, <=* and the end of a span at * set no limit, as the other documents for ^* but does not do.",
        _written(_ANY),
    ),
    Difference(
        "<1.11||1.12 - 1.14",
        "1.12.1",
        HOLDS,
        REFUSED,
        "A span stands beside a space or two bars as any term does; the other loses the separator.",
        _written(_BESIDE_SPAN),
    ),
    Difference(
        "==1.12.1",
        "1.12.1",
        HOLDS,
        REFUSED,
        "== is read as =; it is what Python's tools write.",
        _written(re.compile("==")),
    ),
    Difference(
        ">=1.15 <1.11",
        "1.12.1",
        REFUSED,
        OUT,
        "A side that no version can satisfy is a mistake, which must not look like a missing release.",
        _because("widen its bounds"),
    ),
    Difference(
        ">*",
        "1.12.1",
        REFUSED,
        HOLDS,
        "Newer than anything, older than anything and other than anything hold nothing.",
        _because("no version satisfies this"),
    ),
    Difference(
        "1.x.3",
        "1.12.1",
        REFUSED,
        HOLDS,
        "The other drops what follows a wildcard, so that the 3 would mean nothing.",
        _because("after a wildcard write only wildcards"),
    ),
    Difference(
        ">=1.12-rc.1",
        "1.12.1",
        REFUSED,
        HOLDS,
        "A pre-release belongs to one full version; only -0, the lowest of a line, may follow two numbers.",
        _because("write all three numbers before a suffix"),
    ),
    Difference(
        ">=1.09",
        "1.12.1",
        REFUSED,
        HOLDS,
        "SemVer has no leading zeros; 1.09 may be a slip for 1.0.9.",
        _because("without leading zeros"),
    ),
    Difference(
        "1.11 - 1.14!=1.12.0",
        "1.12.1",
        REFUSED,
        HOLDS,
        "Terms are joined by a comma or a space everywhere, after a span as well.",
        lambda wanted, _version, ours: "join two terms" in ours.why and bool(_AFTER_SPAN.search(wanted)),
    ),
    Difference(
        "<9999999999",
        "1.12.1",
        REFUSED,
        HOLDS,
        "A number has at most nine digits and a range 256 characters; more is a slip or an attack.",
        lambda wanted, _version, _ours: len(wanted) > 256 or _LONG_NUMBER.search(wanted) is not None,
    ),
    Difference(
        ">=1.11",
        "1.12",
        REFUSED,
        HOLDS,
        "A version has three numbers; a tag 1.12 is one that moves, and could be any of its patches.",
        lambda _range, version, _ours: _THREE_NUMBERS.match(version) is None,
    ),
)


def rows() -> list[str]:
    """The table as it stands in the page."""
    return [
        f"| `{one.range}` | `{one.version}` | {one.ours} | {one.theirs} | {one.reason} |"
        for one in DIFFERENCES
    ]
