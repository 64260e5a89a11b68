"""Which settings of Grafana open a known flaw. The names are those of api/catalog_advisories.py. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from addon_updater.addons.grafana.settings import Setting, Settings
from addon_updater.api.catalog_advisories import FEATURES

_OFF_BY_DEFAULT: Final = {
    "ini/auth.azuread": ("auth.azuread", "enabled"),
    "ini/auth.jwt": ("auth.jwt", "url_login"),
    "ini/auth.proxy": ("auth.proxy", "enabled"),
    "ini/verify_email_enabled": ("users", "verify_email_enabled"),
}
_ON_BY_DEFAULT: Final = {
    "ini/public_dashboards": ("public_dashboards", "enabled"),
    "ini/snapshots": ("snapshots", "enabled"),
    "ini/unified_alerting": ("unified_alerting", "enabled"),
}
_OPEN_SOURCE: Final = ("grafana", "grafana-oss")
_ENTERPRISE: Final = "grafana-enterprise"
_EDITION: Final = "edition/enterprise"
_TOGGLES: Final = "feature_toggles"


def exposures(settings: Settings, image: str) -> dict[str, str]:
    """The features in use and where each stands; what cannot be seen is among them, with the reason."""
    found = dict(_edition(image))
    if settings.hidden is not None:
        why = f"settings may stand in {settings.hidden}"
        return {**dict.fromkeys((one for one in FEATURES["grafana"] if one != _EDITION), why), **found}
    return {**found, **dict(_by_settings(settings))}


def _edition(image: str) -> Iterator[tuple[str, str]]:
    name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
    if name == _ENTERPRISE:
        yield _EDITION, f"image {name}"
    elif name not in _OPEN_SOURCE:
        yield _EDITION, f"nobody knows which edition image {name} is"


def _by_settings(settings: Settings) -> Iterator[tuple[str, str]]:
    for feature, place in _OFF_BY_DEFAULT.items():
        if (setting := settings.get(*place)).is_true or setting.value is None:
            yield feature, setting.origin
    for feature, place in _ON_BY_DEFAULT.items():
        if not (setting := settings.get(*place)).is_false:
            yield feature, _origin(setting)
    if (live := settings.get("live", "max_connections")).value != "0":
        yield "ini/live", _origin(live)
    for feature in FEATURES["grafana"]:
        if (where := _toggle(settings, feature)) is not None:
            yield feature, where


def _origin(setting: Setting) -> str:
    return setting.origin or "it is on unless it is switched off"


def _toggle(settings: Settings, feature: str) -> str | None:
    """Where a feature toggle is, or may be, switched on."""
    kind, _, name = feature.partition("/")
    if kind != "toggle":
        return None
    own, listed = settings.get(_TOGGLES, name), settings.get(_TOGGLES, "enable")
    if own.is_true or own.value is None:
        return own.origin
    names = None if listed.value is None else listed.value.replace(",", " ").split()
    return listed.origin if names is None or name in names else None
