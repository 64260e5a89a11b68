"""`kubectl addons history`: the revisions of a release and how each attempt ended."""

from __future__ import annotations

import sys

from addon_updater.cli.arguments import Arguments, Output
from addon_updater.cli.documents import history_document
from addon_updater.cli.looking import look
from addon_updater.cli.output import console_on, dump, show
from addon_updater.cli.past import history
from addon_updater.cli.render.past import past


async def run(arguments: Arguments) -> None:
    """Show what is recorded.

    Raises:
        ApiError: something cannot be read.
    """
    seen = await look(arguments)
    entries = history(seen)
    if arguments.output is Output.TABLE:
        show(console_on(sys.stdout), past(seen.view, entries, seen.now))
    else:
        sys.stdout.write(dump(history_document(seen.view, entries), arguments.output))
