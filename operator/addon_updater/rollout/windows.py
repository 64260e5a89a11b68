"""Whether an update may start now, and when that changes: the windows of a release under those of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from addon_updater.api.meta import parse_duration
from addon_updater.api.occurrences import Occurrences
from addon_updater.api.windows import Window, WindowKind

_FURTHEST = 64
"""Spells to look at for the next change. Only windows that touch each other without end need more, and for those
the answer is that no change is in sight."""
_NEAR = 64
"""Openings to walk over one by one before a search from anew is cheaper."""
_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class WindowState:
    """How the windows stand at one moment. Instants are in UTC."""

    is_open: bool
    """Whether an update may start."""
    closes_at: datetime | None
    """While open: the first instant at which none may start any more; None when no end is in sight."""
    opens_at: datetime | None
    """While closed: the first instant at which one may start; None when no opening is in sight."""
    why: str
    """One sentence for a person, with the times."""
    overrun: bool
    """While open: whether an update that starts now may go on with its later hops after `closes_at`."""


@dataclass(frozen=True, slots=True)
class _Spell:
    """How some windows stand at a moment, and until when nothing changes that for certain."""

    is_open: bool
    until: datetime
    why: str
    is_denied: bool = False


class _Opening:
    """One window at a moment that only moves forward: when it last opened, and when it will next."""

    def __init__(self, path: str, window: Window, moment: datetime) -> None:
        self.path = path
        self.kind = window.kind
        self._occurrences = Occurrences(window.schedule, window.zone)
        self._length = parse_duration(window.duration)
        self._begun: datetime | None
        self._following: Iterator[datetime]
        self.next: datetime
        self._seek(moment)

    def move(self, moment: datetime) -> None:
        """Go to a moment that is not earlier than the last one."""
        for _ in range(_NEAR):
            if moment < self.next:
                return
            self._begun, self.next = self.next, next(self._following, _FOREVER)
        self._seek(moment)

    def _seek(self, moment: datetime) -> None:
        self._begun = self._occurrences.latest(moment)
        self._following = self._occurrences.following(moment)
        self.next = next(self._following, _FOREVER)

    def end(self, moment: datetime) -> datetime | None:
        """When it closes, if it is open at the moment. Of openings that overlap the last one ends last."""
        end = self._begun + self._length if self._begun is not None else None
        return end if end is not None and moment < end else None


class _Windows:
    """Windows that a person wrote in one place."""

    def __init__(self, field: str, windows: Sequence[Window], moment: datetime) -> None:
        self._field = field
        self._openings = [_Opening(f"{field}[{n}]", one, moment) for n, one in enumerate(windows)]

    def at(self, moment: datetime) -> _Spell:
        """Deny beats Allow, and with an Allow every other time is closed. The moment only moves forward."""
        for one in self._openings:
            one.move(moment)
        shut = self._open(WindowKind.DENY, moment)
        if shut:
            end, path = max(shut)
            return _Spell(False, end, f"{path} denies updates", is_denied=True)
        next_deny = self._next(WindowKind.DENY)
        if all(one.kind is WindowKind.DENY for one in self._openings):
            return _Spell(True, next_deny, f"no Deny window of {self._field} is open")
        usable = self._open(WindowKind.ALLOW, moment)
        if usable:
            end, path = max(usable)
            return _Spell(True, min(end, next_deny), f"{path} is open")
        return _Spell(False, self._next(WindowKind.ALLOW), f"no Allow window of {self._field} is open")

    def _open(self, kind: WindowKind, moment: datetime) -> list[tuple[datetime, str]]:
        """Those of a kind that are open: when each of them closes, and its field."""
        return [
            (end, one.path)
            for one in self._openings
            if one.kind is kind and (end := one.end(moment)) is not None
        ]

    def _next(self, kind: WindowKind) -> datetime:
        return min((one.next for one in self._openings if one.kind is kind), default=_FOREVER)


def window_state(windows: Sequence[Window], now: datetime, *, ceiling: Sequence[Window] = ()) -> WindowState:
    """How the windows of a release stand, under the windows of the operator's settings.

    An update may start when both let it; no windows at all let it always.
    """
    groups = [_Windows(field, one, now) for field, one in _written(windows, ceiling).items()]
    spell = _both(groups, now)
    change = _change(groups, spell)
    if spell.is_open:
        overrun = change is not None and may_go_on(windows, change, started=now, ceiling=ceiling)
        why = f"{spell.why}; it closes at {_text(change)}" if change else spell.why
        return WindowState(is_open=True, closes_at=change, opens_at=None, why=why, overrun=overrun)
    then = f"an update may start at {_text(change)}" if change else "no opening is in sight"
    return WindowState(
        is_open=False, closes_at=None, opens_at=change, why=f"{spell.why}; {then}", overrun=False
    )


def may_go_on(
    windows: Sequence[Window], now: datetime, *, started: datetime, ceiling: Sequence[Window] = ()
) -> bool:
    """Whether an update whose first hop started at `started` may start its next hop now.

    While open it may. Otherwise only when nothing but the end of an Allow window with `overrun` stands in its way:
    a Deny window ends every update after its current hop.
    """
    return all(_goes_on(field, one, now, started) for field, one in _written(windows, ceiling).items())


def _goes_on(field: str, windows: Sequence[Window], now: datetime, started: datetime) -> bool:
    spell = _Windows(field, windows, now).at(now)
    if spell.is_open or spell.is_denied:
        return spell.is_open
    lasting = (one for one in windows if one.kind is WindowKind.ALLOW and one.overrun)
    return any(_Opening(field, one, started).end(started) is not None for one in lasting)


def _written(windows: Sequence[Window], ceiling: Sequence[Window]) -> dict[str, Sequence[Window]]:
    """The windows by the field that they are written in, as far as there are any."""
    groups = {"spec.windows": windows, "settings.windows": ceiling}
    return {field: group for field, group in groups.items() if group}


def _both(groups: Sequence[_Windows], moment: datetime) -> _Spell:
    """Open while every group is; closed at least as long as any of them."""
    spells = [group.at(moment) for group in groups]
    closed = [spell for spell in spells if not spell.is_open]
    if closed:
        return max(closed, key=lambda spell: spell.until)
    return min(
        spells, key=lambda spell: spell.until, default=_Spell(True, _FOREVER, "no window limits updates")
    )


def _change(groups: Sequence[_Windows], spell: _Spell) -> datetime | None:
    """When open turns into closed or closed into open; None when that is not in sight."""
    was_open = spell.is_open
    for _ in range(_FURTHEST):
        if spell.until == _FOREVER:
            return None
        moment = spell.until
        spell = _both(groups, moment)
        if spell.is_open is not was_open:
            return moment
    return None


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
