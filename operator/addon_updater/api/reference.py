"""docs/addonrelease.md as text. `python -m addon_updater.api.reference FOLDER` writes it.

Made from the same schema as the CRD, so that a field, its bounds and what an unset one means are said once.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from addon_updater.api.meta import API_VERSION
from addon_updater.api.release import AddonRelease
from addon_updater.api.schema import structural_schema

Schema = dict[str, Any]

FILE = "addonrelease.md"
_INTRO = f"""# AddonRelease

<!-- Generated from operator/addon_updater/api by `make generate`; edit the models, not this file. -->

One AddonRelease keeps one addon on a version that fits the cluster. It lives in the namespace of the workload that
runs the addon; `spec.addon` is all it needs:

```yaml
apiVersion: {API_VERSION}
kind: AddonRelease
metadata:
  name: coredns
  namespace: kube-system
spec:
  addon: coredns
```

Nothing is filled in when the object is stored: what an unset field means is in the last column, and what is in force
now, overrides included, is in `status.effective`. The API server refuses a field that it does not know and a text of
another form, and says what to write instead; a time zone that does not exist and a schedule that goes backward are
found by the operator, which says so in the condition `Stalled`. Full examples are in `deploy/examples`.
"""
_SPEC_HEAD = ("Field", "Type", "Meaning", "Unset")
_STATUS_HEAD = ("Field", "Type", "Meaning")


@dataclass(frozen=True, slots=True)
class Field:
    """One row: a field of an object."""

    path: str
    name: str
    schema: Schema
    is_required: bool

    @property
    def meaning(self) -> str:
        """What the field is for, without what an unset one means."""
        return self._said[0]

    @property
    def unset(self) -> str:
        """What it means that the field is not there; empty when the model does not say."""
        return "required" if self.is_required else self._said[1]

    @property
    def _said(self) -> tuple[str, str]:
        meaning, _, unset = self.schema.get("description", "").partition("Unset: ")
        return meaning.strip(), unset.strip().removesuffix(".")


@dataclass(frozen=True, slots=True)
class Section:
    """One object of the schema and its fields."""

    path: str
    schema: Schema

    @property
    def fields(self) -> Iterator[Field]:
        """The fields in the order of the model."""
        required = self.schema.get("required", ())
        for name, child in self.schema["properties"].items():
            yield Field(f"{self.path}.{name}", name, child, name in required)


def sections(schema: Schema, path: str) -> Iterator[Section]:
    """Every object at and below a path, the outer one first."""
    yield Section(path, schema)
    for name, child in schema["properties"].items():
        inner, where = (child["items"], f"{path}.{name}[]") if "items" in child else (child, f"{path}.{name}")
        if "properties" in inner:
            yield from sections(inner, where)


def render() -> str:
    """The whole page."""
    whole = structural_schema(AddonRelease)
    spec, status = (whole["properties"][name] for name in ("spec", "status"))
    parts = [_INTRO, "## Spec\n"]
    for one in sections(spec, "spec"):
        outer = _messages(whole) if one.schema is spec else []
        parts.append(_section(one, _SPEC_HEAD, [*_messages(one.schema), *outer]))
    parts += ["## Status\n", "A projection of what the operator saw and did last; it is never an input.\n"]
    parts += [_section(one, _STATUS_HEAD, _messages(one.schema)) for one in sections(status, "status")]
    return "\n".join(parts)


def _section(section: Section, head: tuple[str, ...], rules: Sequence[str]) -> str:
    lines = [f"### `{section.path}`", ""]
    if description := section.schema.get("description", "").partition("Unset: ")[0].strip():
        lines += [description, ""]
    lines += [_row(head), _row(("---",) * len(head))]
    for field in section.fields:
        cells = (f"`{field.name}`", _type(field.schema, field.path), field.meaning, field.unset)
        lines.append(_row(cells[: len(head)]))
    if rules:
        lines += ["", "In the words of the API server:", "", *(f"- {rule}" for rule in rules)]
    return "\n".join((*lines, ""))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _messages(schema: Schema) -> list[str]:
    return [rule["message"] for rule in schema.get("x-kubernetes-validations", ())]


def _type(schema: Schema, path: str) -> str:
    match schema["type"]:
        case "array":
            items = _type(schema["items"], f"{path}[]")
            return f"list of {items}, at most {schema['maxItems']}"
        case "object":
            return f"[object](#{re.sub('[^a-z]', '', path.lower())})"
        case "integer" if "maximum" in schema:
            return f"integer, {schema['minimum']} to {schema['maximum']}"
        case "string" if "enum" in schema:
            return " or ".join(f"`{value}`" for value in schema["enum"])
        case "string" if schema.get("format") == "date-time":
            return "time"
        case "string" if bounds := _duration(schema):
            return f"duration, {bounds[1]} to {bounds[2]}"
        case kind:
            return str(kind)


def _duration(schema: Schema) -> re.Match[str] | None:
    texts = (re.fullmatch("choose a duration between (.+) and (.+)", text) for text in _messages(schema))
    return next(filter(None, texts), None)


def main(folder: str) -> None:
    """Write the page into the folder."""
    Path(folder, FILE).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
