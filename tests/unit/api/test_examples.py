"""deploy/examples: what a reader copies must be valid, and there must be something to copy for every field."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from addon_updater.api.catalog import AddonCatalog
from addon_updater.api.meta import API_VERSION
from addon_updater.api.release import AddonRelease, AddonReleaseSpec
from addon_updater.api.versions import Minor
from addon_updater.catalog import load_embedded
from addon_updater.resolve import Wish, wish_of

FILES = sorted((Path(__file__).parents[3] / "deploy" / "examples").glob("*.yaml"))
MODELS = {model.kind_name: model for model in (AddonRelease, AddonCatalog)}


def document(name):
    (path,) = [file for file in FILES if file.name == name]
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def release_specs():
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES]
    return [
        AddonReleaseSpec.model_validate(one["spec"]) for one in documents if one["kind"] == "AddonRelease"
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_is_an_object_of_its_kind(file):
    manifest = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert manifest["apiVersion"] == API_VERSION

    parsed = MODELS[manifest["kind"]].model_validate({"spec": manifest["spec"]})

    assert parsed.spec.model_dump(by_alias=True, mode="json", exclude_unset=True) == manifest["spec"]


@pytest.mark.parametrize("minor", ["1.30", "1.34", "1.35", "1.36"])
def test_the_wish_of_every_example_can_be_read_on_every_minor(minor):
    for spec in release_specs():
        assert wish_of(spec, Minor.parse(minor)) != Wish() or spec.delivery == "Observe"
        assert load_embedded().addon(spec.addon) is not None


@pytest.mark.parametrize(
    "minor, range_text, channel",
    [
        ("1.30", "1.11.3", "Default"),
        ("1.34", ">=1.11 <1.15", "Default"),
        ("1.35", "1.13.x", "Default"),
        ("1.37", ">=1.13", "Latest"),
    ],
)
def test_the_file_for_a_fleet_asks_each_cluster_for_its_own(minor, range_text, channel):
    spec = AddonReleaseSpec.model_validate(document("addonrelease-coredns-fleet.yaml")["spec"])

    wish = wish_of(spec, Minor.parse(minor))

    assert (str(wish.range), wish.channel) == (range_text, channel)


def test_between_them_the_examples_show_every_field_of_the_spec():
    shown = {name for spec in release_specs() for name in spec.model_fields_set}

    assert shown == set(AddonReleaseSpec.model_fields)
