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


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), text)


def hold(hand: DeskInHand) -> Callable[[], None]:
    """From now on what is held back stays so; gives what sends it."""
    send = hand.send
    hand.send = lambda: send(held=False)  # type: ignore[method-assign,assignment,misc]
    return send


@pytest.mark.parametrize("says", ["Портал так и не открывается, ошибка 500.", "Подтверждаю.", "Нет.", "Спасибо!"])
def test_5_1_a_word_before_the_completion_notice_has_gone_out_decides_nothing(shared: DeskInHand, says: str) -> None:
    send = hold(shared)
    order(shared, "!готово\n\nЗаменили сертификат.")
    shared.now += timedelta(seconds=10)

    shared.write(IVAN, SUBJECT, says)

    assert (shared.show()["status"], shared.events()[-1]) == ("awaiting_confirmation", "client_wrote")
    assert says in shared.last(ANNA, "staff_reply").text
    shared.now += timedelta(minutes=1)
    send()
    assert shared.told(IVAN)[-1].name == "completed"
    shared.answer(shared.last(IVAN, "completed"), "!подтверждаю")
    assert shared.show()["status"] == "closed"


def test_4_6_what_is_written_while_the_question_cannot_be_sent_is_no_answer_to_it(shared: DeskInHand) -> None:
    shared.refuses[IVAN] = Settlement(False, next_at=minsk(23, 11, 16, 0), error="450 try later")
    shared.refuses[VOLHA] = shared.refuses[IVAN]
    order(shared, "!инфо\n\nПришлите номер договора.")

    shared.now += timedelta(hours=1)
    shared.write(IVAN, SUBJECT, "Есть новости?")

    assert (shared.show()["status"], shared.events()[-1]) == ("awaiting_info", "client_wrote")
    shared.refuses.clear()
    shared.travel(minsk(23, 11, 16, 0))
    shared.send()
    assert shared.show()["deadline_at"] == "2026-11-26T18:00:00+03:00"
    assert "26 ноября 2026 г., 18:00" in words(shared.last(IVAN, "info_needed"))
    shared.write(IVAN, SUBJECT, "Договор 17.")
    assert shared.events()[-1] == "client_answered"


def test_4_6_what_came_before_the_question_went_out_is_no_answer_however_late_it_is_read(shared: DeskInHand) -> None:
    order(shared, "!инфо\n\nПришлите номер договора.")

    shared.now -= timedelta(hours=1)
    shared.write(IVAN, SUBJECT, "Есть новости?")
    assert (shared.show()["status"], shared.events()[-1]) == ("awaiting_info", "client_wrote")

    shared.now += timedelta(minutes=59)  # a mail server's clock may be slow by a minute
    shared.write(IVAN, SUBJECT, "Договор 17.")
    assert shared.events()[-1] == "client_answered"


def test_4_6_a_second_question_is_not_answered_by_what_answers_the_first(shared: DeskInHand) -> None:
    order(shared, "!инфо\n\nПришлите номер договора.")
    send = hold(shared)
    shared.now += timedelta(minutes=1)
    order(shared, "!инфо\n\nИ адрес площадки.")

    shared.answer(shared.last(IVAN, "info_needed"), "Договор 17.")

    assert shared.show()["status"] == "awaiting_info"
    shared.now += timedelta(minutes=1)
    send()
    shared.answer(shared.last(IVAN, "info_needed"), "Минск, Ленина 1.")
    assert shared.show()["status"] == "registered"


def test_4_6_an_answer_to_the_question_counts_while_only_its_new_term_waits(shared: DeskInHand) -> None:
    order(shared, "!инфо\n\nПришлите номер договора.")
    hold(shared)
    shared.now += timedelta(minutes=1)
    order(shared, "!продлить 5 рабочих дней")

    shared.write(IVAN, SUBJECT, "Договор 17.")

    assert (shared.show()["status"], shared.events()[-1]) == ("registered", "client_answered")


def test_4_6_who_has_the_notice_answers_although_the_sender_has_not(shared: DeskInHand) -> None:
    shared.refuses[IVAN] = Settlement(False, next_at=minsk(23, 11, 16, 0), error="450 try later")
    order(shared, "!инфо\n\nПришлите номер договора.")

    shared.write(VOLHA, SUBJECT, "Договор 17.")

    assert (shared.show()["status"], shared.events()[-1]) == ("registered", "client_answered")


