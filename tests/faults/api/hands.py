"""Many edits in a short time: a few connections that stay open, instead of one for each request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import yaml

from faults.api.wire import server_of
from node.admission.request import MERGE
from node.raw_api import ADMIN_MANAGER

_TIMEOUT_S = 30.0


class Hands:
    """Cluster admins who change many objects at once; the connections end with the block."""

    def __init__(self, kubeconfig: Path, number: int = 4) -> None:
        server, self._tls = server_of(kubeconfig)
        self._address = urlsplit(server).netloc
        token = yaml.safe_load(kubeconfig.read_text())["users"][0]["user"]["token"]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": MERGE}
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="hand")
        self._own = threading.local()
        self._connections: list[HTTPSConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        for connection in self._connections:
            connection.close()

    def merge(self, paths: Iterable[str], body: Mapping[str, object]) -> None:
        """Change each of these objects by the same merge patch; all are changed when it returns.

        Raises:
            AssertionError: the API server refused one.
        """
        sent = json.dumps(body).encode()
        for _ in self._pool.map(lambda path: self._merge_one(path, sent), paths):
            pass

    def _merge_one(self, path: str, body: bytes) -> None:
        connection = self._connection()
        connection.request("PATCH", f"{path}?fieldManager={ADMIN_MANAGER}", body, self._headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 200, f"{path}: {answer.status} {said.decode(errors='replace')}"

    def _connection(self) -> HTTPSConnection:
        connection: HTTPSConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = HTTPSConnection(self._address, timeout=_TIMEOUT_S, context=self._tls)
            self._own.connection = connection
            self._connections.append(connection)
        return connection
