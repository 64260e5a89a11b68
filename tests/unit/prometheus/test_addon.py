"""Reading a workload, and making the next content of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addon_updater.addons import addon_named
from addon_updater.addons.prometheus.addon import Prometheus
from addon_updater.api.versions import Version
from addon_updater.reasons import Reason
from addon_updater.rollout.addon import NetworkFacts, ServiceAddress, UnreadableAddonError
from addon_updater.rollout.content import ConfigItem
from addon_updater.rollout.gate import Subject
from unit.prometheus.workloads import ARGS, CONFIG, config_map, workload

PROMETHEUS = Prometheus()
OLD = CONFIG + "alerting:\n  alertmanagers:\n    - api_version: v1   # old\n"
NEW = OLD.replace("v1   # old", "v2   # old")
IMAGE = "quay.io/prometheus/prometheus:v3.13.2"
V3 = Version.parse("3.13.2")


def read(text=CONFIG, **changes):
    return PROMETHEUS.read(workload(**changes), "prometheus", config_map(text))


def test_the_catalogs_name_leads_to_this_code():
    assert addon_named("prometheus") == PROMETHEUS


def test_the_content_is_what_the_pods_run():
    content = read()

    assert (content.version, content.args, content.recreate) == ("2.55.1", ARGS, False)
    assert content.config.key == content.config.input_key == "prometheus.yml"
    assert content.config.text == CONFIG
    assert content.config.items == (
        ConfigItem("prometheus.yml", "prometheus.yml"),
        ConfigItem("rules.yml", "rules.yml"),
    )
    assert PROMETHEUS.config_map_of(workload(), "prometheus") == "prometheus"


@pytest.mark.parametrize(
    "changes, recreate",
    [({}, False), ({"claim": True}, True), ({"claim": True, "kind": "StatefulSet"}, False)],
)
def test_a_deployment_with_a_volume_is_recreated(changes, recreate):
    assert read(**changes).recreate is recreate


def test_a_key_of_ours_leads_to_the_people_s_key():
    live = workload(items=("prometheus.yml-0123456789ab@prometheus.yml",))
    config = replace(config_map(CONFIG), data={"prometheus.yml": OLD, "prometheus.yml-0123456789ab": NEW})
    content = PROMETHEUS.read(live, "prometheus", config)

    assert (content.config.input_key, content.config.text) == ("prometheus.yml", NEW)
    assert content.config.is_own_key


@pytest.mark.parametrize(
    "config, reason",
    [
        (None, Reason.CONFIG_NOT_FOUND),
        (replace(config_map(), data={}), Reason.CONFIG_NOT_FOUND),
        (config_map("a: ["), Reason.CONFIG_UNREADABLE),
        (config_map("just words"), Reason.CONFIG_UNREADABLE),
    ],
)
def test_a_configuration_that_cannot_be_read_stops_everything(config, reason):
    with pytest.raises(UnreadableAddonError) as raised:
        PROMETHEUS.read(workload(), "prometheus", config)

    assert raised.value.reason is reason
    assert "prometheus.yml" in raised.value.message or "does not exist" in raised.value.message


def test_a_configuration_from_elsewhere_is_not_governed():
    args = ("--config.file=/srv/prometheus.yml",)

    assert read(args=args).config is None
    assert PROMETHEUS.config_map_of(workload(args=args), "prometheus") is None


def test_arguments_and_text_change_together_under_a_key_of_their_own():
    current = read(OLD, args=(*ARGS, "--storage.tsdb.retention=15d"))
    revised = PROMETHEUS.revise(current, input_text=OLD, target=V3, image=IMAGE)

    assert (revised.version, revised.image) == ("3.13.2", IMAGE)
    assert revised.args == (*ARGS, "--storage.tsdb.retention.time=15d")
    assert revised.config.text == NEW
    assert revised.config.is_own_key
    assert {item.path for item in revised.config.items} == {"prometheus.yml", "rules.yml"}


@pytest.mark.parametrize("text, target", [(OLD, "2.55.1"), (CONFIG, "3.13.2")])
def test_what_needs_no_change_stays_under_the_people_s_key(text, target):
    current = read(text, version="2.53.5")
    revised = PROMETHEUS.revise(current, input_text=text, target=Version.parse(target), image=IMAGE)

    assert revised.args == current.args
    assert revised.config == current.config


def test_the_arguments_of_the_image_are_nobody_s_to_write():
    current = read(args=None)

    assert PROMETHEUS.revise(current, input_text=CONFIG, target=V3, image=IMAGE).args is None


def test_an_old_text_that_git_keeps_does_not_undo_the_migration():
    dollars = CONFIG + "# in global\n"
    dollars = dollars.replace("global:\n", "global:\n  external_labels: {cluster: a$b}\n")
    current = read(dollars)
    migrated = PROMETHEUS.revise(current, input_text=dollars, target=V3, image=IMAGE)
    again = PROMETHEUS.revise(migrated, input_text=dollars, target=V3, image=IMAGE)
    onward = PROMETHEUS.revise(migrated, input_text=dollars, target=Version.parse("3.16.0"), image=IMAGE)

    assert "a$$b" in migrated.config.text
    assert again.config.text == onward.config.text == migrated.config.text


def test_an_edit_after_the_update_is_taken_as_3_x_reads_it():
    current = read(CONFIG, version="3.13.2")
    edited = CONFIG.replace("15s", "20s").replace("global:\n", "global:\n  external_labels: {cluster: a$b}\n")

    assert PROMETHEUS.revise(current, input_text=edited, target=V3, image=IMAGE).config.text == edited


def test_an_edit_that_is_no_yaml_is_unreadable():
    with pytest.raises(UnreadableAddonError, match="correct the YAML"):
        PROMETHEUS.revise(read(), input_text="a: [", target=V3, image=IMAGE)


def test_the_questions_follow_the_flags_of_the_content_and_the_names_of_the_ports():
    live = workload(args=None, container={"ports": [{"name": "api", "containerPort": 9091}]})
    content = replace(read(), args=(*ARGS, "--web.listen-address=:9091"))
    service = ServiceAddress("prometheus", "10.96.0.9", (80, 81), ("other", "api"))
    servers = [(Subject.PODS, "10.0.0.1"), (Subject.SERVICE, "10.96.0.9")]
    asked = PROMETHEUS.probes(content, NetworkFacts((service,)), None, servers, live)

    assert {(one.subject, one.question.http.port) for one in asked} == {
        (Subject.PODS, 9091),
        (Subject.SERVICE, 81),
    }
    assert {one.question.version for one in asked} == {"2.55.1"}
