"""Reads catalog documents; the only place of the package that touches files, and only those of the package."""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml
from pydantic import ValidationError

from addon_updater.api.catalog import AddonEntry
from addon_updater.catalog.catalog import Catalog, build
from addon_updater.catalog.lint import lint
from addon_updater.errors import CatalogError
from addon_updater.safe_yaml import read_yaml

_MAX_CHARACTERS = 2_000_000


@cache
def load_embedded() -> Catalog:
    """The catalog that comes with this version of the operator.

    Raises:
        CatalogError: a file is broken; cannot happen in a release, whose tests read the same files.
    """
    entries = []
    for file in sorted(resources.files(__package__).joinpath("data").iterdir(), key=lambda one: one.name):
        entry = read_addon(file.read_text(encoding="utf-8"), where=file.name)
        for problem in lint(entry, file.name):
            raise CatalogError(str(problem))
        entries.append(entry)
    return build({entry.name: entry for entry in entries}, where="embedded catalog")


def read_addon(text: str, *, where: str) -> AddonEntry:
    """Read one addon from the YAML of a catalog file.

    Raises:
        CatalogError: it is no YAML, or not shaped as a catalog entry; names the file, the path and the remedy.
    """
    if len(text) > _MAX_CHARACTERS:
        raise CatalogError(f"{where}: longer than {_MAX_CHARACTERS} characters; split it by addon")
    try:
        return AddonEntry.model_validate(read_yaml(text))
    except yaml.YAMLError as error:
        raise CatalogError(f"{where}: correct the YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise CatalogError(
            f"{where}: nested too deeply for a catalog; see the fields of AddonCatalog"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        path = ".".join(map(str, first["loc"])) or "document"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise CatalogError(f"{where}: {path}: {first['msg']}{more}") from error
