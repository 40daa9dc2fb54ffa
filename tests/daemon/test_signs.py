"""Signs of life: a part hangs when its next sign is overdue, and a pause that it means to make is no silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from mailgate.daemon.signs import Signs
from mailgate.daemon.tally import BOUNDS, Tally

Clock = Callable[[float], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The monotonic clock, set by the test."""
    shown = [time.monotonic()]
    monkeypatch.setattr("mailgate.daemon.signs.time.monotonic", lambda: shown[0])

    def passes(seconds: float) -> None:
        shown[0] += seconds

    return passes


def test_a_part_hangs_once_its_longest_step_is_over(clock: Clock) -> None:
    signs = Signs()
    part = signs.part("mailbox support", 30.0)

    clock(29.0)
    assert signs.hanging() == ()
    part.gets_on()
    clock(29.0)
    assert signs.hanging() == ()
    clock(2.0)
    assert signs.hanging() == ("mailbox support",)
    part.gets_on()
    assert signs.hanging() == ()


def test_a_trouble_lasts_until_the_part_does_well() -> None:
    part = Signs().part("mailbox support")

    assert part.trouble == ""
    part.failed("the password was refused")
    assert part.trouble == "the password was refused"
    part.went_well()
    assert part.trouble == ""


def test_a_pause_that_is_meant_does_not_count(clock: Clock) -> None:
    signs = Signs()
    signs.part("mailbox support", 30.0).failed("the password was refused", pause=300.0)

    clock(329.0)
    assert signs.hanging() == ()
    clock(2.0)
    assert signs.hanging() == ("mailbox support",)


def test_one_part_does_not_speak_for_another(clock: Clock) -> None:
    signs = Signs()
    signs.part("outbox", 30.0)
    terms = signs.part("terms", 30.0)

    clock(31.0)
    terms.went_well()

    assert signs.hanging() == ("outbox",)


def test_a_part_that_ended_owes_nothing_and_its_successor_does(clock: Clock) -> None:
    signs = Signs()
    left = signs.part("mailbox support", 30.0)
    signs.part("mailbox support", 30.0)

    signs.ended(left)

    clock(31.0)
    assert signs.hanging() == ("mailbox support",)


def test_an_error_stays_to_be_shown_after_all_went_well() -> None:
    part = Signs().part("outbox")

    part.failed("421 try later")
    part.went_well()

    assert part.error == "421 try later"
    assert part.failed_at is not None
    assert part.looked_at is not None
    assert part.looked_at >= part.failed_at


def test_times_are_counted_up_to_each_bound() -> None:
    tally = Tally()
    tally.took(seconds=3 * 0.004, messages=3)
    tally.took(seconds=60.0, messages=1)

    times, seconds = tally.times()

    assert dict(zip(BOUNDS, times, strict=False))[0.0025] == 0
    assert dict(zip(BOUNDS, times, strict=False))[0.005] == 3
    assert times[-2:] == [3, 4]
    assert seconds == pytest.approx(60.012)


def test_no_count_is_lost_between_threads() -> None:
    tally = Tally()

    def count() -> None:
        for _ in range(2_000):
            tally.sending("registered", "accepted", "message")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tally.sent["registered"] == tally.tries["accepted", "message"] == 8_000


def test_only_what_was_accepted_was_sent() -> None:
    tally = Tally()

    tally.sending("registered", "refused", "recipient")

    assert tally.sent["registered"] == 0
    assert tally.tries["refused", "recipient"] == 1
