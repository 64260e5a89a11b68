"""Copies a SQLite database that is in use, proves the copy, and keeps the newest few.

    python3 -m addon_updater.tools.sqlite_backup SOURCE DIRECTORY NAME [--keep N]

The copy is DIRECTORY/NAME.backup.db. It exists whole or not at all, and holds the state of one moment: the writer
goes on meanwhile (in WAL mode), or waits for as long as the copy takes (in the other journal modes).

Exit codes: 0 the copy is proven; 2 wrong arguments; 3 the source cannot be read; 4 the directory cannot be written;
5 there is not room enough; 6 the copy is damaged or incomplete; 7 the source stayed locked. One line that says what
happened goes to standard output and to the termination message of the container.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

COUNTED = ("dashboard", "folder", "user", "data_source")
"""Tables of Grafana whose rows must be as many in the copy as in the source."""
SUFFIX = ".backup.db"
TERMINATION_LOG = Path("/dev/termination-log")

_PARTIAL = ".partial"
_ROOM = 1.2
_LOCK_SECONDS = 60.0
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}", re.ASCII)
_MIB = 1024 * 1024


class ExitCode(IntEnum):
    """What the program ends with; see the module."""

    SOURCE_UNREADABLE = 3
    DIRECTORY_UNWRITABLE = 4
    NO_ROOM = 5
    COPY_DAMAGED = 6
    SOURCE_LOCKED = 7


class BackupError(Exception):
    """There is no proven copy; the message says why and what to do."""

    def __init__(self, code: ExitCode, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Backup:
    """A proven copy, its size in bytes, and the rows of the tables that were counted."""

    path: Path
    size: int
    rows: Mapping[str, int]
    removed: int
    """Older copies that were removed."""

    def __str__(self) -> str:
        rows = ", ".join(f"{count} {table}" for table, count in self.rows.items())
        removed = f"; {self.removed} older removed" if self.removed else ""
        return f"{self.path} holds {self.size / _MIB:.1f} MiB, integrity ok, {rows or 'no rows'}{removed}"


def main(argv: Sequence[str] | None = None, *, termination_log: Path = TERMINATION_LOG) -> int:
    """Run the program; returns its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        backup = back_up(arguments.source, arguments.directory, arguments.name, keep=arguments.keep)
    except BackupError as error:
        _tell(f"no backup: {error}", termination_log)
        return error.code
    _tell(f"backup: {backup}", termination_log)
    return 0


def back_up(
    source: Path,
    directory: Path,
    name: str,
    *,
    keep: int,
    free_bytes: Callable[[Path], int] = lambda directory: shutil.disk_usage(directory).free,
    lock_seconds: float = _LOCK_SECONDS,
) -> Backup:
    """Copy `source` to `directory`, prove the copy, then remove all but the `keep` newest copies.

    Raises:
        BackupError: there is no proven copy, and nothing of an attempt is left.
    """
    size = _size_of(source)
    _make(directory)
    if free_bytes(directory) < _ROOM * size:
        need, free = _ROOM * size / _MIB, free_bytes(directory) / _MIB
        message = f"{directory} has {free:.1f} MiB free, {need:.1f} MiB are needed; make the volume larger"
        raise BackupError(ExitCode.NO_ROOM, message)
    final = directory / f"{name}{SUFFIX}"
    partial = final.with_name(f"{final.name}{_PARTIAL}")
    try:
        rows = _copy(source, partial, lock_seconds)
        _prove(partial, rows)
        _publish(partial, final)
    finally:
        _discard(partial)
    return Backup(final, final.stat().st_size, rows, _prune(directory, keep))


def _size_of(source: Path) -> int:
    """Bytes of the database with what still waits in its write-ahead log."""
    log = source.with_name(f"{source.name}-wal")
    try:
        return source.stat().st_size + (log.stat().st_size if log.exists() else 0)
    except OSError as error:
        message = f"{source}: {error.strerror}; check where the database lies"
        raise BackupError(ExitCode.SOURCE_UNREADABLE, message) from error


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        with (directory / _PARTIAL).open("wb"):
            pass
        (directory / _PARTIAL).unlink()
    except OSError as error:
        message = f"{directory} cannot be written: {error.strerror}; run as the user of the database"
        raise BackupError(ExitCode.DIRECTORY_UNWRITABLE, message) from error


