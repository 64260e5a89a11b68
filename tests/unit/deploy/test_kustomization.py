"""`kubectl apply -k deploy/base` brings everything, once, and nothing by accident."""

from collections import Counter
from pathlib import Path

import pytest

from addon_updater.api.catalog import AddonCatalogSpec
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.catalog import load_embedded, merge
from unit.deploy.manifests import (
    BASE,
    DEPLOY,
    FILL_IN,
    KUSTOMIZATION,
    NAMESPACES,
    REPOSITORY,
    documents,
    kustomization,
    listed_files,
    namespace_folders,
    shipped,
)

EXAMPLES = sorted((DEPLOY / "examples").glob("*.yaml"))
SPECS = {"AddonRelease": AddonReleaseSpec, "AddonCatalog": AddonCatalogSpec}


def test_every_manifest_is_listed() -> None:
    listed = {file for folder in (BASE, FILL_IN, *namespace_folders()) for file, _ in listed_files(folder)}
    folders = (REPOSITORY / "crds", BASE, FILL_IN, NAMESPACES, DEPLOY / "coredns-rbac")

    present = {file for folder in folders for file in folder.rglob("*.yaml") if file.name != KUSTOMIZATION}

    assert listed == {file.resolve() for file in present}


def test_the_base_brings_no_right_in_a_namespace_that_some_clusters_lack() -> None:
    namespaces = {"addon-updater", "default", "kube-system", ""}

    assert {
        document["metadata"].get("namespace", "")
        for file, _ in listed_files(BASE)
        for document in documents(file)
    } <= namespaces


def test_no_folder_is_reached_by_a_file_path_outside_its_root() -> None:
    """Kustomize loads folders from anywhere and files only from below the kustomization that names them."""
    outside = [
        (file, resource)
        for file in [*DEPLOY.rglob(KUSTOMIZATION), REPOSITORY / "crds" / KUSTOMIZATION]
        for resource in kustomization(file.parent)["resources"]
        if resource.startswith("..") and not (file.parent / resource).is_dir()
    ]

    assert outside == []


@pytest.mark.parametrize("file", [file for file, _ in listed_files(BASE)], ids=lambda file: file.name)
def test_every_document_says_what_it_is(file: Path) -> None:
    assert [
        document
        for document in documents(file)
        if not (document.get("apiVersion") and document.get("kind") and document["metadata"].get("name"))
    ] == []


def test_no_object_is_shipped_twice() -> None:
    identities = Counter(
        (document["kind"], document["metadata"].get("namespace", ""), document["metadata"]["name"])
        for document in shipped()
    )

    assert [identity for identity, count in identities.items() if count > 1] == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_is_a_valid_object(file: Path) -> None:
    for document in documents(file):
        spec = SPECS[document["kind"]].model_validate(document["spec"])

        assert document["apiVersion"] == "addon-updater.dev/v1alpha1"
        assert spec.model_fields_set


def test_the_catalog_of_the_examples_fits_over_the_shipped_one() -> None:
    (document,) = documents(DEPLOY / "examples/addoncatalog-house-rules.yaml")
    embedded = load_embedded()

    merged = merge(embedded, {"house-rules": AddonCatalogSpec.model_validate(document["spec"])})

    assert merged != embedded
