"""What a cluster was started as: one small file in its state folder, read by its supervisor and by every client."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from localcluster.layout import Ports
from localcluster.levels import Level


@dataclass(frozen=True)
class Spec:
    """One cluster."""

    name: str
    level: Level
    kubernetes: str
    """The minor that the control plane was last told to speak."""
    programs: dict[str, str]
    ports: Ports
    snapshotter: str | None = None
    """Containerd's, at the node level."""

    def speaking(self, minor: str) -> "Spec":
        """The same cluster, told to speak another minor."""
        return replace(self, kubernetes=minor)


def write_spec(path: Path, spec: Spec) -> None:
    """Replace the file as a whole: the supervisor may read it at any moment."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(spec), indent=2))
    draft.replace(path)


def read_spec(path: Path) -> Spec:
    """Read what `write_spec` wrote.

    Raises:
        FileNotFoundError: no cluster was started here.
    """
    document = json.loads(path.read_text())
    return Spec(**{**document, "level": Level(document["level"]), "ports": Ports(**document["ports"])})
