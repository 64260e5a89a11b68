"""What keeps a release from starting with a command line, or makes it do less than before.

Sources: docs/migration.md, docs/feature_flags.md and CHANGELOG.md of github.com/prometheus/prometheus at v3.16.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from addon_updater.addons.prometheus.argument_migration import BECAME_DEFAULT, ESCAPING
from addon_updater.addons.prometheus.arguments import Arguments
from addon_updater.addons.prometheus.check_config import Hop
from addon_updater.addons.prometheus.command_line import CommandLine, api_address
from addon_updater.addons.prometheus.config_document import ConfigDocument
from addon_updater.addons.prometheus.flags import flag_problem
from addon_updater.addons.prometheus.versions import V3
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Finding, Severity

_XOR2_STABLE: Final = Version.parse("3.15.0")
_UNSTABLE_ENCODINGS: Final = ("st-storage", "histograms-st-encoding")
_LEFT_OVER: Final = BECAME_DEFAULT | {"agent", "remote-write-receiver", "otlp-write-receiver"}


def check_command(line: CommandLine, hop: Hop) -> Iterator[Finding]:
    """Whether the flags can be known and changed at all."""
    if line.in_command:
        yield Finding(
            "PrometheusFlagsInCommand",
            Severity.BLOCK,
            f"command holds {line.in_command[0]!r}: the operator reads and writes the flags in args only",
            "move everything but the program from command to args",
        )
    if line.riddle is not None:
        yield Finding(
            "PrometheusFlagsUnknown",
            Severity.BLOCK if hop.passes(V3) else Severity.WARN,
            f"the flags cannot be read: {line.riddle}",
            "start prometheus itself, with its flags written out in args",
        )
    address = api_address(line.arguments)
    if isinstance(address, str):
        yield Finding(
            "PrometheusNotAsked",
            Severity.WARN,
            f"no gate can ask this Prometheus: {address}; kubelet's readiness alone judges the update",
            "let the API answer plain HTTP on the pod's address, with a network policy in front of it",
        )


def check_arguments(arguments: Arguments, document: ConfigDocument | None, hop: Hop) -> Iterator[Finding]:
    """What the target makes of the flags that it gets."""
    for flag in arguments.flags:
        problem = flag_problem(flag.name, hop.target)
        if problem is None:
            continue
        remedy = f"remove it, or choose a release that knows --{flag.name}"
        if flag.name == ESCAPING:
            remedy = "remove it; from 3.4 on global.metric_name_escaping_scheme takes its place"
        yield Finding("PrometheusFlagRefused", Severity.BLOCK, f"--{flag.name} {problem}", remedy)
    if hop.target >= V3:
        for feature in arguments.features:
            if feature in _LEFT_OVER:
                yield Finding(
                    "PrometheusFeatureIgnored",
                    Severity.WARN,
                    f"feature {feature} is unknown to 3.x, which goes on without it",
                    "remove it; --agent and --web.enable-…-receiver are flags now",
                )
    yield from _encodings(arguments, document, hop)


def _encodings(arguments: Arguments, document: ConfigDocument | None, hop: Hop) -> Iterator[Finding]:
    if hop.running == hop.target:
        return
    floats = document.entry("storage", "tsdb", "chunk_encoding", "floats") if document else None
    wanted = [feature for feature in arguments.features if feature in _UNSTABLE_ENCODINGS]
    if min(hop.running, hop.target) < _XOR2_STABLE:
        wanted += [feature for feature in arguments.features if feature == "xor2-encoding"]
        if floats is not None and floats.text == "xor2":
            wanted.append("storage.tsdb.chunk_encoding.floats: xor2")
    for what in wanted:
        yield Finding(
            "PrometheusChunkEncoding",
            Severity.BLOCK,
            f"{what} may write blocks that neither an older nor a newer release can read",
            "update by hand with a copy of the data, or switch it off and let the blocks expire first",
        )