def _copy(source: Path, target: Path, lock_seconds: float) -> Mapping[str, int]:
    """Copy the state of one moment, and count its rows: both happen inside one read transaction."""
    _discard(target)
    try:
        # Not read-only: only a writer can roll back what a killed Grafana left half written.
        with closing(
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=lock_seconds)
        ) as original:
            original.isolation_level = None
            original.execute("BEGIN")
            rows = _count(original)
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(target)) as copy:
                original.backup(copy, progress=_patience(lock_seconds))
                copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise _locked(source, lock_seconds) from error
        raise BackupError(ExitCode.SOURCE_UNREADABLE, f"{source}: {error}") from error
    except sqlite3.DatabaseError as error:
        message = f"{source}: {error}; restore it from an older backup before any update"
        raise BackupError(ExitCode.SOURCE_UNREADABLE, message) from error
    except TimeoutError as error:
        raise _locked(source, lock_seconds) from error
    except OSError as error:
        raise BackupError(ExitCode.DIRECTORY_UNWRITABLE, f"{target}: {error.strerror}") from error
    return rows


def _patience(seconds: float) -> Callable[[int, int, int], None]:
    """Ends a backup that only waits: by itself it would try for ever."""
    deadline = time.monotonic() + seconds

    def watch(status: int, _remaining: int, _total: int) -> None:
        waits = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if waits and time.monotonic() > deadline:
            raise TimeoutError

    return watch


def _locked(source: Path, seconds: float) -> BackupError:
    message = f"{source} stayed locked for {seconds:g} s; see what else writes to it, and try again"
    return BackupError(ExitCode.SOURCE_LOCKED, message)


def _count(database: sqlite3.Connection) -> Mapping[str, int]:
    """Rows of the counted tables that exist. Starts the read transaction when there is none yet."""
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {
        table: int(database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608 - a constant
        for table in COUNTED
        if table in tables
    }


def _prove(path: Path, expected: Mapping[str, int]) -> None:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            problem = str(copy.execute("PRAGMA integrity_check(1)").fetchone()[0])
            rows = _count(copy)
    except sqlite3.DatabaseError as error:
        raise _damaged(str(error)) from error
    if problem != "ok":
        raise _damaged(" ".join(problem.split()))
    if rows != expected:
        raise _damaged(f"it holds {dict(rows)}, the source {dict(expected)}")


def _damaged(why: str) -> BackupError:
    message = f"the copy is no good: {why}; repair the database before any update"
    return BackupError(ExitCode.COPY_DAMAGED, message)


def _publish(partial: Path, final: Path) -> None:
    """Onto the disk first, then under its name: a copy that can be seen is whole."""
    try:
        _sync(partial)
        partial.replace(final)
        _sync(final.parent)
    except OSError as error:
        raise BackupError(ExitCode.DIRECTORY_UNWRITABLE, f"{final}: {error.strerror}") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prune(directory: Path, keep: int) -> int:
    """Remove all but the newest copies, and what killed runs left. A copy that cannot be removed may stay."""
    copies = sorted(directory.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in directory.glob(f"*{SUFFIX}{_PARTIAL}"):
        _discard(path)
    return sum(_discard(path) for path in copies[keep:])


def _discard(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _tell(line: str, termination_log: Path) -> None:
    sys.stdout.write(f"{line}\n")
    try:
        termination_log.write_text(line, encoding="utf-8")
    except OSError:
        # Outside a container there is no such file, and standard output has the line already.
        return


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="addon-updater sqlite-backup",
        description="Copy a SQLite database that is in use, and prove the copy.",
    )
    parser.add_argument("source", type=Path, help="the database")
    parser.add_argument("directory", type=Path, help="where the copies lie; made when its parent exists")
    parser.add_argument("name", type=_name, help="name of the copy, without a suffix")
    parser.add_argument("--keep", type=_positive, default=3, help="how many copies to keep (3)")
    return parser


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("write small letters, digits, dots and dashes")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("write a number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
