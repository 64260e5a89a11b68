"""The five fields of a cron schedule, as crontab(5) has them: what they look like."""

from __future__ import annotations

import re
from dataclasses import dataclass

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

    def check(self, text: str) -> None:
        """Read every item of a field that follows the pattern.

        Raises:
            ParseError: a span goes backward, which would hold nothing.
        """
        for item in text.split(","):
            first, dash, last = item.partition("/")[0].partition("-")
            if dash and self.value(first) > self.value(last):
                raise ParseError(f"{self.name} {item!r} goes backward; write the smaller one first")


_FIELDS = (
    _Field("minute", 0, 59, "[0-5]?[0-9]"),
    _Field("hour", 0, 23, "[01]?[0-9]|2[0-3]"),
    _Field("day of the month", 1, 31, "0?[1-9]|[12][0-9]|3[01]"),
    _Field("month", 1, 12, "0?[1-9]|1[0-2]", _MONTHS),
    _Field("day of the week", 0, 7, "[0-7]", _WEEKDAYS),
)
PATTERN = " +".join(field.pattern for field in _FIELDS)
"""What a schedule looks like, for RE2 and Python; a span that goes backward is found when it is read."""


def check_schedule(text: str) -> str:
    """The schedule.

    Raises:
        ParseError: it is none; the message has the remedy.
    """
    if re.fullmatch(PATTERN, text) is None:
        raise ParseError(EXAMPLE)
    for field, part in zip(_FIELDS, text.split(), strict=True):
        field.check(part)
    return text
