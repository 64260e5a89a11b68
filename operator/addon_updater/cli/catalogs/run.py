"""Answers `kubectl addons catalog`."""

from __future__ import annotations

import sys

from rich.console import RenderableType

from addon_updater.api.versions import Version
from addon_updater.catalog import AddonEntryIndex, load_embedded
from addon_updater.cli.arguments import Arguments
from addon_updater.cli.catalogs.checking import problems_of
from addon_updater.cli.catalogs.difference import differences
from addon_updater.cli.catalogs.files import lay_over, read_file
from addon_updater.cli.offline_words import CatalogVerb, CatalogWords
from addon_updater.cli.output import console_on, show
from addon_updater.cli.render.catalog_check import checked
from addon_updater.cli.render.catalog_difference import compared
from addon_updater.cli.render.catalog_page import addon_page, release_page
from addon_updater.errors import CatalogError, UsageError, VersionError


def run(arguments: Arguments) -> None:
    """Check, show or compare.

    Raises:
        CatalogError: a file cannot be used; for lint, when anything is wrong with one.
        UsageError: the catalog has no such addon or version.
    """
    words = arguments.catalog
    if words is None:
        raise AssertionError("the words of a command are read with it")
    match words.verb:
        case CatalogVerb.LINT:
            _lint(words)
        case CatalogVerb.SHOW:
            _tell(_page(words))
        case CatalogVerb.DIFF:
            _tell(_comparison(words))


def _tell(content: RenderableType) -> None:
    show(console_on(sys.stdout), content)


def _lint(words: CatalogWords) -> None:
    embedded = load_embedded()
    found = {path: problems_of(path, embedded) for path in words.files}
    _tell(checked(found))
    fatal = {path: sum(one.fatal for one in problems) for path, problems in found.items()}
    if count := sum(fatal.values()):
        files = sum(map(bool, fatal.values()))
        what = "one problem" if count == 1 else f"{count} problems"
        raise CatalogError(f"{what} in {files} of {len(found)} files; correct what is listed above")


def _page(words: CatalogWords) -> RenderableType:
    catalog = lay_over(load_embedded(), [read_file(path) for path in words.files])
    entry = catalog.addon(words.addon or "")
    if entry is None:
        known = ", ".join(catalog.addons)
        raise UsageError(f"the catalog has no addon {words.addon!r}; it knows {known}")
    if words.version is None:
        return addon_page(entry)
    return release_page(entry, _known(entry, words.version))


def _known(entry: AddonEntryIndex, text: str) -> Version:
    try:
        version = Version.parse(text)
    except VersionError as error:
        raise UsageError(str(error)) from error
    if entry.release(version) is None:
        near = sorted(entry.by_version, key=lambda one: _distance(one, version))[:3]
        names = ", ".join(str(one) for one in sorted(near))
        raise UsageError(f"the catalog has no {entry.name} {version}; near it are {names or 'none'}")
    return version


def _distance(one: Version, other: Version) -> tuple[int, int, int]:
    return abs(one.major - other.major), abs(one.minor - other.minor), abs(one.patch - other.patch)


def _comparison(words: CatalogWords) -> RenderableType:
    embedded = load_embedded()
    first, *others = (read_file(path) for path in words.files)
    changed = lay_over(embedded, [first])
    if not others:
        return compared("the embedded catalog", first.title, differences(embedded, changed))
    other = others[0]
    return compared(first.title, other.title, differences(changed, lay_over(embedded, [other])))
