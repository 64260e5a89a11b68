"""Catalogs that know the ledger: what breaks, where an update must stop, what cannot be read back."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from addon_updater.api.catalog import AddonEntry
from addon_updater.catalog import Catalog
from addon_updater.catalog.catalog import build

_EVERYWHERE = [{"kubernetes": "1.33 - 1.37", "level": "Tested", "source": "us"}]
_BREAKS = {"reason": "the format of its configuration changes", "source": "us"}


def release(version: str, **facts: Any) -> dict[str, Any]:
    """A release that is tested everywhere."""
    return {"version": version, "evidence": _EVERYWHERE} | facts


def breaking(version: str, **facts: Any) -> dict[str, Any]:
    """A release that can break a configuration."""
    return release(version, breaking=_BREAKS, **facts)


def stop(at: str, when: str = "Now") -> dict[str, Any]:
    """A version that must not be jumped over."""
    return {"id": f"over-{at}", "at": at, "when": when, "because": "it moves the data", "source": "us"}


def shelf(
    *releases: dict[str, Any],
    stops: Sequence[dict[str, Any]] = (),
    bounds: Sequence[dict[str, Any]] = (),
    advisories: Sequence[dict[str, Any]] = (),
    kind: str = "Deployment",
    risk: str = "Isolated",
) -> Catalog:
    """A catalog with these releases, newest first."""
    entry = {
        "name": "ledger",
        "risk": risk,
        "evidenceFloor": "Declared",
        "target": {"apiVersion": "apps/v1", "kind": kind, "name": "ledger", "container": "ledger"},
        "image": {"repository": "registry.example/books/ledger", "tag": "v{version}"},
        "sources": {"us": {"title": "Our own tests", "url": "https://example.com/tests"}},
        "kubernetes": [{"minor": f"1.{minor}"} for minor in (37, 36, 35, 34, 33)],
        "stops": list(stops),
        "bounds": list(bounds),
        "advisories": list(advisories),
        "releases": list(releases),
    }
    return build({"ledger": AddonEntry.model_validate(entry)}, where="a test")


@functools.cache
def small(kind: str = "Deployment") -> Catalog:
    """One step that breaks nothing."""
    return shelf(release("1.1.0"), release("1.0.0"), kind=kind)


@functools.cache
def one_way(kind: str = "Deployment") -> Catalog:
    """One step that breaks nothing and whose data the version before cannot read."""
    return shelf(release("1.1.0", rollbackFloor="1.1.0"), release("1.0.0"), kind=kind)


@functools.cache
def doors() -> Catalog:
    """A patch, a feature, and a major release that breaks and whose data the one before cannot read."""
    return shelf(
        breaking("2.0.0", rollbackFloor="2.0.0"), release("1.1.0"), release("1.0.1"), release("1.0.0")
    )


@functools.cache
def steps(kind: str = "Deployment") -> Catalog:
    """A patch, a feature, and two major releases that break; the first must not be jumped over."""
    return shelf(
        breaking("3.0.0"),
        breaking("2.0.0"),
        release("1.1.0"),
        release("1.0.1"),
        release("1.0.0"),
        stops=[stop("2.0.x")],
        kind=kind,
    )
