"""Compiles the stand-ins of hack/images: small programs that take a server's place in an image."""

import os
import subprocess
from hashlib import sha256

from localcluster.build import WITHOUT_DEBUG, go_version
from localcluster.errors import BuildError
from localcluster.settings import REPOSITORY, current_settings

STAND_INS = ("coredns-fault", "grafana-fake", "prometheus-fault")
"""Folders of hack/images, each a Go module that makes one program."""

SOURCES = REPOSITORY / "hack" / "images"


def stand_in(name: str = "coredns-fault") -> bytes:
    """A compiled stand-in, kept in the cache under the hash of its source.

    Raises:
        BuildError: it did not compile.
        MissingRequirementError: Go is missing.
    """
    source = SOURCES / name
    digest = sha256(go_version().encode())
    for path in sorted(source.iterdir()):
        if path.is_file() and not path.name.endswith("_test.go"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    target = current_settings().cache / "bin" / f"{name}-{digest.hexdigest()[:12]}"
    if not target.is_file():
        workspace = target.with_name(f".{target.name}.{os.getpid()}")
        workspace.parent.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(
            ["go", "build", "-trimpath", WITHOUT_DEBUG, "-ldflags=-s -w", "-o", str(workspace), "."],
            cwd=source,
            env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false"},
            check=False,
            capture_output=True,
            text=True,
        )
        if result.returncode != 0:
            raise BuildError(f"image: {source} does not compile:\n{result.stderr[-2000:]}")
        workspace.rename(target)
    return target.read_bytes()
