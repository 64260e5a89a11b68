"""What may happen in a plan and what may be expected of it, by name. Every module in happenings/ adds its own."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from faults.api.plan import Custom, Plan, PlanError
from faults.api.stories import STORIES
from faults.api.world import World

P = ParamSpec("P")
Happening = Callable[Concatenate[World, P], None]

_HAPPENINGS: dict[str, Callable[..., None]] = {}
_EXPECTATIONS: dict[str, Callable[..., None]] = {}


def happening(name: str) -> Callable[[Happening[P]], Happening[P]]:
    """Register what `events[].do` can name; its keyword arguments are the event's `with`."""
    return _registrar(_HAPPENINGS, name)


def expectation(name: str) -> Callable[[Happening[P]], Happening[P]]:
    """Register what `expect.end.custom` can name: it waits by `world.wait` and fails by AssertionError."""
    return _registrar(_EXPECTATIONS, name)


def perform(world: World, name: str, arguments: Mapping[str, Any]) -> None:
    """Let it happen."""
    load()
    _HAPPENINGS[name](world, **arguments)


def await_expected(world: World, custom: Custom) -> None:
    """Wait for an expectation."""
    load()
    _EXPECTATIONS[custom.custom](world, **custom.with_)


@functools.cache
def load() -> None:
    """Import every module that registers something."""
    for path in sorted((Path(__file__).parent / "happenings").glob("*.py")):
        importlib.import_module(f"faults.api.happenings.{path.stem}")


def check(plan: Plan) -> None:
    """Whether everything that a plan names exists and takes its arguments.

    Raises:
        PlanError: it does not.
    """
    load()
    if plan.story not in STORIES:
        raise PlanError(f"{plan.name}: story: {plan.story!r} is not known; known are {', '.join(STORIES)}")
    for number, event in enumerate(plan.events):
        _check_call(f"{plan.name}: events.{number}", _HAPPENINGS, event.do, event.with_)
    end = plan.expect.end
    if isinstance(end, Custom):
        _check_call(f"{plan.name}: expect.end", _EXPECTATIONS, end.custom, end.with_)


def _registrar(registry: dict[str, Callable[..., None]], name: str) -> Callable[[Happening[P]], Happening[P]]:
    def register(function: Happening[P]) -> Happening[P]:
        if name in registry:
            raise ValueError(f"{name} is registered twice")
        registry[name] = function
        return function

    return register


def _check_call(
    where: str, registry: Mapping[str, Callable[..., None]], name: str, arguments: Mapping[str, Any]
) -> None:
    if name not in registry:
        raise PlanError(f"{where}: {name!r} is not known; known are {', '.join(sorted(registry))}")
    try:
        inspect.signature(registry[name]).bind(None, **arguments)
    except TypeError as error:
        raise PlanError(f"{where}: {name}: {error}") from error
