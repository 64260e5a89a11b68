"""Turns a pydantic model into the structural schema that a CustomResourceDefinition needs.

Own code because no kept library does it: the published ones are dead or drop defaults, emit `nullable` and never
refuse a bad schema. What a structural schema forbids is refused here, at generation, not at `kubectl apply`.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

Schema = dict[str, Any]

_KEEP = (
    "type",
    "description",
    "enum",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "required",
    "x-kubernetes-validations",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
)
_IGNORE = (
    "title",
    "default",
    "$defs",
    "additionalProperties",
    "properties",
    "items",
    "anyOf",
    "allOf",
    "$ref",
    "const",
)


class UnfitSchemaError(TypeError):
    """The model says something that a structural schema cannot; the message names the path."""


def structural_schema(model: type[BaseModel]) -> Schema:
    """The openAPIV3Schema of one model.

    Raises:
        UnfitSchemaError: a union, recursion, unbounded list or string, or an unknown keyword, with its path.
    """
    raw = model.model_json_schema(by_alias=True, schema_generator=GenerateJsonSchema, mode="validation")
    return _convert(raw, raw.get("$defs", {}), path=model.__name__, seen=())


def _convert(node: Schema, defs: Schema, *, path: str, seen: tuple[str, ...]) -> Schema:
    node, seen = _resolve(node, defs, path=path, seen=seen)
    unknown = [key for key in node if key not in _KEEP and key not in _IGNORE]
    if unknown:
        raise UnfitSchemaError(f"{path}: a structural schema has no {unknown[0]!r}")
    out: Schema = {key: node[key] for key in _KEEP if key in node}
    if "const" in node:
        out |= {"type": "string", "enum": [node["const"]]}
    if out.get("type") == "object":
        _convert_object(node, out, defs, path=path, seen=seen)
    elif out.get("type") == "array":
        if "maxItems" not in out:
            raise UnfitSchemaError(
                f"{path}: give the list a max_length, or the CEL cost budget refuses the CRD"
            )
        out["items"] = _convert(node["items"], defs, path=f"{path}[]", seen=seen)
    elif out.get("type") == "string" and not (
        {"enum", "maxLength"} & out.keys() or out.get("format") == "date-time"
    ):
        raise UnfitSchemaError(
            f"{path}: give the string a max_length, or the CEL cost budget refuses the CRD"
        )
    elif "type" not in out:
        raise UnfitSchemaError(f"{path}: no type")
    if out.get("type") == "integer":
        out.setdefault("format", "int64")
    return out


def _convert_object(node: Schema, out: Schema, defs: Schema, *, path: str, seen: tuple[str, ...]) -> None:
    if properties := node.get("properties"):
        out["properties"] = {
            name: _convert(child, defs, path=f"{path}.{name}", seen=seen)
            for name, child in properties.items()
        }
    elif isinstance(extra := node.get("additionalProperties"), dict):
        out["additionalProperties"] = _convert(extra, defs, path=f"{path}.*", seen=seen)
        out.setdefault("maxProperties", 64)
    else:
        raise UnfitSchemaError(f"{path}: an object without fields")


def _resolve(
    node: Schema, defs: Schema, *, path: str, seen: tuple[str, ...]
) -> tuple[Schema, tuple[str, ...]]:
    """Inline a reference and peel the optional off `X | None`; siblings of the reference win."""
    while True:
        if "anyOf" in node:
            options = [option for option in node["anyOf"] if option.get("type") != "null"]
            if len(options) != 1:
                raise UnfitSchemaError(f"{path}: a union; use one model and a CEL rule")
            node = _overlay(options[0], {k: v for k, v in node.items() if k != "anyOf"})
        elif "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[-1]
            if name in seen:
                raise UnfitSchemaError(f"{path}: {name} contains itself")
            seen = (*seen, name)
            node = _overlay(defs[name], {k: v for k, v in node.items() if k != "$ref"})
        else:
            return node, seen


def _overlay(base: Schema, over: Schema) -> Schema:
    rules = [*base.get("x-kubernetes-validations", []), *over.get("x-kubernetes-validations", [])]
    merged = {**base, **over}
    if rules:
        merged["x-kubernetes-validations"] = rules
    return merged
