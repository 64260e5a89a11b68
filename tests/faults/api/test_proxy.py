"""The proxy passes everything through, and does to some requests what a fault says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
import yaml

from faults.api.plan import Fault, Match
from faults.api.proxy import Proxy

PODS = "/api/v1/namespaces/x/pods"
WATCHED = b'{"type":"ADDED","object":{}}\n{"type":"MODIFIED","object":{}}\n'


class Server(ThreadingHTTPServer):
    """An API server as far as these tests go: it counts, and says what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.heard: list[tuple[str, str, dict[str, str]]] = []


class Answering(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.heard.append((self.command, self.path, dict(self.headers)))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = WATCHED if "watch=true" in self.path else json.dumps(len(self.server.heard)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - named by the base class

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Behind:
    """A proxy with faults in front of the server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.crashes = 0
        self._file = folder / "kubeconfig"
        url = f"http://127.0.0.1:{server.server_port}"
        self._file.write_text(yaml.safe_dump({"clusters": [{"cluster": {"server": url}}]}))
        self.proxy: Proxy

    def open(self, *faults: Fault) -> Behind:
        self.proxy = Proxy(self._file, "replica-a", faults, self.crash)
        self.proxy.start()
        return self

    def crash(self) -> None:
        self.crashes += 1

    def ask(self, path: str = PODS, method: str = "POST", timeout: float = 5.0) -> Any:
        request = Request(
            f"{self.proxy.url}{path}", method=method, headers={"Authorization": "Bearer secret"}
        )
        if method == "POST":
            request.data = b"{}"
        with urlopen(request, timeout=timeout) as answer:
            return answer.read()


@pytest.fixture
def behind(server: Server, tmp_path: Path) -> Iterator[Behind]:
    behind = Behind(server, tmp_path)
    yield behind
    behind.proxy.stop()


def on_creates(do: str, **fields: Any) -> Fault:
    return Fault.model_validate({"request": Match(verb="create"), "do": do, **fields})


def test_what_meets_no_fault_passes_through_under_the_name_of_the_replica(
    server: Server, behind: Behind
) -> None:
    assert behind.open().ask(f"{PODS}?fieldManager=a%2Fb") == b"1"
    method, path, headers = server.heard[0]
    assert (method, path) == ("POST", f"{PODS}?fieldManager=a%2Fb")
    assert headers["Authorization"] == "Bearer secret"
    assert headers["User-Agent"] == "addon-updater/replica-a"
    assert [(str(one.asked), one.code, one.fault) for one in behind.proxy.exchanges] == [
        ("create pods", 200, "")
    ]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (409, "Conflict"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
        (403, "Forbidden"),
    ],
)
def test_a_refusal_is_a_status_and_the_server_never_hears_of_the_request(
    server: Server, behind: Behind, code: int, reason: str
) -> None:
    behind.open(on_creates("status", code=code, retryAfter=1))
    with pytest.raises(HTTPError) as caught:
        behind.ask()
    status = json.loads(caught.value.read())
    assert (status["kind"], status["code"], status["reason"]) == ("Status", code, reason)
    assert caught.value.headers["Retry-After"] == "1"
    assert server.heard == []
    assert behind.ask() == b"1"


@pytest.mark.parametrize(
    ("do", "heard", "crashes"),
    [
        ("drop-before", 0, 0),
        ("reset", 0, 0),
        ("crash-before", 0, 1),
        ("drop-after", 1, 0),
        ("crash-after", 1, 1),
    ],
)
def test_a_reply_is_lost_before_or_after_the_server_has_acted(
    server: Server, behind: Behind, do: str, heard: int, crashes: int
) -> None:
    behind.open(on_creates(do))
    with pytest.raises((ConnectionError, URLError)):
        behind.ask()
    assert len(server.heard) == heard
    assert behind.crashes == crashes
    assert behind.ask() == str(heard + 1).encode()


def test_silence_lasts_until_the_other_side_gives_up(server: Server, behind: Behind) -> None:
    behind.open(on_creates("timeout"))
    with pytest.raises(TimeoutError):
        behind.ask(timeout=0.3)
    assert server.heard == []


def test_nothing_goes_into_a_black_hole(behind: Behind) -> None:
    behind.open()
    behind.proxy.blackhole = True
    with pytest.raises(TimeoutError):
        behind.ask(timeout=0.3)
    behind.proxy.blackhole = False
    assert behind.ask() == b"1"


def test_a_stale_answer_is_the_first_one(behind: Behind) -> None:
    behind.open(Fault(request=Match(verb="list", nth=3), do="stale"))
    assert [behind.ask(PODS, "GET") for _ in range(4)] == [b"1", b"2", b"1", b"3"]


def test_a_document_of_our_own_takes_the_place_of_an_answer(behind: Behind) -> None:
    behind.open().proxy.answer("/version", {"minor": "35"})
    assert json.loads(behind.ask("/version", "GET")) == {"minor": "35"}
    behind.proxy.answer("/version", None)
    assert behind.ask("/version", "GET") == b"1"


def test_servers_that_share_an_address_answer_in_turn(behind: Behind) -> None:
    behind.open().proxy.answer_in_turn("/version", [{"minor": "35"}, {"minor": "34"}])
    told = [json.loads(behind.ask("/version", "GET"))["minor"] for _ in range(3)]
    assert told == ["35", "34", "35"]


def test_a_held_reply_waits_for_what_shall_happen_before_it(server: Server, behind: Behind) -> None:
    point = behind.open().proxy.checkpoint(Match(verb="create", nth=2), hold=True)
    assert behind.ask() == b"1"
    assert not point.reached.is_set()
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append(behind.ask()))
    asking.start()
    assert point.reached.wait(5)
    assert (len(server.heard), answers) == (2, [])
    point.passed.set()
    asking.join(5)
    assert answers == [b"2"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (None, WATCHED),
        (
            Fault(request=Match(verb="watch"), do="watch-drop", type="MODIFIED"),
            b'{"type":"ADDED","object":{}}\n',
        ),
    ],
)
def test_a_watch_comes_line_by_line(behind: Behind, fault: Fault | None, expected: bytes) -> None:
    behind.open(*([] if fault is None else [fault]))
    assert behind.ask(f"{PODS}?watch=true", "GET") == expected
    assert behind.proxy.exchanges[0].events == ["ADDED", "MODIFIED"]
