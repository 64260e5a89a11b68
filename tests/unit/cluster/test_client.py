import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import ConfigException

from addon_updater.cluster import client as client_module
from addon_updater.cluster.client import Client
from addon_updater.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransientError,
    UnauthorizedError,
)

SECRET = "hunter2"  # a value that must never leave the server's answer
POLICY = "ValidatingAdmissionPolicy 'addon-updater' with binding 'addon-updater' denied request: not listed"
UNKNOWN_FIELD = (
    "failed to create typed patch object (kube-system/coredns): .spec.x: field not declared in schema"
)


@pytest.fixture(autouse=True, scope="module")
def certificates() -> Iterator[None]:
    """Every client reads the system's certificates, which no test here needs twice."""
    with pytest.MonkeyPatch.context() as patch:
        context = ssl.create_default_context()
        patch.setattr(ssl, "create_default_context", lambda **_: context)
        yield


@dataclass
class Heard:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: str
    port: int
    """Of the client; each connection has another one."""


@dataclass
class Server:
    """Answers what it is told to, in turn, and remembers what it was asked."""

    answers: list[web.Response] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    delay: float = 0.0

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append(
            Heard(
                request.method,
                request.path,
                dict(request.query),
                request.headers,
                await request.text(),
                request.transport.get_extra_info("peername")[1],
            )
        )
        await asyncio.sleep(self.delay)
        return self.answers.pop(0) if self.answers else web.json_response({})


@contextlib.asynccontextmanager
async def talking(*answers: web.Response, delay: float = 0.0) -> AsyncIterator[tuple[Client, Server]]:
    server = Server(list(answers), delay=delay)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    async with TestServer(app) as listening:
        client = Client(Configuration(host=str(listening.make_url("")).rstrip("/")))
        try:
            yield client, server
        finally:
            await client.close()


def refused(status: int, **content: object) -> web.Response:
    return web.json_response({"kind": "Status", "code": status, **content}, status=status)


ERRORS = [
    (400, {}, InvalidError),
    (401, {}, UnauthorizedError),
    (403, {}, ForbiddenError),
    (404, {}, NotFoundError),
    (409, {"reason": "AlreadyExists"}, ConflictError),
    (409, {"reason": "Conflict"}, ConflictError),
    (410, {"reason": "Expired"}, TransientError),
    (413, {}, InvalidError),
    (415, {}, InvalidError),
    (422, {}, InvalidError),
    (422, {"message": POLICY}, ForbiddenError),
    (403, {"message": POLICY}, ForbiddenError),
    (429, {}, TransientError),
    (500, {}, TransientError),
    (500, {"message": UNKNOWN_FIELD}, InvalidError),
    (503, {}, TransientError),
    (504, {}, TransientError),
]


@pytest.mark.parametrize(("status", "content", "kind"), ERRORS)
async def test_every_refusal_becomes_the_error_that_says_what_to_do_next(status, content, kind):
    async with talking(refused(status, **content)) as (client, _):
        with pytest.raises(ApiError) as raised:
            await client.apply("/apis/apps/v1/x", {})
    assert type(raised.value) is kind
    assert raised.value.status == status
    assert str(raised.value).startswith(f"PATCH /apis/apps/v1/x: {status}")


async def test_a_token_that_is_not_accepted_is_no_missing_right_and_may_be_renewed():
    async with talking(refused(401, message="Unauthorized")) as (client, _):
        with pytest.raises(
            TransientError, match=r"does not accept the token of this process.*ServiceAccount"
        ) as raised:
            await client.get("/api/v1/x")
    assert not isinstance(raised.value, ForbiddenError)


async def test_a_refused_content_is_told_by_its_fields_and_never_by_its_values():
    answer = refused(
        422,
        message=f'ConfigMap "x" is invalid: data[a]: Invalid value: "{SECRET}"',
        details={"causes": [{"field": "data[a]", "reason": "FieldValueInvalid", "message": SECRET}]},
    )
    async with talking(answer) as (client, _):
        with pytest.raises(InvalidError) as raised:
            await client.merge("/api/v1/x", {})
    assert str(raised.value) == "PATCH /api/v1/x: 422 data[a]: FieldValueInvalid"


async def test_the_word_of_a_policy_is_told_in_full():
    answer = refused(422, message=POLICY, details={"causes": [{"message": POLICY}]})
    async with talking(answer) as (client, _):
        with pytest.raises(ForbiddenError, match="denied request: not listed"):
            await client.merge("/api/v1/x", {})


@pytest.mark.parametrize("body", [b"<html>bad gateway</html>", b"[1]", b"", b"\xff\xfe"])
async def test_an_answer_that_is_no_object_is_an_error_like_any_other(body):
    async with talking(web.Response(status=502, body=body)) as (client, _):
        with pytest.raises(TransientError, match="502"):
            await client.get("/api/v1/x")


async def test_no_answer_in_time_is_transient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "REQUEST_TIMEOUT_S", 0.02)
    async with talking(delay=0.1) as (client, _):
        with pytest.raises(TransientError, match="TimeoutError") as raised:
            await client.get("/api/v1/x")
    assert raised.value.status == 0


async def test_nobody_listening_is_transient():
    client = Client(Configuration(host="http://127.0.0.1:1"))
    with pytest.raises(TransientError, match="GET /api/v1/x"):
        await client.get("/api/v1/x")
    await client.close()


