"""What of Grafana's settings opens known flaws, and that nothing which is hidden counts as safe."""

from __future__ import annotations

import pytest

from addon_updater.api.catalog_advisories import FEATURES
from unit.grafana.workloads import BY_ITEMS, GRAFANA, config_map, workload

USUAL = {"ini/public_dashboards", "ini/snapshots", "ini/unified_alerting", "ini/live"}
ALL_OFF = (
    "[public_dashboards]\nenabled = false\n[snapshots]\nenabled = false\n"
    "[unified_alerting]\nenabled = false\n[live]\nmax_connections = 0\n"
)
SECRET = {"secretKeyRef": {"name": "s", "key": "k"}}


def found(ini=None, **live):
    running = workload(**({"config": BY_ITEMS} if ini is not None else {}), **live)
    content = GRAFANA.read(running, "grafana", config_map(ini) if ini is not None else None)
    return GRAFANA.exposures(running, content)


@pytest.mark.parametrize(
    "ini, features",
    [
        (None, USUAL),
        ("", USUAL),
        (ALL_OFF, set()),
        ("[auth.azuread]\nenabled = true\n", USUAL | {"ini/auth.azuread"}),
        ("[auth.proxy]\nenabled = true\n", USUAL | {"ini/auth.proxy"}),
        ("[auth.proxy]\nenabled = ${PROXY}\n", USUAL | {"ini/auth.proxy"}),
        ("[auth.jwt]\nurl_login = true\n", USUAL | {"ini/auth.jwt"}),
        ("[users]\nverify_email_enabled = true\n", USUAL | {"ini/verify_email_enabled"}),
        ("[feature_toggles]\nenable = a sqlExpressions,b\n", USUAL | {"toggle/sqlExpressions"}),
        ("[feature_toggles]\nsqlExpressions = true\n", USUAL | {"toggle/sqlExpressions"}),
        ("[feature_toggles]\nenable = sqlExpressionsToo\n", USUAL),
        (
            "[feature_toggles]\nenable = ${TOGGLES}\n",
            USUAL | {"toggle/sqlExpressions", "toggle/enableSCIM"},
        ),
    ],
)
def test_the_settings_tell_which_features_are_in_use(ini, features):
    assert found(ini).keys() == features


def test_a_variable_of_the_container_counts_over_the_file():
    assert found(ALL_OFF, env={"GF_AUTH_PROXY_ENABLED": "true"}).keys() == {"ini/auth.proxy"}
    assert found(ALL_OFF, env={"GF_AUTH_PROXY_ENABLED": SECRET}).keys() == {"ini/auth.proxy"}


@pytest.mark.parametrize(
    "repository, is_open",
    [
        ("docker.io/grafana/grafana", False),
        ("mirror.corp:5000/grafana-oss", False),
        ("docker.io/grafana/grafana-enterprise", True),
        ("mirror.corp:5000/dashboards", True),
    ],
)
def test_an_image_that_may_be_of_the_enterprise_edition_counts_as_one(repository, is_open):
    assert ("edition/enterprise" in found(repository=repository)) is is_open


@pytest.mark.parametrize(
    "live",
    [
        {"envFrom": [{"secretRef": {"name": "s"}}]},
        {"mounts": [{"name": "s", "mountPath": "/etc/grafana"}]},
    ],
)
def test_where_settings_may_stand_elsewhere_every_feature_counts_as_in_use(live):
    seen = found(**live)

    assert seen.keys() == FEATURES["grafana"].keys() - {"edition/enterprise"}
    assert all(why.startswith("settings may stand in ") for why in seen.values())


def test_the_place_of_a_feature_is_told():
    seen = found("[auth.proxy]\nenabled = true\n")

    assert seen["ini/auth.proxy"] == "grafana.ini line 2"
    assert seen["ini/snapshots"] == "it is on unless it is switched off"
