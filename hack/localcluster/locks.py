"""One start or stop of a node at a time, across processes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcluster.layout import Layout


@contextmanager
def node_lock(layout: Layout, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a node's state folder; the kernel frees the lock of a killed process.

    The lock's file is removed at the end, so a waiter may wake up with a file that no longer has the name: it
    then takes the lock of the file that has.

    Raises:
        BlockingIOError: somebody else holds it and `wait` is off.
    """
    layout.root.parent.mkdir(parents=True, exist_ok=True)
    path = layout.root.parent / f".{layout.root.name}.lock"
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _names(path, descriptor):
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return
        finally:
            os.close(descriptor)


def _names(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
