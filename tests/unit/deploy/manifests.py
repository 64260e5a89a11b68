"""Reads the kustomization tree of deploy/ the way kustomize does, without kustomize."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from addon_updater.safe_yaml import LOADER

REPOSITORY = Path(__file__).parents[3]
DEPLOY = REPOSITORY / "deploy"
BASE = DEPLOY / "base"
FILL_IN = DEPLOY / "fill-in"
NAMESPACES = DEPLOY / "namespaces"
KUSTOMIZATION = "kustomization.yaml"

Manifest = dict[str, Any]


@cache
def documents(file: Path) -> list[Manifest]:
    return [document for document in yaml.load_all(file.read_text(), LOADER) if document is not None]


def kustomization(folder: Path) -> Manifest:
    (only,) = documents(folder / KUSTOMIZATION)
    return only


def listed_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every manifest file that `folder` pulls in, with the namespace its kustomization sets."""
    content = kustomization(folder)
    for resource in content["resources"]:
        path = (folder / resource).resolve()
        if path.is_dir():
            yield from listed_files(path)
        else:
            yield path, content.get("namespace", "")


def namespace_folders() -> list[Path]:
    """The folders with the rights in one namespace each, part of the base or not."""
    return sorted(path for path in NAMESPACES.iterdir() if path.is_dir())


@cache
def shipped() -> list[Manifest]:
    """Every object that `kubectl apply -k` creates for the base and for each namespace, namespaces set."""
    files = dict(pair for folder in (BASE, *namespace_folders()) for pair in listed_files(folder))
    result = []
    for file, namespace in files.items():
        for document in documents(file):
            if namespace:
                document["metadata"].setdefault("namespace", namespace)
            if "config.kubernetes.io/local-config" not in document["metadata"].get("annotations", {}):
                result.append(document)
    return result


def of_kind(kind: str) -> list[Manifest]:
    return [document for document in shipped() if document["kind"] == kind]


def the(kind: str, name: str, namespace: str = "") -> Manifest:
    (only,) = [
        document
        for document in of_kind(kind)
        if document["metadata"]["name"] == name and document["metadata"].get("namespace", "") == namespace
    ]
    return only
