"""The Debian packages the node needs, and installing the ones that are missing."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from localcluster.errors import MissingRequirementError

PACKAGES = {
    "runc": "/usr/sbin/runc",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "iptables": "/usr/sbin/iptables",
    "conntrack": "/usr/sbin/conntrack",
    "busybox-static": "busybox",
    "buildah": "/usr/bin/buildah",
    "debootstrap": "/usr/sbin/debootstrap",
    "iproute2": "ip",
    "procps": "ps",
    "util-linux": "nsenter",
    "mount": "mount",
}
"""Package -> a file of it, or a program that must be on PATH."""


def missing_packages() -> list[str]:
    return [name for name, proof in PACKAGES.items() if not _present(proof)]


def _present(proof: str) -> bool:
    return Path(proof).exists() if proof.startswith("/") else shutil.which(proof) is not None


def require_packages() -> None:
    """Check that all packages are there.

    Raises:
        MissingRequirementError: some are not; the message says how to get them.
    """
    missing = missing_packages()
    if missing:
        raise MissingRequirementError(
            f"Debian packages missing: {' '.join(missing)}; run `hack/cluster setup`, "
            f"or `apt-get install {' '.join(missing)}`"
        )


def setup(report: Callable[[str], None]) -> None:
    """Install what is missing with apt-get.

    Raises:
        MissingRequirementError: not root, not a Debian, or apt-get failed.
    """
    missing = missing_packages()
    if not missing:
        report("all Debian packages are installed")
        return
    if os.geteuid() != 0:
        raise MissingRequirementError(f"setup: installing {' '.join(missing)} needs root; run it with sudo")
    if shutil.which("apt-get") is None:
        raise MissingRequirementError(
            f"setup: no apt-get here; install the equivalent of {' '.join(missing)} yourself"
        )
    report(f"installing {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        result = subprocess.run(
            ["apt-get", "--quiet", *command],
            check=False,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if result.returncode != 0:
            last = "\n".join(result.stdout.splitlines()[-5:])
            raise MissingRequirementError(f"setup: apt-get {command[0]} failed:\n{last}")
    report("installed")
