"""`kubectl addons refresh`: let the operator look at a release anew, now."""

from __future__ import annotations

import sys

from addon_updater.cli.annotator import open_annotator
from addon_updater.cli.arguments import Arguments
from addon_updater.cli.output import console_on, plain, show
from addon_updater.cli.releases import pick
from addon_updater.cluster import clock
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.rollout.situation import REQUESTED_ANNOTATION


async def run(arguments: Arguments) -> None:
    """Ask for a pass over one release that remembers nothing.

    Raises:
        NotFoundError: there is no such AddonRelease.
        ApiError: it cannot be read or written.
    """
    annotator = await open_annotator(arguments.kubeconfig, arguments.context)
    try:
        namespace = arguments.namespace or annotator.namespace
        store = Store()
        store.put_release(pick(await annotator.releases(namespace), arguments.release, namespace))
        release = store.releases[Key(namespace, arguments.release)].identity
        value = clock.now().isoformat()
        await annotator.annotate(release, {REQUESTED_ANNOTATION: value})
    finally:
        await annotator.close()
    for sentence in (
        f"{release.namespace}/{release.name}: the operator is asked to look at everything anew",
        f"it has done so once status.lastHandled.requestedAt is {value}",
    ):
        show(console_on(sys.stdout), plain(sentence))
