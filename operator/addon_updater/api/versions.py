"""Versions of addons, minors of Kubernetes and ranges over both, as values that compare by meaning.

Nobody writes versions the same way: `v1.11.3`, `1.11.3`, EKS's `v1.11.3-eksbuild.1`, AKS's `v1.12.1-14`,
VMware's `v1.9.3_vmware.8`, Grafana's `13.0.1+security-01`. SemVer reads the vendors' suffixes as pre-releases,
older than their base, which is wrong for every one of them: only -alpha, -beta and -rc announce a release that
is still to come. Any other suffix is kept as `build` and does not order, except Grafana's security number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache, total_ordering

from addon_updater.api.range_grammar import Alternative, read_alternatives
from addon_updater.api.reach import Reach, joined, left_of
from addon_updater.api.version_keys import (
    NUMBER,
    SUFFIX,
    Key,
    bounded,
    refuse,
    release_key,
    security_build,
    split_suffix,
    version_key,
)
from addon_updater.errors import VersionError

_NUMBERS = (re.compile(rf"v?{NUMBER}"), re.compile(rf"\.{NUMBER}"), re.compile(rf"\.{NUMBER}"))
_REST = re.compile(rf"(?:{SUFFIX})?$")
_MINOR = re.compile(rf"v?({NUMBER})\.({NUMBER})(?:\.{NUMBER})?\+?(?:{SUFFIX})?|({NUMBER})\+")
_PIN = re.compile(rf"={{0,2}}\s*(v?{NUMBER}\.{NUMBER}\.{NUMBER}(?:{SUFFIX})?)", re.ASCII)


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version of an addon.

    Two versions are equal when they order equally, so a vendor's rebuild equals its base: 1.11.3-eksbuild.1 is
    1.11.3, and a quarantine or a catalog entry of the one holds for the other. `build` tells them apart.
    """

    major: int
    minor: int
    patch: int
    prerelease: str | None
    """Identifier of a release still to come ("rc.1"), else None."""
    build: str | None
    """The vendor's suffix without its separator ("eksbuild.1", "14", "security-01"), else None."""
    key: Key = field(repr=False)
    written: str = field(repr=False)
    """The version without a leading v, the build behind a plus: 1.11.3+eksbuild.1."""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read one version with three numbers, an optional leading v and an optional suffix.

        Raises:
            VersionError: no such version; the message has the position of the mistake and the remedy.
        """
        return _parse_version(text)

    @property
    def base(self) -> str:
        """The upstream version without a vendor's suffix, as in 1.11.3 or 1.13.0-rc.1."""
        numbers = f"{self.major}.{self.minor}.{self.patch}"
        return f"{numbers}-{self.prerelease}" if self.prerelease else numbers

    @property
    def upstream(self) -> str:
        """As `base`, with Grafana's security number where there is one, as in 13.0.1+security-01."""
        security = security_build(self.build or "")
        return f"{self.base}+{security}" if security else self.base

    @property
    def is_rebuild(self) -> bool:
        """Whether a vendor built it: the suffix adds nothing to the order, so upstream has no such tag."""
        return self.build is not None and self.key[-1] == 0

    def __str__(self) -> str:
        return self.written

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: Version) -> bool:
        return self.key < other.key

    def __hash__(self) -> int:
        return hash(self.key)


# The same few texts come by in every pass, and a version never changes.
@lru_cache(maxsize=1024)
def _parse_version(text: str) -> Version:
    text = bounded("version", text.strip())
    end = _end_of_numbers(text)
    suffix = text[end:]
    prerelease, build = split_suffix(suffix)
    base = text[:end].removeprefix("v")
    try:
        key = version_key(f"{base}-{prerelease}" if prerelease else base, suffix)
    except ValueError:
        remedy = "write numbers without leading zeros as in 1.12.1 or 1.13.0-rc.1"
        raise refuse("version", text, 0, remedy) from None
    major, minor, patch = key[:3]
    name = f"{major}.{minor}.{patch}-{prerelease}" if prerelease else f"{major}.{minor}.{patch}"
    return Version(major, minor, patch, prerelease, build, key, f"{name}+{build}" if build else name)


