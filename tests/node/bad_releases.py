"""Releases that should never have been made: what is wrong with the images of each, addon by addon."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcluster import Node
from localcluster.images import fault_image
from node.raw_api import Manifest
from node.stage import CATALOGS, GROUP, Stage

REPOSITORY = "registry.k8s.io/coredns/coredns"
HEALTHY_SECONDS = 20.0
"""How long a process of a release does well that goes bad: a rehearsal on a slow machine must end before that."""
_SOURCE = {"source": "team"}


@dataclass(frozen=True)
class Sign:
    """What the release of one addon does, and how that is told (a pattern); `mode` None: nobody ever pushed it."""

    mode: str | None
    reason: str
    told: str


@dataclass(frozen=True)
class Flaw:
    """One way to be bad. `patch` is the last part of the version of each addon that has it."""

    name: str
    patch: int
    signs: Mapping[str, Sign]
    rollout: Manifest = field(default_factory=dict)
    switches: int = 0
    """How often the workload is told to run it."""
    is_seen_in_time: bool = True
    """Whether it shows before a new pod counts as available."""


def _all(mode: str | None, reason: str, told: str) -> dict[str, Sign]:
    return dict.fromkeys(("coredns", "prometheus", "grafana"), Sign(mode, reason, told))


FLAWS = (
    Flaw("was never pushed", 91, _all(None, "ImagePullFailed", ".91")),
    Flaw("crashes at its start", 92, _all("crash", "Crashed", "addon-updater-rehearsal-")),
    Flaw(
        "refuses the configuration",
        93,
        {
            **_all("refuse-config", "Crashed", "addon-updater-rehearsal-"),
            "prometheus": Sign("refuse-config", "CheckFailed", "field scrape_protocols not found"),
        },
    ),
    Flaw(
        "never becomes ready",
        94,
        _all("never-ready", "RehearsalFailed", "was not ready after"),
        {"progressDeadline": "30s"},
    ),
    Flaw(
        "crashes before it counts as available",
        95,
        _all("crash-after", "Crashed", "pod "),
        {"minReadySeconds": 60, "progressDeadline": "3m"},
        switches=1,
    ),
    Flaw(
        "goes bad in its soak",
        96,
        {
            "coredns": Sign("servfail-after", "GateFailed", "SERVFAIL"),
            "prometheus": Sign("api-errors-after", "GateFailed", "503"),
            "grafana": Sign("search-failing-after", "GateFailed", "HTTP 500"),
        },
        {"soak": "60s"},
        switches=1,
        is_seen_in_time=False,
    ),
)
GOOD_PATCH = 99
"""The last part of the version after them, which has no flaw."""


@dataclass(frozen=True)
class BadRelease:
    """A version of CoreDNS that is good enough for the rehearsal and the rollout."""

    version: str
    mode: str
    reason: str

    def offer(self, node: Node, stage: Stage, *, minor: str = "1.34", base: str) -> None:
        """Put the image on the node and the version into the catalog, as the default of a minor."""
        image = f"{REPOSITORY}:v{self.version}"
        node.load_image(fault_image(image, self.mode, base_version=base, seconds=HEALTHY_SECONDS))
        stage.api.create(CATALOGS, offering(self.version, minor))


def offering(version: str, minor: str) -> Manifest:
    """An AddonCatalog that makes a version of CoreDNS the tested default of a minor."""
    entry = {
        "name": "coredns",
        "sources": {"team": {"title": "The team's own trial", "url": "https://git.example.com/trial"}},
        "kubernetes": [{"minor": minor, "defaults": [{"vendor": "kubeadm", "version": version, **_SOURCE}]}],
        "releases": [{"version": version, "evidence": [{"kubernetes": minor, "level": "Tested", **_SOURCE}]}],
    }
    return {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "AddonCatalog",
        "metadata": {"name": f"offers-{version.replace('.', '-')}"},
        "spec": {"mode": "Extend", "serial": 1, "addons": [entry]},
    }


FOUND_IN_SOAK = BadRelease("1.13.94", "servfail-after", "GateFailed")
