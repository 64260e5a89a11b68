from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from addon_updater.__main__ import main
from addon_updater.errors import UsageError
from addon_updater.settings import read_settings

SOURCE = Path(__file__).parents[3] / "operator"


def test_flags_win_over_the_environment_of_the_pod():
    environment = {"POD_NAMESPACE": "updater", "POD_NAME": "updater-1", "HOSTNAME": "host"}
    settings = read_settings(["run"], environment)
    assert (settings.namespace, settings.pod, settings.kubeconfig) == ("updater", "updater-1", None)
    assert settings.settle_time == timedelta(minutes=10)
    settings = read_settings(
        ["run", "--namespace", "other", "--identity", "me", "--settle-time", "5s"], environment
    )
    assert (settings.namespace, settings.pod) == ("other", "me")
    assert settings.settle_time == timedelta(seconds=5)


def test_without_a_pod_the_host_lends_its_name():
    assert read_settings(["run"], {"HOSTNAME": "laptop"}).pod == "laptop"
    assert read_settings(["run"], {}).pod == "addon-updater"


@pytest.mark.parametrize(
    "words, environment, message",
    [
        ([], {}, "the following arguments are required: command"),
        (["run", "--sett-time", "5s"], {}, "unrecognized arguments: --sett-time 5s"),
        (
            ["run", "--settle-time", "5 minutes"],
            {},
            "'5 minutes' is no duration; write hours, minutes and seconds",
        ),
        (["run", "--settle-time", ""], {}, "'' is no duration"),
        (["run", "--workers", "0"], {}, "'0' is no number between 1 and 65535"),
        (["run", "--port", "70000"], {}, "'70000' is no number between 1 and 65535"),
        (["run", "--log-level", "loud"], {}, "invalid choice: 'loud'"),
        (
            ["run"],
            {"ADDON_UPDATER_SETTLE_TIME": "5s"},
            "environment variable ADDON_UPDATER_SETTLE_TIME is not known; the operator is set by flags",
        ),
    ],
)
def test_what_is_not_known_or_cannot_be_read_is_refused(words, environment, message):
    with pytest.raises(UsageError, match=message):
        read_settings(words, environment)


@pytest.mark.parametrize(
    "words, environment, message",
    [
        (["run", "--unknown"], {}, "addon-updater: unrecognized arguments: --unknown\n"),
        (["run", "--resync", "soon"], {}, "addon-updater: argument --resync: 'soon' is no duration"),
        (
            ["run"],
            {"ADDON_UPDATER_X": "1"},
            "addon-updater: environment variable ADDON_UPDATER_X is not known",
        ),
    ],
)
def test_the_process_ends_with_one_line_and_exit_code_2(words, environment, message, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["addon-updater", *words])
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert (end.value.code, out, err.count("\n")) == (2, "", 1), err
    assert err.startswith(message)


def test_a_cluster_that_cannot_be_reached_as_told_is_exit_code_1(tmp_path, monkeypatch, capsys):
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("apiVersion: v1\nkind: Config\n")
    monkeypatch.setattr(sys, "argv", ["addon-updater", "run", "--kubeconfig", str(kubeconfig)])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert (end.value.code, out, err.count("\n")) == (1, "", 1), err
    assert err.startswith(f"addon-updater: kubeconfig {kubeconfig} is not usable: ")


def test_the_module_is_the_program():
    done = subprocess.run(
        [sys.executable, "-m", "addon_updater", "run", "--unknown"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr == "addon-updater: unrecognized arguments: --unknown\n"
