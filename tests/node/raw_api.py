"""The API server as a test sees it: raw requests as cluster admin, under any field manager."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from node.admission.request import APPLY, JSON, MERGE, STRATEGIC, Account, Answer, Request

Manifest = dict[str, Any]
T = TypeVar("T")

ADMIN_MANAGER = "kubectl-test"


class RawApi:
    """Plain requests; no client library that would add fields or managers of its own."""

    def __init__(self, kubeconfig: Path) -> None:
        token = yaml.safe_load(kubeconfig.read_text())["users"][0]["user"]["token"]
        self._account = Account(kubeconfig, token, "kube-system")

    def ask(self, request: Request, *, dry_run: bool = False) -> Answer:
        """The answer, whatever it is."""
        return self._account.send(request, dry_run=dry_run)

    def get(self, path: str) -> Manifest | None:
        """An object or a list; None when it does not exist."""
        answer = self.ask(Request("GET", path))
        return None if answer.status == 404 else _content(answer)

    def items(self, path: str) -> list[Manifest]:
        """The objects of a collection."""
        return list((self.get(path) or {})["items"])

    def create(self, path: str, body: Manifest, *, manager: str = ADMIN_MANAGER) -> Manifest:
        """Create an object."""
        return _content(self.ask(Request("POST", f"{path}?fieldManager={manager}", body, JSON)))

    def replace(self, path: str, body: Manifest, *, manager: str = ADMIN_MANAGER) -> Manifest:
        """Replace an object."""
        return _content(self.ask(Request("PUT", f"{path}?fieldManager={manager}", body, JSON)))

    def merge(self, path: str, body: Manifest, *, manager: str = ADMIN_MANAGER) -> Manifest:
        """Change an object by a merge patch."""
        return _content(self.ask(Request("PATCH", f"{path}?fieldManager={manager}", body, MERGE)))

    def patch(self, path: str, body: Manifest, *, manager: str = ADMIN_MANAGER) -> Manifest:
        """Change an object by a strategic merge patch: items of its lists are found by their keys."""
        return _content(self.ask(Request("PATCH", f"{path}?fieldManager={manager}", body, STRATEGIC)))

    def apply(self, path: str, body: Manifest, *, manager: str) -> Manifest:
        """Server-side apply with force."""
        return _content(self.ask(Request("PATCH", f"{path}?fieldManager={manager}&force=true", body, APPLY)))

    def delete(self, path: str) -> None:
        """Delete an object or a whole collection; one that is gone is fine."""
        answer = self.ask(Request("DELETE", path))
        assert answer.accepted or answer.status == 404, answer


def _content(answer: Answer) -> Manifest:
    assert answer.accepted, answer
    content: Manifest = json.loads(answer.message)
    return content


def eventually(check: Callable[[], T], what: object, timeout: float = 120.0, pause: float = 0.3) -> T:
    """Ask until the answer is true in a boolean context, and give it; a test that waits in vain fails.

    A bound that is never met costs nothing while all is well, so it is several times what this takes on two cores.
    """
    deadline = time.monotonic() + timeout
    while not (found := check()):
        assert time.monotonic() < deadline, f"waited {timeout:.0f} s in vain for {what}"
        time.sleep(pause)
    return found
