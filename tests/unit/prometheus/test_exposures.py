"""What of arguments and configuration opens known flaws, and that nothing which is hidden counts as safe."""

from __future__ import annotations

import pytest

from addon_updater.addons.prometheus.command_line import command_line
from addon_updater.addons.prometheus.exposures import exposures
from addon_updater.api.catalog_advisories import FEATURES
from addon_updater.api.versions import Version

PLAIN = "scrape_configs:\n- job_name: a\n  kubernetes_sd_configs:\n  - role: pod\n"
BY_CONFIG = {one for one in FEATURES["prometheus"] if one.startswith(("config/", "sd/"))}
BY_FLAGS = FEATURES["prometheus"].keys() - BY_CONFIG


def found(*args, text=PLAIN, version="3.13.2", **container):
    template = {"spec": {"containers": [{"name": "prometheus", "args": list(args), **container}]}}
    return exposures(command_line(template, "prometheus"), text, Version.parse(version))


@pytest.mark.parametrize(
    "args, version, features",
    [
        ([], "3.13.2", set()),
        ([], "2.55.1", {"ui/old"}),
        (["--enable-feature=old-ui"], "3.13.2", {"ui/old"}),
        (["--web.config.file=/etc/web.yml"], "3.13.2", {"flag/web.config.file"}),
        (["--web.enable-remote-write-receiver"], "3.13.2", {"flag/web.enable-remote-write-receiver"}),
        (["--no-web.enable-remote-write-receiver"], "3.13.2", set()),
        (
            ["--enable-feature=remote-write-receiver"],
            "2.40.0",
            {"flag/web.enable-remote-write-receiver", "ui/old"},
        ),
    ],
)
def test_the_arguments_tell_which_features_are_in_use(args, version, features):
    assert found(*args, version=version).keys() == features


@pytest.mark.parametrize(
    "text, features",
    [
        ("", set()),
        ("remote_write:\n- url: http://a\n  azuread:\n    managed_identity: {client_id: a}\n", set()),
        (
            "remote_write:\n- url: http://a\n- url: http://b\n  azuread:\n    oauth: {client_id: a}\n",
            {"config/remote_write.azuread.oauth"},
        ),
        ("scrape_configs:\n- job_name: a\n  stackit_sd_configs:\n  - project: p\n", {"sd/stackit"}),
        ("scrape_configs:\n- job_name: a\n  dockerswarm_sd_configs:\n  - role: nodes\n", {"sd/docker"}),
        ("alerting:\n  alertmanagers:\n  - docker_sd_configs:\n    - host: h\n", {"sd/docker"}),
        ("scrape_config_files: [more/*.yml]\n", {"sd/docker", "sd/stackit"}),
        ("scrape_config_files: []\n", set()),
    ],
)
def test_the_configuration_tells_which_features_are_in_use(text, features):
    assert found(text=text).keys() == features


def test_a_configuration_that_is_not_seen_rules_nothing_out():
    assert found(text=None).keys() == BY_CONFIG
    assert found(text="[").keys() == BY_CONFIG


@pytest.mark.parametrize(
    "container",
    [{"args": ["$(MORE)"]}, {"command": ["/bin/sh"]}, {"args": ["@/etc/args"]}],
    ids=["a variable", "a shell", "a file"],
)
def test_arguments_that_are_a_riddle_rule_nothing_out(container):
    assert found(**container).keys() == BY_FLAGS


def test_the_place_of_a_feature_is_told():
    assert found("--web.config.file=/w")["flag/web.config.file"] == "--web.config.file"
    swarm = "scrape_configs:\n- job_name: a\n  docker_sd_configs:\n  - host: h\n"
    assert found(text=swarm)["sd/docker"] == "line 3: docker_sd_configs"
