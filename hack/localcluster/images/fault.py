"""CoreDNS images whose release is broken in a chosen way, under any name a test asks for."""

import json
from pathlib import Path

from localcluster.errors import UsageError
from localcluster.images.oci import File, Image
from localcluster.images.stand_in import stand_in
from localcluster.images.stock import cached, coredns_files

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
