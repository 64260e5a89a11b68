"""The client of the command line, with the rights of the person who runs it. It only reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from addon_updater.cluster import paths
from addon_updater.cluster.client import Client, KubeAccess, Manifest, read_kubeconfig
from addon_updater.errors import ApiError, ForbiddenError, NotFoundError, TransientError, UnauthorizedError

UNKNOWN_CALLER = "the API server does not accept your credentials; log in again or choose another --context"
_DISPENSABLE = {
    paths.API_SERVICE: "the address of the API server's Service, which functional checks compare with",
    paths.API_ENDPOINTS: "the list of API servers",
    paths.ACCESS_REVIEWS: "whether the addon's ServiceAccount may list and watch endpointslices, which the preflight "
    "checks would block on",
}
"""What may be left unknown when the person may not read it; each is named in the answer instead."""
_DISPENSABLE_KINDS = {
    "poddisruptionbudgets": "whether the rollout keeps to the PodDisruptionBudgets",
    "resourcequotas": "whether the ResourceQuotas have room for the update",
    "limitranges": "whether the LimitRanges let new pods start",
    "persistentvolumeclaims": "whether the claims of the pods outlive the update",
}
"""The same for lists, by the last part of their path."""


class Reader(Client):
    """The client of the command line. It refuses to write, and says which right is missing in one sentence.

    `skipped` collects what could not be asked and what that means.
    """

    def __init__(self, access: KubeAccess) -> None:
        super().__init__(access.configuration, use_proxy_variables=True)
        self.namespace = access.namespace
        self.skipped: dict[str, str] = {}

    @property
    def server(self) -> str:
        """The address of the kubeconfig's API server."""
        return str(self.configuration.host)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | str | None = None,
        query: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        host: str | None = None,
    ) -> Manifest:
        if method != "GET" and path != paths.ACCESS_REVIEWS:
            raise AssertionError(f"{method} {path}: the command line only reads")
        try:
            return await super()._request(
                method, path, body=body, query=query, content_type=content_type, host=host
            )
        except UnauthorizedError as error:
            raise ApiError(UNKNOWN_CALLER, status=error.status) from error
        except ForbiddenError as error:
            if (what := _dispensable(path)) is not None:
                self.skipped[path] = f"{what}: not asked, because you may not {missing_right(path)}"
                return {}
            raise _refused(path, error) from error
        except TransientError as error:
            raise TransientError(_silence(host or self.server, error), status=error.status) from error

    async def releases(self, namespace: str | None) -> list[Manifest]:
        """The AddonReleases of a namespace; of all when it is None.

        Raises:
            NotFoundError: the cluster does not know the kind.
        """
        try:
            return await self.list(paths.releases(namespace))
        except NotFoundError as error:
            raise NotFoundError(
                f"the cluster at {self.server} has no kind AddonRelease; install addon-updater there or choose "
                "another --context",
                status=404,
            ) from error

    async def releases_around(self, namespace: str) -> tuple[list[Manifest], bool]:
        """The AddonReleases of the cluster, or of the namespace alone when only these may be read; True: all.

        Raises:
            NotFoundError: the cluster does not know the kind.
        """
        try:
            return await self.releases(None), True
        except ApiError as error:
            if error.status != 403:
                raise
            return await self.releases(namespace), False


async def open_reader(kubeconfig: str | None, context: str | None) -> Reader:
    """Connect as kubectl would: the flag, else KUBECONFIG, else the file in the home directory.

    Raises:
        ApiError: no kubeconfig is usable.
    """
    return Reader(await find_access(kubeconfig, context))


async def find_access(kubeconfig: str | None, context: str | None) -> KubeAccess:
    """The way to the API server that kubectl would take.

    Raises:
        ApiError: no kubeconfig is usable.
    """
    return await read_kubeconfig(_existing(kubeconfig), context=context)


def _existing(flag: str | None) -> str:
    path = flag or os.environ.get("KUBECONFIG") or "~/.kube/config"
    if not any(Path(one).expanduser().is_file() for one in path.split(os.pathsep) if one):
        raise ApiError(f"kubeconfig {path} does not exist; pass --kubeconfig or set KUBECONFIG")
    return path


def _dispensable(path: str) -> str | None:
    """What stays unknown without this path; None when nothing can be said without it."""
    return _DISPENSABLE.get(path) or _DISPENSABLE_KINDS.get(path.rpartition("/")[2])


def _refused(path: str, error: ForbiddenError) -> ApiError:
    """The plain ApiError passes the code that turns a ForbiddenError into advice about the operator's own rights."""
    message = (
        f"you may not {missing_right(path)}; ask for a role with this right, reading is all that is needed"
    )
    return ApiError(message, status=error.status)


def missing_right(path: str) -> str:
    """The missing right in kubectl's words, as in "list controllerrevisions.apps in namespace kube-system"."""
    if path == paths.ACCESS_REVIEWS:
        return "create subjectaccessreviews.authorization.k8s.io"
    if not path.startswith(("/api/", "/apis/")):
        return f"get {path}"
    root, *rest = path.strip("/").split("/")
    group = f".{rest.pop(0)}" if root == "apis" else ""
    rest.pop(0)
    where = ""
    if rest[0] == "namespaces" and len(rest) > 2:
        where, rest = f" in namespace {rest[1]}", rest[2:]
    verb = "get" if len(rest) > 1 else "list"
    return f"{verb} {rest[0]}{group}{where}"


def _silence(server: str, error: TransientError) -> str:
    if error.status:
        return f"the API server at {server} is in trouble: {error}; try again"
    cause = error.__cause__
    reason = "no answer in time" if isinstance(cause, TimeoutError) else str(cause or error)
    return f"the API server at {server} cannot be reached: {reason}; check the network, --kubeconfig and --context"
