"""What a baseline keeps of an answer: small, and enough to compare with after the change."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_ROOM: Final = 15 * 1024
"""Characters that the jobs or rules of one fingerprint may take."""
_KEY_DIGITS: Final = 10
UP: Final = "up"
UNKNOWN: Final = "unknown"
"""Health of a target or rule that has not been scraped or evaluated yet."""


class UnreadableAnswerError(ValueError):
    """A body that is no answer of Prometheus's API."""


@dataclass(frozen=True, slots=True)
class Job:
    """The targets of one job: how many there are, how many answer, how many have not been asked yet."""

    total: int
    up: int
    unknown: int = 0


def read_data(body: str) -> Any:  # noqa: ANN401 - JSON is untyped until its reader gives it a type
    """The data of a successful answer.

    Raises:
        UnreadableAnswerError: it is none.
    """
    try:
        answer = json.loads(body)
        if answer["status"] != "success":
            raise UnreadableAnswerError(f"status {answer['status']}: {answer.get('error', '')}"[:200])
        return answer["data"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, UnreadableAnswerError):
            raise
        raise UnreadableAnswerError("no answer of Prometheus's API") from error


def read_error(body: str) -> str | None:
    """What the API itself says is wrong; None when the body is none of its answers."""
    try:
        answer = json.loads(body)
        return str(answer.get("error", "")) if answer["status"] == "error" else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def jobs_of(data: Mapping[str, Any]) -> dict[str, Job]:
    """The active targets by scrape pool, which is the job of the configuration whatever relabeling does."""
    total, up, unknown = Counter[str](), Counter[str](), Counter[str]()
    for target in data["activeTargets"]:
        pool = str(target["scrapePool"])
        total[pool] += 1
        up[pool] += target["health"] == UP
        unknown[pool] += target["health"] == UNKNOWN
    return {pool: Job(total[pool], up[pool], unknown[pool]) for pool in total}


def print_jobs(jobs: Mapping[str, Job]) -> str:
    """As JSON: job to [targets, up], the largest jobs first as far as there is room, and all of them summed."""
    everything = {"": [sum(job.total for job in jobs.values()), sum(job.up for job in jobs.values())]}
    room = _ROOM
    for name, job in sorted(jobs.items(), key=lambda item: (-item[1].up, item[0])):
        room -= len(json.dumps(name)) + 20
        if room < 0:
            break
        everything[name] = [job.total, job.up]
    return json.dumps(everything, separators=(",", ":"))


def read_jobs(fingerprint: str) -> tuple[Job, dict[str, Job]]:
    """All targets summed, and by job as far as they were kept."""
    kept = {name: Job(*numbers) for name, numbers in json.loads(fingerprint).items()}
    return kept.pop(""), kept


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the answer. `key` tells it from the others."""

    key: str
    name: str
    health: str
    interval: float
    """Seconds between its evaluations."""
    error: str


def rules_of(data: Mapping[str, Any]) -> list[Rule]:
    """Every rule of every group."""
    return [
        Rule(
            key=_key(group, rule),
            name=str(rule["name"]),
            health=str(rule["health"]),
            interval=float(group["interval"]),
            error=str(rule.get("lastError") or ""),
        )
        for group in data["groups"]
        for rule in group["rules"]
    ]


def print_failing(rules: Iterable[Rule]) -> str:
    """The keys of the rules that fail, as many as there is room for."""
    keys = sorted({rule.key for rule in rules if rule.error})
    return " ".join(keys[: _ROOM // (_KEY_DIGITS + 1)])


def _key(group: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    # The file's path moves with the ConfigMap's revision, so it is no part of a rule's identity.
    parts = [str(group["name"]), str(rule["name"]), json.dumps(rule.get("labels") or {}, sort_keys=True)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_KEY_DIGITS]
