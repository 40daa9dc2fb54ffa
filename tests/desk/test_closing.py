"""5.1, 5.2: completing and closing, with the clock."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mailgate.desk.notice_settled import Settlement
from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, IVAN, SERGEY, VOLHA
from tests.rig.play import bounce, minsk, words


def complete(hand: DeskInHand) -> DeskInHand:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!взять\n!готово\n\nЗаменили сертификат.")
    return hand


@pytest.fixture
def completed(hand: DeskInHand) -> DeskInHand:
    """The work on Ivan's request was completed on Monday, 23.11.2026 at 10:05."""
    return complete(hand)


@pytest.fixture
def closed(completed: DeskInHand) -> DeskInHand:
    """And he has confirmed it."""
    says(completed, "Подтверждаю.")
    return completed


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), text)


def says(hand: DeskInHand, text: str, **more: object) -> None:
    hand.answer(hand.last(IVAN, "completed"), text, **more)


def links(hand: DeskInHand) -> list[dict[str, list[str]]]:
    """The ready answers of the completion notice: (subject, body) of each mailto link."""
    found = re.findall(r"mailto:[^\s>)\"]+", hand.last(IVAN, "completed").text)
    return [parse_qs(urlsplit(link).query) for link in found]


def test_5_1_the_client_is_told_what_was_done_and_waits_for_his_word(completed: DeskInHand) -> None:
    notice = words(completed.last(IVAN, "completed"))

    assert "Заменили сертификат." in notice
    assert "3 декабря 2026 г." in notice  # the tenth day
    assert completed.show()["status"] == "awaiting_confirmation"
    assert completed.show()["deadline_at"] == "2026-12-04T00:00:00+03:00"


def test_5_1_the_ready_answers_do_what_they_say(completed: DeskInHand) -> None:
    confirm, disagree = links(completed)

    completed.write(IVAN, disagree["subject"][0], f"{disagree['body'][0]}портал так и не открывается")
    assert completed.events()[-2:] == ["disagreed", "resumed"]
    order(completed, "!готово\n\nТеперь точно.")
    completed.write(IVAN, confirm["subject"][0], confirm["body"][0])

    assert completed.show()["status"] == "closed"


OBJECTS = "Не согласен: портал так и не открывается."


def test_5_1_what_came_after_the_tenth_day_finds_it_closed_though_the_desk_was_down(completed: DeskInHand) -> None:
    completed.now = minsk(4, 12, 0, 5)

    says(completed, OBJECTS)

    assert completed.events()[-2:] == ["closed", "new_request_needed"]
    assert completed.last(IVAN, "closed")
    assert completed.numbers() == ["SD-2026-000001", "SD-2026-000002"]


@pytest.mark.parametrize("received", ["Thu, 3 Dec 2026 23:59:59 +0300", "Fri, 4 Dec 2026 00:10:00 +0300"])
def test_5_1_one_clock_that_says_so_is_enough_for_a_word_in_time(completed: DeskInHand, received: str) -> None:
    completed.now = minsk(4, 12, 0, 5) if "3 Dec" in received else minsk(3, 12, 23, 59)  # the Date of his mail
    by_us = [("Received", f"from mx.alfa.example by mx.desk.example; {received}")]

    says(completed, OBJECTS, headers=by_us)

    assert completed.show()["status"] == "in_progress"


def test_5_1_a_disagreement_with_reasons_resumes_the_work(completed: DeskInHand) -> None:
    says(completed, "Не согласен: портал так и не открывается.")

    assert (completed.show()["status"], completed.show()["deadline_at"]) == ("in_progress", None)
    assert completed.last(IVAN, "resumed")
    assert "так и не открывается" in completed.last(ANNA, "staff_reply").text
    completed.travel(minsk(24, 12))
    assert completed.show()["status"] == "in_progress"


def test_5_1_a_bare_no_is_asked_for_reasons_and_changes_nothing(completed: DeskInHand) -> None:
    says(completed, "Нет.")

    assert completed.last(IVAN, "reasons_needed")
    assert completed.show()["status"] == "awaiting_confirmation"
    assert completed.show()["deadline_at"] == "2026-12-04T00:00:00+03:00"


