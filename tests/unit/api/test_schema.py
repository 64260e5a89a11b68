from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, create_model

from addon_updater.api.meta import KubeModel, cel
from addon_updater.api.schema import UnfitSchemaError, structural_schema

Text = Annotated[str, Field(max_length=8)]


class Inner(KubeModel):
    some_name: Text
    count: int | None = None


class Color(StrEnum):
    RED = "Red"


class Node(KubeModel):
    child: Node | None = None


def of(annotation: Any, default: Any = ...) -> dict[str, Any]:
    schema = structural_schema(create_model("Model", __base__=KubeModel, field=(annotation, default)))
    field: dict[str, Any] = schema["properties"]["field"]
    return field


@pytest.mark.parametrize(
    "annotation, remedy",
    [
        (str, "give the string a max_length"),
        (list[Text], "give the list a max_length"),
        (Annotated[list[str], Field(max_length=2)], "give the string a max_length"),
        (int | Text, "a union"),
        (Inner | Node, "a union"),
        (Node, "contains itself"),
        (dict[str, Any], "an object without fields|no type"),
        (Any, "no type"),
        (Annotated[int, Field(multiple_of=2)], "has no 'multipleOf'"),
        (Annotated[str, Field(max_length=8, json_schema_extra={"nullable": True})], "has no 'nullable'"),
    ],
)
def test_what_a_structural_schema_cannot_say_is_refused_with_its_path(annotation, remedy):
    with pytest.raises(UnfitSchemaError, match=rf"Model\.field.*({remedy})"):
        of(annotation)


@pytest.mark.parametrize(
    "annotation, schema",
    [
        (Text, {"type": "string", "maxLength": 8}),
        (Text | None, {"type": "string", "maxLength": 8}),
        (int, {"type": "integer", "format": "int64"}),
        (bool, {"type": "boolean"}),
        (datetime, {"type": "string", "format": "date-time"}),
        (Color, {"type": "string", "enum": ["Red"]}),
        (Literal["Deployment"], {"type": "string", "enum": ["Deployment"]}),
        (
            dict[str, Text],
            {
                "type": "object",
                "additionalProperties": {"type": "string", "maxLength": 8},
                "maxProperties": 64,
            },
        ),
        (
            Annotated[list[Text], Field(max_length=3)],
            {"type": "array", "maxItems": 3, "items": {"type": "string", "maxLength": 8}},
        ),
    ],
)
def test_what_it_can_say_is_said_without_defaults_and_titles(annotation, schema):
    found = of(annotation)
    found.pop("description", None)
    assert found == schema


def test_a_nested_model_is_written_out_in_camel_case_with_what_it_requires():
    found = of(Inner)
    assert found["required"] == ["someName"]
    assert set(found["properties"]) == {"someName", "count"}


def test_rules_of_a_model_and_of_the_field_that_holds_it_are_both_kept():
    class Ruled(KubeModel):
        model_config = KubeModel.model_config | {"json_schema_extra": cel(("self.a != ''", "inner"))}
        a: Text

    found = of(Annotated[Ruled, Field(json_schema_extra=cel(("has(self.a)", "outer")))])
    assert [rule["message"] for rule in found["x-kubernetes-validations"]] == ["inner", "outer"]
