"""Whether an update may start now, and when that changes: the windows of a release under those of the settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from addon_updater.api.meta import parse_duration
from addon_updater.api.occurrences import Occurrences
from addon_updater.api.windows import Window, WindowKind

_FURTHEST = 100
"""Spells to look at for the next change. Only windows that touch each other without end need more, and for those
the answer is that no change is in sight."""
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


@dataclass(frozen=True, slots=True)
class _Windows:
    """Windows that a person wrote in one place."""

    field: str
    items: tuple[Window, ...]

    def of(self, kind: WindowKind) -> Iterator[tuple[str, Window]]:
        """Those of a kind, each with the path of its field."""
        return ((f"{self.field}[{n}]", one) for n, one in enumerate(self.items) if one.kind is kind)

    def at(self, moment: datetime) -> _Spell:
        """Deny beats Allow, and with an Allow every other time is closed."""
        shut = [(end, path) for path, one in self.of(WindowKind.DENY) if (end := _end(one, moment))]
        if shut:
            end, path = max(shut)
            return _Spell(False, end, f"{path} denies updates")
        next_deny = min((_next(one, moment) for _, one in self.of(WindowKind.DENY)), default=_FOREVER)
        allows = list(self.of(WindowKind.ALLOW))
        if not allows:
            return _Spell(True, next_deny, f"no Deny window of {self.field} is open")
        usable = [(end, path) for path, one in allows if (end := _end(one, moment))]
        if usable:
            end, path = max(usable)
            return _Spell(True, min(end, next_deny), f"{path} is open")
        opening = min(_next(one, moment) for _, one in allows)
        return _Spell(False, opening, f"no Allow window of {self.field} is open")


def window_state(windows: Sequence[Window], now: datetime, *, ceiling: Sequence[Window] = ()) -> WindowState:
    """How the windows of a release stand, under the windows of the operator's settings.

    An update may start when both let it; no windows at all let it always.
    """
    groups = _groups(windows, ceiling)
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
    return all(_goes_on(group, now, started) for group in _groups(windows, ceiling))


def _goes_on(group: _Windows, now: datetime, started: datetime) -> bool:
    if group.at(now).is_open:
        return True
    if any(_end(one, now) for _, one in group.of(WindowKind.DENY)):
        return False
    return any(one.overrun and _end(one, started) for _, one in group.of(WindowKind.ALLOW))


def _groups(windows: Sequence[Window], ceiling: Sequence[Window]) -> tuple[_Windows, ...]:
    groups = (
        _Windows("spec.windows", tuple(windows)),
        _Windows("settings.windows", tuple(ceiling)),
    )
    return tuple(group for group in groups if group.items)


def _both(groups: tuple[_Windows, ...], moment: datetime) -> _Spell:
    """Open while every group is; closed at least as long as any of them."""
    spells = [group.at(moment) for group in groups]
    closed = [spell for spell in spells if not spell.is_open]
    if closed:
        return max(closed, key=lambda spell: spell.until)
    return min(
        spells, key=lambda spell: spell.until, default=_Spell(True, _FOREVER, "no window limits updates")
    )


def _change(groups: tuple[_Windows, ...], spell: _Spell) -> datetime | None:
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


def _end(window: Window, moment: datetime) -> datetime | None:
    """When the window closes, if it is open at the moment. A later beginning of the same window ends later."""
    begun = Occurrences(window.schedule, window.zone).latest(moment)
    end = begun + _length(window) if begun is not None else None
    return end if end is not None and moment < end else None


def _next(window: Window, moment: datetime) -> datetime:
    return Occurrences(window.schedule, window.zone).after(moment) or _FOREVER


def _length(window: Window) -> timedelta:
    return parse_duration(window.duration)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