@pytest.mark.parametrize(
    "reasons", ["Отчёт за октябрь пустой.", "Письма приходят с задержкой в два часа", "Што з лічбамі?"]
)
def test_5_1_who_was_asked_for_reasons_gives_them_in_any_words(completed: DeskInHand, reasons: str) -> None:
    says(completed, "Нет.")
    says(completed, "Спасибо!")  # says nothing, and takes nothing back

    completed.answer(completed.last(IVAN, "reasons_needed"), reasons)

    assert (completed.show()["status"], completed.show()["deadline_at"]) == ("in_progress", None)
    assert completed.last(IVAN, "resumed")
    assert reasons in completed.last(ANNA, "staff_reply").text


@pytest.mark.parametrize(("word", "status"), [("Да, подтверждаю.", "closed"), ("Нет.", "awaiting_confirmation")])
def test_5_1_known_words_mean_the_same_after_the_question_for_reasons(
    completed: DeskInHand, word: str, status: str
) -> None:
    says(completed, "Нет.")

    completed.answer(completed.last(IVAN, "reasons_needed"), word)

    assert completed.show()["status"] == status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("Анна, подтверждаю выполнение запроса SD-2026-000001.\n\nИван Петров\nинженер", "closed"),
        ("Подтверждаю, ошибка есть.\n\nИван Петров\nинженер", "awaiting_confirmation"),
    ],
)
def test_5_2_names_and_the_number_beside_a_confirmation_say_nothing(
    completed: DeskInHand, answer: str, status: str
) -> None:
    says(completed, answer)

    assert completed.show()["status"] == status


def test_5_1_the_client_reads_that_his_days_were_extended(completed: DeskInHand) -> None:
    order(completed, "!продлить 20 дней")

    told = words(completed.last(IVAN, "completion_reminder"))
    assert "Срок Вашего ответа по запросу SD-2026-000001 продлён." in told
    assert "до воскресенья, 13 декабря 2026 г., 24:00" in told
    completed.travel(minsk(10, 12, 9))
    assert "Напоминаем" in words(completed.last(IVAN, "completion_reminder"))


def test_5_1_who_said_no_without_reasons_is_not_told_that_he_did_not_object(completed: DeskInHand) -> None:
    says(completed, "Нет.")

    completed.travel(minsk(4, 12))

    told = words(completed.last(IVAN, "closed"))
    assert "возражений от Вас не поступило" not in told
    assert "Срок для подтверждения истёк, а причин несогласия нам не назвали." in told


def test_5_1_the_question_for_reasons_ends_with_the_next_completion(completed: DeskInHand) -> None:
    says(completed, "Нет.")
    completed.answer(completed.last(IVAN, "reasons_needed"), "Отчёт за октябрь пустой.")
    order(completed, "!готово\n\nОтчёт исправлен.")

    says(completed, "Отчёт смотрит бухгалтерия.")

    assert completed.show()["status"] == "awaiting_confirmation"


def test_5_1_a_file_beside_a_bare_no_is_a_reason(completed: DeskInHand) -> None:
    says(completed, "!не согласен: ", attachments=[("экран.png", b"picture")])

    assert completed.show()["status"] == "in_progress"
    assert not completed.told(IVAN, "reasons_needed")


def test_5_1_bare_thanks_neither_close_nor_resume(completed: DeskInHand) -> None:
    told = len(completed.told(IVAN))

    says(completed, "Спасибо!")

    assert (completed.show()["status"], completed.events()[-1]) == ("awaiting_confirmation", "client_thanked")
    assert len(completed.told(IVAN)) == told


def test_5_1_an_automatic_reply_does_nothing(completed: DeskInHand) -> None:
    says(completed, "Подтверждаю получение, я в отпуске.", headers=[("Auto-Submitted", "auto-replied")])

    assert (completed.show()["status"], completed.events()[-1]) == ("awaiting_confirmation", "auto_reply_kept")


