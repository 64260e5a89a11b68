"""What a release tells: every metric with its labels, and the samples that a standing gives to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from addon_updater.metrics.phase import PHASE_CODES, Phase
from addon_updater.metrics.standing import Standing

Sample = tuple[tuple[str, ...], float]
_NO_LABELS: tuple[str, ...] = ()
_WORDS = {True: "true", False: "false", None: "unknown"}
_FIT_CODES = {False: 0.0, None: 1.0, True: 3.0}


@dataclass(frozen=True, slots=True)
class Family:
    """One metric of releases: its labels beside those of the release, and what a release has to say."""

    name: str
    documentation: str
    labels: tuple[str, ...]
    samples: Callable[[Standing], Iterable[Sample]]


def _phases(one: Standing) -> Iterator[Sample]:
    for phase in Phase:
        yield (phase.value,), float(phase is one.phase)


def _hops(one: Standing) -> Iterator[Sample]:
    for position, hop in enumerate(one.hops, 1):
        labels = (hop.start, hop.to, hop.when, _WORDS[hop.is_breaking], _WORDS[hop.admitted])
        yield labels, float(position)


def _attempt(one: Standing) -> Iterator[Sample]:
    if one.attempt is not None:
        yield (one.attempt.start, one.attempt.to), one.attempt.started_at.timestamp()


def _last_attempt(one: Standing) -> Iterator[Sample]:
    if one.last_attempt is not None:
        yield (one.last_attempt.version, one.last_attempt.result), one.last_attempt.at.timestamp()


def _flaws(one: Standing) -> Iterator[Sample]:
    for (severity, planned), count in sorted(Counter(one.flaws).items()):
        yield (severity, _WORDS[planned]), float(count)


def _fits(one: Standing) -> Iterator[Sample]:
    if one.minor:
        yield (one.minor,), _FIT_CODES[one.fit]


FAMILIES = (
    Family(
        "addon_updater_release_info",
        "1 for the version that a release runs and the one it wants.",
        ("version", "target"),
        lambda one: [((one.version, one.target), 1.0)],
    ),
    Family(
        "addon_updater_release_condition",
        "1 when the condition is True, 0 when it is False, -1 when it is Unknown.",
        ("type", "reason"),
        lambda one: [((type_, reason), float(code)) for type_, reason, code in one.conditions],
    ),
    Family(
        "addon_updater_release_phase",
        "1 for the phase that a release is in, 0 for all others.",
        ("phase",),
        _phases,
    ),
    Family(
        "addon_updater_release_phase_code",
        "The phase as a number, for timelines: "
        + ", ".join(f"{n} {p}" for p, n in PHASE_CODES.items())
        + ".",
        _NO_LABELS,
        lambda one: [(_NO_LABELS, float(PHASE_CODES[one.phase]))],
    ),
    Family(
        "addon_updater_release_phase_start_timestamp_seconds",
        "When the phase, which during an attempt is its step, began.",
        ("phase",),
        lambda one: [((one.phase.value,), one.phase_since.timestamp())],
    ),
    Family(
        "addon_updater_release_last_pass_timestamp_seconds",
        "When the last pass over the release came to its end.",
        _NO_LABELS,
        lambda one: [(_NO_LABELS, one.seen_at.timestamp())],
    ),
    Family(
        "addon_updater_release_hop",
        "One hop of the plan; the value is its position.",
        ("from", "to", "when", "breaking", "admitted"),
        _hops,
    ),
    Family(
        "addon_updater_release_plan_hops",
        "Hops of the plan that are left.",
        _NO_LABELS,
        lambda one: [(_NO_LABELS, float(len(one.hops)))],
    ),
    Family(
        "addon_updater_release_plan_breaking_hops",
        "Those of them that bring a breaking change.",
        _NO_LABELS,
        lambda one: [(_NO_LABELS, float(sum(hop.is_breaking for hop in one.hops)))],
    ),
    Family(
        "addon_updater_release_plan_waiting_hops",
        "Those that the rule for breaking changes does not let start yet.",
        _NO_LABELS,
        lambda one: [(_NO_LABELS, float(sum(hop.admitted is False for hop in one.hops)))],
    ),
    Family(
        "addon_updater_release_window_change_timestamp_seconds",
        "When a window opens next, or the open one closes; absent when nothing changes.",
        ("change",),
        lambda one: [((change,), at.timestamp()) for change, at in one.windows],
    ),
    Family(
        "addon_updater_release_finding",
        "1 for every preflight rule that has something to say about the next hop.",
        ("rule", "severity"),
        lambda one: [(finding, 1.0) for finding in sorted(one.findings)],
    ),
    Family(
        "addon_updater_release_gate",
        "The last outcome of a gate: 0 Fail, 1 Unknown, 2 Skipped, 3 Pass.",
        ("gate",),
        lambda one: [((gate,), float(code)) for gate, code in one.gates],
    ),
    Family(
        "addon_updater_release_quarantined_versions",
        "Versions that failed here and are held back.",
        _NO_LABELS,
        lambda one: [(_NO_LABELS, float(one.quarantined))],
    ),
    Family(
        "addon_updater_release_advisories",
        "Known flaws of the running version that its configuration is open to.",
        ("severity", "planned"),
        _flaws,
    ),
    Family(
        "addon_updater_release_fit",
        "How the installed version stands with the settled minor: 0 it does not fit, 1 unknown, 3 it fits.",
        ("minor",),
        _fits,
    ),
    Family(
        "addon_updater_attempt_start_timestamp_seconds",
        "When the running attempt was begun; absent while none runs.",
        ("from", "to"),
        _attempt,
    ),
    Family(
        "addon_updater_last_attempt_timestamp_seconds",
        "When the newest attempt ended, with the version it led to and its result.",
        ("version", "result"),
        _last_attempt,
    ),
)