def test_4_6_an_answer_that_cites_the_notice_counts_whatever_became_of_our_record(shared: DeskInHand) -> None:
    unknown = Settlement(False, next_at=minsk(23, 11, 16, 0), error="the connection was lost", charged=False)
    shared.refuses[IVAN] = shared.refuses[VOLHA] = unknown
    order(shared, "!инфо\n\nПришлите номер договора.")
    sent_as = shared.show()["messages"][-2]["message_id"]

    shared.write(IVAN, "Re: вопрос", "Договор 17.", headers=[("In-Reply-To", sent_as)])

    assert (shared.show()["status"], shared.events()[-1]) == ("registered", "client_answered")


def test_5_1_a_notice_whose_try_ended_in_the_dark_may_have_been_read(shared: DeskInHand) -> None:
    lost = Settlement(False, next_at=minsk(23, 11, 16, 0), error="the connection was lost", unknown=True)
    shared.refuses[IVAN] = shared.refuses[VOLHA] = lost
    order(shared, "!готово\n\nЗаменили сертификат.")

    shared.write(IVAN, "Re: [SD-2026-000001]", "!подтверждаю")

    assert shared.show()["status"] == "closed"


def test_4_6_who_can_be_reached_by_no_mail_answers_what_he_was_told_otherwise(shared: DeskInHand) -> None:
    for addr in (IVAN, VOLHA, "it@alfa.example", "info@alfa.example"):
        shared.refuses[addr] = Settlement(False, error="550 no such user", address_is_dead=True)
    order(shared, "!инфо\n\nПришлите номер договора.")
    for _ in range(3):
        shared.send()

    shared.write(IVAN, SUBJECT, "Вы звонили: договор 17.")

    assert (shared.show()["status"], shared.events()[-1]) == ("registered", "client_answered")


def test_5_1_while_the_copy_for_the_fallback_waits_nobody_was_asked(shared: DeskInHand) -> None:
    order(shared, "!инфо\n\nПришлите номер договора.")
    shared.refuses["it@alfa.example"] = Settlement(False, next_at=minsk(25, 11, 9, 0), error="450 try later")
    shared.receive(bounce(shared.last(VOLHA, "info_needed"), "5.2.2"))
    shared.receive(bounce(shared.last(IVAN, "info_needed"), "5.2.2"))

    shared.write(IVAN, SUBJECT, "Есть новости?")

    assert (shared.show()["status"], shared.events()[-1]) == ("awaiting_info", "client_wrote")


def merged(hand: DeskInHand, asks: str) -> None:
    """Ivan was asked, and then Volha's own request, SD-2026-000002, was merged into his."""
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, asks)
    hand.write(VOLHA, "Не працуе пошта", "З раніцы.")
    hand.write(ANNA, "Re: [SD-2026-000002]", "!объединить SD-2026-000001")
    hand.now += timedelta(hours=1)


@pytest.mark.parametrize(
    ("asks", "status"),
    [("!инфо\n\nКакой браузер?", "awaiting_info"), ("!готово\n\nЗаменили сертификат.", "awaiting_confirmation")],
)
@pytest.mark.parametrize("says", ["Дзякуй!", "Пацвярджаю, усё працуе.", "Не, пошта не працуе."])
def test_3_6_who_came_by_a_merge_has_not_been_asked(hand: DeskInHand, asks: str, status: str, says: str) -> None:
    merged(hand, asks)

    hand.answer(hand.last(VOLHA, "merged"), says)

    assert (hand.show()["status"], hand.events()[-1]) == (status, "client_wrote")
    assert says in hand.last(ANNA, "staff_reply").text


def test_3_6_who_came_by_a_merge_answers_what_he_has_been_told(hand: DeskInHand) -> None:
    merged(hand, "!готово\n\nЗаменили сертификат.")
    hand.travel(minsk(30, 11, 9, 0))
    assert hand.told(VOLHA)[-1].name == "completion_reminder"

    hand.write(VOLHA, "Re: [SD-2026-000001]", "!пацвярджаю")

    assert hand.show()["status"] == "closed"


def test_3_6_the_sender_answers_whatever_was_merged_into_his_request(hand: DeskInHand) -> None:
    merged(hand, "!инфо\n\nКакой браузер?")

    hand.write(IVAN, SUBJECT, "Firefox.")

    assert (hand.show()["status"], hand.events()[-1]) == ("registered", "client_answered")
