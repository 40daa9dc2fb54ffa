"""3.9: the operator's working calendar, and when terms end on it.

Why: every answer is in UTC, because Python's arithmetic on aware times of one zone ignores its
summer time. The holiday library is imported at the first question: it is slow to load.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Final

from mailgate.rules.terms import Term, TermError, parse_config_term, parse_term, stored_term
from mailgate.rules.vocabulary import Unit

__all__ = [
    "MONDAY_TO_FRIDAY",
    "Term",
    "TermError",
    "WorkingCalendar",
    "known_country",
    "parse_config_term",
    "parse_term",
    "stored_term",
]

MONDAY_TO_FRIDAY: Final = frozenset(range(5))
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


class WorkingCalendar:
    """Which days and hours are worked in one zone; terms run on it.

    `hours` open and close every working day; closing at 00:00 is midnight after it. `working_week`
    holds weekdays, Monday is 0. `country` is an ISO 3166 code whose holidays and decreed moves count,
    or None. `days_off` and `working_days` come on top of these. Raises ValueError where no day
    could be worked or a day stands in both lists.
    """

    def __init__(
        self,
        zone: tzinfo,
        hours: tuple[time, time],
        working_week: Collection[int] = MONDAY_TO_FRIDAY,
        country: str | None = None,
        days_off: Collection[date] = (),
        working_days: Collection[date] = (),
    ) -> None:
        self.zone = zone
        self.opens, self.closes = hours
        self._week = frozenset(working_week)
        self._country = country
        self._days_off = frozenset(days_off)
        self._working_days = frozenset(working_days)
        self._refuse_nonsense()

    def _refuse_nonsense(self) -> None:
        if self.closes != time.min and self.opens >= self.closes:
            raise ValueError(f"working hours must open before they close: {self.opens:%H:%M}-{self.closes:%H:%M}")
        if not self._week or not self._week <= frozenset(range(7)):
            raise ValueError("the working week needs at least one weekday, 0 (Monday) to 6")
        if both := self._days_off & self._working_days:
            raise ValueError(f"{min(both)} is named both as a day off and as a working day")

    def load(self, year: int) -> None:
        """Read the country's holidays: the first time that takes a tenth of a second, for which no transaction is to
        last longer."""
        if self._country:
            _decreed(self._country, year)

    def is_working(self, day: date) -> bool:
        """3.9: whether work is done that day. The operator's lists win over the country's calendar."""
        if day in self._days_off or day in self._working_days:
            return day in self._working_days
        holidays, moved = _decreed(self._country, day.year) if self._country else (frozenset(), frozenset())
        return day in moved or (day.weekday() in self._week and day not in holidays)

    def end(self, term: Term, start: datetime, *, on_working_day: bool = False) -> datetime:
        """When a term that starts at `start` ends, in UTC.

        Days do not count the day of the start: calendar days end at midnight after the last one,
        working days with its hours. Hours are worked hours. With `on_working_day` a last calendar
        day that is a day off gives way to the next working day (5.1). A named date or moment does
        not depend on the start and may lie before it.
        """
        match term.unit:
            case Unit.CALENDAR_DAYS:
                last = self._day_of(start) + term.amount * _DAY
                return self._midnight(self._not_off(last) + _DAY if on_working_day else last + _DAY)
            case Unit.WORKING_DAYS:
                return self._closing(self._nth_working(self._day_of(start), term.amount))
            case Unit.WORKING_HOURS:
                return self.after_work(start, timedelta(hours=term.amount))
            case Unit.SECONDS:
                return start.astimezone(UTC) + timedelta(seconds=term.amount)
        return self._named_end(term)

    def before(self, term: Term, deadline: datetime) -> datetime:
        """When to remind, in UTC: the start of working hours on the day `term` days before the last day.

        The last day of a deadline at midnight is the day that ends then. Hours are counted back in
        worked hours. Raises ValueError for a named date or moment, which is not "before" anything.
        """
        last = self._day_of(deadline - _INSTANT)
        match term.unit:
            case Unit.CALENDAR_DAYS:
                return self._opening(last - term.amount * _DAY)
            case Unit.WORKING_DAYS:
                return self._opening(self._nth_working(last, -term.amount))
            case Unit.WORKING_HOURS:
                return self._before_work(deadline.astimezone(UTC), timedelta(hours=term.amount))
            case Unit.SECONDS:
                return deadline.astimezone(UTC) - timedelta(seconds=term.amount)
        raise ValueError(f"not an amount of time: {term}")

    def working_seconds(self, a: datetime, b: datetime) -> int:
        """Whole seconds of working time from `a` to `b`; 0 where `b` is not after `a`."""
        total = timedelta()
        for opening, closing in self._shifts(a):
            if opening >= b:
                break
            total += max(min(closing, b) - max(opening, a), timedelta())
        return int(total.total_seconds())

    def after_work(self, start: datetime, left: timedelta) -> datetime:
        """When so much working time after `start` is over, in UTC."""
        for opening, closing in self._shifts(start):
            begins = max(opening, start.astimezone(UTC))
            if closing - begins >= left:
                return begins + left
            left -= max(closing - begins, timedelta())
        raise AssertionError("working days do not run out")

    def next_opening(self, moment: datetime) -> datetime:
        """When working hours begin on the day of a moment, or on the first working day after it; in UTC."""
        opening, _ = next(self._shifts(moment))
        return opening

    def _named_end(self, term: Term) -> datetime:
        if term.moment is not None:
            return term.moment.astimezone(UTC)
        if term.day is not None:
            return self._closing(term.day)
        raise ValueError(f"a named term without its date: {term!r}")

    def _before_work(self, end: datetime, left: timedelta) -> datetime:
        for opening, closing in self._shifts(end, step=-1):
            ends = min(closing, end)
            if ends - opening >= left:
                return ends - left
            left -= max(ends - opening, timedelta())
        raise AssertionError("working days do not run out")

    def _shifts(self, start: datetime, step: int = 1) -> Iterator[tuple[datetime, datetime]]:
        """Opening and closing of each working day, from the day of `start` on, or back from it."""
        day = self._day_of(start)
        while True:
            if self.is_working(day):
                yield self._opening(day), self._closing(day)
            day += step * _DAY

    def _nth_working(self, day: date, count: int) -> date:
        """The count-th working day after `day`, or before it where count is negative."""
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def _not_off(self, day: date) -> date:
        return day if self.is_working(day) else self._nth_working(day, 1)

    def _day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def _midnight(self, day: date) -> datetime:
        return self._at(day, time.min)

    def _opening(self, day: date) -> datetime:
        return self._at(day, self.opens)

    def _closing(self, day: date) -> datetime:
        return self._midnight(day + _DAY) if self.closes == time.min else self._at(day, self.closes)

    def _at(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)


def known_country(code: str) -> bool:
    """Whether the holidays of a country (ISO 3166, such as `BY`) are known."""
    from holidays import list_supported_countries

    return code in list_supported_countries()


@cache
def _decreed(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Days off and decreed working days of a country in a year.

    The next year is asked as well: its days off may be worked in the last days of this one.
    """
    from holidays import country_holidays

    known = country_holidays(country, years=(year, year + 1))
    return frozenset(known), frozenset(known.weekend_workdays)
