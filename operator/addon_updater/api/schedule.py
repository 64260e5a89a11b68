"""The five fields of a cron schedule, as crontab(5) has them, read into sets of numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from addon_updater.errors import ParseError

EXAMPLE = "write five cron fields as in '0 2 * * 6': minute, hour, day of the month, month, day of the week"
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True, slots=True)
class _Field:
    """One place of a schedule: its numbers from `low` to `high`, and names for those from `low` on."""

    name: str
    low: int
    high: int
    number: str
    """Pattern of one number, without leading zeros beyond two digits."""
    names: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """Pattern of the whole field: items with commas; an item is * or a value or a span, with a step."""
        value = f"({'|'.join((self.number, *self.names))})"
        item = f"([*]|{value}(-{value})?)(/[1-9][0-9]?)?"
        return f"{item}(,{item})*"

    def value(self, text: str) -> int:
        """The number of a text that follows the pattern."""
        return self.names.index(text) + self.low if text in self.names else int(text)

    def values(self, text: str) -> frozenset[int]:
        """Every number that a field of a schedule holds."""
        return frozenset(number for item in text.split(",") for number in self._item(item))

    def _item(self, item: str) -> range:
        span, _, step = item.partition("/")
        if span == "*":
            first, last = self.low, self.high
        else:
            start, _, end = span.partition("-")
            first = self.value(start)
            # "5/15" counts on from 5, as cron does.
            last = self.value(end) if end else (self.high if step else first)
        if first > last:
            raise ParseError(f"{self.name} {item!r} goes backward; write the smaller one first")
        return range(first, last + 1, int(step or 1))


_FIELDS = (
    _Field("minute", 0, 59, "[0-5]?[0-9]"),
    _Field("hour", 0, 23, "[01]?[0-9]|2[0-3]"),
    _Field("day of the month", 1, 31, "0?[1-9]|[12][0-9]|3[01]"),
    _Field("month", 1, 12, "0?[1-9]|1[0-2]", _MONTHS),
    _Field("day of the week", 0, 7, "[0-7]", _WEEKDAYS),
)
PATTERN = " +".join(field.pattern for field in _FIELDS)
"""What a schedule looks like, for RE2 and Python; a span that goes backward is found when it is read."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something begins, on the clock of one place: every minute whose parts are in the sets."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 is Sunday."""
    any_day: bool
    """Whether the day of the month begins with *; then the day of the week alone decides."""
    any_weekday: bool

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """Read a schedule.

        Raises:
            ParseError: it is none; the message has the remedy.
        """
        if re.fullmatch(PATTERN, text) is None:
            raise ParseError(f"schedule {text!r}: {EXAMPLE}")
        parts = text.split()
        minutes, hours, days, months, weekdays = (
            field.values(part) for field, part in zip(_FIELDS, parts, strict=True)
        )
        return cls(
            minutes,
            hours,
            days,
            months,
            frozenset(day % 7 for day in weekdays),
            any_day=parts[2].startswith("*"),
            any_weekday=parts[4].startswith("*"),
        )

    def begins_at(self, moment: datetime) -> bool:
        """Whether the minute of this local time is one of the schedule."""
        return moment.minute in self.minutes and moment.hour in self.hours and self.has_day(moment)

    def has_day(self, moment: datetime) -> bool:
        """Whether the schedule begins at all on this local day.

        As in cron, a day of the month and a day of the week that are both restricted each suffice.
        """
        if moment.month not in self.months:
            return False
        day, weekday = moment.day in self.days, moment.isoweekday() % 7 in self.weekdays
        return day and weekday if self.any_day or self.any_weekday else day or weekday
