"""What the models of AddonRelease refuse by themselves: files that no API server has seen are read with them."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from addon_updater.api.release import AddonRelease, AddonReleaseSpec
from cluster.invalid_objects import RELEASE, Invalid
from cluster.invalid_releases import INVALID_CHECKS, INVALID_CHOICES, INVALID_SURROUNDINGS, INVALID_WINDOWS

ONLY_THE_SERVER = (
    "Duplicate value",
    "cannot wait for itself",
    "let no `to` lead into a `from`",
    "say what the override changes",
    "write a version range",
    "write a range of Kubernetes minors",
    "must be of type boolean",
)
"""Rules over several fields; version texts, which the resolver reads and refuses with their position; words for
booleans, which YAML knows too."""
ROWS = [
    row
    for row in (*INVALID_CHOICES, *INVALID_WINDOWS, *INVALID_CHECKS, *INVALID_SURROUNDINGS)
    if not any(remedy in row.remedy for remedy in ONLY_THE_SERVER)
]
SPEC = {"addon": "coredns", "version": "<2"}


def spec(**fields):
    return AddonReleaseSpec.model_validate(SPEC | fields)


def test_the_object_with_every_field_is_read():
    wire = {key: RELEASE[key] for key in ("spec",)}

    release = AddonRelease.model_validate(wire)

    assert release.to_wire() == wire
    assert set(release.spec.model_fields_set) >= {"windows", "images", "depends_on", "backup", "overrides"}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_the_api_server_refuses_is_refused_by_the_model_too(row: Invalid):
    with pytest.raises(ValidationError) as refused:
        AddonReleaseSpec.model_validate(row.manifest["spec"])

    place = ".".join(re.findall(r"\w+", row.field.removeprefix("spec.")))
    assert any(".".join(map(str, error["loc"])).startswith(place) for error in refused.value.errors())


def test_a_dependency_without_a_namespace_is_in_that_of_the_release():
    both = spec(dependsOn=[{"name": "one"}, {"name": "two", "namespace": "other"}])

    assert both.dependencies("here") == (("here", "one"), ("other", "two"))
    assert spec().dependencies("here") == ()
