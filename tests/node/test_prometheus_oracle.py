"""What we say about Prometheus against the real ones: promtool, the flag parser, and a server with its data."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from addon_updater.addons.prometheus.addon import Prometheus
from addon_updater.addons.prometheus.argument_migration import migrate_arguments
from addon_updater.addons.prometheus.arguments import SWITCHES, read_arguments
from addon_updater.addons.prometheus.config_migration import migrate_config
from addon_updater.addons.prometheus.flags import FLAG_REMOVED, FLAG_SINCE, flag_problem
from addon_updater.addons.prometheus.questions import questions
from addon_updater.addons.prometheus.rules import Intervals, check_rules
from addon_updater.api.versions import Version
from addon_updater.probes.run import prober
from addon_updater.rollout.addon import NetworkFacts
from addon_updater.rollout.finding import Severity
from addon_updater.rollout.gate import Gate, Outcome, Subject, worst
from addon_updater.rollout.gates import judge, take_baseline
from localcluster.build import program
from localcluster.settings import current_settings

pytestmark = pytest.mark.node

OLD, NEW = "2.55.1", "3.13.2"
PROMETHEUS = Prometheus()
SETTLED_SECONDS = 120.0
PATIENCE_SECONDS = 12.0
"""What Prometheus.patience gives a configuration that scrapes every second."""

BOTH, OLD_ONLY, NEW_ONLY = {OLD, NEW}, {OLD}, {NEW}
EVERYTHING = """\
global: {external_labels: {a: 'b$c'}}   # one
alerting: {alertmanagers: [{api_version: v1}]}
scrape_configs: [{job_name: a, scrape_classic_histograms: false}]
"""
CONFIGS = {
    "empty": ("", BOTH, BOTH),
    "plain": ("global: {scrape_interval: 15s}\nscrape_configs: [{job_name: a}]\n", BOTH, BOTH),
    "alertmanager v1": (
        "alerting:\n  alertmanagers:\n    - api_version: v1 # old\n      static_configs: [{targets: [am:9093]}]\n",
        OLD_ONLY,
        BOTH,
    ),
    "quoted v1": ("alerting: {alertmanagers: [{api_version: 'v1'}]}\n", OLD_ONLY, BOTH),
    "classic histograms": ("scrape_configs:\n- job_name: a\n  scrape_classic_histograms: true\n", OLD_ONLY, NEW_ONLY),
    "merged job": (
        "scrape_configs:\n- &a\n  job_name: a\n  scrape_classic_histograms: true\n- <<: *a\n  job_name: b\n",
        OLD_ONLY,
        NEW_ONLY,
    ),
    "dollar": ("global: {external_labels: {cluster: a$b, other: '$c'}}\n", BOTH, BOTH),
    "everything": (
        EVERYTHING,
        OLD_ONLY,
        NEW_ONLY,
    ),
    "byte order mark": ("\ufeffalerting: {alertmanagers: [{api_version: v1}]}\n", OLD_ONLY, BOTH),
    "legacy names": ("global: {metric_name_validation_scheme: legacy}\n", BOTH, BOTH),
    "fallback": ("scrape_configs: [{job_name: a, fallback_scrape_protocol: PrometheusText0.0.4}]\n", NEW_ONLY, NEW_ONLY),
    "unknown key": ("mystery: 1\n", set(), set()),
    "no yaml": ("a: [\n", set(), None),
}  # fmt: skip
"""Name: text, who loads it as it is, who loads what it becomes (None: we refuse to read it)."""

EXPRESSIONS = {
    "holt_winters(x[5m], 0.5, 0.5)": OLD_ONLY,
    'x_bucket{le="1"}': BOTH,
    'x_bucket{le=~"1(\\\\.0)?"}': BOTH,
    "rate(x[1m:1m])": BOTH,
    "sum(rate(x[5m])) by (job)": BOTH,
    "sum(": set(),
}

ARGUMENTS = {
    "--storage.tsdb.retention=15d": (OLD_ONLY, BOTH),
    "--storage.tsdb.retention 15d --storage.tsdb.retention.time=9d": (OLD_ONLY, BOTH),
    "--storage.tsdb.allow-overlapping-blocks": (OLD_ONLY, BOTH),
    "--no-storage.tsdb.allow-overlapping-blocks --web.enable-lifecycle": (OLD_ONLY, BOTH),
    "--alertmanager.timeout 10s": (OLD_ONLY, BOTH),
    "--scrape.name-escaping-scheme=values": (OLD_ONLY, BOTH),
    "--enable-feature=agent": (BOTH, NEW_ONLY),
    "--enable-feature remote-write-receiver,exemplar-storage": (BOTH, BOTH),
    "--web.enable-remote-write-receiver --enable-feature=remote-write-receiver": (BOTH, BOTH),
    "--no-web.enable-remote-write-receiver --enable-feature=remote-write-receiver": (BOTH, BOTH),
    "--enable-feature=otlp-write-receiver": (BOTH, NEW_ONLY),
    "--enable-feature=promql-at-modifier --enable-feature=utf8-names": (BOTH, BOTH),
    "--web.console.templates=/usr/share/prometheus/consoles": (BOTH, BOTH),
    "--web.page-title --odd": (set(), set()),
    "--web.page-title -1": (set(), set()),
    "--mystery": (set(), set()),
    "--web.enable-lifecycle=true": (set(), set()),
}
"""Words: who starts with them as they are, who starts with what they become."""


FLAG_IN_HELP = re.compile(r"^(?:  -\w, |      )--(\[no-\])?([a-z0-9.-]+)", re.MULTILINE)


def run(version: str, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """One of the real programs, to its end."""
    path = program(current_settings(), f"prometheus-{version}", name)
    return subprocess.run([path, *arguments], capture_output=True, text=True, check=False, timeout=120)


def load(text: str, folder: Path, *options: str) -> set[str]:
    """The releases whose promtool loads this configuration."""
    path = folder / "prometheus.yml"
    path.write_text(text, "utf-8", newline="")
    return {v for v in (OLD, NEW) if run(v, "promtool", "check", "config", *options, path).returncode == 0}


def parse(words: Sequence[str]) -> set[str]:
    """The releases that know these flags: --version is answered only after all of them were read."""
    return {v for v in (OLD, NEW) if run(v, "prometheus", *words, "--version").returncode == 0}


def migrate(text: str) -> str:
    return migrate_config(text, running=Version.parse(OLD), target=Version.parse(NEW), features=()).text


@pytest.mark.parametrize("name", CONFIGS)
def test_promtool_loads_what_a_configuration_becomes_and_refuses_what_we_say(name, tmp_path):
    text, before, after = CONFIGS[name]

    assert load(text, tmp_path) == before
    if after is None:
        with pytest.raises(ValueError, match="correct the YAML"):
            migrate(text)
    else:
        assert load(migrate(text), tmp_path) == after


@pytest.mark.parametrize(
    "text",
    [
        "scrape_configs: [{job_name: a}]\n",
        "global:\n    # why\n    scrape_interval: 15s\n",
        "global: {scrape_interval: 15s}\n",
    ],
)
def test_promtool_loads_native_histograms_where_we_add_them(text, tmp_path):
    features = ("native-histograms",)
    migrated = migrate_config(text, running=Version.parse(OLD), target=Version.parse(NEW), features=features)

    assert "scrape_native_histograms: true" in migrated.text
    assert load(migrated.text, tmp_path) == NEW_ONLY


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_rule_that_we_block_is_one_that_promtool_refuses(expression, tmp_path):
    path = tmp_path / "rules.yml"
    path.write_text(
        f"groups:\n- name: g\n  rules:\n  - record: r\n    expr: |\n      {expression}\n", "utf-8"
    )
    loading = {v for v in (OLD, NEW) if run(v, "promtool", "check", "rules", path).returncode == 0}
    findings = check_rules(
        {"rules.yml": path.read_text("utf-8")},
        running=Version.parse(OLD),
        target=Version.parse(NEW),
        intervals=Intervals(60, 60),
    )

    assert loading == EXPRESSIONS[expression]
    if any(finding.severity is Severity.BLOCK for finding in findings):
        assert NEW not in loading


@pytest.mark.parametrize("line", ARGUMENTS)
def test_the_server_knows_the_flags_that_arguments_become(line):
    before, after = ARGUMENTS[line]
    arguments = read_arguments(line.split())
    words = migrate_arguments(arguments, Version.parse(OLD), Version.parse(NEW)).words

    assert parse(line.split()) == before
    assert parse(words) == after


@pytest.mark.parametrize("version", [OLD, NEW])
def test_our_tables_of_flags_are_those_of_the_binary(version):
    listed = run(version, "prometheus", "--help").stdout
    flags = {name: bool(off) for off, name in FLAG_IN_HELP.findall(listed)}
    ours = {*FLAG_SINCE, *FLAG_REMOVED}
    known = {name for name in ours if flag_problem(name, Version.parse(version)) is None}
    # A deprecated flag may be missing in the help and is read all the same.
    hidden = {name for name in known - {*flags} if version in parse([f"--{name}=1"]) | parse([f"--{name}"])}

    assert {name for name, has_no in flags.items() if has_no} == SWITCHES & {*flags}
    assert known - hidden == ours & {*flags}


def test_promtool_takes_the_options_of_the_check_job(tmp_path):
    text = "scrape_configs: [{job_name: a, bearer_token_file: /nowhere/token}]\n"

    assert load(text, tmp_path) == set()
    assert load(text, tmp_path, "--syntax-only") == BOTH
    assert load("{}", tmp_path, "--agent", "--enable-feature=promql-experimental-functions") == BOTH


@dataclass(frozen=True)
class Server:
    """A running Prometheus on loopback."""

    version: str
    words: tuple[str, ...]

    async def gates(self, baseline: dict[str, str] | None) -> tuple[tuple[Gate, ...], dict[str, str]]:
        """One round of questions: the gates, and what a baseline would keep."""
        asked = tuple(
            questions(
                read_arguments(self.words), self.version, NetworkFacts(), [(Subject.PODS, "127.0.0.1")], {}
            )
        )
        replies = await prober(None)(asked, "")
        return judge(PROMETHEUS, replies, baseline), take_baseline(PROMETHEUS, replies)

    async def settle(self, baseline: dict[str, str] | None) -> tuple[set[str], dict[str, str]]:
        """Ask until all gates pass; what failed longer than the addon's patience, and the baseline of the end."""
        seen: set[str] = set()
        clock = asyncio.get_running_loop().time
        fine_at = clock()
        async with asyncio.timeout(SETTLED_SECONDS):
            while True:
                gates, kept = await self.gates(baseline)
                if (
                    worst(gates) is Outcome.PASS
                    and "targets/active" in kept
                    and '"self":[1,1]' in kept["targets/active"]
                ):
                    return seen, kept
                if worst(gates) is not Outcome.FAIL:
                    fine_at = clock()
                elif clock() - fine_at > PATIENCE_SECONDS:
                    seen |= {gate.message for gate in gates if gate.outcome is Outcome.FAIL}
                await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def serving(
    version: str, folder: Path, port: int, config: str, words: Sequence[str]
) -> AsyncIterator[Server]:
    """A server on the folder's data, ended as kubelet ends it."""
    (folder / "prometheus.yml").write_text(config, "utf-8")
    files = (f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", *words)
    path = program(current_settings(), f"prometheus-{version}", "prometheus")
    with (folder / f"{version}.log").open("wb") as log:
        listen = "--web.listen-address"
        process = await asyncio.create_subprocess_exec(
            path, *files, f"{listen}=127.0.0.1:{port}", stdout=log, stderr=log
        )
        try:
            yield Server(version, (*files, f"{listen}=:{port}"))
        finally:
            process.terminate()
            assert await process.wait() == 0, (folder / f"{version}.log").read_text()


async def test_a_real_server_crosses_the_border_with_its_data_and_comes_back(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    rules = "groups:\n- name: g\n  interval: 1s\n  rules:\n  - record: r\n    expr: sum(up)\n"
    (tmp_path / "rules.yml").write_text(rules, "utf-8")
    config = (
        "global:\n  scrape_interval: 1s\n  external_labels: {cluster: a$b}\nrule_files: [rules.yml]\n"
        "scrape_configs:\n- job_name: self\n  scrape_classic_histograms: true\n"
        f"  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
        "- job_name: gone\n  static_configs: [{targets: ['127.0.0.1:1']}]\n"
    )
    words = ("--storage.tsdb.retention=15d", "--enable-feature=remote-write-receiver,exemplar-storage")
    after = migrate_arguments(read_arguments(words), Version.parse(OLD), Version.parse(NEW)).words

    async with serving(OLD, tmp_path, port, config, words) as server:
        _, baseline = await server.settle(None)
    async with serving(NEW, tmp_path, port, migrate(config), after) as server:
        on_the_way, kept = await server.settle(baseline)
    async with serving(OLD, tmp_path, port, config, words) as server:
        on_the_way_back, _ = await server.settle({**kept, "version/buildinfo": OLD})

    # Until the first scrape targets are missing, and that must never last as long as it takes to count as failed.
    assert on_the_way | on_the_way_back == set()
    assert baseline["rules/count"] == "1"
    assert kept["version/buildinfo"] == NEW