def test_5_1_one_reminder_three_days_before(completed: DeskInHand) -> None:
    completed.travel(minsk(30, 11, 8, 59))
    assert not completed.told(IVAN, "completion_reminder")

    completed.travel(minsk(3, 12, 23, 59))

    assert len(completed.told(IVAN, "completion_reminder")) == 1
    assert completed.show()["history"][-1]["at"] == "2026-11-30T09:00:00+03:00"


def test_5_1_ten_days_to_the_minute(completed: DeskInHand) -> None:
    completed.travel(minsk(3, 12, 23, 59))
    assert completed.show()["status"] == "awaiting_confirmation"

    completed.travel(minsk(4, 12, 0, 0))

    line = completed.show()["history"][-1]
    assert (line["event"], line["clause"], line["at"]) == ("closed", "5.1", "2026-12-04T00:00:00+03:00")
    assert len(completed.told(IVAN, "closed")) == 1


def test_5_1_a_word_in_the_last_minute_counts(completed: DeskInHand) -> None:
    completed.travel(minsk(3, 12, 23, 59))

    says(completed, "Не согласен: портал снова не открывается.")

    assert completed.show()["status"] == "in_progress"


@pytest.mark.parametrize(
    ("setting", "closes"), [("false", "2026-12-06T00:00:00+03:00"), ("true", "2026-12-08T00:00:00+03:00")]
)
def test_5_1_the_last_day_may_give_way_to_a_working_day(
    config: Path, database: Database, setting: str, closes: str
) -> None:
    name = "confirmation_ends_on_working_day"
    config.write_text(config.read_text().replace(f"{name} = false", f"{name} = {setting}"))
    hand = DeskInHand(config, database)
    hand.now = minsk(25, 11, 10, 0)  # the tenth day after is a Saturday

    complete(hand)

    assert hand.show()["deadline_at"] == closes


