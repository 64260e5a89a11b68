"""Reads a catalog document that a person wrote, and says everything that is wrong with its shape.

A document is the file of one addon, as in catalog/data, or the manifest of an AddonCatalog object.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from addon_updater.api.catalog import AddonCatalog, AddonCatalogSpec, AddonEntry, CatalogMode
from addon_updater.api.meta import API_VERSION
from addon_updater.catalog.lint import Problem
from addon_updater.errors import CatalogError
from addon_updater.safe_yaml import LOADER

MAX_CHARACTERS = 2_000_000
_LONGEST = 64
"""Characters of a person's text that a path or message repeats."""
_NAMES = ("version", "minor", "vendor", "id", "name", "repository")
"""Fields that name an item of a list, so that a path can say more than a number."""
_REMEDIES = {
    "missing": "add it",
    "extra_forbidden": "correct its spelling, or remove it; docs/catalog.md lists the fields",
    "string_type": "put it in quotes",
    "string_too_long": "shorten it",
    "too_long": "leave some out",
    "enum": "choose one of them",
    "invalid_key": "put the key in quotes",
}
_FORMS = {
    "version": "write one exact version without a leading v, as in 1.12.1",
    "rollbackFloor": "write one exact version without a leading v, as in 1.12.1",
    "minor": "write a minor in quotes, as in '1.34'",
    "url": "write an address that begins with https://",
    "digest": "write sha256: and 64 hexadecimal digits",
    "tag": "write the tag with {version} in it, as in 'v{version}'",
    "name": "write lower-case letters, digits and dashes",
    "vendor": "write lower-case letters, digits and dashes",
    "released": "write a day, as in 2026-03-06",
    "until": "write a day, as in 2026-03-06",
    "expires": "write a day, as in 2026-03-06",
    "fixed": "write exact versions in brackets, as in [1.14.3]",
    "exposedWhen": "write features as in plugin/etcd; docs/catalog.md lists them",
    "aliases": "write names as in CVE-2026-26018",
}


class _Strict(LOADER):  # type: ignore[misc,valid-type]  # which of the two loaders is known at run time only
    """Refuses a key that is written twice: YAML would silently forget the first one."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        seen: set[object] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                message = f"key {cut(key.value)!r} is written twice; keep one"
                raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else id(key))
        super().flatten_mapping(node)


@dataclass(frozen=True, slots=True)
class CatalogDocument:
    """A document of the right shape; what it states has yet to be checked."""

    name: str
    """The name of the object, or of the addon."""
    spec: AddonCatalogSpec
    """What it states. The file of one addon stands in the place of what was known of that addon."""
    is_object: bool
    """Whether it is the manifest of an AddonCatalog."""


def read_document(text: str, where: str) -> tuple[CatalogDocument | None, tuple[Problem, ...]]:
    """The document, or everything that is wrong with its shape; `where` names the file.

    Raises:
        CatalogError: it is no YAML document that can be read at all; names file, place and remedy.
    """
    written = read_strictly(text, where)
    if not isinstance(written, dict) or not ({"kind", "spec", "addons", "apiVersion"} & written.keys()):
        return _read_entry(written, where)
    return _read_object(written, where)


def read_strictly(text: str, where: str) -> Any:  # noqa: ANN401 - YAML is untyped until it is validated
    """The one document of a YAML text as plain data.

    Raises:
        CatalogError: it is too long, nested too deeply, no YAML, or its anchors use anchors.
    """
    if len(text) > MAX_CHARACTERS:
        raise CatalogError(f"{where}: longer than {MAX_CHARACTERS} characters; split it by addon")
    try:
        _refuse_anchors_in_anchors(text, where)
        return yaml.load(text, _Strict)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise CatalogError(f"{where}: correct the YAML: {_mistake(error)}") from error
    except RecursionError as error:
        raise CatalogError(
            f"{where}: nested too deeply for a catalog; see the fields in docs/catalog.md"
        ) from error
    except CatalogError:
        raise
    except (ValueError, OverflowError) as error:
        # A day or number of the right form that no calendar or machine has.
        raise CatalogError(
            f"{where}: correct the YAML, or put the text in quotes: {cut(str(error))}"
        ) from error
    except (AttributeError, LookupError, TypeError) as error:
        # What PyYAML makes of a !!timestamp or !!bool whose text is none.
        raise CatalogError(f"{where}: a YAML tag (!!...) does not fit its text; leave the tag out") from error


def shape_problems(error: ValidationError, written: object, where: str) -> tuple[Problem, ...]:
    """What pydantic found, with paths and remedies for people."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(
        Problem(where, path_of(written, one["loc"]), one["msg"], _remedy(one["type"], one["loc"]))
        for one in found
    )


