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

    def to_json(self) -> str:
        """The state as compact JSON."""
        content = {
            "settled": str(self.settled) if self.settled else None,
            "candidate": str(self.candidate) if self.candidate else None,
            "since": self.since.isoformat() if self.since else None,
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
            settled, candidate, since = (content.get(name) for name in ("settled", "candidate", "since"))
            state = cls(
                Minor.parse(settled) if settled else None,
                Minor.parse(candidate) if candidate else None,
                datetime.fromisoformat(since) if since else None,
            )
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ParseError(f"no settling state: {error}; remove the annotation to start afresh") from error
        if (state.candidate and not state.since) or (state.since and not state.since.tzinfo):
            raise ParseError(
                "no settling state: candidate needs since, with a time zone; remove the annotation"
            )
        return state


def observe(
    previous: SettlingState | None, servers: frozenset[Minor], now: datetime, settle_time: timedelta
) -> SettlingState:
    """The state after all API servers were asked; `servers` holds the distinct effective minors they answered.

    The first answer settles at once when the servers agree, for there is nothing it could differ from. Later,
    another minor than the settled one settles after `settle_time` of agreement; servers that disagree, or of which
    none answers, stop its clock. What was settled stays so meanwhile.
    """
    before = previous or SettlingState(None)
    if not servers:
        return SettlingState(before.settled, None, before.since)
    if len(servers) > 1:
        already = before.since if before.candidate is None else None
        return SettlingState(before.settled, None, already or now)
    (minor,) = servers
    if before == SettlingState(None) or minor == before.settled:
        return SettlingState(minor)
    started = before.since if minor == before.candidate else None
    if started is None or now < started:
        started = now
    if now - started >= settle_time:
        return SettlingState(minor)
    return SettlingState(before.settled, minor, started)
