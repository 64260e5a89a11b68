"""Pure functions of the operator that remember their answers: millions of passes ask them the same things."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from addon_updater.addons.coredns import addon, check, migrate, parser
from addon_updater.api.meta import parse_duration
from addon_updater.resolve import Resolution, resolve
from addon_updater.rollout import content, decision, engine, observed


@contextmanager
def remembered_answers() -> Iterator[None]:
    """While this holds, the same arguments are answered once."""
    with pytest.MonkeyPatch.context() as patch:
        parse = functools.lru_cache(maxsize=512)(parser.parse)
        for module in (addon, check, migrate):
            patch.setattr(module, "parse", functools.partial(_parsed, parse))
        patch.setattr(addon, "migrate", functools.lru_cache(maxsize=512)(migrate.migrate))
        patch.setattr(engine, "resolve", _resolved)
        patch.setattr(
            content.Content, "switches_like", functools.lru_cache(1024)(content.Content.switches_like)
        )
        patch.setattr(decision, "condition", functools.lru_cache(1024)(decision.condition))
        patch.setattr(observed, "parse_duration", functools.lru_cache(maxsize=64)(parse_duration))
        yield


def _parsed(parse: Any, text: str, *, environment: Any = None) -> Any:
    return parse(text) if environment is None else parser.parse(text, environment=environment)


_RESOLUTIONS: dict[Any, Resolution] = {}
_MOST = 2000
_ADDONS: dict[int, Any] = {}
"""Kept alive, so that no other one gets the same id."""


def _resolved(
    *, addon: Any, wish: Any, minors: Any, installed: Any, quarantined: Any, now: datetime
) -> Resolution:
    """A resolution depends on the time only through the least age of a release, which no World asks for."""
    assert not wish.min_release_age
    _ADDONS[id(addon)] = addon
    key = (id(addon), wish, minors, installed, tuple(sorted(quarantined.items())))
    if key not in _RESOLUTIONS:
        if len(_RESOLUTIONS) >= _MOST:
            # What failed is told with names of pods, so that new questions never end.
            _RESOLUTIONS.clear()
        _RESOLUTIONS[key] = resolve(
            addon=addon, wish=wish, minors=minors, installed=installed, quarantined=quarantined, now=now
        )
    return _RESOLUTIONS[key]
