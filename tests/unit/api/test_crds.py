from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from addon_updater.api.crds import custom_resource_definitions, main, render

CRDS = Path(__file__).parents[3] / "crds"
DEFINITIONS = custom_resource_definitions()
RENDERED = {name: render(manifest) for name, manifest in DEFINITIONS.items()}


def nodes(schema: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, child in (schema.get("properties") or {}).items():
        yield from nodes(child, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield from nodes(schema[key], f"{path}[]")


def schema_of(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = DEFINITIONS[name]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_committed_definitions_are_the_generated_ones(name):
    assert (CRDS / name).read_text(encoding="utf-8") == RENDERED[name], "run `make generate`"


def test_every_definition_is_committed_and_listed_for_kustomize():
    listed = yaml.safe_load((CRDS / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert sorted(listed) == sorted(DEFINITIONS)
    assert {path.name for path in CRDS.glob("*.yaml")} == {*DEFINITIONS, "kustomization.yaml"}


def test_generating_writes_every_definition(tmp_path):
    main(str(tmp_path))
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == RENDERED


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_schema_is_structural(name):
    """Source: the Kubernetes documentation on structural schemas, rules 1 to 4."""
    for path, node in nodes(schema_of(name), name):
        assert node["type"] in {"object", "array", "string", "integer", "boolean", "number"}, path
        assert not {"$ref", "anyOf", "oneOf", "allOf", "not", "nullable", "default"} & node.keys(), path
        assert not ("properties" in node and "additionalProperties" in node), path


@pytest.mark.parametrize("name", DEFINITIONS)
def test_everything_that_a_rule_may_walk_over_is_bounded(name):
    """The API server refuses a CRD whose CEL rules could cost too much."""
    for path, node in nodes(schema_of(name), name):
        if node["type"] == "array":
            assert node["maxItems"] <= 1024, path
        if node["type"] == "string" and path.count(".") > 2:
            assert {"maxLength", "enum"} & node.keys() or node.get("format") == "date-time", path


def test_lists_of_a_status_hold_at_most_32_items_and_messages_1024_characters():
    status = schema_of("addonreleases.yaml")["properties"]["status"]
    for path, node in nodes(status, "status"):
        assert node.get("maxItems", 0) <= 32, path
        assert node.get("maxLength", 0) <= 1024, path


def test_lists_of_a_spec_hold_at_most_32_items_and_texts_256_characters():
    """So that a fleet's objects stay small, and the rules over them cheap."""
    spec = schema_of("addonreleases.yaml")["properties"]["spec"]
    for path, node in nodes(spec, "spec"):
        assert node.get("maxItems", 0) <= 32, path
        assert node.get("maxLength", 0) <= 256, path


def test_every_rule_has_a_message_of_its_own():
    for name in DEFINITIONS:
        for path, node in nodes(schema_of(name), name):
            for rule in node.get("x-kubernetes-validations", []):
                assert re.search("[a-z] [a-z]", rule["message"]), path


def test_an_enum_is_written_in_camel_case():
    for name in DEFINITIONS:
        for path, node in nodes(schema_of(name), name):
            for value in node.get("enum", []):
                assert re.fullmatch("[A-Z][A-Za-z0-9]*", value), path


def test_what_identifies_a_release_cannot_change():
    spec = schema_of("addonreleases.yaml")["properties"]["spec"]
    rules = " ".join(rule["rule"] for rule in spec["x-kubernetes-validations"])
    assert all(f"oldSelf.{field}" in rules for field in ("addon", "targetRef", "container"))


def test_status_is_a_subresource_and_columns_exist():
    version = DEFINITIONS["addonreleases.yaml"]["spec"]["versions"][0]
    assert version["subresources"] == {"status": {}}
    properties = version["schema"]["openAPIV3Schema"]["properties"]
    for column in version["additionalPrinterColumns"]:
        parts = column["jsonPath"].removeprefix(".").split("[")[0].split(".")
        if parts[0] == "metadata":
            continue
        node = properties[parts[0]]
        for part in parts[1:]:
            node = node["properties"][part]
        assert node["type"], column["name"]
