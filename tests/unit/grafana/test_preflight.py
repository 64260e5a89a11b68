"""What stands against an update of Grafana, by the rule that says it."""

from __future__ import annotations

import pytest

from addon_updater.rollout.addon import NetworkFacts
from addon_updater.rollout.finding import Severity
from unit.grafana.workloads import (
    BY_ITEMS,
    DATA_MOUNT,
    GONE_WITH_THE_POD,
    GRAFANA,
    WHOLE,
    config_map,
    contents,
    context,
    findings,
    workload,
)

BLOCK, WARN, REPAIR, INFO = Severity.BLOCK, Severity.WARN, Severity.REPAIR, Severity.INFO
PROVISIONED = {"data": GONE_WITH_THE_POD}
RENDERER = "[rendering]\nserver_url = http://renderer:8081/render\n"
GIT_SYNC = "[feature_toggles]\nenable = a, provisioning\n"
READ_ONLY = {"securityContext": {"readOnlyRootFilesystem": True}}


def rules(live, target, ini=None, **told):
    return {rule: finding.severity for rule, finding in findings(live, target, ini, **told).items()}


@pytest.mark.parametrize(
    "case, update, ini, rule, severity",
    [
        ("legacy alerting ends with 10", "10.4.3 11.6.16", "[alerting]\nenabled = true\n", "GrafanaLegacyAlerting", BLOCK),
        ("and is fine within 10", "10.1.0 10.4.3", "[alerting]\nenabled = true\n", None, None),
        ("off is off", "10.4.3 11.6.16", "[alerting]\nenabled = false\n", None, None),
        ("commented out is unset", "10.4.3 11.6.16", "[alerting]\n;enabled = true\n", None, None),
        ("a renderer without a token", "12.4.9 13.2.0", RENDERER, "GrafanaRendererToken", BLOCK),
        ("with the default token", "12.4.9 13.2.0", RENDERER + "renderer_token = -\n", "GrafanaRendererToken", BLOCK),
        ("with a token", "12.4.9 13.2.0", RENDERER + "renderer_token = s3cret\n", None, None),
        ("with a token from elsewhere", "12.4.9 13.2.0", RENDERER + "renderer_token = $__file{/t}\n", None, None),
        ("which 12 did not ask for", "12.1.0 12.4.9", RENDERER, None, None),
        ("nor 13 again", "13.0.2 13.1.4", RENDERER, None, None),
        ("RBAC off", "9.5.21 10.4.3", "[rbac]\nenabled = false\n", "GrafanaRbacOff", WARN),
        ("roles of OAuth", "10.4.3 11.6.16", "[auth]\noauth_skip_org_role_update_sync = true\n", "GrafanaOAuthRoleSync", WARN),
        ("editors as admins", "11.6.0 12.4.9", "[users]\neditors_can_admin = true\n", "GrafanaUsersOption", WARN),
        ("viewers who edit", "11.6.0 12.4.9", "[users]\nviewers_can_edit = true\n", "GrafanaUsersOption", WARN),
        ("anonymous editors", "11.6.0 12.4.9", "[auth.anonymous]\nenabled = true\norg_role = Editor\n", "GrafanaAnonymousRole", WARN),
        ("anonymous viewers", "11.6.0 12.4.9", "[auth.anonymous]\nenabled = true\norg_role = Viewer\n", None, None),
        ("a migration kept off", "12.3.0 12.4.9", "[unified_storage.folders.folder.grafana.app]\nenableMigration = false\n", "GrafanaMigrationOff", WARN),
        (
            "a migration kept off under Git Sync",
            "12.4.9 13.2.0",
            f"{GIT_SYNC}[unified_storage.dashboards.dashboard.grafana.app]\nenableMigration = false\n",
            "GrafanaProvisioningStorage",
            BLOCK,
        ),
        ("locking turned off", "13.1.4 13.2.0", "[database]\nmigration_locking = false\n", "GrafanaMigrationLockingMoved", REPAIR),
        ("not yet in 13.1", "13.0.2 13.1.4", "[database]\nmigration_locking = false\n", None, None),
        (
            "locking turned off in both",
            "13.1.4 13.2.0",
            "[database]\nmigration_locking = false\n[unified_storage]\nmigration_locking = false\n",
            None,
            None,
        ),
    ],
)  # fmt: skip
def test_a_setting_is_judged_where_the_update_meets_it_first(case, update, ini, rule, severity):
    running, target = update.split()
    found = rules(workload(running, config=BY_ITEMS, **PROVISIONED), target, ini)

    assert found == ({rule: severity} if rule else {}), case


