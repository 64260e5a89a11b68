"""`kubectl addons status`: what the operator has told, in a form that a person reads."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live

from addon_updater.cli.arguments import Arguments, Output
from addon_updater.cli.documents import list_document, status_document
from addon_updater.cli.output import console_on, dump, plain, show
from addon_updater.cli.reader import open_reader
from addon_updater.cli.releases import ReleaseView, pick, read_release
from addon_updater.cli.render.detail import detail
from addon_updater.cli.render.overview import overview
from addon_updater.cluster import clock
from addon_updater.errors import ApiError, NotFoundError

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
        sys.stderr.write("no AddonRelease found; look into every namespace with -A\n")


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
    return detail(views[0], now) if arguments.name is not None else overview(views, now, width)


async def _watch(arguments: Arguments) -> None:
    """Ctrl-C ends it. An API server that is away for a while, as in an upgrade, does not."""
    console = console_on(sys.stdout)
    # The first look tells a mistake at once.
    frame = _frame(arguments, await _read(arguments), console)
    if not console.is_terminal:
        await _print_again_and_again(arguments, console, frame)
    with Live(frame, console=console, auto_refresh=False, screen=True, vertical_overflow="crop") as live:
        while True:
            live.update(frame, refresh=True)
            await asyncio.sleep(_EVERY_S)
            frame = await _look_again(arguments, console, frame)


async def _print_again_and_again(arguments: Arguments, console: Console, frame: Group) -> None:
    while True:
        show(console, Group(frame, plain("")))
        console.file.flush()
        await asyncio.sleep(_EVERY_S)
        frame = await _look_again(arguments, console, frame)


async def _look_again(arguments: Arguments, console: Console, last: Group) -> Group:
    try:
        return _frame(arguments, await _read(arguments), console)
    except NotFoundError:
        raise
    except ApiError as error:
        told = last.renderables[-1]
        return Group(plain(f"{clock.now():%H:%M:%S} UTC  as seen last; {error}", "yellow"), plain(""), told)


def _frame(arguments: Arguments, views: list[ReleaseView], console: Console) -> Group:
    now = clock.now()
    every = f"{now:%H:%M:%S} UTC, every {_EVERY_S:.0f} s until Ctrl-C"
    body = _picture(arguments, views, now, console.width) if views else plain("no AddonRelease found")
    return Group(plain(every, "dim"), plain(""), body)
