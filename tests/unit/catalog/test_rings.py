"""The AddonCatalogs in deploy/examples: each is clean, and those of the rollout rings fit each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from addon_updater.api.versions import Version
from addon_updater.catalog import load_embedded, merge
from addon_updater.catalog.documents import read_document
from addon_updater.catalog.merge import lay_over
from addon_updater.catalog.stack import CatalogReason, CatalogStack

EXAMPLES = Path(__file__).parents[3] / "deploy" / "examples"
FILES = sorted(EXAMPLES.glob("addoncatalog-*.yaml"))


def read(file: Path):
    document, problems = read_document(file.read_text(encoding="utf-8"), file.name)
    assert problems == ()
    return document


def ring(name: str):
    return read(EXAMPLES / f"addoncatalog-ring-{name}.yaml")


def coredns_of(document):
    return merge(load_embedded(), {document.name: document.spec}).addon("coredns")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_is_wrong_with_an_example_over_the_embedded_catalog(file):
    known = {name: index.entry for name, index in load_embedded().addons.items()}

    _, problems = lay_over(known, read(file).spec, file.name)

    assert problems == ()


def test_production_has_the_older_edition_of_the_same_object():
    canary, production = ring("canary"), ring("production")

    assert canary.name == production.name
    assert canary.spec.serial == production.spec.serial + 1


def test_only_canary_vouches_for_what_it_tries_and_both_refuse_what_was_taken_back():
    tried, taken_back = Version.parse("1.13.2"), Version.parse("1.12.3")
    canary, production = coredns_of(ring("canary")), coredns_of(ring("production"))

    vouched = [
        any(one.source == "acceptance" for one in addon.release(tried).data.evidence)
        for addon in (canary, production)
    ]

    assert vouched == [True, False]
    assert all(addon.release(taken_back).data.denied is not None for addon in (canary, production))


def test_a_canary_cluster_refuses_the_edition_of_production():
    stack = CatalogStack()
    for generation, document in enumerate((ring("canary"), ring("production")), start=1):
        metadata = {"uid": "1", "generation": generation}
        stack.put(document.name, {"metadata": metadata, "spec": document.spec.to_wire()})

    assert stack.refusals["house-rules"].reason is CatalogReason.SERIAL_WENT_DOWN
    assert stack.seen()[0].in_force == ring("canary").spec
