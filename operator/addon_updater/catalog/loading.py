"""Reads catalog documents; the only place of the package that touches files, and only those of the package."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources

from pydantic import ValidationError

from addon_updater.api.catalog import AddonEntry
from addon_updater.catalog.catalog import Catalog, build
from addon_updater.catalog.documents import read_strictly, shape_problems
from addon_updater.errors import CatalogError
from addon_updater.safe_yaml import read_texts


@cache
def load_embedded() -> Catalog:
    """The catalog that comes with this version of the operator.

    Its files cannot change any more, so tests read them strictly and lint them, and no start does it again: that would
    take half of the time.

    Raises:
        CatalogError: a file has not the shape of an entry; cannot happen in a release, whose tests read the same files.
    """
    with _nothing_to_collect():
        return _load()


def _load() -> Catalog:
    entries = []
    for file in sorted(resources.files(__package__).joinpath("data").iterdir(), key=lambda one: one.name):
        entry = _validate(read_texts(file.read_text(encoding="utf-8")), where=file.name)
        entries.append(entry)
    return build({entry.name: entry for entry in entries}, where="embedded catalog")


@contextmanager
def _nothing_to_collect() -> Iterator[None]:
    """What is loaded stays for good, and a third of the time would go into looking for garbage among it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_addon(text: str, *, where: str) -> AddonEntry:
    """Read one addon from the YAML of a catalog file.

    Raises:
        CatalogError: it is no YAML, or not shaped as a catalog entry; names the file, the path and the remedy.
    """
    return _validate(read_strictly(text, where), where=where)


def _validate(written: object, *, where: str) -> AddonEntry:
    try:
        return AddonEntry.model_validate(written)
    except ValidationError as error:
        first, *more = shape_problems(error, written, where)
        rest = f" (and {len(more)} more)" if more else ""
        raise CatalogError(f"{first}{rest}") from error
