"""CoreDNS images whose release is broken in a chosen way, under any name a test asks for."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from localcluster.errors import UsageError
from localcluster.images.oci import File, Image
from localcluster.images.stand_in import stand_in
from localcluster.images.stock import COREDNS_REPOSITORY, cached, coredns_files

FAULT_MODES = (
    "healthy",
    "servfail-after",
    "nxdomain-after",
    "drop-after",
    "crash-after",
    "crash",
    "never-ready",
    "refuse-config",
)
"""What each does is told in hack/images/coredns-fault/main.go."""


@dataclass(frozen=True)
class Fault:
    """What a release does; `seconds` is the healthy time of an `-after` mode from the start of each process."""

    mode: str
    seconds: float = 20.0


def fault_image(name: str, mode: str, base_version: str = "1.11.3", seconds: float = 20.0) -> Path:
    """An image called `name` that runs CoreDNS `base_version` and breaks as `mode` says.

    Raises:
        UsageError: unknown mode.
        BuildError: the stand-in did not compile.
        MissingRequirementError: CoreDNS or Go is missing.
    """
    return _fault_images([(name, Fault(mode, seconds))], base_version, f"coredns-{mode}")


def coredns_fault_images(releases: Sequence[tuple[str, Fault]], base_version: str) -> Path:
    """One archive of several releases (version without `v`, fault): what they share is in it once.

    Raises:
        UsageError: unknown mode.
        BuildError: the stand-in did not compile.
        MissingRequirementError: CoreDNS or Go is missing.
    """
    named = [(f"{COREDNS_REPOSITORY}:v{version}", fault) for version, fault in releases]
    return _fault_images(named, base_version, "coredns-faults")


def _fault_images(named: Sequence[tuple[str, Fault]], base_version: str, label: str) -> Path:
    for _, fault in named:
        if fault.mode not in FAULT_MODES:
            raise UsageError(f"fault image: unknown mode {fault.mode!r}; known are {', '.join(FAULT_MODES)}")
    files = {**coredns_files(base_version), "coredns-fault": File(stand_in(), 0o755)}
    images = [
        Image(
            name,
            files,
            ("/coredns-fault",),
            user="nonroot:nonroot",
            environment={"COREDNS_FAULT": json.dumps(asdict(fault))},
        )
        for name, fault in named
    ]
    return cached(label, *images)
