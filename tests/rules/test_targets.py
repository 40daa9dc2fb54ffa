"""3.9: service targets: when staff are warned, when a target is missed, when the clock stands still."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.rules.calendar import WorkingCalendar, parse_config_term
from mailgate.rules.course import Course, Line, course
from mailgate.rules.targets import Aim, Clock, ServiceTarget, Share, clocks, deadlines
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Event, Status, Trigger

MINSK = ZoneInfo("Europe/Minsk")
CALENDAR = WorkingCalendar(MINSK, (time(9), time(18)), country="BY")
ANNA, IVAN, ITSELF = "staff:a.kovaleva@desk.example", "client:ivan.petrov@alfa.example", "mailgate"
E, S, T = Event, Status, Trigger


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026 in Minsk; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=MINSK)


def term(text: str) -> Term:
    found = parse_config_term(text)
    assert isinstance(found, Term)
    return found


REGISTERED = Line(at(23, 10), E.REGISTERED, IVAN, S.REGISTERED, "3.3")
STARTED = Line(at(23, 11), E.STARTED, ANNA, S.IN_PROGRESS, "4.5")
ASKED = Line(at(23, 12), E.INFO_ASKED, ANNA, S.AWAITING_INFO, "4.6")
ANSWERED = Line(at(23, 15), E.CLIENT_ANSWERED, IVAN, S.IN_PROGRESS, "4.6")
COMPLETED = Line(at(23, 17), E.COMPLETED, ANNA, S.AWAITING_CONFIRMATION, "5.1")


QUARTER = Share(25)


def completion(*lines: Line, promised: str = "8 working hours", warning: Term | Share = QUARTER) -> Clock:
    return clocks(CALENDAR, ServiceTarget(completion=term(promised)), warning, at(23, 10), course(lines))[
        Aim.COMPLETION
    ]


# The course of a request ------------------------------------------------------------------------------------------


def test_the_notice_of_registration_is_no_answer_and_the_start_of_work_is() -> None:
    assert course([REGISTERED]).answered_at is None
    assert course([REGISTERED, STARTED, ASKED]).answered_at == at(23, 11)


@pytest.mark.parametrize("event", [E.NOTED, E.ASSIGNED, E.CHANGED, E.LINKED])
def test_what_staff_do_among_themselves_is_no_answer(event: Event) -> None:
    assert course([REGISTERED, Line(at(23, 11), event, ANNA)]).answered_at is None


def test_a_text_of_staff_that_goes_along_is_an_answer() -> None:
    assert course([REGISTERED, Line(at(23, 11), E.CHANGED, ANNA, with_text=True)]).answered_at == at(23, 11)


def test_what_happens_by_itself_is_no_answer() -> None:
    assert course([REGISTERED, Line(at(23, 11), E.CLOSED, ITSELF, S.CLOSED, "5.1")]).answered_at is None


def test_an_answer_that_was_taken_back_never_was() -> None:
    undone = Line(at(23, 12), E.UNDONE, ANNA, S.REGISTERED, "4.4")
    noted = Line(at(23, 11, 1), E.NOTED, ANNA, None, "4.4")

    found = course([REGISTERED, STARTED, noted, undone])

    assert (found.answered_at, found.standing, found.pauses) == (None, S.REGISTERED, [])


def test_taking_back_a_later_mail_leaves_the_first_answer() -> None:
    undone = Line(at(23, 12, 1), E.UNDONE, ANNA, S.IN_PROGRESS, "4.4")

    found = course([REGISTERED, STARTED, ASKED, undone])

    assert (found.answered_at, found.standing, found.pauses) == (
        at(23, 11),
        S.IN_PROGRESS,
        [(at(23, 12), at(23, 12, 1))],
    )


def test_two_answers_that_were_taken_back_one_after_the_other_never_were() -> None:
    second = Line(at(23, 12, 1), E.UNDONE, ANNA, S.IN_PROGRESS, "4.4")
    first = Line(at(23, 12, 2), E.UNDONE, ANNA, S.REGISTERED, "4.4")

    assert course([REGISTERED, STARTED, ASKED, second]).answered_at == at(23, 11)
    assert course([REGISTERED, STARTED, ASKED, second, first]).answered_at is None


@pytest.mark.parametrize(
    ("event", "to", "clause"),
    [
        (E.INFO_ASKED, S.AWAITING_INFO, "4.6"),
        (E.RESUMED, S.IN_PROGRESS, "4.5"),
        (E.REJECTED, S.REJECTED, "4.8"),
        (E.CLOSED, S.CLOSED, "3.6"),
    ],
)
def test_a_completion_is_as_old_as_before_once_what_came_after_it_is_taken_back(
    event: Event, to: Status, clause: str
) -> None:
    undone = Line(at(26, 10, 1), E.UNDONE, ANNA, S.AWAITING_CONFIRMATION, "4.4")

    found = course([REGISTERED, STARTED, COMPLETED, Line(at(26, 10), event, ANNA, to, clause), undone])

    assert (found.completed_at, found.closed_at, found.rejected_at) == (COMPLETED.at, None, None)


def test_4_8_a_rejection_for_no_answer_stays_one_once_its_resumption_is_taken_back() -> None:
    by_itself = Line(at(26, 18), E.REJECTED, ITSELF, S.REJECTED, "4.8")
    resumed = Line(at(27, 10), E.RESUMED, ANNA, S.IN_PROGRESS, "4.8")
    undone = Line(at(27, 10, 1), E.UNDONE, ANNA, S.REJECTED, "4.4")

    found = course([REGISTERED, ASKED, by_itself, resumed, undone])

    assert (found.rejected_at, found.for_no_answer) == (by_itself.at, True)


@pytest.mark.parametrize("event", [E.INFO_ASKED, E.EXTENDED])
def test_4_8_whom_staff_gave_more_time_is_not_rejected_for_no_answer(event: Event) -> None:
    overdue = Line(at(26, 18), E.INFO_OVERDUE, ITSELF, None, "4.8")
    more = Line(at(27, 9), event, ANNA, None, "4.6")
    undone = Line(at(27, 9, 1), E.UNDONE, ANNA, None, "4.4")
    rejected = Line(at(27, 10), E.REJECTED, ANNA, S.REJECTED, "4.8")

    assert not course([REGISTERED, ASKED, overdue, more, rejected]).for_no_answer
    assert course([REGISTERED, ASKED, overdue, more, undone, rejected]).for_no_answer


def test_5_1_a_completion_stands_until_the_client_disagrees() -> None:
    disagreed = Line(at(24, 10), E.RESUMED, IVAN, S.IN_PROGRESS, "5.1")
    closed = Line(at(24, 10), E.CLOSED, IVAN, S.CLOSED, "5.2")

    assert course([REGISTERED, STARTED, COMPLETED]).completed_at == at(23, 17)
    assert course([REGISTERED, STARTED, COMPLETED, disagreed]).completed_at is None
    assert course([REGISTERED, STARTED, COMPLETED, closed]).completed_at == at(23, 17)


def test_4_11_who_closes_at_once_has_completed_and_who_merges_has_not() -> None:
    closed = Line(at(24, 10), E.CLOSED, ANNA, S.CLOSED, "5.2")
    merged = Line(at(24, 10), E.CLOSED, ANNA, S.CLOSED, "3.6")

    assert course([REGISTERED, closed]).completed_at == at(24, 10)
    assert course([REGISTERED, merged]).completed_at is None
    assert course([REGISTERED, STARTED, COMPLETED, merged]).completed_at is None


def test_4_8_a_rejection_for_no_answer_by_itself_or_by_staff_who_were_asked() -> None:
    by_itself = Line(at(26, 18), E.REJECTED, ITSELF, S.REJECTED, "4.8")
    by_staff = Line(at(27, 10), E.REJECTED, ANNA, S.REJECTED, "4.8")
    overdue = Line(at(26, 18), E.INFO_OVERDUE, ITSELF, None, "4.8")

    assert course([REGISTERED, ASKED, by_itself]).for_no_answer
    assert course([REGISTERED, ASKED, overdue, by_staff]).for_no_answer
    assert not course([REGISTERED, ASKED, by_staff]).for_no_answer
    assert not course(
        [REGISTERED, ASKED, overdue, Line(at(27, 9), E.RESUMED, ANNA, S.IN_PROGRESS), by_staff]
    ).for_no_answer


def test_3_9_worked_time_leaves_out_nights_and_waiting() -> None:
    found = course([REGISTERED, STARTED, ASKED, ANSWERED])

    # Monday 10-12 and 15-18, Tuesday 9-10: six hours.
    assert found.worked(CALENDAR, at(23, 10), at(24, 10)) == 6 * 3600
    assert found.worked(CALENDAR, at(23, 10), at(23, 13)) == 2 * 3600


# When a target is missed ------------------------------------------------------------------------------------------


def test_3_9_a_target_runs_in_working_time_from_registration() -> None:
    clock = completion(REGISTERED, STARTED)

    # Eight hours from Monday 10:00 are all of Monday; a quarter before the end is two hours before.
    assert (clock.near, clock.due) == (at(23, 16), at(23, 18))


def test_3_9_a_warning_may_be_a_term() -> None:
    assert completion(REGISTERED, STARTED, warning=term("1 working hour")).near == at(23, 17)


def test_3_9_no_warning_where_it_would_come_with_the_registration() -> None:
    assert completion(REGISTERED, warning=term("2 working days")).near is None


def test_3_9_the_clock_stands_still_while_the_client_is_asked_and_runs_on_after() -> None:
    assert completion(REGISTERED, STARTED, ASKED).due is None

    clock = completion(REGISTERED, STARTED, ASKED, ANSWERED)

    # Three hours later: Monday 18:00 becomes Tuesday 12:00, and the warning Tuesday 10:00.
    assert (clock.near, clock.due) == (at(24, 10), at(24, 12))


def test_3_9_days_move_by_the_time_that_was_waited() -> None:
    # The end of Tuesday, and three hours more of Wednesday.
    assert completion(REGISTERED, STARTED, ASKED, ANSWERED, promised="1 working day").due == at(25, 12)


def test_3_9_that_another_request_is_no_more_merged_in_takes_no_answer_back() -> None:
    linked = Line(at(23, 12), E.LINKED, ANNA, None, "3.6")
    parted = Line(at(23, 12), E.UNDONE, ANNA, None, "3.6")

    undone = Line(at(23, 13), E.UNDONE, ANNA, S.REGISTERED, "4.4")

    assert course([REGISTERED, STARTED, linked, parted]).answered_at == STARTED.at
    assert course([REGISTERED, STARTED, linked, parted, undone]).answered_at is None


def test_3_9_a_pause_after_the_end_does_not_undo_a_breach() -> None:
    asked = Line(at(24, 9), E.INFO_ASKED, ANNA, S.AWAITING_INFO, "4.6")

    clock = completion(REGISTERED, STARTED, asked)

    assert clock.due == at(23, 18)
    assert clock.missed(at(24, 9))


def test_3_9_what_is_reached_at_the_last_moment_is_reached() -> None:
    def completed(hour: int, minute: int) -> Clock:
        line = Line(at(23, hour, minute), E.COMPLETED, ANNA, S.AWAITING_CONFIRMATION, "5.1")
        return completion(REGISTERED, STARTED, line)

    assert not completed(18, 0).missed(at(30, 9))
    assert completed(18, 1).missed(at(30, 9))


def test_3_9_a_completion_that_did_not_stand_counts_as_waiting() -> None:
    disagreed = Line(at(24, 10), E.RESUMED, IVAN, S.IN_PROGRESS, "5.1")

    # Completed at 17:00, one hour before the end; of Tuesday the hour from 10:00 is left.
    assert completion(REGISTERED, STARTED, COMPLETED, disagreed).due == at(24, 11)


# What befalls the request -----------------------------------------------------------------------------------------


def due(found: Course, now: datetime, promised: str = "8 working hours") -> dict[Trigger, datetime]:
    running = clocks(CALENDAR, ServiceTarget(completion=term(promised)), QUARTER, at(23, 10), found)
    return deadlines(Aim.COMPLETION, running[Aim.COMPLETION], found, now)


def test_3_9_a_warning_and_an_end_and_nothing_once_it_is_reached() -> None:
    near, missed = T.COMPLETION_TARGET_NEAR, T.COMPLETION_TARGET_MISSED

    assert due(course([REGISTERED, STARTED]), at(23, 11)) == {near: at(23, 16), missed: at(23, 18)}
    assert due(course([REGISTERED, STARTED, ASKED]), at(23, 12)) == {}
    assert due(course([REGISTERED, STARTED, COMPLETED]), at(23, 17)) == {}


def test_3_9_each_is_told_once_although_the_request_moves_on() -> None:
    warned = Line(at(23, 16), E.COMPLETION_DUE_SOON, ITSELF, None, "3.9")
    missed = Line(at(23, 18), E.COMPLETION_OVERDUE, ITSELF, None, "3.9")
    asked = Line(at(23, 16, 30), E.INFO_ASKED, ANNA, S.AWAITING_INFO, "4.6")
    answered = Line(at(23, 17), E.CLIENT_ANSWERED, IVAN, S.IN_PROGRESS, "4.6")

    moved = due(course([REGISTERED, STARTED, warned, asked, answered]), at(23, 17))
    over = due(course([REGISTERED, STARTED, warned, missed]), at(24, 9))

    assert moved == {T.COMPLETION_TARGET_MISSED: at(24, 9, 30)}
    assert over == {}


def test_3_9_a_higher_priority_that_is_missed_already_is_told_at_once_and_without_a_warning() -> None:
    assert due(course([REGISTERED, STARTED]), at(23, 17), "2 working hours") == {T.COMPLETION_TARGET_MISSED: at(23, 12)}


def test_3_9_a_lower_priority_is_warned_of_and_missed_anew() -> None:
    missed = Line(at(23, 18), E.COMPLETION_OVERDUE, ITSELF, None, "3.9")

    again = due(course([REGISTERED, STARTED, missed]), at(24, 9), "16 working hours")

    assert again == {T.COMPLETION_TARGET_NEAR: at(24, 13), T.COMPLETION_TARGET_MISSED: at(24, 17)}


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 3000), max_size=8),
    st.integers(1, 40),
)
def test_a_target_is_missed_exactly_when_its_time_was_worked(minutes: list[int], hours: int) -> None:
    """However often the clock stops: until its end as much was worked as was promised."""
    lines, moment = [REGISTERED, STARTED], at(23, 11)
    for number, pause in enumerate(minutes):
        moment += timedelta(minutes=pause)
        to = S.IN_PROGRESS if number % 2 else S.AWAITING_INFO
        lines.append(Line(moment, E.INFO_ASKED if number % 2 == 0 else E.CLIENT_ANSWERED, IVAN, to))
    found = course(lines)

    clock = completion(*lines, promised=f"{hours} working hours")

    if clock.due is None:
        assert found.worked(CALENDAR, at(23, 10), moment) < hours * 3600
    else:
        assert found.worked(CALENDAR, at(23, 10), clock.due) == hours * 3600
