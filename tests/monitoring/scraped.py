"""A real Prometheus on loopback that scrapes the metrics of this process, as of two replicas."""

import json
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import start_http_server

from addon_updater.metrics import REGISTRY

LOOPBACK = "127.0.0.1"
START_SECONDS = 60.0


class Prometheus:
    """Answers queries at its address."""

    def __init__(self, port: int) -> None:
        self._address = f"http://{LOOPBACK}:{port}"

    def ask(self, expression: str, at: datetime | None = None) -> list[dict[str, Any]]:
        """The series of an instant query, of now unless told; an error of the query fails the test."""
        moment = {} if at is None else {"time": at.timestamp()}
        query = urllib.parse.urlencode({"query": expression, **moment})
        with urllib.request.urlopen(f"{self._address}/api/v1/query?{query}", timeout=10) as answer:
            result = json.load(answer)["data"]
        assert result["resultType"] == "vector"
        return result["result"]

    def wait_for(self, expression: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.ask(expression):
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"Prometheus knows no {expression} after {START_SECONDS:g} s")


@contextmanager
def scraping_prometheus(binary: Path, folder: Path, rules: Path) -> Iterator[Prometheus]:
    """Ready to be asked soon; it evaluates the rules every second, as it scrapes."""
    with ExitStack() as stack:
        replicas = [stack.enter_context(_metrics_server()) for _ in range(2)]
        targets = [f"{LOOPBACK}:{port}" for port in replicas]
        job = {"job_name": "addon-updater", "honor_labels": True, "static_configs": [{"targets": targets}]}
        every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config = {"global": every, "rule_files": [str(rules)], "scrape_configs": [job]}
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        port = _free_port()
        command = [
            str(binary),
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            f"--web.listen-address={LOOPBACK}:{port}",
        ]
        log = stack.enter_context((folder / "prometheus.log").open("wb"))
        process = stack.enter_context(subprocess.Popen(command, cwd=folder, stdout=log, stderr=log))
        stack.callback(process.kill)
        yield Prometheus(port)


@contextmanager
def _metrics_server() -> Iterator[int]:
    port = _free_port()
    server, thread = start_http_server(port, LOOPBACK, REGISTRY)
    try:
        yield port
    finally:
        server.shutdown()
        server.server_close()
        assert isinstance(thread, threading.Thread)
        thread.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
