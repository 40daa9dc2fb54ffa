"""`!undo`: what can be taken back while its notices are held, and what cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, SERGEY, VOLHA

SUBJECT = "Re: [SD-2026-000001] Не открывается портал"


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
