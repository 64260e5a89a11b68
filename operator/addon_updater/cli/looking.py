"""One look at the cluster for a command that is about one release."""

from __future__ import annotations

from addon_updater.cli.arguments import Arguments
from addon_updater.cli.preview import Preview, preview
from addon_updater.cli.reader import Reader, open_reader


async def look(arguments: Arguments) -> Preview:
    """Connect, look and let go.

    Raises:
        ApiError: something cannot be read.
    """
    reader = await open_reader(arguments.kubeconfig, arguments.context)
    try:
        return await look_with(reader, arguments)
    finally:
        await reader.close()


async def look_with(reader: Reader, arguments: Arguments) -> Preview:
    """The same over an open connection.

    Raises:
        ApiError: something cannot be read.
    """
    return await preview(
        reader,
        arguments.namespace or reader.namespace,
        arguments.release,
        operator_namespace=arguments.operator_namespace,
    )
