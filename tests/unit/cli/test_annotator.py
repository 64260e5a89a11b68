"""The one door through which the command line writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from addon_updater.cli.annotator import Annotator
from addon_updater.cluster import paths
from addon_updater.cluster.client import Client, KubeAccess
from addon_updater.cluster.store import Store
from addon_updater.errors import ApiError, ConflictError, ForbiddenError, TransientError, UnauthorizedError
from addon_updater.rollout.observed import Release
from addon_updater.rollout.situation import APPROVE_ANNOTATION, RESET_ANNOTATION, ROLLBACK_ANNOTATION
from unit.cli import examples

PATH = paths.release("kube-system", "coredns")


class Configuration:
    host = "https://api.example:6443"


def manifest(**changes: Any) -> dict[str, Any]:
    made = examples.release()
    made["metadata"] |= {"resourceVersion": "7"} | changes
    return made


def looked_at() -> Release:
    store = Store()
    store.put_release(manifest())
    return next(iter(store.releases.values())).identity


class Server:
    """An API server that answers from two scripts: what a GET shows and how a PATCH ends."""

    def __init__(self) -> None:
        self.shows: list[dict[str, Any] | None] = [manifest()]
        self.answers: list[Exception | None] = [None]
        self.patches: list[tuple[str, Mapping[str, Any], Mapping[str, Any], str]] = []

    async def request(self, _: Client, method: str, path: str, **sent: Any) -> dict[str, Any]:
        if method == "GET":
            shown = self.shows.pop(0) if len(self.shows) > 1 else self.shows[0]
            return shown or {}
        self.patches.append((path, sent["body"], sent["query"], sent["content_type"]))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            raise answer
        return {}


@pytest.fixture
def server(monkeypatch) -> Server:
    made = Server()

    def start(self, configuration, *, use_proxy_variables):  # noqa: ARG001
        self.configuration = configuration

    async def request(self, method, path, **sent):
        return await made.request(self, method, path, **sent)

    monkeypatch.setattr(Client, "__init__", start)
    monkeypatch.setattr(Client, "_request", request)
    return made


def annotator() -> Annotator:
    return Annotator(KubeAccess(Configuration(), "default"))


async def test_an_annotation_is_merged_under_our_own_name_and_bound_to_what_was_looked_at(server: Server):
    await annotator().annotate(looked_at(), {APPROVE_ANNOTATION: examples.HASH})
    [(path, body, query, content_type)] = server.patches
    assert path == PATH
    assert body == {
        "metadata": {
            "uid": "uid-coredns",
            "resourceVersion": "7",
            "annotations": {APPROVE_ANNOTATION: examples.HASH},
        }
    }
    assert query == {"fieldManager": "addon-updater-cli"}
    assert content_type == "application/merge-patch+json"


async def test_an_older_word_is_taken_out_in_the_same_write(server: Server):
    values = {RESET_ANNOTATION: "2026-03-01T12:00:00Z", ROLLBACK_ANNOTATION: None}
    await annotator().annotate(looked_at(), values)
    [(_, body, _, _)] = server.patches
    assert body["metadata"]["annotations"] == values


async def test_a_status_that_is_written_in_between_only_costs_another_look(server: Server):
    server.shows = [manifest(), manifest(resourceVersion="8")]
    server.answers = [ConflictError("409", status=409), None]
    await annotator().annotate(looked_at(), {APPROVE_ANNOTATION: examples.HASH})
    assert [body["metadata"]["resourceVersion"] for _, body, _, _ in server.patches] == ["7", "8"]


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(manifest(generation=2), id="another spec"),
        pytest.param(manifest(uid="uid-new"), id="another object of that name"),
        pytest.param(manifest(annotations={APPROVE_ANNOTATION: "f" * 16}), id="another word"),
        pytest.param(None, id="no object"),
    ],
)
async def test_what_a_person_has_not_seen_is_not_written_to(server: Server, shown):
    server.shows = [shown]
    with pytest.raises(ConflictError, match="was changed meanwhile, so nothing was written; look again"):
        await annotator().annotate(looked_at(), {APPROVE_ANNOTATION: examples.HASH})
    assert server.patches == []


@pytest.mark.parametrize(
    "answer, message",
    [
        (ForbiddenError("PATCH: 403 no", status=403), "you may not patch AddonReleases here"),
        (UnauthorizedError("PATCH: 401", status=401), "does not accept your credentials"),
        (TransientError("PATCH: no answer"), "nobody knows whether it was written"),
        (ConflictError("PATCH: 409", status=409), "was changed meanwhile"),
    ],
)
async def test_a_refused_write_says_what_helps(server: Server, answer, message):
    server.answers = [answer]
    with pytest.raises(ApiError, match=message):
        await annotator().annotate(looked_at(), {APPROVE_ANNOTATION: examples.HASH})


async def test_no_other_annotation_and_no_other_write_leaves_the_machine(server: Server):
    attempts = (
        annotator().annotate(looked_at(), {"example.org/other": "x"}),
        annotator().merge(PATH, {"spec": {}}),
        annotator().apply(PATH, {}),
        annotator().replace(PATH, {}),
        annotator().delete(PATH),
        annotator().create(paths.pods("kube-system"), {}),
    )
    for attempt in attempts:
        with pytest.raises(AssertionError):
            await attempt
    assert server.patches == []
