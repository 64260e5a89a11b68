"""Finds everything that is wrong with catalog files."""

from __future__ import annotations

from addon_updater.catalog import Catalog, Problem, merge
from addon_updater.catalog.merge import lay_over
from addon_updater.cli.catalogs.files import CatalogFile, examine
from addon_updater.errors import CatalogError

_ORDER_MATTERS_NOT = ".releases"
"""Path of the one complaint about the order of a list, which an extension that is laid over others cannot keep."""


def problems_of(path: str, embedded: Catalog) -> tuple[Problem, ...]:
    """Everything that is wrong with a file, as far as it could be read."""
    try:
        file, problems = examine(path)
    except CatalogError as error:
        return (_whole(path, str(error)),)
    return problems if file is None else _of_content(file, embedded)


def _of_content(file: CatalogFile, embedded: Catalog) -> tuple[Problem, ...]:
    known = {name: index.entry for name, index in embedded.addons.items()}
    _, found = lay_over(known, file.document.spec, file.path)
    if file.document.is_object:
        found = tuple(one for one in found if one.fatal or not one.path.endswith(_ORDER_MATTERS_NOT))
    if any(one.fatal for one in found):
        return found
    try:
        merge(embedded, {file.document.name: file.document.spec})
    except CatalogError as error:
        return (*found, _whole(file.path, str(error)))
    return found


def _whole(path: str, message: str) -> Problem:
    """An error that ends the reading, with its remedy set apart."""
    said = message.removeprefix(f"{path}: ")
    what, _, remedy = said.rpartition("; ")
    return Problem(path, "document", what or said, remedy if what else "correct it")
