"""`kubectl addons why`: why another version does not run, and what that waits for."""

from __future__ import annotations

import sys

from addon_updater.cli.arguments import Arguments, Output
from addon_updater.cli.documents import why_document
from addon_updater.cli.looking import look
from addon_updater.cli.output import console_on, dump, show
from addon_updater.cli.render.reasons import full_story, reasons
from addon_updater.cli.story import story


async def run(arguments: Arguments) -> None:
    """Explain one release, or one version of it.

    Raises:
        ApiError: something that the answer needs cannot be read.
        NotFoundError: the catalog does not know that version.
        VersionError: VERSION is none.
    """
    seen = await look(arguments)
    told = story(seen, arguments.version) if arguments.version is not None else None
    if arguments.output is not Output.TABLE:
        sys.stdout.write(dump(why_document(seen, told), arguments.output))
    elif told is not None:
        show(console_on(sys.stdout), full_story(seen, told))
    else:
        show(console_on(sys.stdout), reasons(seen))
