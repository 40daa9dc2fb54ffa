"""Messages that failed are tried again by one mailbox of a daemon, and no sooner than after a while."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest

from mailgate.daemon import retries
from mailgate.daemon.retries import RETRY_EVERY, Retries


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What it shows can be set."""
    shown = [1000.0]
    monkeypatch.setattr(retries.time, "monotonic", lambda: shown[0])
    return shown


def test_what_failed_is_tried_once_by_one_of_them(clock: list[float]) -> None:
    shared = Retries()
    clock[0] += 3 * RETRY_EVERY
    shared.needed()
    assert shared.left() == RETRY_EVERY
    clock[0] += RETRY_EVERY - 1
    shared.needed()
    assert shared.left() == 1, "what failed first is not put off by what fails later"
    assert not shared.take_turn()

    clock[0] += 1

    assert [shared.take_turn() for _ in range(3)] == [True, False, False]


def test_nobody_has_to_be_there_where_nothing_failed_and_yet_it_is_looked(clock: list[float]) -> None:
    shared = Retries()
    assert shared.left() == math.inf
    clock[0] += RETRY_EVERY

    assert [shared.take_turn() for _ in range(2)] == [True, False]

    assert shared.left() == math.inf


def test_what_waited_for_the_database_is_tried_at_once(clock: list[float]) -> None:
    shared = Retries()
    shared.needed()

    shared.needed(at_once=True)

    assert shared.left() == 0
    assert shared.take_turn()


def test_what_a_thread_decides_is_in_hand_until_it_has_done_or_failed() -> None:
    shared = Retries()
    with shared.holding() as hold:
        hold([1])
        hold([2])
        assert shared.in_hand == {1, 2}
        with suppress(KeyError), shared.holding() as another_thread_s:
            another_thread_s([3])
            raise KeyError
        assert shared.in_hand == {1, 2}

    assert shared.in_hand == set()


def test_one_message_is_tried_by_one_thread_at_a_time() -> None:
    shared = Retries()
    with shared.holding() as hold, shared.alone(1) as is_first_s:
        hold([2])
        with shared.alone(1) as is_second_s, shared.alone(2) as is_third_s:
            assert (is_first_s, is_second_s, is_third_s) == (True, False, False)
        assert shared.in_hand == {1, 2}

    with shared.alone(1) as is_free:
        assert is_free
