"""Reports: what has to hold of any numbers, and of months."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.report.figures import DIMENSIONS, Item, Ruler, Tally, count
from mailgate.report.month import Month
from mailgate.report.telling import rows
from mailgate.rules.calendar import WorkingCalendar
from mailgate.rules.course import Line, course
from mailgate.rules.targets import ServiceTarget
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Channel, Event, Priority, Purpose, RequestType, Status, Unit

MINSK = ZoneInfo("Europe/Minsk")
NOVEMBER = Month(2026, 11)
START, END = NOVEMBER.bounds(MINSK)
TARGET = ServiceTarget(Term(Unit.WORKING_HOURS, 4), Term(Unit.WORKING_DAYS, 2))
RULER = Ruler(NOVEMBER, WorkingCalendar(MINSK, (time(9), time(18)), country="BY"), START, END, lambda _: TARGET)
BY = ("staff:a.kovaleva@desk.example", "client:ivan.petrov@alfa.example", "mailgate")


@st.composite
def items(draw: st.DrawFn) -> Item:
    """A request of October or November with any history at all, read until the end of November."""
    moment = registered_at = START - timedelta(days=10) + timedelta(minutes=draw(st.integers(0, 40 * 1440)))
    lines = [Line(moment, Event.REGISTERED, BY[1], Status.REGISTERED)]
    for minutes in draw(st.lists(st.integers(0, 4000), max_size=8)):
        moment += timedelta(minutes=minutes)
        to = draw(st.sampled_from([None, *Status]))
        lines.append(Line(moment, draw(st.sampled_from(list(Event))), draw(st.sampled_from(BY)), to, "4.5"))
    return Item(
        kind=draw(st.sampled_from(Purpose)),
        type=draw(st.sampled_from(RequestType)),
        priority=draw(st.sampled_from(Priority)),
        client=draw(st.sampled_from(["", "alfa", "beta"])),
        channel=draw(st.sampled_from(Channel)),
        registered_at=registered_at,
        course=course(line for line in lines if line.at < END),
    )


@settings(deadline=None)  # the holiday library is read in the first example
@given(st.lists(items(), max_size=20))
def test_every_sum_is_the_total(every: list[Item]) -> None:
    figures = count(every, [], RULER, None)

    for name in DIMENSIONS:
        tallies = figures.by[name].values()
        summed = Tally(*(sum(getattr(each, field) for each in tallies) for field in Tally.__slots__))
        assert summed == figures.total
    assert [sum(column) for column in zip(*figures.days, strict=True)] == [
        figures.total.registered,
        figures.total.completed,
    ]
    for spreads in (figures.answer, figures.completion):
        told = dict(spreads)
        assert (told.pop("all").count if told else 0) == sum(spread.count for spread in told.values())
        assert all(0 <= spread.median <= spread.p90 for spread in spreads.values())
    completed = figures.completion["all"].count if figures.completion else 0
    assert completed == figures.total.completed
    assert figures.rejected_for_no_answer <= figures.total.rejected
    met = sum(aims["completion"].met for aims in (figures.targets or {}).values())
    assert met <= figures.total.completed


@settings(deadline=None)
@given(st.lists(items(), max_size=10))
def test_every_number_has_one_place(every: list[Item]) -> None:
    places = [row[:3] for row in rows(count(every, [], RULER, None))]

    assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-11", Month(2026, 11)),
        (" 2027-01 ", Month(2027, 1)),
        *((wrong, None) for wrong in ("2026-13", "11-2026", "", "2026-11-01", "0000-01", "9999-12")),
    ],
)
def test_a_month_is_read_as_it_is_written(text: str, month: Month | None) -> None:
    assert Month.written(text) == month
    assert month is None or str(month) == text.strip()


def test_months_follow_each_other_over_the_year() -> None:
    assert Month(2026, 12).after == Month(2027, 1)
    assert Month(2027, 1).before == Month(2026, 12)
    assert NOVEMBER.bounds(MINSK) == (datetime(2026, 10, 31, 21, tzinfo=UTC), datetime(2026, 11, 30, 21, tzinfo=UTC))
    assert Month.of(datetime(2026, 11, 30, 21, tzinfo=UTC), MINSK) == Month(2026, 12)
    assert (Month(2028, 2).days, NOVEMBER.days) == (29, 30)