def _end_of_numbers(text: str) -> int:
    """Where the suffix begins; the whole text is known to be well formed afterwards."""
    position = 0
    for pattern in (*_NUMBERS, _REST):
        match = pattern.match(text, position)
        if match is None:
            remedy = "write three numbers of at most nine digits as in 1.12.1"
            raise refuse("version", text, position, remedy)
        if pattern is _REST:
            break
        position = match.end()
    return position


@dataclass(frozen=True, slots=True, order=True)
class Minor:
    """A minor of Kubernetes, the unit in which compatibility is stated."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Minor:
        """Read "1.34", EKS's "34+", or a server's gitVersion as in "v1.33.6-eks-adc7111".

        Raises:
            VersionError: no such minor; the message has the remedy.
        """
        text = bounded("Kubernetes minor", text.strip())
        match = _MINOR.fullmatch(text)
        if match is None:
            raise refuse("Kubernetes minor", text, 0, "write major and minor as in 1.34")
        return cls(int(match[1] or 1), int(match[2] or match[3]))

    @property
    def key(self) -> Key:
        """The place of the minor's first release among versions; what ranges compare with."""
        return release_key((self.major, self.minor))

    def next(self) -> Minor:
        """The minor that a cluster is upgraded to from this one."""
        return Minor(self.major, self.minor + 1)

    def previous(self) -> Minor:
        """The minor before this one.

        Raises:
            VersionError: there is none before x.0.
        """
        if self.minor == 0:
            raise VersionError(f"there is no minor before {self}")
        return Minor(self.major, self.minor - 1)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A set of versions, or of Kubernetes minors, in the notation that Helm, Flux and npm share.

    Comparators `= != > < >= <= ~ ^`, wildcards `1.x` and `*`, spans `1.11 - 1.14`; a comma or a space means
    and, `||` means or. Pre-releases belong to a range only when one of its terms names one (`-0` names the
    lowest). Vendors' suffixes are of no account: `1.11.3` holds for 1.11.3-eksbuild.1.
    """

    text: str = field(compare=False)
    alternatives: tuple[Alternative, ...]
    pin: Version | None
    """The one version that this range names exactly, else None."""
    reach: Reach = field(compare=False, repr=False)
    """The same versions as spans of keys, for looking them up in a sorted list."""

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """Read a range.

        Raises:
            VersionError: the grammar is broken or an alternative is empty; the message has position and remedy.
        """
        return _parse_range(bounded("version range", text))

    def __contains__(self, value: Version | Minor) -> bool:
        announced = isinstance(value, Version) and value.prerelease is not None
        return any(one.holds(value.key, prerelease=announced) for one in self.alternatives)

    def overlaps(self, other: VersionRange) -> bool:
        """Whether some version could belong to both; single versions that a range leaves out are not looked at."""
        return any(
            max(one.span.low, two.span.low) < min(one.span.high, two.span.high)
            for one in self.alternatives
            for two in other.alternatives
        )

    def __str__(self) -> str:
        return self.text


# A catalog states the same few ranges hundreds of times, and a range never changes.
@lru_cache(maxsize=1024)
def _parse_range(text: str) -> VersionRange:
    alternatives = read_alternatives(text)
    return VersionRange(text.strip(), alternatives, _pin(text.strip(), alternatives), _reach(alternatives))


def _reach(alternatives: tuple[Alternative, ...]) -> Reach:
    left = [(one.prereleases, span) for one in alternatives for span in left_of(one.span, one.holes)]
    return Reach(joined(span for _, span in left), joined(span for named, span in left if named))


def _pin(text: str, alternatives: tuple[Alternative, ...]) -> Version | None:
    named = _PIN.fullmatch(text)
    if named is None:
        return None
    version = Version.parse(named[1])
    # A range reads -0 as the lowest pre-release, a version as a vendor's build.
    return version if version.key == alternatives[0].span.low else None
