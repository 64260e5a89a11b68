from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

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
def test_the_process_ends_with_one_line_and_exit_code_2(words, environment, message):
    done = subprocess.run(
        [sys.executable, "-m", "addon_updater", *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(SOURCE)} | environment,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith(message)
