"""What people state for the whole cluster: AddonCatalogs and the operator's settings."""

from __future__ import annotations

from typing import Any

from faults.api.registry import happening
from faults.api.world import World
from node.operator_under_test import NAMESPACE
from node.raw_api import Manifest
from node.stage import CATALOGS, GROUP

SETTINGS = f"/api/v1/namespaces/{NAMESPACE}/configmaps/addon-updater-settings"
_SOURCES = {"team": {"title": "The platform team", "url": "https://git.example.com/platform/trials"}}


@happening("catalog-is-written")
def catalog_is_written(
    world: World, *, name: str = "house-rules", serial: int, releases: list[Manifest], **spec: Any
) -> None:
    """Somebody applies an edition of an AddonCatalog that speaks of the story's addon."""
    entry = {"name": world.stage.subject.addon, "sources": _SOURCES, "releases": releases}
    body = {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "AddonCatalog",
        "metadata": {"name": name},
        "spec": {"mode": "Extend", "serial": serial, "addons": [entry], **spec},
    }
    world.api.apply(f"{CATALOGS}/{name}", body, manager="delivery")


@happening("catalog-of-many")
def catalog_of_many(world: World, *, name: str = "house-rules", serial: int, number: int) -> None:
    """An AddonCatalog that denies so many old patch releases, none of which anybody runs."""
    denied = {"reason": "Never released", "source": "team"}
    releases = [{"version": f"0.{n // 100}.{n % 100}", "denied": denied} for n in range(number)]
    catalog_is_written(world, name=name, serial=serial, releases=releases)


@happening("catalog-is-deleted")
def catalog_is_deleted(world: World, *, name: str = "house-rules") -> None:
    """Somebody deletes an AddonCatalog."""
    world.api.delete(f"{CATALOGS}/{name}")


@happening("settings-are-written")
def settings_are_written(world: World, *, text: str) -> None:
    """Somebody writes the ConfigMap with the settings of the operator; it goes with the plan."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "addon-updater-settings", "namespace": NAMESPACE},
        "data": {"settings.yaml": text},
    }
    world.afterwards(lambda: world.api.delete(SETTINGS))
    world.api.apply(SETTINGS, body, manager="delivery")


@happening("settings-are-deleted")
def settings_are_deleted(world: World) -> None:
    """Nobody has settings any more."""
    world.api.delete(SETTINGS)
