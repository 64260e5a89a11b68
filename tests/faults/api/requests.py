"""A request to the API server in the words of its audit log, and which rules it meets. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from faults.api.plan import Fault, Match

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
DENIALS = 2
"""How often the same difference is denied; source: IBM/khaos, whose webhook accepts the third try."""
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class Asked:
    """One request."""

    verb: str
    resource: str
    """Plural with its subresource, or the path of what is no resource."""
    name: str
    path: str
    """With its query."""

    @property
    def is_write(self) -> bool:
        """Whether it asks for a change."""
        return self.verb in WRITES

    def __str__(self) -> str:
        return " ".join(filter(None, (self.verb, self.resource, self.name)))


def read_request(method: str, path: str) -> Asked:
    """What a request asks for; source of the forms: kubernetes.io/docs/reference/using-api/api-concepts."""
    split = urlsplit(path)
    parts = split.path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:] if parts[0] == "apis" else []
    if rest and rest[0] == "namespaces" and len(rest) > 2:
        rest = rest[2:]
    if not rest:
        return Asked(_VERBS.get(method, "get"), split.path, "", path)
    resource, name, *sub = [*rest, "", ""][:3] if len(rest) < 3 else rest
    watches = parse_qs(split.query).get("watch", ["false"])[0] in ("true", "1")
    verb = _VERBS.get(method) or ("watch" if watches else "get" if name else "list")
    if verb == "delete" and not name:
        verb = "deletecollection"
    return Asked(verb, "/".join(filter(None, (resource, *sub))), name, path)


def meets(match: Match, asked: Asked) -> bool:
    """Whether a request is of the meant ones, whatever their number."""
    return (
        match.verb in (None, asked.verb)
        and match.resource in (None, asked.resource)
        and match.name in (None, asked.name)
        and (match.path is None or re.search(match.path, asked.path) is not None)
    )


def difference(asked: Asked, body: bytes) -> str:
    """What a write is about, the same for every repetition of it: attempts and times in it may differ."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        document = None
    metadata = document.get("metadata") if isinstance(document, dict) else None
    name = asked.name or (metadata or {}).get("name", "")
    fields = sorted(document) if isinstance(document, dict) else []
    inner = sorted((metadata or {}).get("annotations") or {})
    return f"{asked.verb} {asked.resource} {name} {fields} {inner}"


@dataclass
class Armed:
    """A fault and how often its requests have come."""

    fault: Fault
    seen: int = 0
    fired: int = 0
    denied: Counter[str] = field(default_factory=Counter)

    def is_hit_by(self, asked: Asked, body: bytes) -> bool:
        """Count a request; whether it is the one that the fault is for."""
        if not meets(self.fault.request, asked):
            return False
        self.seen += 1
        number = self.seen - self.fault.request.nth
        if number < 0:
            return False
        if self.fault.do == "deny-twice":
            what = difference(asked, body)
            self.denied[what] += 1
            return self.denied[what] <= DENIALS
        return self.fault.request.times == 0 or number < self.fault.request.times


class Rulebook:
    """The faults of one proxy. The first that is due is done; all of them count."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self.armed = [Armed(fault) for fault in faults]

    def add(self, fault: Fault) -> None:
        """Arm one more."""
        self.armed.append(Armed(fault))

    def hit(self, asked: Asked, body: bytes = b"") -> Armed | None:
        """The fault that this request meets."""
        hits = [armed for armed in self.armed if armed.is_hit_by(asked, body)]
        return hits[0] if hits else None

    @property
    def never_fired(self) -> list[Fault]:
        """What has not happened."""
        return [armed.fault for armed in self.armed if armed.fired == 0]

    @property
    def troubles(self) -> int:
        """How many requests were hit; a watch that is disturbed all along is one trouble, whatever it brings."""
        return sum(min(armed.fired, armed.seen) for armed in self.armed)
