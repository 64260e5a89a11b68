"""A real API server refuses every invalid object and says which field is wrong and what to write instead."""

import json

import pytest

from cluster.invalid_catalogs import INVALID_CATALOGS
from cluster.invalid_objects import CATALOG, READINESS, RELEASE, RELEASES, Invalid, changed
from cluster.invalid_readiness import INVALID_READINESS
from cluster.invalid_releases import INVALID_RELEASES
from localcluster import Cluster
from localcluster.errors import NodeError
from node.admission.request import APPLY, MERGE, Request
from node.raw_api import RawApi

STRICT = "?fieldValidation=Strict"
CANNOT_CHANGE = "cannot change: delete this AddonRelease (the addon keeps running) and create another"


@pytest.mark.parametrize(
    "row", (*INVALID_RELEASES, *INVALID_CATALOGS, *INVALID_READINESS), ids=lambda row: row.name
)
def test_refused_with_field_and_remedy(api: RawApi, row: Invalid) -> None:
    answer = api.ask(Request("POST", row.collection + STRICT, row.manifest), dry_run=True)

    assert answer.status in (400, 422), answer
    assert row.field in answer.message
    assert row.remedy in answer.message


@pytest.mark.parametrize("manifest", (RELEASE, CATALOG, READINESS), ids=lambda manifest: manifest["kind"])
def test_without_the_mistake_the_same_object_is_accepted(api: RawApi, manifest: dict[str, object]) -> None:
    collection = Invalid("", manifest, "", "", "", "").collection

    assert api.ask(Request("POST", collection + STRICT, manifest), dry_run=True).accepted


@pytest.mark.parametrize(
    ("path", "value"),
    (
        ("spec.addon", "prometheus"),
        ("spec.container", "dns"),
        ("spec.container", None),
        ("spec.targetRef", {"apiVersion": "apps/v1", "kind": "Deployment", "name": "other"}),
        ("spec.targetRef", None),
    ),
    ids=lambda value: str(value)[:24],
)
def test_what_identifies_the_workload_cannot_change_later(
    api: RawApi, stored_release: str, path: str, value: object
) -> None:
    patch = changed({"spec": {}}, path, value)

    answer = api.ask(Request("PATCH", stored_release, patch, MERGE), dry_run=True)

    assert answer.status == 422, answer
    assert f"{path.removeprefix('spec.')} {CANNOT_CHANGE}" in answer.message


def test_everything_else_can_change_later(api: RawApi, stored_release: str) -> None:
    patch = {"spec": {"version": "~1.12", "suspend": True, "rollout": {"soak": "10m"}}}

    assert api.ask(Request("PATCH", stored_release, patch, MERGE), dry_run=True).accepted


def test_an_invalid_update_is_refused_as_an_invalid_creation_is(api: RawApi, stored_release: str) -> None:
    patch = changed(RELEASE, "spec.version", "newest")

    answer = api.ask(
        Request("PATCH", f"{stored_release}?fieldManager=kubectl-test&force=true", patch, APPLY), dry_run=True
    )

    assert answer.status == 422
    assert "spec.version" in answer.message
    assert "write a version range" in answer.message


@pytest.mark.parametrize(
    ("path", "value", "field", "remedy"),
    (
        ("spec.chanel", "Latest", 'unknown field "spec.chanel"', "strict decoding error"),
        ("spec.rollout.soak", "5 minutes", "spec.rollout.soak", "write a duration as in 1h30m, 10m or 90s"),
    ),
)
def test_kubectl_apply_shows_the_person_field_and_remedy(
    governed: Cluster, path: str, value: object, field: str, remedy: str
) -> None:
    text = json.dumps(changed(RELEASE, path, value))

    with pytest.raises(NodeError) as refused:
        governed.kubectl("apply", "-f", "-", input=text)

    assert field in str(refused.value)
    assert remedy in str(refused.value)


@pytest.fixture
def stored_release(api: RawApi):
    """A valid AddonRelease that really is in the cluster; no operator runs, so nothing comes of it."""
    path = f"{RELEASES}/{RELEASE['metadata']['name']}"
    api.create(RELEASES, RELEASE)
    yield path
    api.delete(path)
