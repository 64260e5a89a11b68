"""What upstream has released: lists of versions as the Go module proxy and Grafana's release files write them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from addon_updater.api.versions import Minor, Version
from addon_updater.errors import VersionError
from refresh.errors import RefreshError

_FIRST_OF_3 = 300
"""Prometheus numbers its module v0.N for 2.N and v0.3NN for 3.NN. Source: RELEASE.md of prometheus/prometheus."""
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?")


@dataclass(frozen=True, slots=True)
class Upstream:
    """One release as upstream lists it."""

    version: Version
    released: str | None
    """The day (UTC), or None when the list does not say."""


def plain_module(tag: str) -> Version | None:
    """The version that a tag of a module names, as CoreDNS and Kubernetes write it; None for announced ones."""
    return _final(tag)


def prometheus_module(tag: str) -> Version | None:
    """The version of Prometheus behind a tag of its module, as v0.316.0 is 3.16.0 and v0.55.1 is 2.55.1."""
    tagged = _final(tag)
    if tagged is None or tagged.major != 0:
        return None
    if tagged.minor >= _FIRST_OF_3:
        return Version.parse(f"3.{tagged.minor - _FIRST_OF_3}.{tagged.patch}")
    return Version.parse(f"2.{tagged.minor}.{tagged.patch}")


def minors_in(listing: Iterable[str]) -> list[Minor]:
    """The minors that Kubernetes has released, newest first."""
    versions = (version for tag in listing if (version := plain_module(tag)) is not None)
    return sorted(
        {Minor(version.major, version.minor) for version in versions if version.major}, reverse=True
    )


def grafana_releases(text: str, *, where: str) -> list[Upstream]:
    """The releases in one of three JSON forms.

    They are release-data's `{"releases": {"13.2.0": {"date": "2026-08-18"}}}`, its older form without the outer key,
    `{"13.2.0": "2026-08-18"}`, and the list of GitHub's API, `[{"tag_name": "v13.2.0", "published_at": ...}]`, of
    which drafts and pre-releases are left out.

    Raises:
        RefreshError: it has none of these forms; `where` names the file.
    """
    try:
        content = json.loads(text)
        found = _from_github(content) if isinstance(content, list) else _from_release_data(content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        forms = "write release-data's grafana.json or GitHub's list of releases"
        raise RefreshError(f"{where}: no list of releases ({error}); {forms}") from error
    releases = ((_final(name), _day(when)) for name, when in found)
    return [Upstream(version, day) for version, day in releases if version is not None]


def _from_github(content: list[Any]) -> list[tuple[str, Any]]:
    final = (one for one in content if not (one.get("draft") or one.get("prerelease")))
    return [(one["tag_name"], one.get("published_at")) for one in final]


def _from_release_data(content: Mapping[str, Any]) -> list[tuple[str, Any]]:
    releases: Mapping[str, Any] = content.get("releases", content)
    return [(name, one.get("date") if isinstance(one, dict) else one) for name, one in releases.items()]


def _final(text: str) -> Version | None:
    """The version, if it is one, is final and is upstream's own build."""
    try:
        version = Version.parse(text)
    except VersionError:
        return None
    return None if version.prerelease or version.is_rebuild else version


def _day(when: object) -> str | None:
    match = _DAY.fullmatch(when) if isinstance(when, str) else None
    return match[1] if match else None
