"""What a revision of Grafana holds, and what the backup Job before it looks like."""

from __future__ import annotations

import pytest

from addon_updater.addons.grafana.backup import backup_task
from addon_updater.addons.grafana.settings import settings_of
from addon_updater.addons.grafana.storage import storage_of
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import Stage, UnreadableAddonError
from addon_updater.rollout.content import ConfigItem
from unit.grafana.workloads import (
    BY_ITEMS,
    CLAIM,
    DATA_MOUNT,
    GONE_WITH_THE_POD,
    GRAFANA,
    TOOLS,
    WHOLE,
    config_map,
    contents,
    context,
    workload,
)


@pytest.mark.parametrize(
    "tag, version",
    [
        ("12.4.1", "12.4.1"),
        ("13.0.1-security-01", "13.0.1+security-01"),
        ("13.0.1-security-01-ubuntu", "13.0.1+security-01"),
        ("12.4.1-ubuntu", "12.4.1"),
        ("12.4.1@sha256:" + "0" * 64, "12.4.1"),
    ],
)
def test_the_version_is_read_from_the_tag_with_its_security_number(tag, version):
    assert GRAFANA.read(workload(tag), "grafana", None).version == version


@pytest.mark.parametrize("tag", ["latest", "main"])
def test_a_tag_that_tells_no_version_is_refused(tag):
    with pytest.raises(UnreadableAddonError, match=f"{tag}' is not readable"):
        GRAFANA.read(workload(tag), "grafana", None)


def test_a_grafana_without_a_config_map_has_image_and_arguments_only():
    live = workload(args=["cfg:server.http_port=3001"])

    content = GRAFANA.read(live, "grafana", None)

    assert (GRAFANA.config_map_of(live, "grafana"), content.config) == (None, None)
    assert content.args == ("cfg:server.http_port=3001",)


@pytest.mark.parametrize(
    "config, items", [(BY_ITEMS, (ConfigItem("grafana.ini", "grafana.ini"),)), (WHOLE, ())]
)
def test_grafana_ini_is_read_from_the_config_map_behind_it(config, items):
    live = workload(config=config)

    content = GRAFANA.read(live, "grafana", config_map("[server]\n"))

    assert GRAFANA.config_map_of(live, "grafana") == "grafana"
    assert (content.config.text, content.config.key, content.config.items) == (
        "[server]\n",
        "grafana.ini",
        items,
    )
    assert not content.config.is_own_key


def test_a_key_of_ours_is_known_by_the_key_of_the_people():
    ours = "grafana.ini-0123456789ab"
    items = {"name": "grafana", "items": [{"key": ours, "path": "grafana.ini"}]}
    both = config_map("ours", key=ours, **{"grafana.ini": "theirs"})

    config = GRAFANA.read(workload(config=items), "grafana", both).config

    assert (config.text, config.key, config.input_key, config.is_own_key) == (
        "ours",
        ours,
        "grafana.ini",
        True,
    )


@pytest.mark.parametrize("found", [None, config_map("", key="other.ini")])
def test_a_missing_grafana_ini_is_refused(found):
    with pytest.raises(UnreadableAddonError, match=r"grafana\.ini|does not exist"):
        GRAFANA.read(workload(config=BY_ITEMS), "grafana", found)


def test_an_update_carries_grafana_ini_along_unchanged():
    ini = "[server]\r\nhttp_port = 3000 ; as ever\r\n"

    current, desired = contents(workload("11.6.16", config=BY_ITEMS), "12.4.9", ini)

    assert desired.config == current.config
    assert (desired.version, desired.image) == ("12.4.9", "docker.io/grafana/grafana:12.4.9")


def test_an_edit_goes_under_a_key_of_ours():
    live = workload(config=BY_ITEMS)
    current = GRAFANA.read(live, "grafana", config_map("[server]\n"))

    desired = GRAFANA.revise(
        current, input_text="[users]\n", target=Version.parse("12.4.1"), image=current.image
    )

    assert (desired.config.text, desired.config.is_own_key) == ("[users]\n", True)
    assert desired.config.input_key == "grafana.ini"


@pytest.mark.parametrize(
    "case, live, recreate",
    [
        ("a claim with the database", {}, True),
        ("the database on the node", {"data": {"name": "data", "hostPath": {"path": "/srv"}}}, True),
        ("already so", {"strategy": "Recreate"}, False),
        ("a StatefulSet", {"kind": "StatefulSet"}, False),
        ("nothing that stays", {"data": GONE_WITH_THE_POD}, False),
        ("a claim for plugins beside a server", {"env": {"GF_DATABASE_TYPE": "mysql"}}, True),
        ("which several pods share", {"env": {"GF_DATABASE_TYPE": "mysql"}, "replicas": 2}, False),
        ("a claim of a sidecar", {"data": GONE_WITH_THE_POD, "pod": {"volumes": [CLAIM | {"name": "x"}]}}, True),
    ],
)  # fmt: skip
def test_a_claim_asks_for_recreate_unless_several_pods_share_it(case, live, recreate):
    current, desired = contents(workload(**live), "12.4.9")

    assert (current.recreate, desired.recreate) == (recreate, recreate), case


def backup(live, **told):
    _, desired = contents(live, "12.4.9")
    return GRAFANA.tasks(live, contents(live, "12.4.9")[0], desired, context(**told))


