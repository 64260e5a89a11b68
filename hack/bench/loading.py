"""The embedded catalog in an interpreter of its own: how long it takes to load, and what it holds in memory.

Run as a program it prints one JSON line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc


def load_time() -> tuple[float, float]:
    """Seconds by the wall clock and of the processor that a new interpreter takes to read, check and index the catalog.

    Importing is not counted.
    """
    answer = _ask("time")
    return answer["seconds"], answer["processor"]


def load_size() -> float:
    """MiB that the catalog holds once it is loaded, with everything that loading it has left behind."""
    return float(_ask("size")["bytes"]) / 2**20


def _ask(what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.loading", what]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(run.stdout)
    return answer


def _measure(what: str) -> dict[str, float]:
    from addon_updater.catalog import load_embedded  # noqa: PLC0415 - importing it is not what is measured

    if what == "size":
        tracemalloc.start()
        load_embedded()
        return {"bytes": tracemalloc.get_traced_memory()[0]}
    start, used = time.perf_counter(), time.process_time()
    load_embedded()
    return {"seconds": time.perf_counter() - start, "processor": time.process_time() - used}


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1])))
