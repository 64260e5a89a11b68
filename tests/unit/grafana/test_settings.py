"""Which setting counts, where the database lies, where the server listens."""

from __future__ import annotations

import pytest

from addon_updater.addons.grafana.endpoint import endpoint_of
from addon_updater.addons.grafana.quantity import mebibytes
from addon_updater.addons.grafana.settings import settings_of
from addon_updater.addons.grafana.storage import Place, storage_of
from addon_updater.rollout.addon import ServiceAddress
from unit.grafana.workloads import BY_ITEMS, CLAIM, GONE_WITH_THE_POD, workload

FROM_SECRET = {"secretKeyRef": {"name": "s", "key": "k"}}


def seen(live, ini=None):
    return settings_of(live.template, "grafana", ini)


@pytest.mark.parametrize(
    "ini, env, args, value, origin",
    [
        (None, {}, [], "", ""),
        ("[server]\nhttp_port = 1\n", {}, [], "1", "grafana.ini line 2"),
        ("[server]\nhttp_port = 1\n", {"GF_SERVER_HTTP_PORT": "2"}, [], "2", "variable GF_SERVER_HTTP_PORT"),
        ("[server]\nhttp_port = 1\n", {"GF_SERVER_HTTP_PORT": ""}, [], "1", "grafana.ini line 2"),
        (None, {"GF_SERVER_HTTP_PORT": "2"}, ["cfg:server.http_port=3"], "3", "argument cfg:server.http_port"),
        (None, {}, ["cfg:default.server.http_port=3"], "3", "argument cfg:server.http_port"),
        ("[server]\nhttp_port = 1\n", {"GF_SERVER_HTTP_PORT": FROM_SECRET}, [], None, "variable GF_SERVER_HTTP_PORT"),
        (None, {"GF_SERVER_HTTP_PORT__FILE": "/run/port"}, [], None, "variable GF_SERVER_HTTP_PORT"),
        ("[server]\nhttp_port = ${PORT}\n", {}, [], None, "grafana.ini line 2"),
        ("[server]\nhttp_port = $__env{PORT}\n", {}, [], None, "grafana.ini line 2"),
        (None, {"GF_SERVER_HTTP_PORT": "$(PORT)"}, [], None, "variable GF_SERVER_HTTP_PORT"),
    ],
)  # fmt: skip
def test_arguments_count_over_the_environment_and_that_over_the_file(ini, env, args, value, origin):
    setting = seen(workload(env=env, args=args), ini).get("server", "http_port")

    assert (setting.value, setting.origin) == (value, origin)


def test_the_variable_of_a_section_with_dots_and_dashes():
    settings = seen(workload(env={"GF_AUTH_GENERIC_OAUTH_X_Y": "1"}))

    assert settings.get("auth.generic-oauth", "x_y").value == "1"


@pytest.mark.parametrize(
    "live, ini, hidden",
    [
        ({}, None, None),
        ({"config": BY_ITEMS}, "", None),
        ({"mounts": [{"name": "s", "mountPath": "/etc/grafana"}]}, None, "/etc/grafana/grafana.ini"),
        ({"args": ["--config=/x/my.ini"], "mounts": [{"name": "s", "mountPath": "/x"}]}, None, "/x/my.ini"),
        ({"env": {"GF_PATHS_CONFIG": "/x/my.ini"}, "mounts": [{"name": "s", "mountPath": "/x"}]}, None, "/x/my.ini"),
        ({"envFrom": [{"secretRef": {"name": "s"}}]}, None, "envFrom"),
    ],
)  # fmt: skip
def test_settings_that_were_not_seen_are_told(live, ini, hidden):
    settings = seen(workload(**live), ini)

    assert (settings.hidden or "").startswith(hidden or "")
    assert bool(settings.hidden) is bool(hidden)


