"""`!undo`: what can be taken back while its notices are held, and what cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailgate.desk.notice_settled import Settlement
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, SERGEY, VOLHA
from tests.rig.play import bounce, minsk

SUBJECT = "Re: [SD-2026-000001] Не открывается портал"
AUTHORISED = "it@alfa.example"
THURSDAY, FRIDAY, TUESDAY = "2026-11-26T18:00:00+03:00", "2026-11-27T18:00:00+03:00", "2026-12-01T18:00:00+03:00"
"""The ends of three, four and six working days from Monday, 23.11.2026."""


@pytest.fixture
def held(hand: DeskInHand) -> DeskInHand:
    """Anna asked Ivan something; what staff order from now on is held back."""
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!инфо\n\nПришлите номер договора.")
    send = hand.send
    hand.send = lambda: send(held=False)  # type: ignore[method-assign,assignment,misc]
    return hand


def order(hand: DeskInHand, text: str, by: str = ANNA) -> None:
    hand.now += timedelta(seconds=3)
    hand.answer(hand.told(by, "staff_new")[0], text)


def answers(hand: DeskInHand, text: str, sender: str = IVAN) -> None:
    hand.now += timedelta(seconds=3)
    hand.answer(hand.last(IVAN, "info_needed"), text, sender)


@pytest.mark.parametrize(
    ("done", "stands", "ends"),
    [
        ("!готово\n\nСделано.", "awaiting_confirmation", ["SD-2026-000001"]),
        ("!отклонить\n\nНе будем.", "rejected", ["SD-2026-000001", "SD-2026-000002"]),
    ],
)
def test_4_6_what_the_client_has_answered_meanwhile_is_not_undone(
    held: DeskInHand, done: str, stands: str, ends: list[str]
) -> None:
    order(held, done)
    answers(held, "Договор 17.")

    order(held, "!отменить")

    assert (held.show()["status"], held.numbers()) == (stands, ends)
    assert "клиент уже написал" in " ".join(held.last(ANNA, "staff_error").text.split())
    assert "!отменить" in held.last(ANNA, "staff_error").text


def test_4_6_another_contact_s_answer_counts_as_well(held: DeskInHand) -> None:
    order(held, "!готово\n\nСделано.")
    answers(held, "Договор 17.", VOLHA)

    order(held, "!отменить")

    assert held.show()["status"] == "awaiting_confirmation"


def test_4_8_an_automatic_reply_hinders_no_undo(held: DeskInHand) -> None:
    order(held, "!готово\n\nСделано.")
    held.now += timedelta(seconds=3)
    held.answer(held.last(IVAN, "info_needed"), "Я в отпуске.", headers=[("Auto-Submitted", "auto-replied")])

    order(held, "!отменить")

    assert (held.show()["status"], held.show()["deadline_at"]) == ("awaiting_info", "2026-11-26T18:00:00+03:00")


def test_4_7_what_the_client_wrote_while_the_desk_worked_stays_and_hinders_no_undo(held: DeskInHand) -> None:
    order(held, "!возобновить")
    order(held, "!готово\n\nСделано.")
    held.now += timedelta(seconds=3)
    held.write(IVAN, SUBJECT, "Портал так и не открывается.")

    order(held, "!отменить")

    assert held.show()["status"] == "in_progress"
    assert held.events()[-2:] == ["client_wrote", "undone"]


def test_3_6_what_the_client_wrote_into_where_it_was_merged_is_not_lost(held: DeskInHand) -> None:
    held.write(IVAN, "Второй", "Ещё вопрос.")
    order(held, "!объединить SD-2026-000002")
    answers(held, "Договор 17.")

    order(held, "!отменить")

    assert held.show()["status"] == "closed"
    assert held.show("SD-2026-000002")["history"][-1]["event"] == "client_wrote"


def test_4_4_one_after_the_other_is_taken_back(held: DeskInHand) -> None:
    order(held, "!возобновить")
    order(held, "!срочность высокая\n\nПоторопимся.")

    order(held, "!отменить")
    assert (held.show()["status"], held.show()["urgency"]) == ("in_progress", "normal")
    order(held, "!отменить")

    assert (held.show()["status"], held.show()["deadline_at"]) == ("awaiting_info", "2026-11-26T18:00:00+03:00")
    assert held.events()[-2:] == ["undone", "undone"]
    assert not held.told(ANNA, "staff_error")


def test_4_4_a_colleague_s_mail_can_be_taken_back_after_a_later_one_was(held: DeskInHand) -> None:
    order(held, "!возобновить")
    order(held, "!срочность высокая", SERGEY)

    order(held, "!отменить", SERGEY)
    order(held, "!отменить")

    assert held.show()["status"] == "awaiting_info"


def test_4_4_what_changed_between_two_mails_still_stands_in_the_way(held: DeskInHand) -> None:
    order(held, "!возобновить")
    order(held, "!назначить Мороз", SERGEY)  # nothing for the client: nothing to take back
    order(held, "!срочность высокая")

    order(held, "!отменить")
    order(held, "!отменить")

    assert (held.show()["status"], held.show()["urgency"]) == ("in_progress", "normal")
    assert "Отменять нечего" in held.last(ANNA, "staff_error").text


@pytest.fixture
def new(hand: DeskInHand) -> DeskInHand:
    """A request of Ivan's on which nobody has worked; what staff order is held back."""
    hand.write(IVAN, "Не открывается портал", "С утра.")
    send = hand.send
    hand.send = lambda: send(held=False)  # type: ignore[method-assign,assignment,misc]
    return hand


