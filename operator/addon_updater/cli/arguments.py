"""What a person may type: commands, flags, and the help that explains them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from addon_updater import __version__
from addon_updater.errors import UsageError

PROGRAM = "kubectl addons"

_DESCRIPTION = """\
Shows what addon-updater sees and what it would do next.
Every command reads with your own rights and changes nothing."""

_EXAMPLES = """\
examples:
  kubectl addons status -A                        every release of the cluster
  kubectl addons status coredns -n kube-system    one release in full
  kubectl addons status -A --watch                again every 2 seconds
  kubectl addons plan coredns -n kube-system      the next update, its difference, and why no other version

exit codes: 0 done, 1 failed, 2 wrong usage"""

_STATUS = """\
Shows, for each AddonRelease, what runs, what should run, what that waits for, and what you can do about it.
With NAME, everything that is known about one release."""

_PLAN = """\
Computes here and now what the operator would do next, by the operator's own code from the same objects: target,
hops, findings, the difference of image and configuration, and the verdict on every version of the catalog.
Nothing is written and no functional check is asked."""


class Command(StrEnum):
    """What is to be done."""

    STATUS = "status"
    PLAN = "plan"


class Output(StrEnum):
    """The form of the answer."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


@dataclass(frozen=True, slots=True)
class Arguments:
    """One command line, read and checked."""

    command: Command
    kubeconfig: str | None
    context: str | None
    namespace: str | None
    """None: the namespace of the context."""
    all_namespaces: bool
    name: str | None
    output: Output
    watch: bool


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def read_arguments(words: Sequence[str]) -> Arguments:
    """Read a command line.

    Raises:
        UsageError: a flag or command is unknown, or flags contradict each other.
    """
    parsed = _parser().parse_args(list(words))
    arguments = Arguments(
        command=Command(parsed.command),
        kubeconfig=parsed.kubeconfig,
        context=parsed.context,
        namespace=parsed.namespace,
        all_namespaces=getattr(parsed, "all_namespaces", False),
        name=parsed.name,
        output=Output(parsed.output),
        watch=getattr(parsed, "watch", False),
    )
    _refuse_contradictions(arguments)
    return arguments


def _refuse_contradictions(arguments: Arguments) -> None:
    if arguments.all_namespaces and arguments.namespace is not None:
        raise UsageError("-n and -A contradict each other; choose one")
    if arguments.all_namespaces and arguments.name is not None:
        raise UsageError("a NAME belongs to one namespace; write -n NAMESPACE instead of -A")
    if arguments.watch and arguments.output is not Output.TABLE:
        raise UsageError(f"--watch shows a table; leave out --watch or -o {arguments.output}")


def _parser() -> _Parser:
    parser = _Parser(
        prog=PROGRAM,
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kubectl-addons {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True, parser_class=_Parser
    )

    show = _command(commands, Command.STATUS, "what runs, what should, and what it waits for", _STATUS)
    show.add_argument("name", metavar="NAME", nargs="?", help="show this AddonRelease in full")
    show.add_argument("-A", "--all-namespaces", action="store_true", help="look into every namespace")
    show.add_argument("-w", "--watch", action="store_true", help="show it again every 2 seconds until Ctrl-C")

    preview = _command(commands, Command.PLAN, "what the operator would do next, and why", _PLAN)
    preview.add_argument("name", metavar="NAME", help="the AddonRelease")
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser], name: str, summary: str, description: str
) -> _Parser:
    parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-n", "--namespace", metavar="NS", help="unset: the namespace of the context")
    parser.add_argument(
        "-o",
        "--output",
        choices=[form.value for form in Output],
        default=Output.TABLE.value,
        metavar="table|json|yaml",
        help="form of the answer; unset: table",
    )
    parser.add_argument("--kubeconfig", metavar="FILE", help="unset: KUBECONFIG, else ~/.kube/config")
    parser.add_argument("--context", metavar="NAME", help="context of the kubeconfig; unset: its current one")
    return parser