def test_the_backup_copies_the_database_beside_itself_and_blames_nobody():
    (task,) = backup(workload())

    assert (task.name, task.stage, task.blames, task.deadline_seconds) == (
        "backup",
        Stage.BACKUP,
        False,
        3600,
    )
    assert task.purpose == (
        "copies /var/lib/grafana/grafana.db to /var/lib/grafana/addon-updater-backups and proves the copy"
    )
    assert task.pod["containers"] == [
        {
            "name": "backup",
            "image": TOOLS,
            "args": [
                "sqlite-backup",
                "/var/lib/grafana/grafana.db",
                "/var/lib/grafana/addon-updater-backups",
                "a1",
                "--keep",
                "3",
            ],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            },
            "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}},
            "volumeMounts": [DATA_MOUNT],
        }
    ]
    assert task.pod["volumes"] == [CLAIM]


def test_the_backup_runs_as_grafana_on_the_node_of_grafana_and_without_a_token():
    context = {"runAsUser": 10001, "fsGroup": 10001}
    tolerations = [{"key": "infra", "operator": "Exists"}]
    live = workload(
        pod={"securityContext": context, "tolerations": tolerations}, securityContext={"runAsGroup": 5}
    )
    (task,) = backup(live)

    assert task.pod["securityContext"] == context | {"seccompProfile": {"type": "RuntimeDefault"}}
    assert task.pod["containers"][0]["securityContext"]["runAsGroup"] == 5
    assert (task.pod["tolerations"], task.pod["automountServiceAccountToken"]) == (tolerations, False)
    assert task.pod["affinity"] == {
        "podAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {
                    "labelSelector": {"matchLabels": {"app": "grafana"}},
                    "topologyKey": "kubernetes.io/hostname",
                }
            ]
        }
    }


def test_without_a_user_of_its_own_the_backup_runs_as_the_user_of_the_image():
    (task,) = backup(workload())

    assert task.pod["securityContext"]["runAsUser"] == 472


def test_a_workload_without_pods_has_no_node_to_run_beside():
    (task,) = backup(workload(replicas=0))

    assert "affinity" not in task.pod


def test_the_backup_mounts_the_claim_as_the_workload_does_but_writable():
    mount = {
        "name": "data",
        "mountPath": "/data",
        "subPath": "grafana",
        "readOnly": True,
        "mountPropagation": "None",
    }
    live = workload(data_mount=mount, env={"GF_PATHS_DATA": "/data", "GF_DATABASE_PATH": "db/my.db"})
    (task,) = backup(live)

    assert task.pod["containers"][0]["volumeMounts"] == [
        {"name": "data", "mountPath": "/data", "subPath": "grafana"}
    ]
    assert task.pod["containers"][0]["args"][1:3] == ["/data/db/my.db", "/data/db/addon-updater-backups"]


def test_people_say_how_many_copies_are_kept():
    (task,) = backup(workload(), volume={"keep": 7})

    assert task.pod["containers"][0]["args"][-1] == "7"


@pytest.mark.parametrize(
    "case, live, told",
    [
        ("nothing stays", {"data": GONE_WITH_THE_POD}, {}),
        ("a server", {"env": {"GF_DATABASE_TYPE": "mysql"}}, {}),
        ("no tools", {}, {"tools": None}),
        ("only its pod knows where", {"data_mount": DATA_MOUNT | {"subPathExpr": "$(POD)"}}, {}),
    ],
)
def test_there_is_no_backup_where_there_is_none_to_make(case, live, told):
    assert backup(workload(**live), **told) == (), case


def test_an_edit_of_grafana_ini_alone_needs_no_backup():
    live = workload("12.4.9")
    current, desired = contents(live, "12.4.9")

    assert GRAFANA.tasks(live, current, desired, context()) == ()


def test_the_same_values_give_the_same_task():
    live = workload()
    storage = storage_of(live, "grafana", settings_of(live.template, "grafana", None))

    assert backup_task(live, "grafana", storage, context()) == backup_task(
        live, "grafana", storage, context()
    )


@pytest.mark.parametrize(
    "case, live, why",
    [
        ("its own claim becomes an emptyDir", {}, None),
        ("nothing stays", {"data": GONE_WITH_THE_POD}, None),
        ("a server", {"env": {"GF_DATABASE_TYPE": "mysql"}}, "would migrate the mysql database"),
        ("unseen", {"envFrom": [{"configMapRef": {"name": "x"}}]}, "cannot be seen"),
        ("a path of the node", {"data": {"name": "data", "hostPath": {}}}, "would migrate /var/lib/grafana/grafana.db"),
        ("its own alert rules", {"mounts": [{"name": "x", "mountPath": "/etc/grafana/provisioning/alerting"}]}, "alarm people twice"),
        (
            "alert rules elsewhere",
            {"mounts": [{"name": "x", "mountPath": "/p/alerting/rules.yaml"}], "env": {"GF_PATHS_PROVISIONING": "/p"}},
            "the alert rules in /p/alerting",
        ),
        ("provisioned dashboards", {"mounts": [{"name": "x", "mountPath": "/etc/grafana/provisioning/dashboards"}]}, None),
    ],
)  # fmt: skip
def test_a_throw_away_pod_never_reaches_a_database_that_stays_or_people(case, live, why):
    live = workload(**live)
    _, desired = contents(live, "13.2.0")

    reason = GRAFANA.no_rehearsal(live, desired)

    assert (reason is None) if why is None else (why in reason), case
