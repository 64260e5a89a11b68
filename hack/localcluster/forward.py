"""Carries loopback connections of the host to the API server inside the node's network namespace.

A socket belongs to the network namespace it was made in: the inherited listener is the host's, the connections
this process opens are the node's. No route between the two is needed.
"""

import asyncio
import contextlib
import socket
import sys

from localcluster.layout import API_PORT, NODE_ADDRESS

_CHUNK = 64 * 1024


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        upstream_reader, upstream_writer = await asyncio.open_connection(NODE_ADDRESS, API_PORT)
    except OSError:
        writer.transport.abort()
        return
    directions = [
        asyncio.create_task(_copy(reader, upstream_writer)),
        asyncio.create_task(_copy(upstream_reader, writer)),
    ]
    await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    for stream in (writer, upstream_writer):
        stream.close()
    await asyncio.gather(*directions, return_exceptions=True)


async def _serve(listener: socket.socket) -> None:
    server = await asyncio.start_server(_carry, sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(socket.socket(fileno=int(sys.argv[1]))))
