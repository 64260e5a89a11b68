"""The fake Grafana, as a process, holds to what is known of Grafana's releases.

Sources: Grafana's upgrade guides and the issues of grafana/grafana that the rows name.
"""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcluster.build import WITHOUT_DEBUG
from localcluster.images.oci import write
from localcluster.images.stand_in import SOURCES, STAND_INS, stand_in

pytestmark = pytest.mark.node

PATIENCE = 60.0


@dataclass
class Release:
    """A running release of the fake."""

    process: "subprocess.Popen[str]"
    url: str

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; status 0 when nothing listens."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def ends_or_listens(self) -> bool:
        """Wait; whether it listens."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if self.get("/api/health")[0] != 0:
                return True
            assert time.monotonic() < deadline, "neither listens nor ends"
            time.sleep(0.05)
        return False

    def log(self) -> str:
        """What it wrote until its end, which this brings about."""
        self.process.terminate()
        return self.process.communicate(timeout=PATIENCE)[0]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write(tmp_path_factory.mktemp("fake") / "grafana", stand_in("grafana-fake"))
    path.chmod(0o755)
    return path


@contextmanager
def running(program: Path, data: Path, version: str, **environment: str) -> Iterator[Release]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = {
        "GRAFANA_FAKE_VERSION": version,
        "GF_PATHS_DATA": str(data),
        "GF_PATHS_PROVISIONING": str(data / "provisioning"),
        "GF_SERVER_HTTP_ADDR": "127.0.0.1",
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        **environment,
    }
    with subprocess.Popen(
        [program, "server"],
        env={**os.environ, **settings},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            yield Release(process, f"http://127.0.0.1:{port}")
        finally:
            process.kill()


@pytest.mark.parametrize("name", STAND_INS)
def test_the_tests_of_every_stand_in_pass(name: str) -> None:
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    # The flags of the build, so that what it compiled serves here.
    flags = ["-trimpath", WITHOUT_DEBUG, "."]
    for verb in ("vet", "test"):
        result = subprocess.run(
            ["go", verb, *flags],
            check=False,
            cwd=SOURCES / name,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "path, settings, exit_code, said",
    [
        ("9.5.21 10.4.19 11.6.16 12.4.9 13.2.3", {}, None, "FAKE Grafana"),
        ("9.5.20 13.1.0", {}, 1, "no such column: p.created_at"),  # issue 128739
        ("10.2.9 13.2.3", {}, None, "Count validation legacy_count=0 unified_count=0 rejected=0"),
        ("10.4.19", {"GF_ALERTING_ENABLED": "true"}, None, "migrations completed"),
        ("11.6.16", {"GF_ALERTING_ENABLED": "true"}, 1, "Legacy Alerting is removed"),  # guide of 11.0
        ("13.2.3", {"GF_RENDERING_SERVER_URL": "http://x"}, 1, "renderer_token"),  # guide of 13.0
        ("13.2.3", {"GRAFANA_FAKE_FAULT": "crash"}, 1, "panic"),
        ("13.2", {}, 1, "no version such as"),
    ],
)
def test_the_last_release_of_a_path_starts_or_refuses(
    program: Path, tmp_path: Path, *, path: str, settings: dict[str, str], exit_code: int | None, said: str
) -> None:
    *earlier, last = path.split()
    for version in earlier:
        with running(program, tmp_path, version) as release:
            assert release.ends_or_listens()
    with running(program, tmp_path, last, **settings) as release:
        assert release.ends_or_listens() is (exit_code is None)
        ended = release.process.poll()
        assert (ended, said in release.log()) == (exit_code, True)


def test_a_release_of_12_is_healthy_and_can_not_read_what_13_wrote(program: Path, tmp_path: Path) -> None:
    with running(program, tmp_path, "13.2.3") as release:
        assert release.ends_or_listens()
    provider = tmp_path / "provisioning" / "dashboards" / "team.yaml"
    write(provider, f"providers: [{{name: team, options: {{path: {tmp_path}}}}}]".encode())
    write(tmp_path / "one.json", json.dumps({"uid": "one", "title": "One"}).encode())
    for version, status, found in (("13.2.3", 200, '"uid":"one"'), ("12.4.9", 500, "Search failed")):
        with running(program, tmp_path, version) as release:
            assert release.ends_or_listens()
            assert release.get("/api/health")[0] == 200
            answered, body = release.get("/api/search?type=dash-db")
            assert (answered, found in body) == (status, True)
            # Issue 122875.
            assert ('version \\"dashboard.grafana.app/v2' in release.log()) is (version == "12.4.9")


def test_nothing_listens_before_the_migrations_are_done(program: Path, tmp_path: Path) -> None:
    with running(program, tmp_path, "13.2.3", GRAFANA_FAKE_MIGRATION_SECONDS="3") as release:
        time.sleep(0.4)
        assert (release.get("/api/health")[0], release.process.poll()) == (0, None)
        assert release.ends_or_listens()
    began = time.monotonic()
    with running(program, tmp_path, "13.2.3", GRAFANA_FAKE_MIGRATION_SECONDS="50") as release:
        assert release.ends_or_listens()
        assert time.monotonic() - began < 45.0


def test_lost_dashboards_leave_health_and_metrics_as_they_were(program: Path, tmp_path: Path) -> None:
    write(
        tmp_path / "provisioning" / "dashboards" / "team.yaml",
        f"providers: [{{name: team, options: {{path: {tmp_path}}}}}]".encode(),
    )
    write(tmp_path / "one.json", json.dumps({"uid": "one", "title": "One"}).encode())
    fault = {"GRAFANA_FAKE_FAULT": "lose-dashboards-after", "GRAFANA_FAKE_SECONDS": "1"}
    with running(program, tmp_path, "13.2.3", **fault) as release:
        assert release.ends_or_listens()
        deadline = time.monotonic() + PATIENCE
        while release.get("/api/search?type=dash-db") != (200, "[]\n"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert release.get("/api/health")[0] == 200
        assert "grafana_stat_totals_dashboard 1" in release.get("/metrics")[1]
        assert "Found dashboards to be deleted" in release.log()
