"""When a notice is tried again, and how long the outbox pauses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.outbox.schedule import Pause, next_try
from mailgate.outbox.send import Delivery, Result, Scope

CREATED = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
FIVE_DAYS = timedelta(days=5)
LATER = Delivery(Result.DEFERRED, Scope.RECIPIENT, 450, "4.2.0", "4.2.0 greylisted")
UNKNOWN = Delivery(Result.UNKNOWN, Scope.MESSAGE, None, None, "Connection lost")
BUSY = Delivery(Result.DEFERRED, Scope.SERVER, 421, None, "busy")
UNREACHED = Delivery(Result.DEFERRED, Scope.SESSION, None, None, "Connection refused")
BAD_LOGIN = Delivery(Result.DEFERRED, Scope.SESSION, 535, "5.7.8", "5.7.8 bad")
ACCEPTED = Delivery(Result.ACCEPTED, Scope.MESSAGE, 250, "2.0.0", "2.0.0 ok")


@pytest.mark.parametrize("delivery", [LATER, UNKNOWN, BUSY])
def test_waits_grow_from_a_minute_to_four_hours(delivery: Delivery) -> None:
    minutes = [1, 2, 5, 10, 30, 60, 120, 240, 240, 240]

    for attempts, expected in enumerate(minutes, start=1):
        due = next_try(attempts, CREATED, CREATED, delivery, FIVE_DAYS, "n1")
        assert due is not None
        assert 1 <= (due - CREATED) / timedelta(minutes=expected) <= 1.2


def test_jitter_is_the_same_for_a_notice_and_differs_between_notices() -> None:
    again = {next_try(3, CREATED, CREATED, LATER, FIVE_DAYS, "n1") for _ in range(5)}
    others = {next_try(3, CREATED, CREATED, LATER, FIVE_DAYS, f"n{n}") for n in range(50)}

    assert len(again) == 1
    assert len(others) == 50


def test_every_wait_ends_and_the_last_try_falls_on_the_end() -> None:
    now, tries = CREATED, 0

    while (due := next_try(tries := tries + 1, CREATED, now, LATER, FIVE_DAYS, "n1")) is not None:
        assert now < due
        now = due

    assert now == CREATED + FIVE_DAYS
    assert 30 < tries < 45


@pytest.mark.parametrize(
    "delivery",
    [
        ACCEPTED,
        Delivery(Result.REFUSED, Scope.RECIPIENT, 550, "5.1.1", "unknown"),
        Delivery(Result.REFUSED, Scope.MESSAGE, 554, "5.7.1", "spam"),
    ],
)
def test_what_is_settled_is_not_tried_again(delivery: Delivery) -> None:
    assert next_try(1, CREATED, CREATED, delivery, FIVE_DAYS, "n1") is None


def test_a_session_that_cannot_be_opened_fails_no_notice() -> None:
    late = CREATED + timedelta(days=30)

    due = next_try(0, CREATED, late, BAD_LOGIN, FIVE_DAYS, "n1")

    assert due is not None
    assert timedelta(minutes=1) <= due - late <= timedelta(minutes=1.2)


@given(st.integers(0, 10_000), st.timedeltas(timedelta(0), timedelta(days=5)), st.text(max_size=40))
def test_a_next_try_is_always_ahead_and_never_past_the_end(attempts: int, age: timedelta, seed: str) -> None:
    now = CREATED + age

    due = next_try(attempts, CREATED, now, LATER, FIVE_DAYS, seed)

    assert due is None if age == FIVE_DAYS else due is not None and now < due <= CREATED + FIVE_DAYS


def pauses(delivery: Delivery, count: int) -> list[float]:
    pause, clock, seconds = Pause(), 1000.0, []
    for _ in range(count):
        pause = pause.after(delivery, clock)
        seconds.append(pause.left(clock))
        clock = pause.until
    return seconds


def test_pause_doubles_up_to_a_minute() -> None:
    assert pauses(UNREACHED, 9) == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert pauses(BUSY, 8)[-1] == 60


def test_r14_pause_after_a_refused_login_grows_to_a_quarter_of_an_hour() -> None:
    waits = pauses(BAD_LOGIN, 14)

    assert waits[-3:] == [900, 900, 900]
    assert 3600 / waits[-1] <= 4


@pytest.mark.parametrize("delivery", [ACCEPTED, LATER, UNKNOWN])
def test_a_server_that_answers_ends_the_pause(delivery: Delivery) -> None:
    pause = Pause().after(BUSY, 10).after(BUSY, 11)
    assert pause.left(11) == 2

    assert pause.after(delivery, 13) == Pause()


def test_what_was_under_way_does_not_change_a_running_pause() -> None:
    pause = Pause().after(BUSY, 10)

    assert pause.after(BUSY, 10.2) == pause.after(ACCEPTED, 10.5) == pause