@pytest.mark.parametrize(
    "case, update, live, rule, severity",
    [
        ("legacy alerting by variable", "10.4.3 11.6.16", {"env": {"GF_ALERTING_ENABLED": "true"}}, "GrafanaLegacyAlerting", BLOCK),
        ("locking turned off by variable", "13.1.4 13.2.0", {"env": {"GF_DATABASE_MIGRATION_LOCKING": "false"}}, "GrafanaMigrationLocking", BLOCK),
        (
            "a token from a Secret",
            "12.4.9 13.2.0",
            {"env": {"GF_RENDERING_SERVER_URL": "http://r", "GF_RENDERING_RENDERER_TOKEN": {"secretKeyRef": {"name": "t", "key": "t"}}}},
            None,
            None,
        ),
        ("plugins by variable", "11.6.16 12.4.9", {"env": {"GF_INSTALL_PLUGINS": "grafana-clock-panel"}}, "GrafanaPluginsByVariable", WARN),
        ("a plugin by URL", "11.6.16 12.4.9", {"env": {"GF_INSTALL_PLUGINS": "https://x/y.zip;y"}}, "GrafanaPluginUrl", BLOCK),
        ("known since 12", "12.4.1 12.4.9", {"env": {"GF_INSTALL_PLUGINS": "grafana-clock-panel"}}, None, None),
        ("the renderer as a plugin", "12.4.9 13.2.0", {"env": {"GF_PLUGINS_PREINSTALL": "grafana-image-renderer"}}, "GrafanaRendererPlugin", WARN),
        ("plugins that read variables", "12.3.0 12.4.9", {"env": {"AWS_REGION": "eu", "GF_PLUGINS_PREINSTALL": "x-datasource"}}, "GrafanaPluginEnvironment", WARN),
        ("variables without plugins", "12.3.0 12.4.9", {"env": {"AWS_REGION": "eu"}}, None, None),
        ("a program of old", "12.4.9 13.2.0", {"command": ["/usr/sbin/grafana-server"]}, "GrafanaRemovedProgram", BLOCK),
        ("a program of old in a shell", "12.4.9 13.2.0", {"command": ["sh", "-c", "grafana-cli plugins install x && /run.sh"]}, "GrafanaRemovedProgram", BLOCK),
        ("a program of today", "12.4.9 13.2.0", {"command": ["grafana", "server"]}, None, None),
        ("before 13", "12.3.0 12.4.9", {"command": ["grafana-server"]}, None, None),
        ("a read-only root", "12.4.9 13.1.4", READ_ONLY, "GrafanaBundledPluginsReadOnly", WARN),
        ("a read-only root, told", "12.4.9 13.1.4", READ_ONLY | {"env": {"GF_PLUGINS_PREINSTALL_AUTO_UPDATE": "false"}}, None, None),
        ("a volume over what comes along", "12.4.9 13.1.4", {"mounts": [{"name": "data", "mountPath": "/usr/share/grafana/data"}]}, "GrafanaBundledPluginsHidden", WARN),
        ("little memory", "13.1.4 13.2.0", {"resources": {"limits": {"memory": "256Mi"}}}, "GrafanaMemory", WARN),
        ("enough memory", "13.1.4 13.2.0", {"resources": {"limits": {"memory": "1Gi"}}}, None, None),
        ("a memory of Go's own", "13.1.4 13.2.0", {"env": {"GOMEMLIMIT": "400MiB"}}, "GrafanaMemory", WARN),
        ("a repository that ended", "12.3.0 12.4.9", {"repository": "grafana/grafana-oss"}, "GrafanaImageFrozen", BLOCK),
        ("which has 12.3", "12.1.0 12.3.11", {"repository": "grafana/grafana-oss"}, None, None),
        ("another repository of that name", "12.3.0 12.4.9", {"repository": "corp/my-grafana-oss"}, None, None),
        (
            "an operator behind it",
            "12.3.0 12.3.11",
            {"owners": [{"kind": "Grafana", "name": "main"}]},
            "GrafanaOwnedByOperator",
            BLOCK,
        ),
    ],
)  # fmt: skip
def test_a_pod_is_judged_where_the_update_meets_it_first(case, update, live, rule, severity):
    running, target = update.split()
    found = rules(workload(running, **PROVISIONED, **live), target)

    assert found == ({rule: severity} if rule else {}), case


def test_an_init_container_that_calls_a_program_of_old_is_found():
    pod = {"initContainers": [{"name": "plugins", "command": ["grafana-cli", "plugins", "install", "x"]}]}

    found = findings(workload("12.4.9", pod=pod, **PROVISIONED), "13.2.0")

    assert "container plugins calls grafana-cli" in found["GrafanaRemovedProgram"].message
    assert found["GrafanaRemovedProgram"].remedy == "call 'grafana cli' with --homepath /usr/share/grafana"


def test_an_edit_that_brings_back_what_the_running_release_refuses_is_blocked():
    live = workload("12.4.1", config=BY_ITEMS, **PROVISIONED)
    current = GRAFANA.read(live, "grafana", config_map("[server]\n"))
    _, desired = contents(live, "12.4.1", "[alerting]\nenabled = true\n")

    found = GRAFANA.preflight(
        live, current, desired, input_text=desired.config.text, facts=NetworkFacts(), context=context()
    )

    assert [finding.rule for finding in found] == ["GrafanaLegacyAlerting"]


MYSQL = {"env": {"GF_DATABASE_TYPE": "mysql"}, "data": None, "data_mount": {}}
SECRET_INI = {
    "mounts": [{"name": "config", "mountPath": "/etc/grafana"}],
    "pod": {"volumes": [{"name": "config", "secret": {"secretName": "grafana"}}]},
}


