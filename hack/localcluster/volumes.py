"""Volumes of the local node: nothing provisions any there, so each is a folder that a static object names."""

import os
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]

MONITORING = "monitoring"
"""The namespace of Prometheus and Grafana."""

_SIZE = "1Gi"
_CLAIM_SPEC = {
    "accessModes": ["ReadWriteOnce"],
    "storageClassName": "",
    "resources": {"requests": {"storage": _SIZE}},
}


def namespace() -> Manifest:
    document: Manifest = yaml.safe_load((Path(__file__).parent / "monitoring.yaml").read_text())
    return document


def static_volume(name: str, claim: str, folder: Path) -> Manifest:
    """A PersistentVolume on a folder, reserved for one claim of the monitoring namespace.

    It is kept when its claim goes, as a volume with somebody's data should be.
    """
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": _SIZE},
            "storageClassName": "",
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": str(folder), "type": "Directory"},
            "claimRef": {"namespace": MONITORING, "name": claim},
        },
    }


def claim(name: str, volume: str) -> Manifest:
    """A PersistentVolumeClaim of the monitoring namespace on a volume that is named."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": MONITORING},
        "spec": {**_CLAIM_SPEC, "volumeName": volume},
    }


def claim_template(name: str) -> Manifest:
    """An entry of `volumeClaimTemplates` of a StatefulSet."""
    return {"metadata": {"name": name}, "spec": _CLAIM_SPEC}


def make_folder(folder: Path, user: int) -> None:
    """Make a volume's folder for a user: Kubernetes does not change the owner of a hostPath."""
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, user, user)
