"""Images of the FAKE Grafana of hack/images/grafana-fake under Grafana's true name, one per release it plays."""

from pathlib import Path

from localcluster.errors import UsageError
from localcluster.images.oci import File, Image
from localcluster.images.stand_in import stand_in
from localcluster.images.stock import cached

GRAFANA_REPOSITORY = "docker.io/grafana/grafana"
GRAFANA_USER = 472
GRAFANA_FAULTS = (
    "crash",
    "refuse-config",
    "crash-after",
    "never-ready",
    "health-failing-after",
    "search-failing-after",
    "lose-dashboards-after",
)
"""What each does is told in hack/images/grafana-fake/faults.go."""

_HOME = "usr/share/grafana"
_ACCOUNTS = {
    "etc/passwd": File(b"root:x:0:0:root:/root:/bin/false\ngrafana:x:472:0:grafana:/home:/bin/false\n"),
    "etc/group": File(b"root:x:0:\n"),
}
_ENVIRONMENT = {
    "GF_PATHS_CONFIG": "/etc/grafana/grafana.ini",
    "GF_PATHS_DATA": "/var/lib/grafana",
    "GF_PATHS_HOME": f"/{_HOME}",
    "GF_PATHS_PROVISIONING": "/etc/grafana/provisioning",
}


def grafana_image(version: str, *, fault: str = "", seconds: float = 20.0, migration: float = 0.0) -> Path:
    """The fake as Grafana `version`, for example `12.4.9`, `13.0.1-security-01` or a release that never was.

    `seconds` is the healthy time of an `-after` fault from the start of each process; `migration` is how many
    seconds a start takes that has migrations to run.

    Raises:
        UsageError: unknown fault.
        BuildError: the fake did not compile.
        MissingRequirementError: Go is missing.
    """
    if fault and fault not in GRAFANA_FAULTS:
        raise UsageError(f"grafana image: unknown fault {fault!r}; known are {', '.join(GRAFANA_FAULTS)}")
    environment = {
        **_ENVIRONMENT,
        "GRAFANA_FAKE_VERSION": version,
        "GRAFANA_FAKE_FAULT": fault,
        "GRAFANA_FAKE_SECONDS": f"{seconds:g}",
        "GRAFANA_FAKE_MIGRATION_SECONDS": f"{migration:g}",
    }
    return cached(f"grafana-{version}", _image(version, environment))


def _image(version: str, environment: dict[str, str]) -> Image:
    fake = f"{_HOME}/bin/grafana"
    names = {"run.sh": File(link=f"/{fake}", mode=0o777)}
    if int(version.partition(".")[0]) < 13:
        # 13 dropped the two old names (Grafana's upgrade guide of 13.0).
        names |= {
            f"{_HOME}/bin/{name}": File(link="grafana", mode=0o777)
            for name in ("grafana-server", "grafana-cli")
        }
    return Image(
        f"{GRAFANA_REPOSITORY}:{version}",
        {**_ACCOUNTS, fake: File(stand_in("grafana-fake"), 0o755), **names},
        entrypoint=("/run.sh",),
        user=str(GRAFANA_USER),
        folders={
            "var/lib/grafana": GRAFANA_USER,
            "etc/grafana/provisioning/dashboards": GRAFANA_USER,
            "etc/grafana/provisioning/datasources": GRAFANA_USER,
        },
        environment=environment,
        working_folder=f"/{_HOME}",
    )
