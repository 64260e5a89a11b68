"""What a proxy says and does on the wire: refusals as an API server words them, and broken connections."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from base64 import b64decode
from pathlib import Path

import yaml
from aiohttp import web

from faults.api.requests import Asked

_REASONS = {
    403: "Forbidden",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}
"""HTTP code -> metav1.StatusReason; source: k8s.io/apimachinery pkg/apis/meta/v1/types.go."""


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Break a connection with RST, as a crashed peer does."""
    if not isinstance(transport, asyncio.Transport) or transport.is_closing():
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def refusal(code: int, asked: Asked, retry_after: int | None, message: str = "") -> web.Response:
    """A Status as an API server sends it; source: k8s.io/apimachinery pkg/apis/meta/v1/types.go."""
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": f"{message}: {asked}" if message else f"an injected fault answers {asked}",
        "reason": _REASONS[code],
        "details": {"name": asked.name, "kind": asked.resource},
        "code": code,
    }
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return web.Response(
        status=code, text=json.dumps(status), content_type="application/json", headers=headers
    )


def server_of(kubeconfig: Path) -> tuple[str, ssl.SSLContext]:
    cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
    authority = cluster.get("certificate-authority-data")
    known = None if authority is None else b64decode(authority).decode()
    return cluster["server"], ssl.create_default_context(cadata=known)
