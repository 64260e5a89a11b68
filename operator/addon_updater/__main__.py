"""The process: flags in, exit code out. 0 stopped as asked, 1 failed, 2 started wrongly."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from addon_updater.errors import ApiError, UsageError
from addon_updater.settings import SQLITE_BACKUP, read_settings


def main() -> None:
    """Run the operator, or one of the tools that its Jobs run in the same image."""
    if sys.argv[1:2] == [SQLITE_BACKUP]:
        from addon_updater.tools import sqlite_backup  # noqa: PLC0415 - the operator itself needs none of it

        sys.exit(sqlite_backup.main(sys.argv[2:]))
    try:
        settings = read_settings(sys.argv[1:], os.environ)
    except UsageError as error:
        sys.stderr.write(f"addon-updater: {error}\n")
        sys.exit(2)
    # Imported when it is wanted, so --help and a mistyped flag answer at once.
    from addon_updater.operator import run  # noqa: PLC0415

    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("kopf").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    try:
        asyncio.run(run(settings))
    except ApiError as error:
        sys.stderr.write(f"addon-updater: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
