"""What a person may type: commands, flags, and the help that explains them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from addon_updater import __version__
from addon_updater.cli import descriptions
from addon_updater.cli.offline_words import (
    CatalogWords,
    OfflineWords,
    add_catalog_commands,
    add_offline_flags,
    read_catalog,
    read_offline,
)
from addon_updater.errors import UsageError

PROGRAM = "kubectl addons"
OPERATOR_NAMESPACE = "addon-updater"
"""Where deploy/ puts the operator."""


class Command(StrEnum):
    """What is to be done."""

    STATUS = "status"
    PLAN = "plan"
    WHY = "why"
    HISTORY = "history"
    APPROVE = "approve"
    RETRY = "retry"
    ROLLBACK = "rollback"
    REFRESH = "refresh"
    RESET_BREAKER = "reset-breaker"
    CATALOG = "catalog"


class Output(StrEnum):
    """The form of the answer."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


_LAST = {
    Command.STATUS: "name",
    Command.PLAN: "name",
    Command.WHY: "version",
    Command.APPROVE: "word",
    Command.RESET_BREAKER: "name",
    Command.CATALOG: "version",
}
"""The word that may be left out, by command."""


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
    operator_namespace: str
    version: str | None
    """The one version that `why` is about."""
    word: str | None
    """What is approved: a plan hash or the id of an attempt."""
    revision: str | None
    """What `rollback` goes back to; None: whatever ran before."""
    yes: bool
    """Ask nothing."""
    offline: OfflineWords | None = None
    """What `plan --offline` is asked; None: the cluster is."""
    catalog: CatalogWords | None = None
    """What `catalog` is asked."""

    @property
    def release(self) -> str:
        """The name of the one AddonRelease that the command is about.

        Raises:
            UsageError: none was given.
        """
        if self.name is None:
            raise UsageError("name the AddonRelease")
        return self.name


class _Overview(argparse.RawDescriptionHelpFormatter):
    """Leaves room for the longest command beside what it does; argparse forgets that commands stand further in."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = 4 + max(map(len, Command))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def read_arguments(words: Sequence[str]) -> Arguments:
    """Read a command line.

    Raises:
        UsageError: a flag or command is unknown, or flags contradict each other.
    """
    parsed = _parse(words)
    arguments = Arguments(
        command=Command(parsed.command),
        kubeconfig=getattr(parsed, "kubeconfig", None),
        context=getattr(parsed, "context", None),
        namespace=getattr(parsed, "namespace", None),
        all_namespaces=getattr(parsed, "all_namespaces", False),
        name=getattr(parsed, "name", None),
        output=Output(getattr(parsed, "output", Output.TABLE)),
        watch=getattr(parsed, "watch", False),
        operator_namespace=getattr(parsed, "operator_namespace", OPERATOR_NAMESPACE),
        version=getattr(parsed, "version", None),
        word=getattr(parsed, "word", None),
        revision=getattr(parsed, "revision", None),
        yes=getattr(parsed, "yes", False),
        offline=read_offline(parsed) if parsed.command == Command.PLAN else None,
        catalog=read_catalog(parsed) if parsed.command == Command.CATALOG else None,
    )
    _refuse_contradictions(arguments)
    return arguments


def _parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse, and let what comes last come after a flag: argparse gives an optional word up at the first flag."""
    parser = _parser()
    parsed, left = parser.parse_known_args(list(words))
    last = _LAST.get(Command(parsed.command))
    if (
        last is not None
        and len(left) == 1
        and not left[0].startswith("-")
        and getattr(parsed, last, "") is None
    ):
        setattr(parsed, last, left[0])
    elif left:
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    return parsed


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
        description=descriptions.DESCRIPTION,
        epilog=descriptions.EXAMPLES,
        formatter_class=_Overview,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"kubectl-addons {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True, parser_class=_Parser
    )

    show = _command(
        commands, Command.STATUS, "what runs, what should, and what it waits for", descriptions.STATUS
    )
    show.add_argument("name", metavar="NAME", nargs="?", help="show this AddonRelease in full")
    show.add_argument("-A", "--all-namespaces", action="store_true", help="look into every namespace")
    show.add_argument("-w", "--watch", action="store_true", help="show it again every 2 seconds until Ctrl-C")
    _with_output(show)

    plan = _about_one(
        commands, Command.PLAN, "what the operator would do next, and why", descriptions.PLAN, optional=True
    )
    _with_output(plan)
    add_offline_flags(plan)

    reasons = _about_one(
        commands, Command.WHY, "why another version does not run, and who says so", descriptions.WHY
    )
    reasons.add_argument("version", metavar="VERSION", nargs="?", help="the full story of this version")
    _with_output(reasons)

    _with_output(
        _about_one(commands, Command.HISTORY, "revisions and how each attempt ended", descriptions.HISTORY)
    )

    word = _about_one(commands, Command.APPROVE, "let the planned update start", descriptions.APPROVE)
    word.add_argument(
        "word", metavar="HASH", nargs="?", help="hash of the plan, or id of the running attempt"
    )
    word.add_argument("--yes", action="store_true", help="approve the present plan and ask nothing")

    _about_one(commands, Command.RETRY, "let what failed be tried again", descriptions.RETRY)

    back = _about_one(
        commands, Command.ROLLBACK, "take back the update that is running", descriptions.ROLLBACK
    )
    back.add_argument(
        "--to", dest="revision", metavar="REVISION", help="name or number; unset: the one before the update"
    )
    back.add_argument("--yes", action="store_true", help="ask nothing")

    anew = _command(
        commands, Command.REFRESH, "let the operator look at a release anew", descriptions.REFRESH
    )
    anew.add_argument("name", metavar="NAME", help="the AddonRelease")

    _about_one(
        commands,
        Command.RESET_BREAKER,
        "end the pause after several addons have failed",
        descriptions.RESET_BREAKER,
        optional=True,
    )

    add_catalog_commands(
        commands.add_parser(
            Command.CATALOG,
            help="check, show and compare catalogs, without a cluster",
            description=descriptions.CATALOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
    )
    return parser


def _about_one(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    summary: str,
    description: str,
    *,
    optional: bool = False,
) -> _Parser:
    """A command about one release that looks at the cluster as the operator does."""
    parser = _command(commands, name, summary, description)
    parser.add_argument("name", metavar="NAME", nargs="?" if optional else None, help="the AddonRelease")
    parser.add_argument(
        "--operator-namespace",
        metavar="NS",
        default=OPERATOR_NAMESPACE,
        help=f"where the operator and its settings are; unset: {OPERATOR_NAMESPACE}",
    )
    return parser


def _with_output(parser: _Parser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        choices=[form.value for form in Output],
        default=Output.TABLE.value,
        metavar="table|json|yaml",
        help="form of the answer; unset: table",
    )


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
    parser.add_argument("--kubeconfig", metavar="FILE", help="unset: KUBECONFIG, else ~/.kube/config")
    parser.add_argument("--context", metavar="NAME", help="context of the kubeconfig; unset: its current one")
    return parser
