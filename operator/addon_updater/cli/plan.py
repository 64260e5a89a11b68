"""`kubectl addons plan`: what the operator would do next, and why."""

from __future__ import annotations

import sys

from addon_updater.cli.arguments import Arguments, Output
from addon_updater.cli.documents import plan_document
from addon_updater.cli.looking import look
from addon_updater.cli.offline import run as offline
from addon_updater.cli.output import console_on, dump, show
from addon_updater.cli.render.proposal import proposal
from addon_updater.rollout.status import candidate_status


async def run(arguments: Arguments) -> None:
    """Compute the plan of one release, or of a cluster that is not there, and show it.

    Raises:
        ApiError: something that the plan needs cannot be read.
        CatalogError: a catalog file cannot be used.
        UsageError: a flag of --offline cannot be read.
    """
    if arguments.offline is not None:
        offline.run(arguments.offline, arguments)
        return
    seen = await look(arguments)
    resolution = seen.decision.resolution
    candidates = [candidate_status(one) for one in (resolution.candidates if resolution else ())]
    if arguments.output is Output.TABLE:
        show(console_on(sys.stdout), proposal(seen, candidates))
    else:
        sys.stdout.write(dump(plan_document(seen, candidates), arguments.output))
