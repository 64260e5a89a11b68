"""Reads the catalog files that a person names, and lays them over the embedded catalog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from addon_updater.catalog import Catalog, Problem, merge
from addon_updater.catalog.documents import CatalogDocument, read_document
from addon_updater.errors import CatalogError


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """A file of the right shape."""

    path: str
    document: CatalogDocument

    @property
    def title(self) -> str:
        """What it is, for a person."""
        if not self.document.is_object:
            return f"{self.path}, all that is known about {self.document.name}"
        spec = self.document.spec
        return f"{self.path}, AddonCatalog {self.document.name} ({spec.mode}, serial {spec.serial})"


def read_text(path: str) -> str:
    """The text of a file.

    Raises:
        CatalogError: it cannot be read, or is no UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path}: byte {error.start} is no UTF-8; save the file as UTF-8") from error
    except OSError as error:
        raise CatalogError(f"{path}: {error.strerror}; name a file that can be read") from error


def examine(path: str) -> tuple[CatalogFile | None, tuple[Problem, ...]]:
    """The file, or everything that is wrong with its shape.

    Raises:
        CatalogError: it cannot be read at all.
    """
    document, problems = read_document(read_text(path), path)
    return (CatalogFile(path, document) if document is not None else None), problems


def read_file(path: str) -> CatalogFile:
    """The file.

    Raises:
        CatalogError: it cannot be read; names file, path and remedy.
    """
    found, problems = examine(path)
    if found is None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise CatalogError(f"{problems[0]}{more}")
    return found


def lay_over(embedded: Catalog, files: Sequence[CatalogFile]) -> Catalog:
    """The catalog with these files in force: files of one addon first, then objects by priority and name.

    Raises:
        CatalogError: what a file states cannot be used, or two files are the same object.
    """
    result = embedded
    seen: dict[str, str] = {}
    for file in sorted(files, key=_order):
        name, spec = file.document.name, file.document.spec
        if file.document.is_object and name in seen:
            raise CatalogError(f"{file.path}: {seen[name]} is AddonCatalog {name} too; name one of the two")
        if file.document.is_object:
            seen[name] = file.path
        try:
            result = merge(result, {name: spec})
        except CatalogError as error:
            raise CatalogError(str(error).replace(f"AddonCatalog {name}:", f"{file.path}:")) from error
    return result


def _order(file: CatalogFile) -> tuple[bool, int, str]:
    return file.document.is_object, file.document.spec.priority or 0, file.document.name
