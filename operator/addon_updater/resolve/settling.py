"""When a minor counts as settled: all API servers have served it for the settle time.

In the middle of an upgrade the servers disagree, and a rolled back upgrade goes down again. Nothing new starts
until the answer has stopped moving. The state is small enough for an annotation of the Lease.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from addon_updater.api.versions import Minor
from addon_updater.errors import ParseError


@dataclass(frozen=True, slots=True)
class SettlingState:
    """The settled minor, and the other one that all servers have agreed on since a moment, if any."""

    settled: Minor | None
    candidate: Minor | None = None
    since: datetime | None = None
    """When the candidate's clock started or, without a candidate, when the servers were first seen to disagree."""
    back_from: Minor | None = None
    """The newest minor that had settled before an older one did; forgotten once the cluster is there again."""

    def to_json(self) -> str:
        """The state as compact JSON."""
        content = {
            "settled": str(self.settled) if self.settled else None,
            "candidate": str(self.candidate) if self.candidate else None,
            "since": self.since.isoformat() if self.since else None,
            "backFrom": str(self.back_from) if self.back_from else None,
        }
        return json.dumps({name: value for name, value in content.items() if value}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> SettlingState:
        """Read what `to_json` wrote.

        Raises:
            ParseError: it is something else; start with no state then, as after the first installation.
        """
        try:
            content = json.loads(text)
            settled, candidate, back_from = (
                Minor.parse(content[name]) if content.get(name) else None
                for name in ("settled", "candidate", "backFrom")
            )
            since = datetime.fromisoformat(content["since"]) if content.get("since") else None
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ParseError(f"no settling state: {error}; remove the annotation to start afresh") from error
        if (candidate and not since) or (since and not since.tzinfo):
            raise ParseError(
                "no settling state: candidate needs since, with a time zone; remove the annotation"
            )
        return cls(settled, candidate, since, back_from)


def observe(
    previous: SettlingState | None, servers: frozenset[Minor], now: datetime, settle_time: timedelta
) -> SettlingState:
    """The state after all API servers were asked; `servers` holds the distinct effective minors they answered.

    The first answer settles at once when the servers agree, for there is nothing it could differ from. Later,
    another minor than the settled one, newer or older, settles after `settle_time` of agreement; servers that
    disagree, or of which none answers, stop its clock. What was settled stays so meanwhile.
    """
    before = previous or SettlingState(None)
    if not servers:
        return SettlingState(before.settled, None, before.since, before.back_from)
    if len(servers) > 1:
        already = before.since if before.candidate is None else None
        return SettlingState(before.settled, None, already or now, before.back_from)
    (minor,) = servers
    if before == SettlingState(None) or minor == before.settled:
        return SettlingState(minor, back_from=before.back_from)
    started = before.since if minor == before.candidate else None
    if started is None or now < started:
        started = now
    if now - started >= settle_time:
        return SettlingState(minor, back_from=_gone_back_from(before, minor))
    return SettlingState(before.settled, minor, started, before.back_from)


def _gone_back_from(before: SettlingState, minor: Minor) -> Minor | None:
    """The newest minor that the cluster had settled on and that is newer than the one it settles on now."""
    newest = max((one for one in (before.settled, before.back_from) if one is not None), default=None)
    return newest if newest is not None and newest > minor else None