def path_of(written: object, location: Sequence[int | str]) -> str:
    """The place in a document, with the items of lists by what names them: releases[1.12.1].evidence[0]."""
    path, here = "", written
    for step in location:
        inside = _inside(here, step)
        if isinstance(step, int) and not isinstance(here, dict):
            path += f"[{_name_of(inside) or step}]"
        else:
            path += f".{cut(str(step))}" if path else cut(str(step))
        here = inside
    return path or "document"


def cut(text: str) -> str:
    """The beginning of a text that may be of any length and of any characters."""
    shown = "".join(one if one.isprintable() else "?" for one in text[: _LONGEST + 1])
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."


def _read_entry(written: object, where: str) -> tuple[CatalogDocument | None, tuple[Problem, ...]]:
    try:
        entry = AddonEntry.model_validate(written)
    except ValidationError as error:
        return None, shape_problems(error, written, where)
    spec = AddonCatalogSpec(mode=CatalogMode.REPLACE, serial=0, addons=(entry,))
    return CatalogDocument(entry.name, spec, is_object=False), ()


def _read_object(written: dict[str, Any], where: str) -> tuple[CatalogDocument | None, tuple[Problem, ...]]:
    for field, wanted in (("apiVersion", API_VERSION), ("kind", AddonCatalog.kind_name)):
        if (found := written.get(field)) != wanted:
            message = f"it is {cut(repr(found))}, not {wanted}"
            return None, (Problem(where, field, message, "write the manifest of one AddonCatalog"),)
    metadata = written.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str):
        return None, (Problem(where, "metadata.name", "there is no name", "add it"),)
    try:
        spec = AddonCatalogSpec.model_validate(written.get("spec"))
    except ValidationError as error:
        problems = shape_problems(error, written.get("spec"), where)
        return None, tuple(under_spec(one) for one in problems)
    return CatalogDocument(cut(name), spec, is_object=True), ()


def under_spec(problem: Problem) -> Problem:
    """The same problem, told from the top of the object."""
    path = "spec" if problem.path == "document" else f"spec.{problem.path}"
    return Problem(problem.where, path, problem.message, problem.remedy, problem.fatal)


def _remedy(kind: str, location: Sequence[int | str]) -> str:
    field = next((step for step in reversed(location) if isinstance(step, str)), "")
    if kind in _REMEDIES:
        return _REMEDIES[kind]
    return _FORMS.get(field, "correct it; docs/catalog.md describes the field")


def _inside(here: object, step: int | str) -> object:
    if isinstance(here, dict):
        return here.get(step)
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return None


def _name_of(item: object) -> str | None:
    names = (item.get(field) for field in _NAMES) if isinstance(item, dict) else ()
    return next((cut(name) for name in names if isinstance(name, str)), None)


def _mistake(error: yaml.YAMLError) -> str:
    """Where the YAML is broken and how, in one line."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return " ".join(str(error).split())
    return f"{_place(error.problem_mark)}: {error.problem}"


def _place(mark: Any) -> str:  # noqa: ANN401 - the two loaders have two classes of marks
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark is not None else "the document"


def _refuse_anchors_in_anchors(text: str, where: str) -> None:
    """An anchor may save writing a remark twice; anchors that use anchors let a few lines stand for gigabytes."""
    if "&" not in text:
        return
    inside: list[bool] = []
    for event in yaml.parse(text, LOADER):
        if isinstance(event, yaml.AliasEvent) and any(inside):
            place = _place(event.start_mark)
            raise CatalogError(f"{where}: {place}: an anchor uses another anchor; write the value out")
        if isinstance(event, yaml.CollectionStartEvent):
            inside.append(event.anchor is not None)
        elif isinstance(event, yaml.CollectionEndEvent):
            inside.pop()
