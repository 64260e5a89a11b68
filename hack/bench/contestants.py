"""What is measured: each contestant answers one call with the seconds of one pass."""

from __future__ import annotations

import gc
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version as PythonVersion

Contestant = Callable[[], float]


def timed(work: Callable[[], object]) -> Contestant:
    """A contestant in this process."""

    def once() -> float:
        gc.disable()
        try:
            start = time.perf_counter()
            work()
            return time.perf_counter() - start
        finally:
            gc.enable()

    return once


def python_specifiers(ranges: Sequence[str], texts: Sequence[str]) -> Contestant:
    """`packaging`: whether one of the ranges holds each version; parsing is not counted."""
    wanted, versions = [SpecifierSet(text) for text in ranges], [PythonVersion(text) for text in texts]
    return timed(lambda: sum(any(one.contains(version) for one in wanted) for version in versions))


@contextmanager
def masterminds(program: Path, wanted: str, texts: Sequence[str]) -> Iterator[Contestant]:
    """Masterminds/semver: whether the range holds each version; its own clock counts, parsing is not counted."""
    with subprocess.Popen(
        [program, "bench"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the pipes were asked for")
        asks, answers = process.stdin, process.stdout
        asks.write(json.dumps({"ranges": [wanted], "versions": list(texts)}) + "\n")

        def once() -> float:
            asks.write("\n")
            asks.flush()
            return float(json.loads(answers.readline())["seconds"])

        yield once
        asks.close()
