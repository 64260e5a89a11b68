"""What an answer of Prometheus says about a change: pass, fail, or nothing yet.

Right after a start nothing has been discovered, scraped or evaluated; that is Unknown. A failure of the targets counts
when it outlasts the addon's patience, in which discovery and a second scrape have their time. What was broken before
the change may stay broken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from addon_updater.addons.prometheus.fingerprints import (
    UNKNOWN,
    Job,
    UnreadableAnswerError,
    jobs_of,
    print_failing,
    print_jobs,
    read_data,
    read_error,
    read_jobs,
    rules_of,
)
from addon_updater.addons.prometheus.questions import Check, Question
from addon_updater.api.versions import Version
from addon_updater.errors import VersionError
from addon_updater.rollout.gate import HttpAnswer, Outcome

_TOLERANCE: Final = 0.02
"""The share of a job's targets that may be down more than before: 2 percentage points."""
_ENOUGH_TARGETS: Final = 0.95
_SERVER_ERROR: Final = 500
_LONGEST_WAIT: Final = 300.0
"""Seconds: rules that are evaluated less often are not waited for."""

Verdict = tuple[Outcome, str]


def fingerprint(question: Question, answer: HttpAnswer) -> str | None:
    """What the baseline keeps; None where an answer is judged alone or tells nothing."""
    keep = _KEEPERS.get(question.check)
    if keep is None or answer.status != 200 or answer.is_cut:
        return None
    try:
        return keep(read_data(answer.body))
    except (UnreadableAnswerError, KeyError, TypeError, ValueError, AttributeError):
        return None


def judge(question: Question, answer: HttpAnswer, baseline: str | None, *, is_baseline: bool) -> Verdict:
    """Judge an answer against what the same question brought before, or as that baseline itself."""
    if question.check is Check.READY:
        return _ready(answer)
    if answer.status != 200:
        return _no_data(question, answer)
    if answer.is_cut:
        size = question.http.limit // (1024 * 1024)
        return Outcome.UNKNOWN, f"{question.http.path}: the answer is longer than {size} MiB and was not read"
    try:
        return _judge(question, read_data(answer.body), baseline, is_baseline=is_baseline)
    except (UnreadableAnswerError, KeyError, TypeError, ValueError, AttributeError) as error:
        return Outcome.UNKNOWN, f"{question.http.path}: not understood: {error!s:.100}"


def _judge(question: Question, data: Any, baseline: str | None, *, is_baseline: bool) -> Verdict:  # noqa: ANN401 - JSON
    match question.check:
        case Check.REPLAY:
            return _replay(data)
        case Check.VERSION:
            return _version(question, str(data.get("version") or ""), baseline, is_baseline=is_baseline)
        case Check.RELOAD:
            return _reload(data)
        case Check.TARGETS:
            jobs = jobs_of(data)
            return _targets_before(jobs) if is_baseline else _targets(jobs, baseline)
        case Check.RULE_COUNT:
            count = len(rules_of(data))
            return _rule_count(count, baseline, is_baseline=is_baseline)
        case _:
            return _rules(data, baseline, is_baseline=is_baseline)


def _ready(answer: HttpAnswer) -> Verdict:
    if answer.status == 200:
        return Outcome.PASS, "ready"
    if answer.status == 503:
        return Outcome.UNKNOWN, "not ready: it starts, replays its WAL, or stops"
    what = f"HTTP {answer.status}" if answer.status is not None else f"no answer ({answer.error})"
    return Outcome.FAIL, f"/-/ready: {what}"


def _no_data(question: Question, answer: HttpAnswer) -> Verdict:
    """A server that starts refuses plainly; an error in the API's own words comes from one that has started."""
    what = f"HTTP {answer.status}" if answer.status is not None else f"no answer ({answer.error})"
    if question.check is Check.REPLAY:
        return Outcome.SKIPPED, f"{question.http.path}: {what}"
    error = read_error(answer.body)
    if answer.status is None or answer.status < _SERVER_ERROR or error is None:
        return Outcome.UNKNOWN, f"{question.http.path}: {what}"
    return Outcome.FAIL, f"{question.http.path}: {what}: {error:.100}"


def _replay(data: Any) -> Verdict:  # noqa: ANN401 - JSON
    low, high, current = int(data["min"]), int(data["max"]), int(data["current"])
    if current >= high:
        return Outcome.PASS, "the WAL is replayed"
    done, whole = current - low, high - low + 1
    return Outcome.UNKNOWN, f"replays its WAL: segment {done} of {whole}"


def _version(question: Question, said: str, baseline: str | None, *, is_baseline: bool) -> Verdict:
    try:
        runs = Version.parse(said)
    except VersionError:
        if is_baseline or baseline == "":
            return Outcome.SKIPPED, f"this build tells no version ({said!r}), so it is not compared"
        return Outcome.UNKNOWN, f"it tells no version ({said!r}), but did before the change"
    if runs == Version.parse(question.version):
        return Outcome.PASS, f"runs {runs}"
    return Outcome.FAIL, f"runs {runs}, not {question.version}"


