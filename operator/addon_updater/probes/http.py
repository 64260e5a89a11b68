"""Asks an addon's HTTP API. What the network does wrong is an answer, not an error."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from addon_updater.rollout.gate import HttpAnswer, HttpQuestion

TIMEOUT_S = 10.0


async def get(server: str, question: HttpQuestion, token: str | None) -> HttpAnswer:
    """One GET; redirects are not followed, so that a token never leaves for another server."""
    host = f"[{server}]" if ":" in server else server
    url = f"{question.scheme}://{host}:{question.port}{question.path}"
    # Nothing compressed: a few bytes on the wire must not become more in memory than the limit lets through.
    headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {})
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            body = await _read(answer.content, question.limit + 1)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        return HttpAnswer(None, error=f"{type(error).__name__}: {error}"[:256])
    text = body[: question.limit].decode(errors="replace")
    return HttpAnswer(answer.status, text, is_cut=len(body) > question.limit)


async def _read(stream: aiohttp.StreamReader, limit: int) -> bytes:
    """At most `limit` bytes of the body, whatever its length."""
    parts, left = [], limit
    while left > 0 and (part := await stream.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def read_token(folder: Path, name: str) -> str | None:
    """The token in the file of that name, read anew each time so that a rotated one counts; None without one."""
    try:
        return (folder / name).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        return None