async def test_the_token_is_asked_for_with_every_request_and_one_that_cannot_be_read_is_transient():
    tokens = iter(["bearer one", "bearer two"])

    def refresh(configuration: Configuration) -> None:
        token = next(tokens, None)
        if token is None:
            raise ConfigException("Token file exists but empty.")
        configuration.api_key["BearerToken"] = token

    async with talking() as (client, server):
        client.configuration.api_key["BearerToken"] = "bearer none"
        client.configuration.refresh_api_key_hook = refresh
        await client.get("/a")
        await client.get("/b")
        assert [heard.headers["authorization"] for heard in server.heard] == ["bearer one", "bearer two"]
        with pytest.raises(TransientError, match="Token file"):
            await client.get("/c")


async def test_an_object_that_does_not_exist_is_a_value_and_one_that_is_gone_already_is_deleted():
    async with talking(refused(404), refused(404)) as (client, _):
        assert await client.get("/api/v1/x") is None
        await client.delete("/api/v1/x")


async def test_a_list_is_read_in_pages_with_its_selector():
    first = web.json_response({"items": [{"a": 1}], "metadata": {"continue": "c/1=="}})
    last = web.json_response({"items": [{"a": 2}], "metadata": {}})
    async with talking(first, last) as (client, server):
        assert await client.list("/api/v1/pods", labels="app=dns,team in (a)") == [{"a": 1}, {"a": 2}]
    assert [heard.query for heard in server.heard] == [
        {"limit": "200", "labelSelector": "app=dns,team in (a)"},
        {"limit": "200", "labelSelector": "app=dns,team in (a)", "continue": "c/1=="},
    ]


async def test_pages_come_one_by_one_in_the_size_asked_for():
    first = web.json_response({"items": [{"a": 1}, {"a": 2}], "metadata": {"continue": "c"}})
    last = web.json_response({"items": None})
    async with talking(first, last) as (client, server):
        pages = client.pages("/api/v1/nodes", size=2)
        assert await anext(pages) == [{"a": 1}, {"a": 2}]
        assert len(server.heard) == 1
        assert [page async for page in pages] == [[]]
    assert [heard.query for heard in server.heard] == [{"limit": "2"}, {"limit": "2", "continue": "c"}]


async def test_a_question_asked_afresh_goes_over_a_connection_of_its_own():
    async with talking() as (client, server):
        for _ in range(2):
            await client.get("/version")
        for _ in range(3):
            await client.get_afresh("/version")
        await client.get("/version")
    first, second, *fresh, last = [heard.port for heard in server.heard]
    assert first == second == last
    assert len({first, *fresh}) == 4


async def test_a_question_asked_afresh_fails_like_any_other():
    async with talking(refused(403, message="no")) as (client, _):
        with pytest.raises(ForbiddenError):
            await client.get_afresh("/version")


BODY = {"metadata": {"name": "x"}, "data": {"a": "é\n"}}
MANAGER = {"fieldManager": "addon-updater"}
WRITES = [
    ("create", "POST", "application/yaml", MANAGER),
    ("apply", "PATCH", "application/apply-patch+yaml", MANAGER | {"force": "true"}),
    ("merge", "PATCH", "application/merge-patch+json", MANAGER),
    ("replace", "PUT", "application/json", MANAGER),
]


@pytest.mark.parametrize(("verb", "method", "content_type", "query"), WRITES)
async def test_every_write_has_its_method_its_type_and_our_name(verb, method, content_type, query):
    async with talking() as (client, server):
        await getattr(client, verb)("/api/v1/x", BODY)
    (heard,) = server.heard
    assert (heard.method, heard.path, heard.query) == (method, "/api/v1/x", query)
    assert heard.headers["Content-Type"] == content_type
    assert yaml.safe_load(heard.body) == BODY


async def test_what_is_created_is_sent_without_blanks_because_the_server_keeps_the_bytes():
    async with talking() as (client, server):
        await client.create("/api/v1/x", BODY)
    assert server.heard[0].body == '{"metadata":{"name":"x"},"data":{"a":"é\\n"}}'


@pytest.mark.parametrize(
    ("uid", "body"), [(None, ""), ("u1", '{"preconditions": {"uid": "u1"}}')], ids=["by name", "by uid"]
)
async def test_a_delete_names_the_one_it_means(uid, body):
    async with talking() as (client, server):
        await client.delete("/api/v1/x", uid=uid)
    assert (server.heard[0].method, server.heard[0].body) == ("DELETE", body)


def watch_of(*events: object) -> web.Response:
    return web.Response(text="".join(json.dumps(event) + "\n" for event in events))


def event(version: str, kind: str = "MODIFIED") -> dict:
    return {"type": kind, "object": {"metadata": {"resourceVersion": version}}}


async def versions_of(client: Client) -> list[str]:
    return [version async for version in client.versions("/api/v1/configmaps", "x")]


async def test_a_watch_tells_the_version_of_one_object_after_every_change():
    async with talking(watch_of(event("1", "ADDED"), event("2"), event("3", "DELETED"))) as (client, server):
        assert await versions_of(client) == ["1", "2", "3"]
    assert server.heard[0].query == {
        "watch": "true",
        "fieldSelector": "metadata.name=x",
        "timeoutSeconds": "290",
    }


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (watch_of({"type": "ERROR", "object": {"code": 410, "message": "too old"}}), TransientError),
        (watch_of({"type": "MODIFIED"}), TransientError),
        (watch_of("nonsense"), TransientError),
        (refused(403), ForbiddenError),
        (refused(500), TransientError),
    ],
    ids=["expired", "no object", "no event", "forbidden", "broken"],
)
async def test_a_watch_that_breaks_says_so_as_an_error_of_ours(answer, kind):
    async with talking(answer) as (client, _):
        with pytest.raises(kind):
            await versions_of(client)


async def test_watches_never_leave_the_other_requests_without_a_connection():
    async with talking() as (client, _):
        assert client.configuration.connection_pool_maxsize == 0
