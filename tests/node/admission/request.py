"""Raw requests to an API server under the token of one account."""

import json
import ssl
import urllib.error
import urllib.request
from base64 import b64decode
from dataclasses import dataclass, field
from pathlib import Path

import yaml

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """One request; `{namespace}` in the path stands for the governed namespace of the test."""

    method: str
    path: str
    body: object = None
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    status: int
    message: str
    """The message of a Status object, or the whole body."""

    @property
    def accepted(self) -> bool:
        return self.status in (200, 201, 202)


class Account:
    """Sends requests as whoever owns `token`, to the server of a kubeconfig."""

    def __init__(self, kubeconfig: Path, token: str, namespace: str) -> None:
        cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
        self._server = cluster["server"]
        self._tls = ssl.create_default_context(
            cadata=b64decode(cluster["certificate-authority-data"]).decode()
        )
        self._token = token
        self._namespace = namespace

    def send(self, request: Request, *, dry_run: bool = False) -> Answer:
        """With `dry_run` the server decides as always, admission included, and stores nothing."""
        path = request.path.replace("{namespace}", self._namespace)
        if dry_run and request.method != "GET":
            path += ("&" if "?" in path else "?") + "dryRun=All"
        outgoing = urllib.request.Request(
            self._server + path,
            method=request.method,
            data=None if request.body is None else json.dumps(request.body).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": request.content_type,
                **request.headers,
            },
        )
        try:
            with urllib.request.urlopen(outgoing, timeout=30, context=self._tls) as answer:
                return Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _message(error.read().decode()))


def _message(body: str) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body
