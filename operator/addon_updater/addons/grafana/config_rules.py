"""Settings that a target release refuses, ignores or reads differently.

Source: Grafana's breaking changes and upgrade guides for 10.0 to 13.3, and the issues named beside single rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from addon_updater.addons.grafana.change import V10, V11, V12, V12_4, V13, V13_2, Change
from addon_updater.rollout.finding import Finding, Severity

_MIGRATED: Final = (
    "unified_storage.folders.folder.grafana.app",
    "unified_storage.dashboards.dashboard.grafana.app",
)
_PLUGIN_LISTS: Final = (("plugins", "preinstall"), ("plugins", "preinstall_sync"))
RENDERER: Final = "grafana-image-renderer"


def config_rules(change: Change) -> Iterator[Finding]:
    """What the settings say about the change."""
    yield from _hidden(change)
    yield from _alerting(change)
    yield from _renderer(change)
    yield from _storage(change)
    yield from _ignored(change)


def plugins_of(change: Change) -> str:
    """Every plugin that the settings install, as one text; empty when there is none."""
    lists = [change.settings.get(*name).value or "" for name in _PLUGIN_LISTS]
    return ",".join(filter(None, [*lists, change.settings.environment.values.get("GF_INSTALL_PLUGINS", "")]))


def _hidden(change: Change) -> Iterator[Finding]:
    if change.settings.hidden:
        yield Finding(
            "GrafanaSettingsUnseen",
            Severity.WARN,
            f"settings may stand in {change.settings.hidden}; they were not checked",
            f"compare them with the breaking changes up to {change.target}, or move what is not secret into a ConfigMap",
        )


def _alerting(change: Change) -> Iterator[Finding]:
    """grafana/grafana#83651."""
    enabled = change.settings.get("alerting", "enabled")
    if change.reaches(V11) and enabled.is_true:
        yield Finding(
            "GrafanaLegacyAlerting",
            Severity.BLOCK,
            f"{enabled.origin} turns legacy alerting on: Grafana {change.target} does not start with it",
            "run the alerting upgrade in 10.4, then remove [alerting] enabled",
        )


def _renderer(change: Change) -> Iterator[Finding]:
    """grafana/grafana#121408."""
    server, token = (change.settings.get("rendering", key) for key in ("server_url", "renderer_token"))
    if change.reaches(V13) and server.is_set and token.value in ("", "-"):
        yield Finding(
            "GrafanaRendererToken",
            Severity.BLOCK,
            f"{server.origin} names an image renderer, but there is no renderer_token: "
            f"Grafana {change.target} does not start without one",
            "set [rendering] renderer_token and AUTH_TOKEN of the renderer to the same random text, from a Secret",
        )
    if change.reaches(V13) and RENDERER in plugins_of(change):
        yield _warn(
            "GrafanaRendererPlugin",
            f"the plugin {RENDERER} is installed, which Grafana {change.target} ignores",
            "run the image renderer as a service of its own, and set [rendering] server_url",
        )


def _storage(change: Change) -> Iterator[Finding]:
    off = [
        setting
        for section in _MIGRATED
        if (setting := change.settings.get(section, "enableMigration")).is_false
    ]
    toggles = change.settings.get("feature_toggles", "enable").value or ""
    syncs = "provisioning" in toggles.replace(",", " ").split()
    syncs = syncs or change.settings.get("feature_toggles", "provisioning").is_true
    if change.reaches(V13) and off and syncs:
        yield Finding(
            "GrafanaProvisioningStorage",
            Severity.BLOCK,
            f"{off[0].origin} keeps resources out of unified storage while the toggle provisioning is on: "
            f"Grafana {change.target} refuses that",
            "remove enableMigration = false, or turn the toggle off",
        )
    elif change.reaches(V12_4) and off:
        yield _warn(
            "GrafanaMigrationOff",
            f"{off[0].origin} keeps resources out of unified storage, where 13 alone looks for them",
            "remove enableMigration = false",
        )
    locking = change.settings.get("database", "migration_locking")
    if change.reaches(V13_2) and locking.is_false:
        unified = change.settings.get("unified_storage", "migration_locking")
        if not unified.is_set:
            yield Finding(
                "GrafanaMigrationLocking",
                Severity.BLOCK,
                f"{locking.origin} turns locking off, which Grafana {change.target} no longer reads for unified storage",
                "set [unified_storage] migration_locking = false too, and run one replica during the update",
            )


def _ignored(change: Change) -> Iterator[Finding]:
    """Options without effect: the server starts, but somebody may miss what they did."""
    target, get = change.target, change.settings.get
    if change.reaches(V10) and (rbac := get("rbac", "enabled")).is_false:
        yield _warn(
            "GrafanaRbacOff",
            f"{rbac.origin} turns RBAC off, which Grafana {target} does not do",
            "check what viewers and editors may do, then remove it",
        )
    sync = get("auth", "oauth_skip_org_role_update_sync")
    if change.reaches(V11) and sync.is_set:
        yield _warn(
            "GrafanaOAuthRoleSync",
            f"{sync.origin} is unknown to Grafana {target}: roles are synchronized at every login",
            "set skip_org_role_sync = true in each [auth.<provider>] that is on",
        )
    for key in ("editors_can_admin", "viewers_can_edit"):
        if change.reaches(V12) and (option := get("users", key)).is_true:
            yield _warn(
                "GrafanaUsersOption",
                f"{option.origin} sets {key}, which Grafana {target} does not honor any more",
                "give the people the role that they need, then remove it",
            )
    anonymous, role = get("auth.anonymous", "enabled"), get("auth.anonymous", "org_role")
    if change.reaches(V12) and anonymous.is_true and role.value not in ("", "Viewer"):
        yield _warn(
            "GrafanaAnonymousRole",
            f"{role.origin} gives anonymous people more than Viewer, which Grafana {target} does not",
            "let those who edit sign in",
        )


def _warn(rule: str, message: str, remedy: str) -> Finding:
    return Finding(rule, Severity.WARN, message, remedy)
