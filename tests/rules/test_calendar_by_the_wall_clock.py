"""The calendar beside a slow one that knows nothing but what a clock on the wall shows at each instant.

It shares no code with `rules/calendar`, and has the Belarusian holidays and moves from the law and the decrees.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from mailgate.rules.calendar import Term, WorkingCalendar
from mailgate.rules.vocabulary import Unit

SECOND, DAY, MIDNIGHT = timedelta(seconds=1), timedelta(days=1), time(0)
LONG_AGO, FAR = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
FIXED = {(1, 1), (1, 2), (1, 7), (3, 8), (5, 1), (5, 9), (7, 3), (11, 7), (12, 25)}
MOVES = {
    "2024-05-13": "2024-05-18", "2024-11-08": "2024-11-16", "2025-01-06": "2025-01-11", "2025-04-28": "2025-04-26",
    "2025-07-04": "2025-07-12", "2025-12-26": "2025-12-20", "2026-04-20": "2026-04-25",
}  # fmt: skip
"""A day off, and the Saturday that is worked for it."""
RADUNITSA = {"2024-05-14", "2025-04-29", "2026-04-21", "2027-05-11", "2028-04-25"}
EASTERS = {
    "2024-03-31", "2024-05-05", "2025-04-20", "2026-04-05", "2026-04-12", "2027-03-28", "2027-05-02", "2028-04-16",
}  # fmt: skip
"""Sundays that are holidays too: they count only for who works on Sundays."""
ZONES = ("Europe/Minsk", "Europe/Warsaw", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Beirut")
HOURS = ((time(9), time(18)), (time(8, 30), time(17, 15)), (MIDNIGHT, MIDNIGHT), (time(22), MIDNIGHT))
WEEKS = (range(5), (6, 0, 1, 2, 3), range(7))
AMOUNTS = (1, 1, 2, 3, 5, 10, 15, 40)
DAYS = [date(2024, 3, 1) + each * DAY for each in range(4 * 365)]
NIGHTS = [
    date.fromisoformat(day)
    for day in ("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-09-06", "2026-03-22")
]
"""Of which some zone changes its clocks."""
TURNS = [date.fromisoformat(day) for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2025-12-19", "2026-04-17")]
"""Of the year, and before runs of holidays and moves."""


class WallClock:
    """Days and hours, told by looking at the clock."""

    def __init__(self, zone: ZoneInfo, hours: tuple[time, time], week: set[int], off: set[date], on: set[date]) -> None:
        self.zone, self.hours, self.week, self.off, self.on = zone, hours, week, off, on
        self.first = cache(self._first)

    def shows(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def _first(self, day: date, clock: time) -> datetime:
        """The first second at which the clock shows so much or more."""
        wanted = datetime.combine(day, clock)
        before = wanted.replace(tzinfo=UTC) - timedelta(hours=16)
        while self.shows(before + timedelta(minutes=15)) < wanted:
            before += timedelta(minutes=15)
        after = before + timedelta(minutes=15)
        while after - before > SECOND:
            middle = before + (after - before) // 2 // SECOND * SECOND
            before, after = (middle, after) if self.shows(middle) < wanted else (before, middle)
        return after

    def works(self, day: date) -> bool:
        if day in self.on or day in self.off:
            return day in self.on
        if str(day) in MOVES.values():
            return True
        is_holiday = (day.month, day.day) in FIXED or str(day) in {*MOVES, *RADUNITSA, *EASTERS}
        return day.weekday() in self.week and not is_holiday

    def opening(self, day: date) -> datetime:
        return self.first(day, self.hours[0])

    def closing(self, day: date) -> datetime:
        return self.first(day + DAY, MIDNIGHT) if self.hours[1] == MIDNIGHT else self.first(day, self.hours[1])

    def away(self, day: date, count: int, step: timedelta) -> date:
        while count:
            day += step
            count -= self.works(day)
        return day

    def end(self, unit: Unit, count: int, start: datetime, *, on_working_day: bool) -> datetime:
        day = self.shows(start).date()
        if unit is Unit.CALENDAR_DAYS:
            last = day + count * DAY
            while on_working_day and not self.works(last):
                last += DAY
            return self.first(last + DAY, MIDNIGHT)
        if unit is Unit.WORKING_DAYS:
            return self.closing(self.away(day, count, DAY))
        left = timedelta(hours=count)
        while (done := self.worked_on(day, start, FAR)) < left:
            left, day = left - done, day + DAY
        return max(self.opening(day), start) + left

    def before(self, unit: Unit, count: int, end: datetime) -> datetime:
        day = self.shows(end - SECOND).date()
        if unit is Unit.CALENDAR_DAYS:
            return self.opening(day - count * DAY)
        if unit is Unit.WORKING_DAYS:
            return self.opening(self.away(day, count, -DAY))
        left = timedelta(hours=count)
        while (done := self.worked_on(day, LONG_AGO, end)) < left:
            left, day = left - done, day - DAY
        return min(self.closing(day), end) - left

    def worked_on(self, day: date, a: datetime, b: datetime) -> timedelta:
        shift = min(self.closing(day), b) - max(self.opening(day), a)
        return max(shift, timedelta()) if self.works(day) else timedelta()

    def worked(self, a: datetime, b: datetime) -> float:
        days = (self.shows(a).date() + each * DAY for each in range((b - a).days + 3))
        return sum(self.worked_on(day, a, b).total_seconds() for day in days)


@pytest.mark.parametrize("zone", ZONES)
def test_3_9_terms_and_reminders_are_right_to_the_second_by_the_wall_clock(zone: str) -> None:
    chance = random.Random(zone)
    for hours in HOURS:
        off, on = set(chance.sample(DAYS, 20)), set(chance.sample(DAYS, 20))
        week, where = set(chance.choice(WEEKS)), ZoneInfo(zone)
        by_clock = WallClock(where, hours, week, off - on, on)
        calendar = WorkingCalendar(where, hours, week, "BY", off - on, on)
        for _ in range(60):
            agree(calendar, by_clock, chance)


def agree(calendar: WorkingCalendar, by_clock: WallClock, chance: random.Random) -> None:
    day = chance.choice(chance.choice((DAYS, NIGHTS, TURNS)))
    edge = chance.choice((by_clock.opening(day), by_clock.closing(day), by_clock.first(day, MIDNIGHT)))
    start = edge + chance.choice((-SECOND, 0 * SECOND, SECOND, chance.randrange(100_000) * SECOND))
    unit, ahead = (chance.choice((Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.WORKING_HOURS)) for _ in range(2))
    amount, count, moves = chance.choice(AMOUNTS), chance.choice(AMOUNTS[:6]), chance.random() < 0.3
    said = f"{by_clock.zone} {by_clock.hours} {start}: {amount} {unit}, {count} {ahead} before"

    end = by_clock.end(unit, amount, start, on_working_day=moves)
    assert calendar.end(Term(unit, amount), start, on_working_day=moves) == end, said
    assert calendar.before(Term(ahead, count), end) == by_clock.before(ahead, count, end), said
    assert calendar.working_seconds(start, end) == by_clock.worked(start, end), said
