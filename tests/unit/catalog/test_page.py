"""docs/catalog.md has every field of the catalog's schema, and its example is one that works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from addon_updater.api.catalog import (
    AddonBound,
    AddonEntry,
    DefaultTarget,
    Evidence,
    EvidenceLevel,
    ImageSource,
    KubernetesMinor,
    LongTermSupport,
    Release,
    ReleaseImage,
    Source,
    Stop,
    StopTime,
    VendorDefault,
    VendorOwner,
)
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing, load_embedded, merge
from addon_updater.catalog.documents import MAX_CHARACTERS, read_document
from addon_updater.catalog.merge import lay_over

PAGE = (Path(__file__).parents[3] / "docs" / "catalog.md").read_text(encoding="utf-8")
OBJECTS = (Path(__file__).parents[3] / "docs" / "cluster-objects.md").read_text(encoding="utf-8")


def chapter(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", chapter(title), re.MULTILINE)


def names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("title, model", [("An addon", AddonEntry), ("A release", Release)])
def test_each_field_has_one_row(title, model):
    assert sorted(rows(title)) == sorted(names(model))


@pytest.mark.parametrize(
    "title, model",
    [
        ("An addon", DefaultTarget),
        ("An addon", ImageSource),
        ("An addon", Source),
        ("An addon", KubernetesMinor),
        ("An addon", VendorDefault),
        ("An addon", AddonBound),
        ("An addon", Stop),
        ("An addon", LongTermSupport),
        ("An addon", VendorOwner),
        ("A release", Evidence),
        ("A release", ReleaseImage),
    ],
)
def test_the_fields_inside_are_named(title, model):
    assert [name for name in names(model) if f"`{name}`" not in chapter(title)] == []


def test_the_levels_and_times_are_those_of_the_schema():
    assert rows("How much a statement says") == [level.value for level in EvidenceLevel]
    assert [time for time in StopTime if f"`{time}`" not in PAGE] == []
    assert f"{MAX_CHARACTERS:,} characters" in PAGE


def test_the_example_is_clean_and_says_what_the_page_says():
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    document, problems = read_document(text, "example")
    assert (problems, document.name) == ((), "house-rules")

    embedded = load_embedded()
    known = {name: index.entry for name, index in embedded.addons.items()}
    _, found = lay_over(known, document.spec, "example")
    assert [one for one in found if one.fatal] == []
    coredns = merge(embedded, {document.name: document.spec}).addon("coredns")
    assert coredns.release(Version.parse("1.12.3")).data.denied is not None
    assert coredns.evidence(Version.parse("1.13.1"), Minor.parse("1.34")).standing is Standing.TESTED


def test_the_page_of_the_objects_leads_here():
    assert "(catalog.md)" in OBJECTS
