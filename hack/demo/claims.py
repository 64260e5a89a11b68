"""What every chapter does: claim, wait, look at a release."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from demo.screen import Row, Screen
from localcluster.api import ApiReader

_RELEASES = "/apis/addon-updater.dev/v1alpha1/namespaces/{namespace}/addonreleases/{name}"
_DEPLOYMENTS = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
_CONFIG_MAPS = "/api/v1/namespaces/{namespace}/configmaps/{name}"


class ClaimError(AssertionError):
    """Something that the demo claims is not so."""


@dataclass(frozen=True)
class Move:
    """One finished hop for the report."""

    addon: str
    start: str
    end: str
    result: str
    seconds: float

    def __str__(self) -> str:
        rolled_back = "" if self.result == "Promoted" else " rolled back"
        return f"{self.addon} {self.start}->{self.end} {self.seconds:.0f}s{rolled_back}"


class ReleaseView:
    """One AddonRelease and its workload, as they are now."""

    def __init__(self, api: ApiReader, release: Mapping[str, Any]) -> None:
        self._api = api
        self.name: str = release["metadata"]["name"]
        self._place = {"namespace": release["metadata"]["namespace"], "name": self.name}

    def status(self) -> dict[str, Any]:
        """The status of the AddonRelease."""
        return (self._api.document(_RELEASES.format(**self._place)) or {}).get("status") or {}

    def condition(self, kind: str) -> dict[str, str]:
        """A condition; empty when there is none."""
        return _conditions(self.status()).get(kind) or {}

    def runs(self) -> str:
        """The version that the status tells."""
        return str((self.status().get("current") or {}).get("version"))

    def waits_for(self) -> str:
        """The reason of UpdateAvailable."""
        return self.condition("UpdateAvailable").get("reason", "")

    def is_settled_at(self, version: str) -> bool:
        """Whether that version runs, fits, and nothing better is to be had."""
        conditions = _conditions(self.status())
        return (
            self.runs() == version
            and self.image().endswith(version)
            and (conditions.get("Ready") or {}).get("status") == "True"
            and (conditions.get("UpdateAvailable") or {}).get("status") == "False"
        )

    def history(self) -> list[dict[str, Any]]:
        """Finished attempts, newest first."""
        return self.status().get("history") or []

    def pod(self) -> dict[str, Any]:
        """The pod template's spec; empty when the Deployment is gone."""
        deployment = self._api.document(_DEPLOYMENTS.format(**self._place))
        return deployment["spec"]["template"]["spec"] if deployment is not None else {}

    def image(self) -> str:
        """The image in the Deployment."""
        containers = self.pod().get("containers") or [{"image": ""}]
        return str(containers[0]["image"])

    def config(self) -> dict[str, str]:
        """Every text of the ConfigMap of the same name."""
        return (self._api.document(_CONFIG_MAPS.format(**self._place)) or {}).get("data") or {}

    def governed(self) -> dict[str, Any]:
        """Image, arguments, configuration volumes and every text: what must come back byte for byte."""
        pod = self.pod()
        container = (pod.get("containers") or [{}])[0]
        volumes = [volume for volume in pod.get("volumes") or [] if "configMap" in volume]
        return {
            "image": container.get("image"),
            "args": container.get("args"),
            "volumes": volumes,
            "data": self.config(),
        }

    def row(self) -> Row:
        """How it stands, for the table."""
        status = self.status()
        conditions = _conditions(status)
        return Row(
            addon=self.name,
            runs=(status.get("current") or {}).get("version") or "",
            wants=(status.get("target") or {}).get("version") or "",
            step=(status.get("attempt") or {}).get("step") or "",
            update=(conditions.get("UpdateAvailable") or {}).get("reason") or "",
        )

    def last_words(self) -> str:
        """All conditions in one line, for an error."""
        words = (
            f"{item['type']}={item['status']} {item['reason']}: {item['message']}"
            for item in self.status().get("conditions") or ()
        )
        return f"{self.name}: {'; '.join(words)}"


class Claims:
    """A screen on which every claim is checked before it is told."""

    def __init__(self, screen: Screen, releases: Mapping[str, ReleaseView]) -> None:
        self.screen = screen
        self.releases = releases
        self.moves: list[Move] = []

    def claim(self, holds: bool, text: str) -> None:  # noqa: FBT001 - reads as claim(condition, words)
        """Assert and tell."""
        if not holds:
            raise ClaimError(f"not so: {text}")
        self.screen.proven(text)

    def wait_for(self, ready: Callable[[], bool], what: str, timeout: float) -> None:
        """Keep the table alive until something is so."""
        deadline = time.monotonic() + timeout
        while not ready():
            if time.monotonic() > deadline:
                words = " | ".join(view.last_words() for view in self.releases.values())
                raise ClaimError(f"waited {timeout:.0f} s for {what}: {words}")
            self.show()
            time.sleep(0.5)
        self.show()

    def show(self) -> None:
        """Bring the table up to date."""
        self.screen.show([view.row() for view in self.releases.values()])

    def moved(self, move: Move) -> None:
        """Note and tell one finished hop."""
        self.moves.append(move)
        verb = "rolled back" if move.result == "RolledBack" else "reached"
        self.screen.proven(f"{move.addon} {move.end} {verb} after {move.seconds:.0f} s")


def _conditions(status: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {item["type"]: item for item in status.get("conditions") or ()}
