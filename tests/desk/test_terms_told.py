"""4.6, 5.1: until when, as everybody is told who reads of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailgate.desk.notice_settled import Settlement
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, VOLHA
from tests.rig.play import bounce, minsk, words

AUTHORISED = "it@alfa.example"


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), text)


@pytest.mark.parametrize(
    ("orders", "notice", "end"),
    [
        (["!инфо\n\nДоговор?"], "info_needed", "да чацвярга, 26 лістапада 2026 г., 18:00"),
        (["!инфо 5 рабочих дней\n\nДоговор?"], "info_needed", "да панядзелка, 30 лістапада 2026 г., 18:00"),
        (
            ["!инфо\n\nДоговор?", "!продлить 5 рабочих дней"],
            "info_needed",
            "да панядзелка, 30 лістапада 2026 г., 18:00",
        ),
        (["!готово\n\nСделано."], "completed", "да чацвярга, 3 снежня 2026 г., 24:00"),
        (["!готово\n\nСделано.", "!продлить 20d"], "completion_reminder", "да нядзелі, 13 снежня 2026 г., 24:00"),
    ],
)
def test_4_6_who_takes_part_is_told_until_when(shared: DeskInHand, orders: list[str], notice: str, end: str) -> None:
    for each in orders:
        shared.now += timedelta(minutes=1)
        order(shared, each)

    assert end in words(shared.last(VOLHA, notice))


def test_4_6_a_copy_that_goes_out_late_tells_the_end_that_runs(shared: DeskInHand) -> None:
    shared.refuses[VOLHA] = Settlement(False, next_at=minsk(25, 11, 9, 0), error="450 try later")
    order(shared, "!инфо\n\nДоговор?")

    shared.refuses.clear()
    shared.now = minsk(25, 11, 12, 0)
    shared.send()

    assert "26 лістапада 2026 г., 18:00" in words(shared.last(VOLHA, "info_needed"))
    assert shared.show()["deadline_at"] == "2026-11-26T18:00:00+03:00"


def test_4_6_the_fallback_is_told_the_end_that_runs_with_an_older_question_too(shared: DeskInHand) -> None:
    order(shared, "!инфо\n\nДоговор?")
    first = shared.last(IVAN, "info_needed")
    shared.now += timedelta(minutes=1)
    order(shared, "!инфо 5 рабочих дней\n\nИ адрес?")

    shared.receive(bounce(first, "4.4.7"))

    assert "30 ноября 2026 г., 18:00" in words(shared.last(AUTHORISED, "info_needed"))
    assert shared.show()["deadline_at"] == "2026-11-30T18:00:00+03:00"


def test_4_6_a_copy_starts_no_clock(shared: DeskInHand) -> None:
    shared.refuses[IVAN] = Settlement(False, next_at=minsk(25, 11, 9, 0), error="450 try later")

    order(shared, "!инфо\n\nДоговор?")

    assert "26 лістапада 2026 г., 18:00" in words(shared.last(VOLHA, "info_needed"))
    assert shared.show()["deadline_at"] is None


@pytest.mark.parametrize("named", ["до 23.11.2026", "2026-11-24 11:00"])
def test_4_6_a_date_that_passed_before_the_notice_was_accepted_gives_way_to_the_usual_term(
    shared: DeskInHand, named: str
) -> None:
    shared.refuses[IVAN] = Settlement(False, next_at=minsk(24, 11, 12, 0), error="450 try later")
    order(shared, f"!инфо {named}\n\nДоговор?")

    shared.refuses.clear()
    shared.travel(minsk(24, 11, 12, 0))
    shared.send()

    assert (shared.show()["status"], shared.show()["deadline_at"]) == ("awaiting_info", "2026-11-27T18:00:00+03:00")
    assert "27 ноября 2026 г., 18:00" in words(shared.last(IVAN, "info_needed"))
    shared.travel(minsk(27, 11, 17, 0))
    assert shared.events().count("info_reminded") == 1
