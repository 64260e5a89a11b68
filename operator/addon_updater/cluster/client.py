"""The API server behind a handful of methods: dict payloads, short timeouts, our error tree.

The only file that imports kubernetes. It uses the client's transport and configuration, and none of its typed
models: importing one typed API class costs 0.7 s and 25 MiB, and a typed list blocks the event loop.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
import yaml
from kubernetes.aio import config as kube_config
from kubernetes.aio.client import ApiClient, Configuration

from addon_updater import metrics
from addon_updater.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransientError,
    UnauthorizedError,
)

Manifest = dict[str, Any]
Page = list[Manifest]
"""Some objects of a collection."""

FIELD_MANAGER = "addon-updater"
REQUEST_TIMEOUT_S = 15
_WATCH_S = 290
# The token file may be missing or empty for a moment while it is renewed; then no request is sent at all.
_NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError, kube_config.ConfigException)
_PAGE = 200
_POLICY = "ValidatingAdmissionPolicy"
_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"
_YAML = "application/yaml"
_MERGE = "application/merge-patch+json"


class Client:
    """One connection pool to the API server."""

    def __init__(self, configuration: Configuration, *, use_proxy_variables: bool = False) -> None:
        # A proxy variable in the pod must not reroute requests to the API server; a person's laptop may need it.
        configuration.client_session_kwargs = {"trust_env": use_proxy_variables}
        # Every watch of a ConfigMap holds a connection for minutes; a full pool would starve all other requests.
        configuration.connection_pool_maxsize = 0
        self.configuration = configuration
        self._api = ApiClient(configuration)

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()  # type: ignore[no-untyped-call]

    async def get(self, path: str) -> Manifest | None:
        """One object, or None when it does not exist."""
        try:
            return await self._request("GET", path)
        except NotFoundError:
            return None

    async def list(self, path: str, *, labels: str | None = None) -> list[Manifest]:
        """All objects of a collection."""
        return [item async for page in self.pages(path, labels=labels) for item in page]

    async def pages(self, path: str, *, labels: str | None = None, size: int = _PAGE) -> AsyncIterator[Page]:
        """The objects of a collection, `size` at a time, so that not all of them are held at once."""
        query: dict[str, Any] = {"limit": size} | ({"labelSelector": labels} if labels else {})
        while True:
            page = await self._request("GET", path, query=query)
            yield page.get("items") or []
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return
            query["continue"] = following

    async def create(self, path: str, body: Mapping[str, Any]) -> Manifest:
        """Create an object; one that exists already is a ConflictError.

        Sent as YAML, of which JSON is a part: the server keeps the raw bytes of a ControllerRevision's data and
        compares them when its annotations change. JSON with the blanks that the client library writes would make
        every later patch "field is immutable"; from YAML the server makes the bytes that it writes itself.
        """
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        query = {"fieldManager": FIELD_MANAGER}
        return await self._request("POST", path, body=text, query=query, content_type=_YAML)

    async def apply(self, path: str, body: Mapping[str, Any]) -> Manifest:
        """Server-side apply with force; the body carries uid and resourceVersion as precondition."""
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        return await self._request("PATCH", path, body=body, query=query, content_type=_APPLY)

    async def merge(self, path: str, body: Mapping[str, Any]) -> Manifest:
        """JSON merge patch; null removes a field."""
        query = {"fieldManager": FIELD_MANAGER}
        return await self._request("PATCH", path, body=body, query=query, content_type=_MERGE)

    async def replace(self, path: str, body: Mapping[str, Any]) -> Manifest:
        """Replace an object; the body carries its resourceVersion."""
        return await self._request("PUT", path, body=body, query={"fieldManager": FIELD_MANAGER})

    async def delete(self, path: str, *, uid: str | None = None) -> None:
        """Delete an object if it is still the one with that uid; one that is gone is fine."""
        body = {"preconditions": {"uid": uid}} if uid is not None else None
        try:
            await self._request("DELETE", path, body=body)
        except NotFoundError:
            return

    async def get_from(self, server: str, path: str) -> Manifest:
        """One GET at a given server, as in https://10.0.0.1:6443, past the load balancer."""
        return await self._request("GET", path, host=server)

    async def get_afresh(self, path: str) -> Manifest:
        """One GET over a connection of its own, which a load balancer may lead to another server."""
        twin = copy(self)
        twin._api = ApiClient(self.configuration)  # noqa: SLF001 - of its own class
        try:
            return await twin._request("GET", path)  # noqa: SLF001 - of its own class
        finally:
            await twin.close()

    async def versions(self, path: str, name: str) -> AsyncIterator[str]:
        """The resourceVersion of one object of a collection, now and after every change, for some minutes.

        Raises:
            ApiError: the watch could not be opened or broke; open another.
        """
        query = {"watch": "true", "fieldSelector": f"metadata.name={name}", "timeoutSeconds": _WATCH_S}
        url = f"{self.configuration.host}{path}?{urlencode(query)}"
        timeout = aiohttp.ClientTimeout(total=_WATCH_S + REQUEST_TIMEOUT_S, connect=REQUEST_TIMEOUT_S)
        try:
            answer = await self._api.call_api(
                "GET", url, await self._headers(_JSON), _request_timeout=timeout
            )
            metrics.api_request("GET", answer.status)
            if answer.status >= 400:
                raw = await answer.read()  # type: ignore[no-untyped-call]
                raise _error("GET", path, answer.status, _decode(raw))
            async with answer.response as stream:
                async for line in stream.content:
                    event = _decode(line)
                    changed = event.get("object") or {}
                    version = (changed.get("metadata") or {}).get("resourceVersion")
                    if event.get("type") == "ERROR" or version is None:
                        raise TransientError(f"watch {path}: {changed.get('message') or 'no event'}")
                    yield version
        # aiohttp's answer to a line longer than its buffer is a ValueError.
        except (*_NO_ANSWER, ValueError) as error:
            raise TransientError(f"watch {path}: {type(error).__name__}: {error}") from error

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | str | None = None,
        query: Mapping[str, Any] | None = None,
        content_type: str = _JSON,
        host: str | None = None,
    ) -> Manifest:
        url = (host or self.configuration.host) + path + (f"?{urlencode(query)}" if query else "")
        try:
            response = await self._api.call_api(
                method,
                url,
                await self._headers(content_type),
                body=body,
                _request_timeout=REQUEST_TIMEOUT_S,
            )
            raw = await response.read()  # type: ignore[no-untyped-call]
        except _NO_ANSWER as error:
            metrics.api_request(method, 0)
            raise TransientError(f"{method} {path}: {type(error).__name__}: {error}") from error
        metrics.api_request(method, response.status)
        payload = _decode(raw)
        if response.status >= 400:
            raise _error(method, path, response.status, payload)
        return payload

    async def _headers(self, content_type: str) -> dict[str, str]:
        headers = {"Accept": _JSON, "Content-Type": content_type, "User-Agent": FIELD_MANAGER}
        auth = (await self.configuration.auth_settings()).get("BearerToken")
        if auth is not None:
            headers[auth["key"]] = auth["value"] or ""
        return headers


