"""The CustomResourceDefinitions as data. `python -m addon_updater.api.crds FOLDER` writes crds/."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from addon_updater.api.catalog import AddonCatalog
from addon_updater.api.meta import GROUP, VERSION
from addon_updater.api.readiness import UpgradeReadiness
from addon_updater.api.release import AddonRelease
from addon_updater.api.schema import structural_schema

Manifest = dict[str, Any]


class _PlainDumper(yaml.SafeDumper):
    """Writes everything out: an anchor would tell a reader nothing."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _condition(kind: str, field: str = "status") -> str:
    return f'.status.conditions[?(@.type=="{kind}")].{field}'


_RELEASE_COLUMNS = (
    ("Addon", "string", ".spec.addon", 0),
    ("Version", "string", ".status.current.version", 0),
    ("Target", "string", ".status.target.version", 0),
    ("Ready", "string", _condition("Ready"), 0),
    ("Reason", "string", _condition("Ready", "reason"), 0),
    ("Update", "string", _condition("UpdateAvailable", "reason"), 0),
    ("Step", "string", ".status.attempt.step", 0),
    ("Kubernetes", "string", ".status.observedKubernetesMinor", 1),
    ("Message", "string", _condition("Ready", "message"), 1),
    ("Age", "date", ".metadata.creationTimestamp", 0),
)
_CATALOG_COLUMNS = (
    ("Mode", "string", ".spec.mode", 0),
    ("Priority", "integer", ".spec.priority", 0),
    ("Serial", "integer", ".spec.serial", 0),
    ("Ready", "string", _condition("Ready"), 0),
    ("Fresh", "string", _condition("CatalogFresh"), 0),
    ("Message", "string", _condition("Ready", "message"), 1),
    ("Age", "date", ".metadata.creationTimestamp", 0),
)
_READINESS_COLUMNS = (
    ("Minor", "string", ".spec.minor", 0),
    ("Verdict", "string", ".status.verdict", 0),
    ("Message", "string", ".status.message", 0),
    ("Observed", "date", ".status.observedAt", 0),
)


def custom_resource_definitions() -> dict[str, Manifest]:
    """File name to manifest of every CRD that this version ships."""
    return {
        "addonreleases.yaml": _definition(
            AddonRelease, plural="addonreleases", scope="Namespaced", short=["ar"], columns=_RELEASE_COLUMNS
        ),
        "addoncatalogs.yaml": _definition(
            AddonCatalog, plural="addoncatalogs", scope="Cluster", short=["acat"], columns=_CATALOG_COLUMNS
        ),
        "upgradereadinesses.yaml": _definition(
            UpgradeReadiness,
            plural="upgradereadinesses",
            scope="Cluster",
            short=["urd"],
            columns=_READINESS_COLUMNS,
        ),
    }


def _definition(
    model: type[AddonRelease | AddonCatalog | UpgradeReadiness],
    *,
    plural: str,
    scope: str,
    short: list[str],
    columns: tuple[tuple[str, str, str, int], ...],
) -> Manifest:
    kind = model.kind_name
    schema = structural_schema(model)
    schema["properties"] = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
    } | schema["properties"]
    version: Manifest = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "additionalPrinterColumns": [
            {"name": name, "type": kind_, "jsonPath": path, "priority": priority}
            for name, kind_, path, priority in columns
        ],
    }
    if "status" in schema["properties"]:
        version["subresources"] = {"status": {}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{GROUP}",
            "labels": {"app.kubernetes.io/name": "addon-updater"},
        },
        "spec": {
            "group": GROUP,
            "scope": scope,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": plural,
                "singular": kind.lower(),
                "shortNames": short,
                "categories": ["addons"],
            },
            "versions": [version],
        },
    }


def render(manifest: Manifest) -> str:
    """One manifest as the YAML text that is committed."""
    header = (
        "# Generated from operator/addon_updater/api by `make generate`; edit the models, not this file.\n"
    )
    return header + yaml.dump(manifest, Dumper=_PlainDumper, sort_keys=False, width=110, allow_unicode=True)


def main(folder: str) -> None:
    """Write every CRD into the folder."""
    for name, manifest in custom_resource_definitions().items():
        Path(folder, name).write_text(render(manifest), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
