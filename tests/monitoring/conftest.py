import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from addon_updater import metrics
from localcluster.build import program
from localcluster.groups import PROMETHEUS_VERSIONS
from localcluster.settings import current_settings

Promtool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def nothing_shown() -> None:
    metrics.forget_releases()


@pytest.fixture(params=PROMETHEUS_VERSIONS)
def promtool(request: pytest.FixtureRequest, tmp_path: Path) -> Promtool:
    """Run the real promtool of a version, in a folder of the test's own; both streams come as one."""
    binary = program(current_settings(), f"prometheus-{request.param}", "promtool")

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(binary), *arguments],
            cwd=tmp_path,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    return run
