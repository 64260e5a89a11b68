"""The command line as Prometheus's own parser reads it, and as Kubernetes expands it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.addons.prometheus.argument_migration import migrate_arguments
from addon_updater.addons.prometheus.arguments import SWITCHES, expand, read_arguments
from addon_updater.addons.prometheus.command_line import Address, api_address, command_line
from addon_updater.api.versions import Version
from unit.prometheus.workloads import workload

V2, V3 = Version.parse("2.55.1"), Version.parse("3.13.2")
WORDS = st.lists(
    st.sampled_from(
        [
            "--storage.tsdb.retention=15d",
            "--storage.tsdb.retention.time=15d",
            "--enable-feature=agent,promql-at-modifier,memory-snapshot-on-shutdown",
            "--enable-feature=",
            "--enable-feature",
            "--web.enable-lifecycle",
            "--no-storage.tsdb.wal-compression",
            "--alertmanager.timeout",
            "--alertmanager.timeout=1s",
            "--config.file",
            "value",
            "--",
            "@file",
            "",
            "--web.listen-address=:9090",
            "--storage.tsdb.allow-overlapping-blocks",
        ]
    ),
    max_size=8,
)


@pytest.mark.parametrize(
    "words, flags",
    [
        (["--config.file=/a"], [("config.file", "/a", False)]),
        (["--config.file", "/a"], [("config.file", "/a", False)]),
        (["--config.file="], [("config.file", "", False)]),
        (
            ["--web.enable-lifecycle", "--web.page-title", "x"],
            [("web.enable-lifecycle", None, False), ("web.page-title", "x", False)],
        ),
        (["--no-storage.tsdb.wal-compression"], [("storage.tsdb.wal-compression", None, True)]),
        (["--storage.tsdb.path", "--agent"], [("agent", None, False)]),
        (["--web.external-url=http://a/?b=c"], [("web.external-url", "http://a/?b=c", False)]),
        (["--agent"], [("agent", None, False)]),
    ],
)
def test_a_flag_is_read_in_every_form(words, flags):
    assert [(flag.name, flag.value, flag.is_off) for flag in read_arguments(words).flags] == flags


@pytest.mark.parametrize("words", [["@file"], ["positional"], ["--", "--config.file=/a"], ["--config.file"]])
def test_what_is_no_flag_is_kept_aside(words):
    arguments = read_arguments(words)

    assert (arguments.flags, arguments.unread) == ((), tuple(words))


def test_features_come_from_repeated_flags_and_joined_values():
    arguments = read_arguments(["--enable-feature=a,b", "--enable-feature", "c"])

    assert arguments.features == ("a", "b", "c")


@given(WORDS)
def test_every_word_is_a_flag_or_unread_and_none_is_read_twice(words):
    arguments = read_arguments(words)
    covered = [position for flag in arguments.flags for position in range(flag.start, flag.end)]

    assert len(covered) == len(set(covered))
    assert len(covered) + len(arguments.unread) == len(words)


@given(WORDS)
def test_a_migration_is_done_after_one_time(words):
    once = migrate_arguments(read_arguments(words), V2, V3).words

    assert migrate_arguments(read_arguments(once), V2, V3).words == once


@given(WORDS)
def test_away_from_the_border_every_word_stays(words):
    arguments = read_arguments(words)

    assert migrate_arguments(arguments, Version.parse("2.45.6"), V2).words == tuple(words)
    assert migrate_arguments(arguments, V3, Version.parse("3.16.0")).words == tuple(words)
    assert migrate_arguments(arguments, V3, V2).words == tuple(words)


@given(WORDS)
def test_a_migration_leaves_nothing_that_3_x_refuses_unless_a_word_is_no_flag(words):
    arguments = read_arguments(words)
    after = read_arguments(migrate_arguments(arguments, V2, V3).words)
    gone = ("storage.tsdb.retention", "alertmanager.timeout", "storage.tsdb.allow-overlapping-blocks")

    assert bool(arguments.unread) or not (after.named(*gone) or "agent" in after.features)
    assert not arguments.unread or after == arguments


@pytest.mark.parametrize(
    "before, after, rules",
    [
        ("--storage.tsdb.retention=15d", "--storage.tsdb.retention.time=15d", ["PrometheusFlagRenamed"]),
        ("--storage.tsdb.retention 15d", "--storage.tsdb.retention.time 15d", ["PrometheusFlagRenamed"]),
        (
            "--storage.tsdb.retention=9d --storage.tsdb.retention.time=15d",
            "--storage.tsdb.retention.time=15d",
            ["PrometheusFlagRemoved"],
        ),
        ("--storage.tsdb.retention.size=1GB", "--storage.tsdb.retention.size=1GB", []),
        ("--storage.tsdb.allow-overlapping-blocks --agent.x=1", "--agent.x=1", ["PrometheusFlagRemoved"]),
        ("--no-storage.tsdb.allow-overlapping-blocks", "", ["PrometheusFlagRemoved"]),
        (
            "--alertmanager.timeout 10s --web.enable-lifecycle",
            "--web.enable-lifecycle",
            ["PrometheusFlagRemoved"],
        ),
        ("--scrape.name-escaping-scheme=values", "", ["PrometheusFlagRemoved"]),
        ("--scrape.name-escaping-scheme=dots", "--scrape.name-escaping-scheme=dots", []),
        ("--enable-feature=agent", "--agent", ["PrometheusFeatureBecameFlag"]),
        (
            "--enable-feature=remote-write-receiver,exemplar-storage",
            "--enable-feature=exemplar-storage --web.enable-remote-write-receiver",
            ["PrometheusFeatureBecameFlag"],
        ),
        (
            "--enable-feature remote-write-receiver,exemplar-storage",
            "--enable-feature exemplar-storage --web.enable-remote-write-receiver",
            ["PrometheusFeatureBecameFlag"],
        ),
        (
            "--web.enable-remote-write-receiver --enable-feature=remote-write-receiver",
            "--web.enable-remote-write-receiver",
            ["PrometheusFeatureBecameFlag"],
        ),
        (
            "--enable-feature=otlp-write-receiver",
            "--web.enable-otlp-receiver",
            ["PrometheusFeatureBecameFlag"],
        ),
        (
            "--enable-feature=promql-at-modifier,auto-gomaxprocs --enable-feature=utf8-names",
            "",
            ["PrometheusFeatureIsDefault"] * 3,
        ),
        ("--enable-feature=exemplar-storage", "--enable-feature=exemplar-storage", []),
        (
            "--web.console.templates=/usr/share/prometheus/consoles --web.console.libraries=/own",
            "--web.console.libraries=/own",
            ["PrometheusConsoles"],
        ),
    ],
)
def test_arguments_of_2_x_become_those_of_3_x(before, after, rules):
    migration = migrate_arguments(read_arguments(before.split()), V2, V3)

    assert (" ".join(migration.words), [change.rule for change in migration.changes]) == (after, rules)


@pytest.mark.parametrize(
    "word, expanded, known",
    [
        ("--a=$(B)", "--a=b", True),
        ("--a=$(B)$(B)", "--a=bb", True),
        ("--a=$$(B)", "--a=$(B)", True),
        ("--a=$(C)", "--a=$(C)", False),
        ("--a=$B", "--a=$B", True),
        ("--a=$(B", "--a=$(B", True),
        ("$$$(B)", "$b", True),
    ],
)
def test_variables_are_expanded_as_kubernetes_does(word, expanded, known):
    assert expand(word, {"B": "b"}) == (expanded, known)


@pytest.mark.parametrize(
    "case, changes, path, riddle",
    [
        ("the image's own", {"args": None}, "/etc/prometheus/prometheus.yml", None),
        ("args alone", {"args": ("--config.file=/a.yml",)}, "/a.yml", None),
        ("no config.file", {"args": ("--web.enable-lifecycle",)}, "/prometheus/prometheus.yml", None),
        (
            "flags in command",
            {"args": None, "command": ("/bin/prometheus", "--config.file", "/b.yml")},
            "/b.yml",
            None,
        ),
        ("command and args", {"args": ("--config.file=/c.yml",), "command": ("prometheus",)}, "/c.yml", None),
        (
            "a shell",
            {"args": ("-c", "prometheus"), "command": ("/bin/sh",)},
            "/prometheus/prometheus.yml",
            "'/bin/sh'",
        ),
        ("a file", {"args": ("@args",)}, "/prometheus/prometheus.yml", "'@args'"),
        (
            "a word too many",
            {"args": ("--config.file=/a.yml", "b")},
            "/a.yml",
            "'b' is no flag",
        ),
        (
            "a variable",
            {"args": ("--config.file=$(F)",), "container": {"env": [{"name": "F", "value": "/d.yml"}]}},
            "/d.yml",
            None,
        ),
        (
            "a variable from a Secret",
            {"args": ("--web.page-title=$(F)",), "container": {"env": [{"name": "F", "valueFrom": {}}]}},
            "/prometheus/prometheus.yml",
            "'--web.page-title=$(F)'",
        ),
        (
            "another directory",
            {"args": ("--config.file=d/e.yml",), "container": {"workingDir": "/srv"}},
            "/srv/d/e.yml",
            None,
        ),
    ],
)
def test_the_configuration_is_found_from_command_and_args(case, changes, path, riddle):
    line = command_line(workload(**changes).template, "prometheus")

    assert line.config_path == path, case
    assert (line.riddle is None) if riddle is None else (riddle in line.riddle)


@pytest.mark.parametrize(
    "words, address",
    [
        ([], Address(9090, "")),
        (["--web.listen-address=:9091"], Address(9091, "")),
        (["--web.listen-address=0.0.0.0:80"], Address(80, "")),
        (["--web.listen-address", "[::]:9090"], Address(9090, "")),
        (["--web.route-prefix=/prom/"], Address(9090, "/prom")),
        (["--web.external-url=https://example.com/prom"], Address(9090, "/prom")),
        (["--web.external-url=https://example.com/prom", "--web.route-prefix=/"], Address(9090, "")),
        (["--web.external-url=https://example.com/"], Address(9090, "")),
    ],
)
def test_the_api_is_where_the_flags_say(words, address):
    assert api_address(read_arguments(words)) == address


@pytest.mark.parametrize(
    "words, why",
    [
        (["--web.config.file=/w.yml"], "TLS"),
        (["--web.listen-address=127.0.0.1:9090"], "127.0.0.1:9090 only"),
        (["--web.listen-address=localhost:9090"], "localhost:9090 only"),
        (["--web.listen-address=here"], "names no port"),
    ],
)
def test_an_api_that_nobody_can_ask_is_told(words, why):
    assert why in api_address(read_arguments(words))


def test_no_switch_is_named_with_no():
    assert not [name for name in SWITCHES if name.startswith("no-")]
