"""The entry point of `kubectl addons`: exit code 0 done, 1 failed or refused, 2 started wrongly."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import sys
from typing import assert_never

from addon_updater.cli.arguments import Arguments, Command, read_arguments
from addon_updater.errors import AddonUpdaterError, UsageError


def main() -> None:
    """Run one command."""
    # The shared code logs for the operator; a person gets one sentence on stderr instead.
    logging.basicConfig(handlers=[logging.NullHandler()])
    # A terminal that cannot show a character gets a question mark, not a crash.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.exit(_run(sys.argv[1:]))


def _run(words: list[str]) -> int:
    try:
        arguments = read_arguments(words)
        asyncio.run(_carry_out(arguments))
        sys.stdout.flush()
    except UsageError as error:
        return _complain(error, code=2)
    except AddonUpdaterError as error:
        return _complain(error, code=1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of the pipe has seen enough; without this, the flush at exit would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


async def _carry_out(arguments: Arguments) -> None:  # noqa: C901 - a table of the commands, one entry each
    """Run the command. Each is imported when it is wanted, so --help and a mistyped flag answer at once."""
    match arguments.command:
        case Command.STATUS:
            from addon_updater.cli import status  # noqa: PLC0415

            await status.run(arguments)
        case Command.PLAN:
            from addon_updater.cli import plan  # noqa: PLC0415

            await plan.run(arguments)
        case Command.WHY:
            from addon_updater.cli import why  # noqa: PLC0415

            await why.run(arguments)
        case Command.HISTORY:
            from addon_updater.cli import history  # noqa: PLC0415

            await history.run(arguments)
        case Command.APPROVE:
            from addon_updater.cli import approve  # noqa: PLC0415

            await approve.run(arguments)
        case Command.RETRY:
            from addon_updater.cli import retry  # noqa: PLC0415

            await retry.run(arguments)
        case Command.ROLLBACK:
            from addon_updater.cli import rollback  # noqa: PLC0415

            await rollback.run(arguments)
        case Command.REFRESH:
            from addon_updater.cli import refresh  # noqa: PLC0415

            await refresh.run(arguments)
        case Command.RESET_BREAKER:
            from addon_updater.cli import reset_breaker  # noqa: PLC0415

            await reset_breaker.run(arguments)
        case Command.CATALOG:
            from addon_updater.cli.catalogs.run import run as run_catalog  # noqa: PLC0415

            run_catalog(arguments)
        case _:
            assert_never(arguments.command)


def _complain(error: AddonUpdaterError, *, code: int) -> int:
    text = " ".join(str(error).split())
    sys.stderr.write(f"error: {text}\n")
    return code


if __name__ == "__main__":
    main()
