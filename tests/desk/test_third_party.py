"""4.10: the date until which somebody outside both is awaited."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailgate.desk.notice_settled import Settlement
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, SERGEY, VOLHA
from tests.rig.play import minsk, words

UNTIL = "2026-11-27T18:00:00+03:00"


@pytest.fixture
def awaited(hand: DeskInHand) -> DeskInHand:
    """Ivan's request of Monday, 23.11.2026 waits for a telephone company until Friday; Volha takes part in it."""
    hand.write(IVAN, "Не открывается портал", "С утра.", headers=[("Cc", VOLHA)])
    order(hand, "!третья сторона до 27.11.2026\n\nЖдём оператора связи.")
    return hand


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), text)


def stands(hand: DeskInHand) -> tuple[str, str | None]:
    return hand.show()["status"], hand.show()["deadline_at"]


def test_4_10_the_date_outlasts_a_question_to_the_client(awaited: DeskInHand) -> None:
    order(awaited, "!инфо 1 рабочий день\n\nПришлите номер договора.")
    assert stands(awaited) == ("awaiting_info", "2026-11-24T18:00:00+03:00")

    awaited.answer(awaited.last(IVAN, "info_needed"), "Договор 17.")
    assert stands(awaited) == ("awaiting_third_party", UNTIL)

    awaited.travel(minsk(30, 11))
    assert [letter.to for letter in awaited.told(name="staff_deadline")] == [ANNA, SERGEY]
    assert awaited.events().count("third_party_overdue") == 1


def test_4_10_staff_hear_of_the_date_that_passes_while_the_client_is_asked(awaited: DeskInHand) -> None:
    order(awaited, "!инфо до 01.12.2026\n\nПришлите номер договора.")

    awaited.travel(minsk(30, 11, 10, 0))
    assert stands(awaited) == ("awaiting_info", "2026-12-01T18:00:00+03:00")
    assert "27 ноября 2026 г., 18:00" in words(awaited.last(ANNA, "staff_deadline"))

    awaited.answer(awaited.last(IVAN, "info_needed"), "Договор 17.")
    assert stands(awaited) == ("awaiting_third_party", UNTIL)
    awaited.travel(minsk(24, 12))
    assert len(awaited.told(ANNA, "staff_deadline")) == 1


def test_4_10_a_new_date_takes_the_place_of_the_old_one_and_none_ends_it(awaited: DeskInHand) -> None:
    order(awaited, "!инфо\n\nПришлите номер договора.")
    order(awaited, "!третья сторона до 30.11.2026")
    assert stands(awaited) == ("awaiting_third_party", "2026-11-30T18:00:00+03:00")

    order(awaited, "!третья сторона")

    assert stands(awaited) == ("awaiting_third_party", None)
    awaited.travel(minsk(24, 12))
    assert not awaited.told(name="staff_deadline")


@pytest.mark.parametrize("then", ["!возобновить", "!отклонить\n\nНе будем."])
def test_4_10_the_date_ends_with_the_wait(awaited: DeskInHand, then: str) -> None:
    order(awaited, "!инфо до 01.12.2026\n\nПришлите номер договора.")

    order(awaited, then)
    awaited.travel(minsk(24, 12))

    assert not awaited.told(name="staff_deadline")


def test_4_10_undo_of_the_question_leaves_the_date(awaited: DeskInHand) -> None:
    send = awaited.send
    awaited.send = lambda: send(held=False)  # type: ignore[method-assign,assignment,misc]
    order(awaited, "!инфо\n\nПришлите номер договора.")

    order(awaited, "!отменить")

    assert stands(awaited) == ("awaiting_third_party", UNTIL)
    awaited.travel(minsk(30, 11))
    assert len(awaited.told(ANNA, "staff_deadline")) == 1


def test_4_10_the_date_stands_although_no_mailbox_of_the_client_works(hand: DeskInHand) -> None:
    for addr in (IVAN, "it@alfa.example", "info@alfa.example"):
        hand.refuses[addr] = Settlement(False, error="550 no such user", address_is_dead=True)
    hand.write(IVAN, "Не открывается портал", "С утра.")
    for _ in range(3):
        hand.send()

    order(hand, "!третья сторона до 27.11.2026\n\nЖдём оператора связи.")

    assert stands(hand) == ("awaiting_third_party", UNTIL)
    hand.travel(minsk(30, 11))
    assert len(hand.told(ANNA, "staff_deadline")) == 1


def test_4_10_the_date_stands_while_the_notice_waits_and_when_it_comes_back(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    hand.refuses[IVAN] = Settlement(False, next_at=hand.now + timedelta(hours=1), error="450 try later")

    order(hand, "!третья сторона до 27.11.2026\n\nЖдём оператора связи.")
    assert stands(hand) == ("awaiting_third_party", UNTIL)

    hand.refuses[IVAN] = Settlement(False, error="550 no such user", address_is_dead=True)
    hand.now += timedelta(hours=1)
    hand.send()
    hand.send()  # what the refusal caused
    assert stands(hand) == ("awaiting_third_party", UNTIL)
    assert "27 ноября 2026 г., 18:00" in words(hand.last("it@alfa.example", "third_party"))


def test_4_10_whoever_takes_part_is_told_until_when(awaited: DeskInHand) -> None:
    assert "27 лістапада 2026 г., 18:00" in words(awaited.last(VOLHA, "third_party"))


def test_4_10_the_client_reads_that_the_date_was_put_off(awaited: DeskInHand) -> None:
    order(awaited, "!продлить до 04.12.2026")

    told = words(awaited.last(IVAN, "third_party"))
    assert "Срок, к которому мы ждём ответа третьей стороны по запросу SD-2026-000001, продлён." in told
    assert "до пятницы, 4 декабря 2026 г., 18:00" in told


def test_4_10_a_first_date_puts_off_none(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!третья сторона\n\nЖдём оператора связи.")

    order(hand, "!продлить до 04.12.2026")

    told = words(hand.last(IVAN, "third_party"))
    assert "продлён" not in told
    assert "до пятницы, 4 декабря 2026 г., 18:00" in told


def test_4_10_a_date_that_has_passed_is_promised_no_more(awaited: DeskInHand) -> None:
    awaited.travel(minsk(1, 12))

    order(awaited, "Всё ещё ждём.")

    assert "27 ноября" not in words(awaited.last(IVAN, "progress"))