@pytest.mark.parametrize(
    "case, target, live, told, expected",
    [
        ("nothing stays, nothing is asked", "13.2.0", PROVISIONED, {}, {}),
        ("nothing is mounted, nothing stays", "13.2.0", {"data": None, "data_mount": {}}, {}, {}),
        ("a claim that rolls", "12.4.9", {}, {}, {"GrafanaStrategyRecreate": REPAIR}),
        ("a claim that does not", "12.4.9", {"strategy": "Recreate"}, {}, {}),
        ("a StatefulSet", "12.4.9", {"kind": "StatefulSet"}, {}, {}),
        ("a door", "13.1.4", {"strategy": "Recreate"}, {}, {"GrafanaOneWayDoor": WARN}),
        (
            "SQLite and the release that locks it",
            "13.0.1+security-01",
            {"strategy": "Recreate"},
            {},
            {"GrafanaOneWayDoor": WARN, "GrafanaSqliteLocked": WARN},
        ),
        (
            "two writers",
            "12.4.9",
            {"strategy": "Recreate", "replicas": 2},
            {},
            {"GrafanaReplicasOnSqlite": BLOCK},
        ),
        (
            "nobody who copies",
            "12.4.9",
            {"strategy": "Recreate"},
            {"tools": None},
            {"GrafanaNoToolsImage": BLOCK},
        ),
        (
            "nobody who copies, but people do",
            "12.4.9",
            {"strategy": "Recreate"},
            {"tools": None, "acknowledged": True},
            {},
        ),
        (
            "a path that only its pod knows",
            "12.4.9",
            {"strategy": "Recreate", "data_mount": DATA_MOUNT | {"subPathExpr": "$(POD)"}},
            {},
            {"GrafanaBackupVolume": BLOCK},
        ),
        (
            "a volume that no Job may mount",
            "12.4.9",
            {"data": {"name": "data", "hostPath": {"path": "/srv"}}},
            {},
            {"GrafanaBackupVolume": BLOCK, "GrafanaStrategyRecreate": REPAIR},
        ),
        ("a server", "12.4.9", MYSQL, {}, {"GrafanaBackupExternal": BLOCK}),
        ("a server, saved", "12.4.9", MYSQL, {"acknowledged": True}, {}),
        (
            "a server with old and new side by side over a door",
            "13.1.4",
            MYSQL | {"replicas": 3},
            {"acknowledged": True},
            {"GrafanaMixedVersions": BLOCK, "GrafanaOneWayDoor": WARN},
        ),
        (
            "a server with replicas within a minor",
            "12.4.9",
            MYSQL | {"replicas": 3},
            {"acknowledged": True},
            {},
        ),
        (
            "settings in a Secret",
            "12.4.9",
            SECRET_INI | PROVISIONED,
            {},
            {"GrafanaSettingsUnseen": WARN, "GrafanaDatabaseUnseen": BLOCK},
        ),
        (
            "settings in a Secret, with the database told",
            "12.4.9",
            SECRET_INI | PROVISIONED | {"env": {"GF_DATABASE_TYPE": "sqlite3"}},
            {},
            {"GrafanaSettingsUnseen": WARN},
        ),
        (
            "a probe that does not wait for a migration",
            "13.1.4",
            {"strategy": "Recreate", "livenessProbe": {"initialDelaySeconds": 60, "failureThreshold": 10}},
            {},
            {"GrafanaOneWayDoor": WARN, "GrafanaProbeImpatient": WARN},
        ),
        (
            "a probe that does",
            "13.1.4",
            {"strategy": "Recreate", "livenessProbe": {"periodSeconds": 100}},
            {},
            {"GrafanaOneWayDoor": WARN},
        ),
        (
            "a startup probe",
            "13.1.4",
            {"strategy": "Recreate", "livenessProbe": {"periodSeconds": 30}, "startupProbe": {"httpGet": {}}},
            {},
            {"GrafanaOneWayDoor": WARN},
        ),
    ],
)
def test_what_the_database_needs(case, target, live, told, expected):
    assert rules(workload("12.4.1", **live), target, **told) == expected, case


def test_a_door_names_the_copy_and_the_way_back():
    door = findings(workload("11.6.16", strategy="Recreate"), "12.4.9", attempt="f00")["GrafanaOneWayDoor"]

    assert door.message == (
        "nothing older than 12.4.0 reads the database afterwards (12.0.0: the annotation table is rewritten; "
        "12.4.0: playlists, and on small instances dashboards, move to unified storage)"
    )
    assert door.remedy == (
        "to go back: scale to 0, copy /var/lib/grafana/addon-updater-backups/f00.backup.db over "
        "/var/lib/grafana/grafana.db, remove its -wal and -shm, start 11.6.16"
    )


def test_a_config_map_that_is_mounted_whole_is_not_changed_under_running_pods():
    ini = "[database]\nmigration_locking = false\n"

    found = rules(workload("13.1.4", config=WHOLE, **PROVISIONED), "13.2.0", ini)

    assert found == {"GrafanaMigrationLockingMoved": REPAIR, "GrafanaWholeMount": BLOCK}
