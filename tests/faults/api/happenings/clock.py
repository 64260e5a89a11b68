"""The clock of one operator process, by Debian's libfaketime: a step of the wall clock, or another speed.

https://github.com/wolfcw/libfaketime/blob/master/README
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from faults.api.registry import happening
from faults.api.replica import Replica
from faults.api.world import World
from localcluster.settings import current_settings

LIBRARY = "libfaketime.so.1"
_INSTALLED = "usr/lib/*/faketime"


@happening("clock-of-its-own")
def clock_of_its_own(world: World, *, replica: str = "replica-a") -> None:
    """From its next start on, a replica has a wall clock that can be set; it is started anew for it."""
    own = _prepare(world, world.replicas[replica])
    own["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    _restart(world.replicas[replica])


@happening("clock-at-speed")
def clock_at_speed(world: World, *, speed: float, replica: str = "replica-a") -> None:
    """Both clocks of a replica, wall and monotonic, run so many times as fast from now on."""
    own = _prepare(world, world.replicas[replica])
    own["FAKETIME"] = f"+0 x{speed:g}"
    del own["FAKETIME_TIMESTAMP_FILE"]
    _restart(world.replicas[replica])


@happening("clock-jumps")
def clock_jumps(world: World, *, seconds: int, replica: str = "replica-a") -> None:
    """The wall clock of a replica is that much ahead of the true one, or behind it, from now on."""
    _set(Path(world.replicas[replica].environment["FAKETIME_TIMESTAMP_FILE"]), seconds)


def _prepare(world: World, replica: Replica) -> dict[str, str]:
    file = world.folder / f"{replica.name}-clock"
    _set(file, 0)
    replica.environment |= {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
    }
    return replica.environment


def _restart(replica: Replica) -> None:
    replica.kill()
    replica.start()


def _set(file: Path, seconds: int) -> None:
    draft = file.with_suffix(".draft")
    draft.write_text(f"{seconds:+d}\n")
    draft.replace(file)


def library() -> Path:
    """The library: of this system, else out of Debian's package, which nobody needs root to fetch and unpack."""
    kept = current_settings().cache / "libfaketime"
    for root in (Path("/"), kept):
        if found := sorted(root.glob(f"{_INSTALLED}/{LIBRARY}")):
            return found[0]
    with tempfile.TemporaryDirectory() as folder:
        fetched = subprocess.run(
            ["apt-get", "download", "libfaketime"], cwd=folder, capture_output=True, text=True, check=False
        )
        packages = sorted(Path(folder).glob("libfaketime_*.deb"))
        assert packages, f"install Debian's libfaketime: it could not be fetched: {fetched.stderr[-300:]}"
        draft = kept.with_name(f"{kept.name}.{os.getpid()}")
        subprocess.run(["dpkg-deb", "--extract", str(packages[0]), str(draft)], check=True)
    if kept.exists():
        shutil.rmtree(draft)
    else:
        draft.rename(kept)
    return min(kept.glob(f"{_INSTALLED}/{LIBRARY}"))