def goes_out(hand: DeskInHand, after: int = 25) -> None:
    hand.now += timedelta(seconds=after)
    hand.send()


def stands(hand: DeskInHand) -> tuple[str, str | None]:
    return hand.show()["status"], hand.show()["deadline_at"]


def test_4_6_an_undone_second_question_leaves_the_first_its_clock(new: DeskInHand) -> None:
    order(new, "!инфо 4 рабочих дня\n\nКакой браузер?")
    new.now += timedelta(seconds=10)
    order(new, "!инфо 6 рабочих дней\n\nКакая система?")
    goes_out(new, 20)
    assert [letter.name for letter in new.told(IVAN)] == ["registered", "info_needed"]

    order(new, "!отменить")

    assert stands(new) == ("awaiting_info", FRIDAY)
    new.travel(minsk(28, 11))
    assert new.events()[-2:] == ["info_reminded", "rejected"]


@pytest.mark.parametrize(
    ("first", "then", "again"),
    [
        ("!инфо\n\nКакой браузер?", "!готово\n\nРазобрались.", ("awaiting_info", THURSDAY)),
        ("!инфо\n\nКакой браузер?", "!возобновить", ("awaiting_info", THURSDAY)),
        ("!готово\n\nСделано.", "!возобновить", ("awaiting_confirmation", "2026-12-04T00:00:00+03:00")),
        ("!готово\n\nСделано.", "!отклонить\n\nНе будем.", ("awaiting_confirmation", "2026-12-04T00:00:00+03:00")),
    ],
)
def test_4_6_an_undone_end_of_the_wait_leaves_what_was_asked_meanwhile_its_clock(
    new: DeskInHand, first: str, then: str, again: tuple[str, str]
) -> None:
    order(new, first)
    new.now += timedelta(seconds=10)
    order(new, then)
    goes_out(new, 20)
    assert len(new.told(IVAN)) == 2

    order(new, "!отменить")

    assert stands(new) == again


def test_5_1_no_clock_runs_after_an_undo_where_the_question_came_back_meanwhile(new: DeskInHand) -> None:
    order(new, "!инфо 4 рабочих дня\n\nКакой браузер?")
    goes_out(new, 35)
    assert stands(new) == ("awaiting_info", FRIDAY)
    new.refuses[AUTHORISED] = Settlement(False, next_at=minsk(24, 11, 10), error="450 try later")
    order(new, "!продлить 6 рабочих дней")
    new.receive(bounce(new.last(IVAN, "info_needed")))

    order(new, "!отменить")

    assert stands(new) == ("awaiting_info", None)
    new.refuses.clear()
    new.travel(minsk(25, 11, 10))
    new.send()
    assert new.last(AUTHORISED, "info_needed")
    assert stands(new) == ("awaiting_info", TUESDAY)


def test_5_1_the_clock_is_the_fallback_s_where_it_took_the_question_before_the_undo(new: DeskInHand) -> None:
    order(new, "!инфо 1 рабочий день\n\nКакой браузер?")
    goes_out(new, 35)
    new.now = minsk(24, 11, 9, 30)
    order(new, "!продлить 6 рабочих дней")
    new.receive(bounce(new.last(IVAN, "info_needed")))
    new.send()
    assert new.last(AUTHORISED, "info_needed")

    order(new, "!отменить")

    assert stands(new) == ("awaiting_info", "2026-11-25T18:00:00+03:00")


def test_5_1_no_clock_runs_after_an_undo_where_nobody_could_be_asked(new: DeskInHand) -> None:
    order(new, "!инфо 4 рабочих дня\n\nКакой браузер?")
    goes_out(new, 35)
    order(new, "!продлить 6 рабочих дней")
    for addr in (AUTHORISED, "info@alfa.example"):
        new.refuses[addr] = Settlement(False, error="550 no such user", address_is_dead=True)
    new.receive(bounce(new.last(IVAN, "info_needed")))
    new.send()

    order(new, "!отменить")

    assert stands(new) == ("awaiting_info", None)