def _reload(data: Any) -> Verdict:  # noqa: ANN401 - JSON
    if data["reloadConfigSuccess"] is True:
        return Outcome.PASS, "the configuration is loaded"
    return Outcome.FAIL, "the last reload of the configuration failed: what is on disk would not start"


def _targets_before(jobs: dict[str, Job]) -> Verdict:
    total = sum(job.total for job in jobs.values())
    unknown = sum(job.unknown for job in jobs.values())
    if unknown * 2 > total:
        return Outcome.UNKNOWN, f"{unknown} of {total} targets have not been scraped yet"
    up = sum(job.up for job in jobs.values())
    return Outcome.PASS, f"{up} of {total} targets are up, recorded"


def _targets(jobs: dict[str, Job], baseline: str | None) -> Verdict:
    if baseline is None:
        return Outcome.UNKNOWN, "the targets were not recorded before the change"
    before, kept = read_jobs(baseline)
    total, up = sum(job.total for job in jobs.values()), sum(job.up for job in jobs.values())
    unknown = sum(job.unknown for job in jobs.values())
    # While many targets have not been asked yet, discovery may well bring more. When there is none at all, that is
    # what patience is for: by its end discovery has had several turns.
    missing = Outcome.FAIL if unknown <= total * (1 - _ENOUGH_TARGETS) else Outcome.UNKNOWN
    verdicts = [_job(name, jobs.get(name), was, missing) for name, was in kept.items()]
    if total < before.total * _ENOUGH_TARGETS:
        verdicts.append((missing, f"{total} targets are discovered; there were {before.total}"))
    for outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        found = next((verdict for verdict in verdicts if verdict[0] is outcome), None)
        if found is not None:
            return found
    return Outcome.PASS, f"{up} of {total} targets are up; it was {before.up} of {before.total}"


def _job(name: str, now: Job | None, was: Job, missing: Outcome) -> Verdict:
    """One job against what it was; targets that nobody has asked yet may turn out either way."""
    if not was.up:
        return Outcome.PASS, f"job {name} was down before"
    if now is None:
        return missing, f"job {name}: no target is discovered; there were {was.total}"
    need = max(was.up / was.total - _TOLERANCE, 0.0)
    message = f"job {name}: {now.up} of {now.total} targets are up; it was {was.up} of {was.total}"
    if now.up and now.up >= need * now.total:
        return Outcome.PASS, message
    if now.unknown and now.up + now.unknown >= need * now.total:
        return Outcome.UNKNOWN, f"{message}; {now.unknown} have not been scraped yet"
    return Outcome.FAIL, message


def _rule_count(count: int, baseline: str | None, *, is_baseline: bool) -> Verdict:
    if is_baseline:
        return Outcome.PASS, f"{count} rules, recorded"
    if baseline is None:
        return Outcome.UNKNOWN, "the rules were not counted before the change"
    if count == int(baseline):
        return Outcome.PASS, f"{count} rules, as before"
    return Outcome.FAIL, f"{count} rules are loaded; there were {baseline}"


def _rules(data: Any, baseline: str | None, *, is_baseline: bool) -> Verdict:  # noqa: ANN401 - JSON
    rules = rules_of(data)
    failing = [rule for rule in rules if rule.error]
    if is_baseline:
        return Outcome.PASS, f"{len(failing)} of {len(rules)} rules fail, recorded"
    if baseline is None:
        return Outcome.UNKNOWN, "the rules were not recorded before the change"
    known = set(baseline.split())
    news = [rule for rule in failing if rule.key not in known]
    if news:
        return Outcome.FAIL, f"rule {news[0].name} fails now: {news[0].error}"
    waiting = [rule for rule in rules if rule.health == UNKNOWN and rule.interval <= _LONGEST_WAIT]
    if waiting:
        return Outcome.UNKNOWN, f"{len(waiting)} of {len(rules)} rules have not been evaluated yet"
    return Outcome.PASS, f"{len(rules) - len(failing)} of {len(rules)} rules are evaluated without an error"


def _keep_version(data: Any) -> str:  # noqa: ANN401 - JSON
    said = str(data.get("version") or "")
    try:
        return Version.parse(said).base
    except VersionError:
        return ""


_KEEPERS: Final[dict[Check, Callable[[Any], str]]] = {
    Check.VERSION: _keep_version,
    Check.TARGETS: lambda data: print_jobs(jobs_of(data)),
    Check.RULE_COUNT: lambda data: str(len(rules_of(data))),
    Check.RULES: lambda data: print_failing(rules_of(data)),
}
