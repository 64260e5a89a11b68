from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from addon_updater.cli.__main__ import main
from addon_updater.cli.arguments import Command, Output, read_arguments
from addon_updater.errors import UsageError

SOURCE = Path(__file__).parents[3] / "operator"


def test_flags_are_read_as_kubectl_has_them():
    arguments = read_arguments(["status", "-A", "-w"])
    assert (arguments.command, arguments.all_namespaces, arguments.watch) == (Command.STATUS, True, True)
    arguments = read_arguments(["plan", "dns", "-n", "kube-system", "-o", "yaml", "--context", "prod"])
    assert (arguments.command, arguments.name, arguments.namespace) == (Command.PLAN, "dns", "kube-system")
    assert (arguments.output, arguments.context) == (Output.YAML, "prod")


@pytest.mark.parametrize(
    "words, fields",
    [
        (["why", "dns", "1.13.1"], {"command": Command.WHY, "version": "1.13.1"}),
        (["why", "dns", "-n", "x", "1.13.1"], {"version": "1.13.1", "namespace": "x"}),
        (
            ["approve", "dns", "-n", "x", "0123456789abcdef", "--yes"],
            {"word": "0123456789abcdef", "yes": True},
        ),
        (["status", "-n", "x", "dns"], {"name": "dns", "namespace": "x"}),
        (["why", "dns", "-o", "json"], {"version": None, "output": Output.JSON}),
        (["history", "dns", "--operator-namespace", "ops"], {"operator_namespace": "ops"}),
        (["approve", "dns", "0123456789abcdef"], {"word": "0123456789abcdef", "yes": False}),
        (["approve", "dns", "--yes"], {"word": None, "yes": True, "operator_namespace": "addon-updater"}),
        (["retry", "dns"], {"command": Command.RETRY, "release": "dns"}),
        (["rollback", "dns", "--to", "3"], {"command": Command.ROLLBACK, "revision": "3"}),
        (["refresh", "dns", "-n", "x"], {"command": Command.REFRESH, "release": "dns", "namespace": "x"}),
        (["reset-breaker"], {"command": Command.RESET_BREAKER, "name": None}),
        (["reset-breaker", "-n", "x", "dns"], {"name": "dns", "namespace": "x"}),
    ],
)
def test_each_command_has_its_own_words(words: list[str], fields: dict[str, object]):
    arguments = read_arguments(words)
    assert {name: getattr(arguments, name) for name in fields} == fields


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "the following arguments are required: COMMAND; see kubectl addons --help"),
        (["start"], "invalid choice: 'start'"),
        (["status", "--all"], "unrecognized arguments: --all"),
        (["status", "-o", "xml"], "invalid choice: 'xml'"),
        (["plan"], "the following arguments are required: NAME; see kubectl addons plan --help"),
        (["approve", "dns", "-o", "json"], "unrecognized arguments: -o json"),
        (["why", "dns", "1.13.1", "-n", "x", "1.13.2"], "unrecognized arguments: 1.13.2"),
        (["retry"], "the following arguments are required: NAME"),
        (["refresh"], "the following arguments are required: NAME"),
        (["reset-breaker", "-A"], "unrecognized arguments: -A"),
        (["status", "-A", "-n", "x"], "-n and -A contradict each other"),
        (["status", "dns", "-A"], "a NAME belongs to one namespace"),
        (["status", "--watch", "-o", "json"], "--watch shows a table"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(words: list[str], message: str):
    with pytest.raises(UsageError, match=message):
        read_arguments(words)


UNREACHABLE = """\
{apiVersion: v1, kind: Config, current-context: c, users: [],
 contexts: [{name: c, context: {cluster: c, user: u}}],
 clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]}
"""


@pytest.mark.parametrize(
    "words, code, message",
    [
        (["status", "--all"], 2, "error: unrecognized arguments: --all; see kubectl addons --help\n"),
        (
            ["status", "--kubeconfig", "/nowhere"],
            1,
            "error: kubeconfig /nowhere does not exist; pass --kubeconfig",
        ),
        (["status"], 1, "error: the API server at http://127.0.0.1:1 cannot be reached: "),
        (["status", "--context", "x"], 1, "is not usable: "),
    ],
)
def test_a_failure_is_one_line_on_stderr_and_its_exit_code(
    words, code, message, *, tmp_path, monkeypatch, capsys
):
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(UNREACHABLE)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    monkeypatch.setattr(sys, "argv", ["kubectl-addons", *words])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()
    assert (end.value.code, out, err.count("\n")) == (code, "", 1), err
    assert message in err


def test_help_of_the_program_explains_the_commands():
    done = subprocess.run(
        [sys.executable, "-m", "addon_updater.cli", "--help"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [command for command in Command if f"\n    {command} " not in done.stdout] == []
    assert [line for line in done.stdout.splitlines() if len(line) > 110] == []