@dataclass(frozen=True, slots=True)
class KubeAccess:
    """What a kubeconfig file gives: the way to the API server and the namespace of its context."""

    configuration: Configuration
    namespace: str


async def connect(kubeconfig: str | None) -> Client:
    """A client for the cluster that this pod runs in, or for a kubeconfig file.

    Raises:
        ApiError: neither is usable; the message says what to do.
    """
    if kubeconfig is not None:
        return Client((await read_kubeconfig(kubeconfig)).configuration)
    configuration = Configuration()
    try:
        kube_config.load_incluster_config(configuration)  # type: ignore[no-untyped-call]
    except (kube_config.ConfigException, OSError) as error:
        raise ApiError(
            f"no way to reach an API server: {error}; run in a pod or pass --kubeconfig"
        ) from error
    return Client(configuration)


async def read_kubeconfig(path: str, *, context: str | None = None) -> KubeAccess:
    """Read a kubeconfig file, or several as the KUBECONFIG variable lists them; none is ever written.

    Raises:
        ApiError: it is not usable; the message says what to do.
    """
    configuration = Configuration()
    try:
        loader = await kube_config.load_kube_config(  # type: ignore[no-untyped-call]
            config_file=path, context=context, client_configuration=configuration, persist_config=False
        )
        chosen = loader.current_context["context"]
    except (kube_config.ConfigException, OSError, yaml.YAMLError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise ApiError(
            f"kubeconfig {path} is not usable: {reason}; pass --kubeconfig or --context"
        ) from error
    return KubeAccess(configuration, str(chosen.get("namespace") or "default"))


def _decode(raw: bytes) -> Manifest:
    try:
        payload = json.loads(raw or b"{}")
    except ValueError:
        return {"message": raw[:200].decode(errors="replace")}
    return payload if isinstance(payload, dict) else {"message": str(payload)[:200]}


_UNKNOWN_CALLER = (
    ": the server does not accept the token of this process. A token that expired is renewed by itself; if this lasts, "
    "see whether its ServiceAccount still exists and restart the pod, or log in again"
)
_ERRORS: dict[int, type[ApiError]] = {
    400: InvalidError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: InvalidError,
    415: InvalidError,
    422: InvalidError,
    429: TransientError,
}


def _error(method: str, path: str, status: int, payload: Manifest) -> ApiError:
    text = f"{method} {path}: {status} {_explanation(status, payload)}"
    kind = _ERRORS.get(status, TransientError)
    if kind is UnauthorizedError:
        text += _UNKNOWN_CALLER
    # An admission policy answers 403 or 422, by its reason; both mean that this write is not allowed.
    if status == 422 and _POLICY in str(payload.get("message")):
        kind = ForbiddenError
    # Server-side apply answers a field that the schema does not know with 500; repeating it never helps.
    if status == 500 and "failed to create typed patch object" in text:
        kind = InvalidError
    return kind(text, status=status)


def _explanation(status: int, payload: Manifest) -> str:
    """What the server said. For a refused content only the fields: its message repeats the values, secrets too."""
    causes = (payload.get("details") or {}).get("causes") or []
    if status == 422 and causes and _POLICY not in str(payload.get("message")):
        return "; ".join(f"{cause.get('field')}: {cause.get('reason')}" for cause in causes[:8])
    return str(payload.get("message") or payload.get("reason") or "")
