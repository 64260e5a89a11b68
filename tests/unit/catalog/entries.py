"""Small catalog entries for tests: a complete addon of our own, changed by each case."""

from __future__ import annotations

from typing import Any

from addon_updater.api.catalog import AddonCatalogSpec, AddonEntry

SOURCE = {"us": {"title": "Our own tests", "url": "https://example.com/tests"}}
TESTED_134 = {"kubernetes": "1.34", "level": "Tested", "source": "us"}
REMARK = {"reason": "it is broken", "source": "us"}


def wire(**changes: Any) -> dict[str, Any]:
    """A complete addon `web` with two releases, tested on 1.34 and 1.35, as it stands in YAML."""
    return {
        "name": "web",
        "risk": "Isolated",
        "evidenceFloor": "Declared",
        "target": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "container": "web"},
        "image": {"repository": "registry.example/web", "tag": "v{version}"},
        "sources": SOURCE,
        "kubernetes": [
            {"minor": "1.35", "defaults": [{"vendor": "kubeadm", "version": "2.1.0", "source": "us"}]},
            {"minor": "1.34", "defaults": [{"vendor": "kubeadm", "version": "2.0.0", "source": "us"}]},
        ],
        "releases": [
            {"version": "2.1.0", "evidence": [{"kubernetes": "1.35", "level": "Tested", "source": "us"}]},
            {"version": "2.0.0", "evidence": [TESTED_134]},
        ],
    } | changes


def entry(**changes: Any) -> AddonEntry:
    """The same as a model."""
    return AddonEntry.model_validate(wire(**changes))


def spec(*addons: dict[str, Any], **changes: Any) -> AddonCatalogSpec:
    """An AddonCatalog's spec that extends unless said otherwise."""
    return AddonCatalogSpec.model_validate({"mode": "Extend", "serial": 1, "addons": list(addons)} | changes)
