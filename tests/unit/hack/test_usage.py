"""Wrong flags, names and environments are one message and exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from localcluster.__main__ import main
from localcluster.cluster import own_environment
from localcluster.errors import UsageError
from localcluster.layout import Layout
from localcluster.levels import Level, default_level
from localcluster.settings import read_settings
from localcluster.versions import parse_minor, upgrade_path


@pytest.mark.parametrize(
    "text, minor", [("1.34", "1.34"), ("v1.35", "1.35"), ("1.37.2", "1.37"), (" 1.36 ", "1.36")]
)
def test_a_minor_is_read_from_any_usual_form(text: str, minor: str) -> None:
    assert parse_minor(text) == minor


@pytest.mark.parametrize("text", ["", "1", "34", "2.1", "1.34.x", "1.33", "1.38", "latest"])
def test_a_minor_that_is_not_served_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^kubernetes: "):
        parse_minor(text)


@pytest.mark.parametrize(
    "current, target, path",
    [
        ("1.34", None, ("1.35",)),
        ("1.34", "1.35", ("1.35",)),
        ("1.34", "1.37", ("1.35", "1.36", "1.37")),
    ],
)
def test_an_upgrade_skips_no_minor(current: str, target: str | None, path: tuple[str, ...]) -> None:
    assert upgrade_path(current, target) == path


@pytest.mark.parametrize("current, target", [("1.37", None), ("1.35", "1.35"), ("1.36", "1.35")])
def test_an_upgrade_goes_forward_only(current: str, target: str | None) -> None:
    with pytest.raises(UsageError, match=r"^kubernetes: "):
        upgrade_path(current, target)


def test_settings_have_defaults_below_home() -> None:
    found = read_settings({}, Path("/home/somebody"))
    assert found.cache == Path("/home/somebody/.cache/addon-updater")
    assert found.binaries is None
    assert found.kubernetes == "1.34"


@pytest.mark.parametrize(
    "user_id, folder",
    [(0, "/var/lib/addon-updater"), (1000, "/home/somebody/.local/state/addon-updater")],
)
def test_a_user_who_is_not_root_keeps_clusters_below_home(user_id: int, folder: str) -> None:
    assert read_settings({}, Path("/home/somebody"), user_id=user_id).state_root == Path(folder)


@pytest.mark.parametrize("user_id, level", [(0, Level.NODE), (1000, Level.CONTROL_PLANE)])
def test_without_a_level_root_gets_a_node_and_everybody_else_a_control_plane(
    user_id: int, level: Level
) -> None:
    assert default_level(user_id) is level


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "ADDON_UPDATER_CACHE": "/cache",
        "ADDON_UPDATER_BINARIES": str(tmp_path),
        "ADDON_UPDATER_STATE": "/state",
        "KUBERNETES": "1.36",
    }
    found = read_settings(environment, Path("/home/somebody"))
    assert (found.cache, found.binaries, found.state_root) == (Path("/cache"), tmp_path, Path("/state"))
    assert found.kubernetes == "1.36"


@pytest.mark.parametrize(
    "environment, message",
    [
        (
            {"ADDON_UPDATER_CASHE": "/x"},
            "environment: unknown ADDON_UPDATER_CASHE; known are ADDON_UPDATER_BINARIES",
        ),
        ({"ADDON_UPDATER_BINARIES": "/not/there"}, "ADDON_UPDATER_BINARIES: /not/there is not a folder"),
        ({"KUBERNETES": "1.2"}, "kubernetes: 1.2 is not served by this build"),
    ],
)
def test_a_wrong_environment_names_the_variable(environment: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_settings(environment, Path("/home/somebody"))


@pytest.mark.parametrize(
    "root, reason", [("/tmp/" + "x" * 100, "too long"), ("/run/node", "lies under /run")]
)
def test_a_state_folder_that_cannot_work_is_refused(root: str, reason: str) -> None:
    with pytest.raises(UsageError, match=f"--state-dir: .*{reason}"):
        Layout(Path(root)).check(Level.NODE)


def test_only_a_node_covers_the_run_folder() -> None:
    Layout(Path("/run/user/1000/cluster")).check(Level.CONTROL_PLANE)


@pytest.mark.parametrize(
    "arguments, environment, message",
    [
        (["start", "--kube", "1.34"], {}, "unrecognized arguments: --kube 1.34"),
        (["restart"], {}, "invalid choice: 'restart'"),
        (["start", "--level", "nodes"], {}, "invalid choice: 'nodes'"),
        (["start", "--kubernetes", "1.20"], {}, "error: kubernetes: 1.20 is not served by this build"),
        (["status", "--name", "nobody"], {}, "error: no cluster nobody lives in"),
        (["list"], {"ADDON_UPDATER_FOO": "1"}, "error: environment: unknown ADDON_UPDATER_FOO"),
        (
            ["stop", "--name", "../etc"],
            {},
            "error: --name: '../etc' may hold letters, digits and hyphens only",
        ),
    ],
)
def test_the_command_line_answers_wrong_usage_with_exit_code_2(
    arguments: list[str],
    environment: dict[str, str],
    message: str,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {"ADDON_UPDATER_STATE": str(tmp_path), **environment}.items():
        monkeypatch.setenv(name, value)
    assert _exit_code(arguments) == 2
    assert message in capsys.readouterr().err


def _exit_code(arguments: list[str]) -> int | str | None:
    """What the process would end with; argparse ends it by itself."""
    try:
        return main(arguments)
    except SystemExit as end:
        return end.code


def test_the_module_is_the_program() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "localcluster", "restart"],
        env=own_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert "invalid choice: 'restart'" in result.stderr
    assert "Traceback" not in result.stderr