@pytest.mark.parametrize(
    "live, ini, place, kind, path",
    [
        ({}, None, Place.CLAIM, "sqlite3", "/var/lib/grafana/grafana.db"),
        ({"data": GONE_WITH_THE_POD}, None, Place.VANISHING, "sqlite3", "/var/lib/grafana/grafana.db"),
        ({"data": {"name": "data", "nfs": {}}}, None, Place.OTHER_VOLUME, "sqlite3", "/var/lib/grafana/grafana.db"),
        ({"env": {"GF_PATHS_DATA": "/data/"}}, None, Place.VANISHING, "sqlite3", "/data/grafana.db"),
        ({"env": {"GF_DATABASE_PATH": "db/my.db"}}, None, Place.CLAIM, "sqlite3", "/var/lib/grafana/db/my.db"),
        ({"env": {"GF_DATABASE_PATH": "/tmp/my.db"}}, None, Place.VANISHING, "sqlite3", "/tmp/my.db"),
        ({"env": {"GF_DATABASE_PATH": FROM_SECRET}}, None, Place.UNSEEN, "sqlite3", None),
        ({}, "[database]\npath = other.db\n", Place.CLAIM, "sqlite3", "/var/lib/grafana/other.db"),
        ({}, "[database]\ntype = postgres\n", Place.SERVER, "postgres", None),
        ({}, "[database]\nurl = postgresql://x/y\n", Place.SERVER, "postgres", None),
        ({"env": {"GF_DATABASE_URL": FROM_SECRET}}, None, Place.UNSEEN, None, None),
        ({"env": {"GF_DATABASE_TYPE": FROM_SECRET}}, None, Place.UNSEEN, None, None),
        ({"envFrom": [{}]}, None, Place.UNSEEN, None, None),
        ({"envFrom": [{}]}, "[database]\ntype = sqlite3\n", Place.CLAIM, "sqlite3", "/var/lib/grafana/grafana.db"),
    ],
)  # fmt: skip
def test_where_the_database_lies(live, ini, place, kind, path):
    live = workload(**live)

    storage = storage_of(live, "grafana", seen(live, ini))

    assert (storage.place, storage.kind, storage.path) == (place, kind, path)


@pytest.mark.parametrize(
    "ordinals, claim", [({}, "data-grafana-0"), ({"ordinals": {"start": 5}}, "data-grafana-5")]
)
def test_the_claim_of_a_stateful_set_is_that_of_its_first_pod(ordinals, claim):
    templates = [{"metadata": {"name": "data"}}]
    live = workload(kind="StatefulSet", data=None, spec={"volumeClaimTemplates": templates, **ordinals})

    storage = storage_of(live, "grafana", seen(live))

    assert (storage.place, storage.volume) == (
        Place.CLAIM,
        {"name": "data", "persistentVolumeClaim": {"claimName": claim}},
    )


def test_the_innermost_mount_holds_the_database():
    inner = {"name": "inner", "mountPath": "/var/lib/grafana/db"}
    pod = {"volumes": [{"name": "inner", "emptyDir": {}}]}
    live = workload(data=CLAIM, mounts=[inner], pod=pod, env={"GF_DATABASE_PATH": "db/grafana.db"})

    assert storage_of(live, "grafana", seen(live)).place is Place.VANISHING


@pytest.mark.parametrize(
    "ini, scheme, port, prefix",
    [
        ("", "http", 3000, ""),
        ("[server]\nprotocol = https\nhttp_port = 3443\n", "https", 3443, ""),
        ("[server]\nprotocol = h2\n", "https", 3000, ""),
        ("[server]\nroot_url = https://x/grafana/\n", "http", 3000, ""),
        ("[server]\nroot_url = https://x/grafana/\nserve_from_sub_path = true\n", "http", 3000, "/grafana"),
        (
            "[server]\nroot_url = %(protocol)s://%(domain)s:%(http_port)s/a/b\nserve_from_sub_path = true\n",
            "http",
            3000,
            "/a/b",
        ),
        ("[server]\nserve_from_sub_path = true\n", "http", 3000, ""),
        ("[server]\nhttp_port = $__env{PORT}\n", "http", 3000, ""),
    ],
)
def test_where_the_server_listens(ini, scheme, port, prefix):
    live = workload()
    endpoint = endpoint_of(live.template, "grafana", seen(live, ini))

    assert (endpoint.scheme, endpoint.port, endpoint.prefix) == (scheme, port, prefix)


@pytest.mark.parametrize(
    "ports, targets, port",
    [
        ((80,), (3000,), 80),
        ((80,), ("web",), 80),
        ((8080, 80), ("sidecar", "web"), 80),
        ((3000,), (), 3000),
        ((8080,), ("sidecar",), None),
    ],
)
def test_the_port_of_a_service_is_the_one_that_leads_to_the_server(ports, targets, port):
    live = workload()
    endpoint = endpoint_of(live.template, "grafana", seen(live))

    assert endpoint.port_of(ServiceAddress("grafana", "10.0.0.1", ports, targets)) == port


@pytest.mark.parametrize(
    "text, size",
    [("512Mi", 512), ("1Gi", 1024), ("1048576", 1), ("1.5Gi", 1536), ("2M", 1.9073486328125), ("lots", None)],
)
def test_memory_is_read_in_every_unit(text, size):
    assert mebibytes(text) == size
