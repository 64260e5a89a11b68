"""`kubectl addons status`: what the operator has told, in a form that a person reads."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live

from addon_updater.cli.arguments import Arguments, Output
from addon_updater.cli.documents import list_document, status_document
from addon_updater.cli.output import console_on, dump, plain, rendered, show
from addon_updater.cli.reader import open_reader
from addon_updater.cli.releases import ReleaseView, pick, read_release
from addon_updater.cli.render.detail import detail
from addon_updater.cli.render.overview import overview
from addon_updater.cli.render.security import gravity
from addon_updater.cluster import clock
from addon_updater.errors import ApiError, TransientError

_EVERY_S = 2.0


async def run(arguments: Arguments) -> None:
    """Show the releases once, or again and again.

    Raises:
        ApiError: they cannot be read.
    """
    if arguments.watch:
        await _watch(arguments)
        return
    views = await _read(arguments)
    if arguments.output is not Output.TABLE:
        now = clock.now()
        one = status_document(views[0], now) if arguments.name else list_document(views, now)
        sys.stdout.write(dump(one, arguments.output))
    elif views:
        console = console_on(sys.stdout)
        show(console, _picture(arguments, views, clock.now(), console.width))
    else:
        sys.stderr.write(f"{_nothing(arguments)}\n")


async def _read(arguments: Arguments) -> list[ReleaseView]:
    reader = await open_reader(arguments.kubeconfig, arguments.context)
    try:
        namespace = None if arguments.all_namespaces else arguments.namespace or reader.namespace
        manifests = await reader.releases(namespace)
    finally:
        await reader.close()
    if arguments.name is not None:
        return [read_release(pick(manifests, arguments.name, namespace or ""))]
    return sorted((read_release(one) for one in manifests), key=lambda view: (view.namespace, view.name))


def _picture(arguments: Arguments, views: list[ReleaseView], now: datetime, width: int) -> RenderableType:
    """The releases with the gravest known flaws come first, else as they are sorted."""
    if arguments.name is not None:
        return detail(views[0], now)
    return overview(sorted(views, key=gravity, reverse=True), now, width)


def _nothing(arguments: Arguments) -> str:
    hint = "create one" if arguments.all_namespaces else "-A looks into every namespace"
    return f"no AddonRelease found; {hint}"


async def _watch(arguments: Arguments) -> None:
    """Ctrl-C ends it. An API server that is away for a while, as in an upgrade, does not."""
    console = console_on(sys.stdout)
    # The first look tells a mistake at once.
    picture = await _look(arguments, console)
    if not console.is_terminal:
        await _print_changes(arguments, console, picture)
    with Live(console=console, auto_refresh=False, screen=True, vertical_overflow="crop") as live:
        problem: ApiError | None = None
        while True:
            live.update(_frame(picture, problem), refresh=True)
            await asyncio.sleep(_EVERY_S)
            try:
                picture, problem = await _look(arguments, console), None
            except TransientError as error:
                problem = error


async def _print_changes(arguments: Arguments, console: Console, picture: RenderableType) -> None:
    """A pipe gets a picture only when it differs from the one before."""
    last = ""
    while True:
        text = rendered(console, picture)
        if text != last:
            console.file.write(f"{clock.now():%H:%M:%S} UTC\n{text}\n")
            console.file.flush()
            last = text
        await asyncio.sleep(_EVERY_S)
        try:
            picture = await _look(arguments, console)
        except TransientError as error:
            picture = plain(str(error))


async def _look(arguments: Arguments, console: Console) -> RenderableType:
    views = await _read(arguments)
    return _picture(arguments, views, clock.now(), console.width) if views else plain(_nothing(arguments))


def _frame(picture: RenderableType, problem: ApiError | None) -> Group:
    now = f"{clock.now():%H:%M:%S} UTC"
    first = (
        plain(f"{now}, every {_EVERY_S:.0f} s until Ctrl-C", "dim")
        if problem is None
        else plain(f"{now}, as seen last: {problem}", "yellow")
    )
    return Group(first, plain(""), picture)
