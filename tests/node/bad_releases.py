"""Releases that should never have been made: an image that is broken in one way, and the catalog that offers it."""

from dataclasses import dataclass

from localcluster import Node
from localcluster.images import fault_image
from node.raw_api import Manifest
from node.stage import CATALOGS, GROUP, Stage

REPOSITORY = "registry.k8s.io/coredns/coredns"
_SOURCE = {"source": "team"}


@dataclass(frozen=True)
class BadRelease:
    """A version of CoreDNS and what is wrong with its image; `mode` None: nobody ever pushed it."""

    name: str
    version: str
    mode: str | None
    reason: str
    told: str
    healthy_seconds: float = 12.0

    def offer(self, node: Node, stage: Stage, *, minor: str = "1.34", base: str = "1.11.3") -> None:
        """Put the image on the node and the version into the catalog, as the default of a minor."""
        if self.mode is not None:
            image = f"{REPOSITORY}:v{self.version}"
            node.load_image(fault_image(image, self.mode, base_version=base, seconds=self.healthy_seconds))
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


FOUND_IN_REHEARSAL = (
    BadRelease("crashes at its start", "1.12.91", "crash", "Crashed", "addon-updater-rehearsal-"),
    BadRelease("never becomes ready", "1.12.92", "never-ready", "RehearsalFailed", "was not ready after"),
    BadRelease("was never pushed", "1.12.93", None, "ImagePullFailed", f"{REPOSITORY}:v1.12.93"),
)
FOUND_IN_SOAK = BadRelease(
    "answers SERVFAIL after a while", "1.13.94", "servfail-after", "GateFailed", "SERVFAIL"
)
"""Good enough for the rehearsal and the rollout."""
