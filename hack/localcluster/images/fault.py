"""CoreDNS images whose release is broken in a chosen way, under any name a test asks for."""

import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path

from localcluster.build import go_version
from localcluster.errors import BuildError, UsageError
from localcluster.images.oci import File, Image
from localcluster.images.stock import cached, coredns_files
from localcluster.settings import REPOSITORY, current_settings

FAULT_MODES = (
    "servfail-after",
    "nxdomain-after",
    "drop-after",
    "crash-after",
    "crash",
    "never-ready",
    "refuse-config",
)
"""What each does is told in hack/images/coredns-fault/main.go."""

_SOURCE = REPOSITORY / "hack" / "images" / "coredns-fault"


def fault_image(name: str, mode: str, base_version: str = "1.11.3", seconds: float = 20.0) -> Path:
    """An image called `name` that runs CoreDNS `base_version` and breaks as `mode` says.

    `seconds` is the healthy time of the `-after` modes, counted from the start of each process.

    Raises:
        UsageError: unknown mode.
        BuildError: the stand-in did not compile.
        MissingRequirementError: CoreDNS or Go is missing.
    """
    if mode not in FAULT_MODES:
        raise UsageError(f"fault image: unknown mode {mode!r}; known are {', '.join(FAULT_MODES)}")
    files = {
        **coredns_files(base_version),
        "coredns-fault": File(stand_in(), 0o755),
        "fault.json": File(json.dumps({"mode": mode, "seconds": seconds}).encode()),
    }
    image = Image(name, files, ("/coredns-fault",), user="nonroot:nonroot")
    return cached(image, f"coredns-{mode}")


def stand_in() -> bytes:
    """The compiled stand-in, kept in the cache under the hash of its source."""
    digest = sha256(go_version().encode())
    for source in sorted(_SOURCE.iterdir()):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    target = current_settings().cache / "bin" / f"coredns-fault-{digest.hexdigest()[:12]}"
    if not target.is_file():
        workspace = target.with_name(f".{target.name}.{os.getpid()}")
        workspace.parent.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(
            ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(workspace), "."],
            cwd=_SOURCE,
            env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"},
            check=False,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            raise BuildError(f"fault image: {_SOURCE} does not compile:\n{result.stderr[-2000:]}")
        workspace.rename(target)
    return target.read_bytes()