def test_5_1_the_days_do_not_run_while_the_notice_is_not_sent(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    hand.refuses[IVAN] = Settlement(False, next_at=minsk(25, 11, 12, 0), error="450 try later")
    order(hand, "!готово\n\nСделано.")
    assert hand.show()["deadline_at"] is None

    hand.refuses.clear()
    hand.travel(minsk(25, 11, 12, 0))
    hand.send()

    assert hand.show()["deadline_at"] == "2026-12-06T00:00:00+03:00"


def test_5_1_a_notice_that_bounced_has_not_been_sent_and_the_days_do_not_run(completed: DeskInHand) -> None:
    for addr in ("it@alfa.example", "info@alfa.example"):
        completed.refuses[addr] = Settlement(False, error="550 no such user", address_is_dead=True)

    completed.receive(bounce(completed.last(IVAN, "completed"), "4.4.7"))
    completed.send()
    completed.send()

    assert completed.show()["deadline_at"] is None
    assert "completed" in completed.events()
    assert completed.events()[-1] == "notice_bounced"
    assert completed.last(ANNA, "staff_undeliverable")
    completed.travel(minsk(24, 12))
    assert completed.show()["status"] == "awaiting_confirmation"


def test_5_1_the_days_run_from_when_the_fallback_took_the_notice(completed: DeskInHand) -> None:
    completed.travel(minsk(26, 11, 12, 0))

    completed.receive(bounce(completed.last(IVAN, "completed")))

    assert completed.last("it@alfa.example", "completed")
    assert completed.show()["deadline_at"] == "2026-12-07T00:00:00+03:00"
    assert "6 декабря 2026 г." in words(completed.last("it@alfa.example", "completed"))


def test_5_1_the_bounce_of_a_reminder_leaves_the_days_running(completed: DeskInHand) -> None:
    completed.travel(minsk(1, 12))

    completed.receive(bounce(completed.last(IVAN, "completion_reminder"), "4.4.7"))

    assert completed.show()["deadline_at"] == "2026-12-04T00:00:00+03:00"


def test_5_2_the_client_s_confirmation_closes_at_once(closed: DeskInHand) -> None:
    assert closed.show()["status"] == "closed"
    assert closed.events()[-2:] == ["confirmed", "closed"]
    assert len(closed.told(IVAN, "closed")) == 1
    closed.travel(minsk(24, 12))
    assert len(closed.told(IVAN, "closed")) == 1
    assert not closed.told(IVAN, "completion_reminder")


def test_5_2_staff_are_not_invited_to_answer_what_is_closed(closed: DeskInHand) -> None:
    told = " ".join(closed.last(ANNA, "staff_reply").text.split())

    assert "Запрос закрыт" in told
    assert "уйдёт клиенту. Заметка" not in told
    assert "!готово" not in told


def test_4_7_who_gave_an_order_reads_what_an_answer_to_its_confirmation_does(completed: DeskInHand) -> None:
    completed.answer(completed.last(ANNA, "staff_new"), "!ужо")

    for notice in ("staff_done", "staff_error"):
        told = " ".join(completed.last(ANNA, notice).text.split())
        assert "Ответ на это письмо уйдёт клиенту." in told
        assert "!взять · !инфо · !возобновить · !заметка" in told


def test_5_1_a_ready_answer_finds_its_request_after_the_numbers_have_changed(
    completed: DeskInHand, config: Path
) -> None:
    config.write_text(re.sub(r"(?m)^number_format = .*", 'number_format = "REQ/{seq}"', config.read_text()))
    completed.reconfigure(config)

    completed.write(IVAN, "Re: [SD-2026-000001] Не открывается портал", "!подтверждаю")

    assert (completed.numbers(), completed.show()["status"]) == (["SD-2026-000001"], "closed")


def test_3_3_a_number_that_a_complaint_has_already_is_not_given_to_a_request(hand: DeskInHand, config: Path) -> None:
    """The form of complaints becomes that of requests, of which there were fewer."""
    hand.write(IVAN, "Жалоба", "Долго не отвечают.", to=COMPLAINTS)
    swapped = 'number_format = "C-{year}-{seq:06d}"\ncomplaint_number_format = "COMPLAINT-{seq}"'
    config.write_text(re.sub(r"(?m)^number_format = .*", swapped, config.read_text()))
    hand.reconfigure(config)

    hand.write(IVAN, "Портал", "Не открывается.")

    assert hand.numbers() == ["C-2026-000001", "C-2026-000002"]


def test_5_2_another_contact_of_the_client_may_confirm(completed: DeskInHand) -> None:
    says(completed, "Подтверждаю.", sender=VOLHA)

    assert completed.show()["status"] == "closed"
    assert f"client:{VOLHA}" == completed.show()["history"][-1]["by"]


def test_4_11_staff_close_what_was_confirmed_by_phone(completed: DeskInHand) -> None:
    order(completed, "!закрыть телефон\n\nПодтвердил по телефону.")

    confirmed, closing = completed.show()["history"][-2:]
    assert (confirmed["clause"], confirmed["detail"]["channel"]) == ("4.11", "phone")
    assert (closing["event"], completed.show()["status"]) == ("closed", "closed")
    assert not completed.told(name="staff_reply")  # the client has written nothing


@pytest.mark.parametrize("thanks", ["Спасибо!", "Подтверждаю.", "Спасибо, всё работает."])
def test_5_2_a_courtesy_to_a_closed_request_is_recorded_and_nothing_else(closed: DeskInHand, thanks: str) -> None:
    told = len(closed.told(IVAN))

    closed.answer(closed.last(IVAN, "closed"), thanks)

    assert (closed.numbers(), closed.show()["status"]) == (["SD-2026-000001"], "closed")
    assert closed.show()["messages"][-1]["new_text"] == thanks
    assert len(closed.told(IVAN)) == told


def test_5_2_a_ready_answer_that_comes_too_late_keeps_the_subject(closed: DeskInHand) -> None:
    closed.write(IVAN, "Re: [SD-2026-000001]", "!не согласен: портал снова не открывается")

    assert closed.show("SD-2026-000002")["subject"] == closed.show()["subject"] == "Не открывается портал"


def test_5_2_a_question_to_a_closed_request_becomes_a_new_one_and_the_client_is_told(closed: DeskInHand) -> None:
    before = closed.show()

    closed.answer(closed.last(IVAN, "closed"), "А как теперь сменить пароль?")

    after, new = closed.show(), closed.show("SD-2026-000002")
    assert (new["status"], new["links"]) == ("registered", [{"number": "SD-2026-000001", "kind": "follows"}])
    assert {name for name in after if after[name] != before[name]} == {"links", "messages", "history"}
    assert after["links"] == [{"number": "SD-2026-000002", "kind": "followed_by"}]
    assert "SD-2026-000002" in closed.last(IVAN, "closed_is_final").text
    assert "сменить пароль" in closed.told(SERGEY, "staff_new")[-1].text


def test_5_2_who_answers_that_notice_writes_on_in_the_new_request(closed: DeskInHand) -> None:
    closed.answer(closed.last(IVAN, "closed"), "А как теперь сменить пароль?")

    closed.answer(closed.last(IVAN, "closed_is_final"), "Забыл: пароль от портала.")

    assert closed.numbers() == ["SD-2026-000001", "SD-2026-000002"]
    assert closed.show("SD-2026-000002")["messages"][-1]["new_text"] == "Забыл: пароль от портала."


def test_5_2_and_once_that_has_ended_too_begins_what_follows_it(closed: DeskInHand) -> None:
    closed.answer(closed.last(IVAN, "closed"), "А как теперь сменить пароль?")
    notice = closed.last(IVAN, "closed_is_final")
    closed.answer(closed.last(ANNA, "staff_new"), "!закрыть телефон\n\nРассказали.")

    closed.answer(notice, "И ещё вопрос.")

    assert closed.show("SD-2026-000003")["links"] == [{"number": "SD-2026-000002", "kind": "follows"}]


def test_5_2_another_contact_who_writes_to_a_closed_request_is_told_and_nobody_else(closed: DeskInHand) -> None:
    told = len(closed.told(IVAN))

    closed.answer(closed.last(IVAN, "closed"), "У нас новый вопрос: canary.", sender=VOLHA)

    assert "SD-2026-000002" in closed.last(VOLHA, "closed_is_final").text
    assert len(closed.told(IVAN)) == told
    assert "canary" not in "".join(letter.text for letter in closed.told(IVAN))


def test_5_2_what_he_is_told_does_not_go_to_another_where_it_comes_back(closed: DeskInHand) -> None:
    told = len(closed.told(IVAN))
    closed.answer(closed.last(IVAN, "closed"), "У нас новый вопрос: canary.", sender=VOLHA)

    closed.receive(bounce(closed.last(VOLHA, "closed_is_final")))

    assert [letter.to for letter in closed.told(name="closed_is_final")] == [VOLHA, "it@alfa.example"]
    assert len(closed.told(IVAN)) == told


def test_5_2_he_is_told_at_the_client_s_mailbox_where_his_own_does_not_work(closed: DeskInHand) -> None:
    closed.refuses[VOLHA] = Settlement(False, address_is_dead=True, error="550 no such user")

    closed.answer(closed.last(IVAN, "closed"), "У нас новый вопрос.", sender=VOLHA)
    closed.send()

    assert [letter.to for letter in closed.told(name="closed_is_final")] == ["it@alfa.example"]


@pytest.mark.parametrize(
    "said", ["!в работу", "!возобновить", "!готово\n\nЕщё раз.", "!срочность высокая", "Ещё вот что."]
)
def test_5_2_staff_cannot_open_what_is_closed(closed: DeskInHand, said: str) -> None:
    before = closed.events()

    order(closed, said)

    assert (closed.show()["status"], closed.events()) == ("closed", before)
    assert "5.2" in closed.last(ANNA, "staff_error").text
