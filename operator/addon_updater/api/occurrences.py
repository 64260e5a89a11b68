"""When a schedule begins, as instants, also on the days on which the clocks of a place jump.

The rules are those of Debian's cron (crontab(5), cron(8)): a time of day that a jump forward leaves out begins right
after the jump, and one that a jump back repeats begins the first time only. A schedule whose minute or hour begins
with * follows the clock instead: left out with the hour, and twice in an hour that comes twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from addon_updater.errors import ParseError

_SECOND = timedelta(seconds=1)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The beginnings of a schedule of five cron fields, on the clock of a zone. All instants are in UTC."""

    schedule: str
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime | None:
        """The first beginning later than the moment; None when none comes within fifty years.

        Raises:
            ParseError: the schedule is none, or it never begins.
        """
        return next(self.following(moment), None)

    def following(self, moment: datetime) -> Iterator[datetime]:
        """Every beginning later than the moment, in order; two that a jump throws together come twice.

        Raises:
            ParseError: the schedule is none, or it never begins.
        """
        # In an hour that comes twice, a search that starts the second time still finds beginnings of the first.
        return (one for one in self._from(moment) if one > moment)

    def latest(self, moment: datetime) -> datetime | None:
        """The last beginning that is not later than the moment; None when none was within fifty years.

        Raises:
            ParseError: the schedule is none, or it never begins.
        """
        local = moment.astimezone(self.zone)
        # The second time in an hour that comes twice, all of its first time lies behind, later minutes included.
        repeated = _offset(local.replace(fold=0)) - _offset(local) if local.fold else timedelta(0)
        late = moment.replace(microsecond=0) + repeated + _SECOND
        backward = self._from(late, backward=True)
        return next((one for one in backward if one <= moment and self._is_beginning(one)), None)

    def _is_beginning(self, moment: datetime) -> bool:
        """Whether the search forward finds it too; where clocks jump by half an hour, backward finds some more."""
        return self.after(moment - _SECOND) == moment

    def _from(self, moment: datetime, *, backward: bool = False) -> Iterator[datetime]:
        return (
            one.astimezone(UTC)
            for one in _search(self.schedule, moment.astimezone(self.zone), backward=backward)
        )


def check_occurs(schedule: str) -> str:
    """The schedule.

    Raises:
        ParseError: it never begins, as on the 31st of February, or is no schedule at all.
    """
    _search(schedule, _ANY_TIME)
    return schedule


def _search(schedule: str, start: datetime, *, backward: bool = False) -> CronSim:
    try:
        return CronSim(schedule, start, reverse=backward)
    except CronSimError as error:
        problem = str(error).removeprefix("Bad ")
        raise ParseError(f"{schedule!r} never begins: correct its {problem}") from error


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta(0)
