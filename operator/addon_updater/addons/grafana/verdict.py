"""What the answers of a Grafana server say about a change.

People delete dashboards while an update runs, so a few that are gone prove nothing: only a whole folder, or more than
a tenth of everything, does.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Final

from addon_updater.addons.grafana.inventory import Inventory, read_inventory
from addon_updater.addons.grafana.questions import MOST_FOUND, Question, Topic
from addon_updater.api.versions import Version
from addon_updater.errors import VersionError
from addon_updater.rollout.gate import HttpAnswer, Outcome

PATIENCE: Final = timedelta(seconds=10)
"""How long a gate must go on failing: longer than a writer holds the database, or than an index takes to open."""
_TOLERATED: Final = 0.1
_INTERNAL_ERROR: Final = 500
_CREDENTIALS: Final = "give the operator a token that may read them: a file named <namespace>.<release> in the folder of --credentials"

Judgment = tuple[Outcome, str]


def judge(question: Question, answer: HttpAnswer, before: str | None, *, is_baseline: bool) -> Judgment:
    """The verdict and its sentence. `before` is the fingerprint of the same answer before the change."""
    if answer.status is None:
        return Outcome.UNKNOWN, f"no answer ({answer.error}); Grafana listens when its migrations are done"
    if question.topic is Topic.HEALTH:
        return _judge_health(question, answer, is_baseline=is_baseline)
    return _judge_inventory(question, answer, before, is_baseline=is_baseline)


def fingerprint(question: Question, answer: HttpAnswer) -> str | None:
    """What the baseline keeps; None where there is nothing to compare with."""
    if question.topic is Topic.HEALTH or answer.status != 200 or answer.is_cut:
        return None
    inventory = read_inventory(answer.body)
    return None if inventory is None else inventory.to_text()


def _judge_health(question: Question, answer: HttpAnswer, *, is_baseline: bool) -> Judgment:
    """Source: pkg/api/http_server.go of Grafana: 503 with "failing", version absent under hide_version."""
    said = _read_object(answer.body)
    database, version = said.get("database"), said.get("version")
    if answer.status == 503 or database == "failing":
        return (
            Outcome.FAIL,
            f"the database does not answer: HTTP {answer.status}, database {database or 'unknown'}",
        )
    if answer.status != 200 or database != "ok":
        return Outcome.UNKNOWN, f"HTTP {answer.status} says nothing about the health of Grafana"
    wanted = question.version
    if is_baseline or wanted is None or not isinstance(version, str) or _is_same(version, wanted):
        return Outcome.PASS, f"the database answers, version {version or 'not told'}"
    return Outcome.FAIL, f"version {version} answers instead of {wanted}"


def _is_same(one: str, other: str) -> bool:
    """Whether both are one patch: nobody states that a server tells its security number."""
    try:
        told, wanted = Version.parse(one), Version.parse(other)
    except VersionError:
        return one == other
    return (told.major, told.minor, told.patch) == (wanted.major, wanted.minor, wanted.patch)


def _judge_inventory(
    question: Question, answer: HttpAnswer, before: str | None, *, is_baseline: bool
) -> Judgment:
    noun = question.topic.noun
    if answer.status in (401, 403):
        if before is None:
            return Outcome.SKIPPED, f"HTTP {answer.status}: {noun} are not compared; {_CREDENTIALS}"
        return Outcome.UNKNOWN, f"HTTP {answer.status}: {noun} were readable before the change"
    if answer.status != 200:
        # A server that could list them and fails at it now is broken, though its health says nothing of it; what
        # stands before it, as a proxy does, answers 502 to 504.
        broken = answer.status == _INTERNAL_ERROR and before is not None
        return Outcome.FAIL if broken else Outcome.UNKNOWN, f"HTTP {answer.status} for the list of {noun}"
    if answer.is_cut:
        return Outcome.SKIPPED, f"the list of {noun} is longer than is read: they are not compared"
    now = read_inventory(answer.body)
    if now is None:
        return Outcome.UNKNOWN, f"the list of {noun} is no list of objects with a uid"
    if is_baseline:
        return Outcome.PASS, f"{_number(now, noun)}, recorded"
    if before is None:
        return Outcome.SKIPPED, f"{_number(now, noun)}, and none recorded before the change to compare with"
    return _compare(question, Inventory.from_text(before), now)


def _number(inventory: Inventory, noun: str) -> str:
    return f"{inventory.total}{' or more' if inventory.total >= MOST_FOUND else ''} {noun}"


def _compare(question: Question, before: Inventory, now: Inventory) -> Judgment:
    noun = question.topic.noun
    gone = _gone(before, now)
    folders = _empty_folders(before, now) if question.topic is Topic.DASHBOARDS else 0
    if folders or gone > _TOLERATED * before.total:
        what = f"{gone} of {before.total} {noun} are gone"
        what += f", and with them all of {folders} folder{'s' if folders > 1 else ''}" if folders else ""
        if question.comes_late:
            return Outcome.UNKNOWN, f"{what}; the sidecar may still bring them"
        return Outcome.FAIL, what
    if gone:
        return Outcome.PASS, f"{gone} of {before.total} {noun} are gone; that few, people may have removed"
    return Outcome.PASS, f"{_number(now, noun)}, all of the {before.total} from before"


def _gone(before: Inventory, now: Inventory) -> int:
    if before.groups is None or now.groups is None:
        return max(0, before.total - now.total)
    return len(before.members - now.members)


def _empty_folders(before: Inventory, now: Inventory) -> int:
    """Folders of which not one dashboard is left anywhere; what was moved is not lost."""
    return sum(not uids & now.members for folder, uids in (before.groups or {}).items() if uids)


def _read_object(body: str) -> dict[str, object]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
