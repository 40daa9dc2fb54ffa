"""4.6, 5.1: what a client writes before he can have read what he is asked is no answer to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mailgate.desk.notice_settled import Settlement
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, VOLHA
from tests.rig.play import bounce, minsk, words

SUBJECT = "Re: [SD-2026-000001] Не открывается портал"


@pytest.fixture
def opened(hand: DeskInHand) -> DeskInHand:
    """Ivan's request was registered on Monday, 23.11.2026 at 10:05; Volha takes part in it."""
    hand.write(IVAN, "Не открывается портал", "С утра.", headers=[("Cc", VOLHA)])
    return hand


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), text)


def hold(hand: DeskInHand) -> Callable[[], None]:
    """From now on what is held back stays so; gives what sends it."""
    send = hand.send
    hand.send = lambda: send(held=False)  # type: ignore[method-assign,assignment,misc]
    return send


@pytest.mark.parametrize("says", ["Портал так и не открывается, ошибка 500.", "Подтверждаю.", "Нет.", "Спасибо!"])
def test_5_1_a_word_before_the_completion_notice_has_gone_out_decides_nothing(opened: DeskInHand, says: str) -> None:
    send = hold(opened)
    order(opened, "!готово\n\nЗаменили сертификат.")
    opened.now += timedelta(seconds=10)

    opened.write(IVAN, SUBJECT, says)

    assert (opened.show()["status"], opened.events()[-1]) == ("awaiting_confirmation", "client_wrote")
    assert says in opened.last(ANNA, "staff_reply").text
    opened.now += timedelta(minutes=1)
    send()
    assert opened.told(IVAN)[-1].name == "completed"
    opened.answer(opened.last(IVAN, "completed"), "!подтверждаю")
    assert opened.show()["status"] == "closed"


def test_4_6_what_is_written_while_the_question_cannot_be_sent_is_no_answer_to_it(opened: DeskInHand) -> None:
    opened.refuses[IVAN] = Settlement(False, next_at=minsk(23, 11, 16, 0), error="450 try later")
    opened.refuses[VOLHA] = opened.refuses[IVAN]
    order(opened, "!инфо\n\nПришлите номер договора.")

    opened.now += timedelta(hours=1)
    opened.write(IVAN, SUBJECT, "Есть новости?")

    assert (opened.show()["status"], opened.events()[-1]) == ("awaiting_info", "client_wrote")
    opened.refuses.clear()
    opened.travel(minsk(23, 11, 16, 0))
    opened.send()
    assert opened.show()["deadline_at"] == "2026-11-26T18:00:00+03:00"
    assert "26 ноября 2026 г., 18:00" in words(opened.last(IVAN, "info_needed"))
    opened.write(IVAN, SUBJECT, "Договор 17.")
    assert opened.events()[-1] == "client_answered"


def test_4_6_what_came_before_the_question_went_out_is_no_answer_however_late_it_is_read(opened: DeskInHand) -> None:
    order(opened, "!инфо\n\nПришлите номер договора.")

    opened.now -= timedelta(hours=1)
    opened.write(IVAN, SUBJECT, "Есть новости?")
    assert (opened.show()["status"], opened.events()[-1]) == ("awaiting_info", "client_wrote")

    opened.now += timedelta(minutes=59)  # a mail server's clock may be slow by a minute
    opened.write(IVAN, SUBJECT, "Договор 17.")
    assert opened.events()[-1] == "client_answered"


def test_4_6_a_second_question_is_not_answered_by_what_answers_the_first(opened: DeskInHand) -> None:
    order(opened, "!инфо\n\nПришлите номер договора.")
    send = hold(opened)
    opened.now += timedelta(minutes=1)
    order(opened, "!инфо\n\nИ адрес площадки.")

    opened.answer(opened.last(IVAN, "info_needed"), "Договор 17.")

    assert opened.show()["status"] == "awaiting_info"
    opened.now += timedelta(minutes=1)
    send()
    opened.answer(opened.last(IVAN, "info_needed"), "Минск, Ленина 1.")
    assert opened.show()["status"] == "registered"


def test_4_6_an_answer_to_the_question_counts_while_only_its_new_term_waits(opened: DeskInHand) -> None:
    order(opened, "!инфо\n\nПришлите номер договора.")
    hold(opened)
    opened.now += timedelta(minutes=1)
    order(opened, "!продлить 5 рабочих дней")

    opened.write(IVAN, SUBJECT, "Договор 17.")

    assert (opened.show()["status"], opened.events()[-1]) == ("registered", "client_answered")


def test_4_6_who_has_the_notice_answers_although_the_sender_has_not(opened: DeskInHand) -> None:
    opened.refuses[IVAN] = Settlement(False, next_at=minsk(23, 11, 16, 0), error="450 try later")
    order(opened, "!инфо\n\nПришлите номер договора.")

    opened.write(VOLHA, SUBJECT, "Договор 17.")

    assert (opened.show()["status"], opened.events()[-1]) == ("registered", "client_answered")


def test_4_6_an_answer_that_cites_the_notice_counts_whatever_became_of_our_record(opened: DeskInHand) -> None:
    unknown = Settlement(False, next_at=minsk(23, 11, 16, 0), error="the connection was lost", charged=False)
    opened.refuses[IVAN] = opened.refuses[VOLHA] = unknown
    order(opened, "!инфо\n\nПришлите номер договора.")
    sent_as = opened.show()["messages"][-2]["message_id"]

    opened.write(IVAN, "Re: вопрос", "Договор 17.", headers=[("In-Reply-To", sent_as)])

    assert (opened.show()["status"], opened.events()[-1]) == ("registered", "client_answered")


def test_5_1_a_notice_whose_try_ended_in_the_dark_may_have_been_read(opened: DeskInHand) -> None:
    lost = Settlement(False, next_at=minsk(23, 11, 16, 0), error="the connection was lost", unknown=True)
    opened.refuses[IVAN] = opened.refuses[VOLHA] = lost
    order(opened, "!готово\n\nЗаменили сертификат.")

    opened.write(IVAN, "Re: [SD-2026-000001]", "!подтверждаю")

    assert opened.show()["status"] == "closed"


def test_4_6_who_can_be_reached_by_no_mail_answers_what_he_was_told_otherwise(opened: DeskInHand) -> None:
    for addr in (IVAN, VOLHA, "it@alfa.example", "info@alfa.example"):
        opened.refuses[addr] = Settlement(False, error="550 no such user", address_is_dead=True)
    order(opened, "!инфо\n\nПришлите номер договора.")
    for _ in range(3):
        opened.send()

    opened.write(IVAN, SUBJECT, "Вы звонили: договор 17.")

    assert (opened.show()["status"], opened.events()[-1]) == ("registered", "client_answered")


def test_5_1_while_the_copy_for_the_fallback_waits_nobody_was_asked(opened: DeskInHand) -> None:
    order(opened, "!инфо\n\nПришлите номер договора.")
    opened.refuses["it@alfa.example"] = Settlement(False, next_at=minsk(25, 11, 9, 0), error="450 try later")
    opened.receive(bounce(opened.last(VOLHA, "info_needed"), "5.2.2"))
    opened.receive(bounce(opened.last(IVAN, "info_needed"), "5.2.2"))

    opened.write(IVAN, SUBJECT, "Есть новости?")

    assert (opened.show()["status"], opened.events()[-1]) == ("awaiting_info", "client_wrote")
