"""Terms on the working calendar: the examples of the Rules, holidays, summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.rules.calendar import Term, WorkingCalendar, known_country
from mailgate.rules.vocabulary import Unit

MINSK = ZoneInfo("Europe/Minsk")
BERLIN = ZoneInfo("Europe/Berlin")
HOURS = (time(9), time(18))
DESK = WorkingCalendar(MINSK, HOURS, country="BY")
PLAIN = WorkingCalendar(MINSK, HOURS)


def minsk(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M").replace(tzinfo=MINSK)


def days(amount: int) -> Term:
    return Term(Unit.CALENDAR_DAYS, amount)


def working_days(amount: int) -> Term:
    return Term(Unit.WORKING_DAYS, amount)


def hours(amount: int) -> Term:
    return Term(Unit.WORKING_HOURS, amount)


ASKED = minsk("23.11.2026 10:05")


def test_4_6_three_working_days_end_on_thursday_at_closing() -> None:
    assert DESK.end(working_days(3), ASKED) == minsk("26.11.2026 18:00")


def test_4_6_the_reminder_goes_out_on_wednesday_at_nine() -> None:
    assert DESK.before(working_days(1), minsk("26.11.2026 18:00")) == minsk("25.11.2026 09:00")


def test_5_1_ten_calendar_days_close_at_midnight_after_the_tenth() -> None:
    assert DESK.end(days(10), ASKED) == minsk("04.12.2026 00:00")


def test_5_1_the_reminder_goes_out_three_days_before_at_nine() -> None:
    assert DESK.before(days(3), minsk("04.12.2026 00:00")) == minsk("30.11.2026 09:00")


def test_5_1_the_day_of_sending_does_not_count_whatever_its_hour() -> None:
    for sent in ("23.11.2026 00:00", "23.11.2026 23:59"):
        assert DESK.end(days(10), minsk(sent)) == minsk("04.12.2026 00:00")


def test_5_1_the_day_is_the_desks_day_whatever_zone_the_moment_is_in() -> None:
    late = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)

    assert DESK.end(days(1), late) == minsk("26.11.2026 00:00")


def test_5_1_a_last_day_off_gives_way_to_the_next_working_day_where_set() -> None:
    friday = minsk("20.11.2026 12:00")

    assert DESK.end(days(1), friday) == minsk("22.11.2026 00:00")
    assert DESK.end(days(1), friday, on_working_day=True) == minsk("24.11.2026 00:00")
    assert DESK.end(days(3), friday, on_working_day=True) == minsk("24.11.2026 00:00")


def test_a_named_date_ends_with_its_working_hours() -> None:
    assert DESK.end(Term(Unit.DATE, day=date(2026, 12, 24)), ASKED) == minsk("24.12.2026 18:00")


def test_a_named_moment_is_that_moment() -> None:
    moment = minsk("24.12.2026 12:34")

    assert DESK.end(Term(Unit.MOMENT, moment=moment), ASKED) == moment


def test_seconds_run_on_the_clock() -> None:
    night = minsk("22.11.2026 23:59")

    assert DESK.end(Term(Unit.SECONDS, 90), night) == night + timedelta(seconds=90)


@pytest.mark.parametrize(
    ("amount", "start", "end"),
    [
        (4, "23.11.2026 10:05", "23.11.2026 14:05"),
        (4, "23.11.2026 16:00", "24.11.2026 11:00"),
        (9, "23.11.2026 09:00", "23.11.2026 18:00"),
        (1, "23.11.2026 06:00", "23.11.2026 10:00"),
        (1, "23.11.2026 18:00", "24.11.2026 10:00"),
        (2, "20.11.2026 17:00", "23.11.2026 10:00"),
        (1, "21.11.2026 12:00", "23.11.2026 10:00"),
        (18, "23.11.2026 10:00", "25.11.2026 10:00"),
    ],
)
def test_3_9_hours_run_in_working_hours(amount: int, start: str, end: str) -> None:
    assert DESK.end(hours(amount), minsk(start)) == minsk(end)


@pytest.mark.parametrize(
    ("term", "deadline", "reminder"),
    [
        (working_days(1), "23.11.2026 18:00", "20.11.2026 09:00"),
        (working_days(2), "23.11.2026 00:00", "19.11.2026 09:00"),
        (days(3), "23.11.2026 18:00", "20.11.2026 09:00"),
        (hours(4), "26.11.2026 18:00", "26.11.2026 14:00"),
        (hours(4), "23.11.2026 11:00", "20.11.2026 16:00"),
        (hours(4), "22.11.2026 00:00", "20.11.2026 14:00"),
    ],
)
def test_before_counts_back_from_the_last_day(term: Term, deadline: str, reminder: str) -> None:
    assert DESK.before(term, minsk(deadline)) == minsk(reminder)


def test_before_needs_an_amount() -> None:
    with pytest.raises(ValueError, match="2026-12-24"):
        DESK.before(Term(Unit.DATE, day=date(2026, 12, 24)), ASKED)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-11-23", True),
        ("2026-11-21", False),
        ("2026-12-25", False),
        ("2026-01-01", False),
        ("2026-01-02", False),
        ("2026-07-03", False),
        ("2026-04-21", False),
        ("2026-04-20", False),
        ("2026-04-25", True),
        ("2025-01-06", False),
        ("2025-01-11", True),
        ("2025-12-26", False),
        ("2025-12-20", True),
    ],
)
def test_3_9_belarusian_holidays_and_decreed_moves(day: str, working: bool) -> None:
    assert DESK.is_working(date.fromisoformat(day)) is working


def test_3_9_a_term_passes_over_holidays_and_moves() -> None:
    assert DESK.end(working_days(2), minsk("24.04.2026 12:00")) == minsk("27.04.2026 18:00")
    assert DESK.end(working_days(1), minsk("17.04.2026 12:00")) == minsk("22.04.2026 18:00")


def test_3_9_the_configuration_overrules_the_country_both_ways() -> None:
    saturday, christmas, monday = date(2027, 1, 9), date(2026, 12, 25), date(2027, 1, 11)
    desk = WorkingCalendar(MINSK, HOURS, country="BY", days_off=[monday], working_days=[saturday, christmas])

    assert [desk.is_working(day) for day in (saturday, christmas, monday)] == [True, True, False]
    assert [DESK.is_working(day) for day in (saturday, christmas, monday)] == [False, False, True]


def test_3_9_without_a_country_only_the_week_and_the_lists_count() -> None:
    assert PLAIN.is_working(date(2026, 12, 25))
    assert not PLAIN.is_working(date(2026, 12, 26))


def test_3_9_another_working_week() -> None:
    sunday_to_thursday = WorkingCalendar(MINSK, HOURS, working_week=(6, 0, 1, 2, 3))

    assert sunday_to_thursday.end(working_days(1), minsk("26.11.2026 12:00")) == minsk("29.11.2026 18:00")


def test_3_9_hours_may_run_to_midnight() -> None:
    around_the_clock = WorkingCalendar(MINSK, (time(0), time(0)), working_week=range(7))

    assert around_the_clock.end(working_days(1), ASKED) == minsk("25.11.2026 00:00")
    assert around_the_clock.end(hours(20), ASKED) == ASKED + timedelta(hours=20)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"hours": (time(18), time(9))}, "open before they close"),
        ({"hours": HOURS, "working_week": ()}, "at least one weekday"),
        ({"hours": HOURS, "working_week": (7,)}, "at least one weekday"),
        ({"hours": HOURS, "days_off": [date(2026, 5, 1)], "working_days": [date(2026, 5, 1)]}, "2026-05-01"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WorkingCalendar(MINSK, **arguments)  # type: ignore[arg-type]


def test_known_countries() -> None:
    assert known_country("BY")
    assert not known_country("ZZ")


@pytest.mark.parametrize(
    ("a", "b", "seconds"),
    [
        ("23.11.2026 10:00", "23.11.2026 11:00", 3600),
        ("23.11.2026 17:00", "24.11.2026 10:00", 7200),
        ("20.11.2026 17:00", "23.11.2026 10:00", 7200),
        ("21.11.2026 00:00", "22.11.2026 23:00", 0),
        ("24.11.2026 10:00", "23.11.2026 10:00", 0),
    ],
)
def test_working_seconds(a: str, b: str, seconds: int) -> None:
    assert DESK.working_seconds(minsk(a), minsk(b)) == seconds


def test_summer_time_calendar_days_end_at_local_midnight() -> None:
    desk = WorkingCalendar(BERLIN, HOURS)
    before_the_change = datetime(2026, 3, 27, 12, tzinfo=BERLIN)

    assert desk.end(days(2), before_the_change) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert desk.end(days(1), before_the_change) == datetime(2026, 3, 28, 23, tzinfo=UTC)


def test_summer_time_working_hours_keep_the_wall_clock() -> None:
    desk = WorkingCalendar(BERLIN, HOURS)
    friday = datetime(2026, 3, 27, 17, tzinfo=BERLIN)

    assert desk.end(hours(2), friday) == datetime(2026, 3, 30, 10, tzinfo=BERLIN)
    assert desk.before(working_days(1), desk.end(working_days(1), friday)) == datetime(2026, 3, 27, 9, tzinfo=BERLIN)


def test_summer_time_a_lost_hour_is_not_worked() -> None:
    nights_too = WorkingCalendar(BERLIN, (time(0), time(0)), working_week=range(7))
    midnight = datetime(2026, 3, 29, tzinfo=BERLIN)

    assert nights_too.working_seconds(midnight, midnight + timedelta(days=1)) == 23 * 3600
    assert nights_too.end(hours(3), midnight) == datetime(2026, 3, 29, 4, tzinfo=BERLIN)


ZONES = st.sampled_from(["Europe/Minsk", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kolkata"])
CALENDARS = st.builds(lambda zone: WorkingCalendar(ZoneInfo(zone), HOURS, country="BY"), ZONES)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
AMOUNTS = st.builds(
    Term,
    st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.WORKING_HOURS, Unit.SECONDS]),
    st.integers(1, 60),
)


@given(CALENDARS, AMOUNTS, MOMENTS)
def test_a_term_ends_after_its_start(calendar: WorkingCalendar, term: Term, start: datetime) -> None:
    assert calendar.end(term, start) > start


@given(CALENDARS, AMOUNTS, MOMENTS, MOMENTS)
def test_who_starts_later_never_ends_earlier(calendar: WorkingCalendar, term: Term, a: datetime, b: datetime) -> None:
    first, second = sorted((a, b))

    assert calendar.end(term, first) <= calendar.end(term, second)


@given(CALENDARS, AMOUNTS, MOMENTS)
def test_a_longer_term_never_ends_earlier(calendar: WorkingCalendar, term: Term, start: datetime) -> None:
    longer = Term(term.unit, term.amount + 1)

    assert calendar.end(term, start) < calendar.end(longer, start)


@given(CALENDARS, st.integers(1, 60), MOMENTS)
def test_working_days_end_with_the_hours_of_a_working_day(calendar: WorkingCalendar, n: int, start: datetime) -> None:
    end = calendar.end(working_days(n), start).astimezone(calendar.zone)

    assert end.time() == calendar.closes
    assert calendar.is_working(end.date())


@given(CALENDARS, st.integers(1, 200), MOMENTS)
def test_hours_take_as_much_working_time_as_they_say(calendar: WorkingCalendar, n: int, start: datetime) -> None:
    start = start.replace(microsecond=0)

    assert calendar.working_seconds(start, calendar.end(hours(n), start)) == n * 3600


@given(CALENDARS, AMOUNTS, AMOUNTS, MOMENTS)
def test_a_reminder_comes_before_its_deadline(
    calendar: WorkingCalendar, term: Term, ahead: Term, start: datetime
) -> None:
    deadline = calendar.end(term, start)

    assert calendar.before(ahead, deadline) < deadline


@given(CALENDARS, st.integers(1, 60), MOMENTS)
def test_a_reminder_in_days_comes_at_opening(calendar: WorkingCalendar, n: int, start: datetime) -> None:
    deadline = calendar.end(days(10), start)

    for ahead in (days(n), working_days(n)):
        assert calendar.before(ahead, deadline).astimezone(calendar.zone).time() == calendar.opens
