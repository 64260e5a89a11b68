"""The operator as it is in the working tree, with the stand-in for the addons in the place of its prober.

`python -m demo.played.operator LOOKS_WITH FLAG...`: a kubeconfig that may see all pods, then the flags of `run`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

from addon_updater.operator import run
from addon_updater.settings import read_settings
from demo.played.world import StandIn
from localcluster.api import ApiReader


def main() -> None:
    """Run until told to stop."""
    looks_with, *flags = sys.argv[1:]
    settings = read_settings(["run", *flags], os.environ)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("kopf", "aiohttp.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    asyncio.run(run(settings, StandIn(ApiReader(Path(looks_with)))))


if __name__ == "__main__":
    main()
