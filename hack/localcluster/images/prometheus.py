"""Prometheus images: the real programs under their true name, and releases that are broken in a chosen way."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from localcluster.build import program
from localcluster.errors import UsageError
from localcluster.images.fault import Fault
from localcluster.images.oci import File, Image
from localcluster.images.stand_in import stand_in
from localcluster.images.stock import cached
from localcluster.settings import current_settings

PROMETHEUS_REPOSITORY = "quay.io/prometheus/prometheus"
PROMETHEUS_USER = 65534
PROMETHEUS_FAULTS = (
    "healthy",
    "crash",
    "crash-after",
    "never-ready",
    "refuse-config",
    "api-errors-after",
    "targets-lost-after",
)
"""What each does is told in hack/images/prometheus-fault/main.go."""

_NOBODY = {
    "etc/passwd": File(b"root:x:0:0:root:/root:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n"),
    "etc/group": File(b"root:x:0:\nnobody:x:65534:\n"),
}
_CONFIG = b"scrape_configs:\n  - job_name: prometheus\n    static_configs: [{targets: ['localhost:9090']}]\n"


def prometheus_image(version: str) -> Path:
    """Prometheus `version` (without `v`) with promtool, laid out as upstream's Dockerfile does.

    Raises:
        MissingRequirementError: the programs are not built.
    """
    return cached(f"prometheus-{version}", _image(f"{PROMETHEUS_REPOSITORY}:v{version}", version))


def prometheus_fault_image(version: str, mode: str, base_version: str, seconds: float = 20.0) -> Path:
    """A release `version` that never was: Prometheus `base_version` which says it is it and breaks as `mode` says.

    Raises:
        UsageError: unknown mode.
        BuildError: the stand-in did not compile.
        MissingRequirementError: the programs, or Go, are missing.
    """
    return prometheus_fault_images([(version, Fault(mode, seconds))], base_version)


def prometheus_fault_images(releases: Sequence[tuple[str, Fault]], base_version: str) -> Path:
    """One archive of several such releases (version, fault): the programs, which they share, are in it once.

    Raises:
        UsageError: unknown mode.
        BuildError: the stand-in did not compile.
        MissingRequirementError: the programs, or Go, are missing.
    """
    for _, fault in releases:
        if fault.mode not in PROMETHEUS_FAULTS:
            raise UsageError(
                f"prometheus fault image: unknown mode {fault.mode!r}; known are {', '.join(PROMETHEUS_FAULTS)}"
            )
    real = _image("", base_version)
    files = {
        **real.files,
        "bin/prometheus-real": real.files["bin/prometheus"],
        "bin/promtool-real": real.files["bin/promtool"],
        "bin/prometheus": File(stand_in("prometheus-fault"), 0o755),
        "bin/promtool": File(link="prometheus", mode=0o777),
    }
    images = [
        replace(
            real,
            name=f"{PROMETHEUS_REPOSITORY}:v{version}",
            files=files,
            environment={
                "PROMETHEUS_FAULT": json.dumps(
                    {**asdict(fault), "version": version, "builtVersion": base_version}
                )
            },
        )
        for version, fault in releases
    ]
    label = releases[0][1].mode if len(releases) == 1 else "faults"
    return cached(f"prometheus-{label}", *images)


def _image(name: str, version: str) -> Image:
    settings, group = current_settings(), f"prometheus-{version}"
    binaries = {
        f"bin/{binary}": File(program(settings, group, binary).read_bytes(), 0o755)
        for binary in ("prometheus", "promtool")
    }
    return Image(
        name,
        {**_NOBODY, **binaries, "etc/prometheus/prometheus.yml": File(_CONFIG)},
        entrypoint=("/bin/prometheus",),
        command=("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"),
        user="nobody",
        folders={"prometheus": PROMETHEUS_USER, "etc/prometheus": PROMETHEUS_USER},
        working_folder="/prometheus",
        volumes=("/prometheus",),
    )
