"""Staff command by mail: what becomes of their orders, their text, and what they are told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, DESK, IVAN, JOHN, KATE, SERGEY
from tests.rig.play import words


@pytest.fixture
def asked(hand: DeskInHand) -> DeskInHand:
    """A request was registered."""
    hand.write(IVAN, "Не открывается портал", "Портал не открывается с утра.")
    return hand


def order(hand: DeskInHand, text: str, by: str = ANNA, **more: Any) -> None:
    hand.answer(hand.last(by, "staff_new"), text, **more)


def test_the_text_goes_with_the_order_that_requires_it(asked: DeskInHand) -> None:
    order(asked, "!взять\n!готово\n\nЗаменили сертификат.")

    assert "Заменили сертификат." not in asked.last(IVAN, "started").text
    assert "Заменили сертификат." in asked.last(IVAN, "completed").text
    assert asked.show()["assignee"] == ANNA


def test_a_text_that_no_order_carries_goes_to_the_client_all_the_same(asked: DeskInHand) -> None:
    order(asked, "!срочность нормальная\n\nСмотрим.")

    assert "Смотрим." in asked.last(IVAN, "started").text
    assert not asked.told(IVAN, "changed")


def test_4_7_a_note_never_reaches_the_client(asked: DeskInHand) -> None:
    before = len(asked.told(IVAN))

    order(asked, "!заметка\n\nКлиент сердит, аккуратнее.")

    assert len(asked.told(IVAN)) == before
    assert [entry["internal"] for entry in asked.show()["messages"] if "сердит" in entry["text"]] == [True]


def test_4_7_where_an_answer_stays_a_note_its_writer_is_told_so(asked: DeskInHand, config: Path) -> None:
    config.write_text(config.read_text().replace("[desk]", '[desk]\nplain_reply = "note"'))
    asked.reconfigure(config)
    before = len(asked.told(IVAN))

    order(asked, "Клиент сердит, аккуратнее.")

    assert (len(asked.told(IVAN)), asked.events()[-1]) == (before, "noted")
    told = words(asked.last(ANNA, "staff_done"))
    assert told.startswith("Ваш ответ по запросу SD-2026-000001 записан как заметка для своих: клиенту он не уйдёт.")


@pytest.mark.parametrize("sign", ["!", "! ", "№ ", "# ", "/ "])
def test_4_7_a_space_behind_the_sign_makes_no_note_a_letter(asked: DeskInHand, sign: str) -> None:
    before = len(asked.told(IVAN))

    order(asked, f"{sign}заметка\n\nКлиент сердит, аккуратнее.")

    assert len(asked.told(IVAN)) == before
    assert asked.events()[-1] == "noted"


def test_4_7_a_note_below_a_greeting_never_reaches_the_client(asked: DeskInHand) -> None:
    before = len(asked.told(IVAN))

    order(asked, "Коллега, добрый день!\n\n!заметка\nКлиент сердит, аккуратнее.")

    assert len(asked.told(IVAN)) == before
    assert "Команда стоит под текстом" in words(asked.last(ANNA, "staff_error"))


def test_on_any_error_nothing_is_done_and_the_text_comes_back(asked: DeskInHand) -> None:
    order(asked, "!взять\n!готоово\n\nЗаменили сертификат.")

    error = asked.last(ANNA, "staff_error")
    assert "!готоово" in error.text
    assert "!готово" in error.text
    assert "Заменили сертификат." in error.text
    assert asked.show()["assignee"] is None
    assert [letter.name for letter in asked.told(IVAN)] == ["registered"]


def test_an_order_that_the_status_refuses_undoes_the_ones_before_it(asked: DeskInHand) -> None:
    order(asked, "!тип 8\n!продлить 3d")

    assert asked.show()["type"] == "unclassified"
    assert "Продлевать нечего" in asked.last(ANNA, "staff_error").text


def test_4_3_no_change_no_notice(asked: DeskInHand) -> None:
    order(asked, "!срочность нормальная")

    assert not asked.told(IVAN, "changed")
    assert asked.last(ANNA, "staff_done")


@pytest.mark.parametrize("lines", [("!тип 8", "!влияние полное"), ("!влияние полное", "!тип 8")])
def test_appendix_2_type_and_impact_stand_in_any_order(asked: DeskInHand, lines: tuple[str, str]) -> None:
    order(asked, "\n".join(lines))

    assert (asked.show()["impact"], asked.show()["priority"]) == ("full", "critical")


@pytest.mark.parametrize("lines", ["!тип 8", "!срочность высокая\n!тип 8", "!тип 8\n!приоритет авто"])
def test_appendix_2_staff_hear_that_they_may_name_the_impact(asked: DeskInHand, lines: str) -> None:
    order(asked, lines)

    assert "Влияние не названо и считается частичным" in words(asked.last(ANNA, "staff_done"))


def test_appendix_2_two_impacts_are_refused(asked: DeskInHand) -> None:
    order(asked, "!тип 8 полное\n!влияние частичное")

    assert asked.show()["type"] == "unclassified"
    assert "по-разному" in asked.last(ANNA, "staff_error").text


def test_4_4_a_priority_that_is_only_held_fast_stands_in_the_history(asked: DeskInHand) -> None:
    before = len(asked.told(IVAN))

    order(asked, "!приоритет средний")

    assert asked.show()["priority_by_hand"]
    assert asked.show()["history"][-1]["detail"]["changes"] == [{"what": "priority_by_hand", "from": False, "to": True}]
    assert len(asked.told(IVAN)) == before  # 4.3: nothing has changed for him
    order(asked, "!приоритет авто")
    assert asked.show()["history"][-1]["detail"]["changes"] == [{"what": "priority_by_hand", "from": True, "to": False}]


def test_4_4_nor_is_it_held_fast_in_a_request_that_has_ended(asked: DeskInHand) -> None:
    order(asked, "!отклонить\n\nНе к нам.")

    order(asked, "!приоритет средний")

    assert not asked.show()["priority_by_hand"]
    assert asked.last(ANNA, "staff_error")


def test_4_3_a_changed_notice_says_only_what_has_changed_for_the_client(asked: DeskInHand) -> None:
    order(asked, "!тип 8 полное\n!приоритет высокий")
    assert "Приоритет средний → высокий" in words(asked.last(IVAN, "changed"))

    order(asked, "!тип 9\n!приоритет авто")

    told = words(asked.last(IVAN, "changed"))
    assert "Влияние услуга полностью неработоспособна → не применяется" in told
    assert "→ Если" not in told


def test_3_3_the_type_that_the_client_named_is_accepted_with_one_word(hand: DeskInHand) -> None:
    hand.write(IVAN, "Вопрос", "Тип запроса: Консультация\n\nКак настроить почту?")
    assert (hand.show()["type"], hand.show()["type_suggested"]) == ("unclassified", "consultation")

    order(hand, "!тип")

    assert (hand.show()["type"], hand.show()["priority"]) == ("consultation", "low")


def test_4_5_assign_finds_whom_outlook_wrote_as_a_link(asked: DeskInHand) -> None:
    order(asked, f"!назначить {SERGEY}<mailto:{SERGEY}>\n\nПосмотри, пожалуйста.")

    assert asked.show()["assignee"] == SERGEY


def test_4_5_what_is_attached_for_a_colleague_reaches_him_and_not_the_client(asked: DeskInHand) -> None:
    order(asked, "!назначить Мороз\n\nВот журнал.", attachments=[("журнал.txt", b"error 500")])

    told = asked.told(SERGEY, "staff_new")[-1]
    assert [part.get_filename() for part in told.attachments] == ["журнал.txt"]
    assert b"error 500" in told.attachments[0].get_payload(decode=True)
    assert "Вложения: журнал.txt" in told.text
    assert not [letter for letter in asked.told(IVAN) if letter.attachments]


def test_4_4_a_shown_request_names_the_files_of_each_mail(asked: DeskInHand) -> None:
    asked.write(
        IVAN, "Re: [SD-2026-000001]", "", answers=asked.last(IVAN, "registered"), attachments=[("акт.pdf", b"%PDF")]
    )
    order(asked, "!показать SD-2026-000001")

    shown = asked.last(ANNA, "staff_done").text.replace("\r\n", "\n")
    assert "Иван Петров\nВложения: акт.pdf (4 байта).\n\nЗапрос:" in shown


def test_a_type_that_nobody_suggested_must_be_named(asked: DeskInHand) -> None:
    order(asked, "!тип")

    assert "!тип 8" in asked.last(ANNA, "staff_error").text


def test_assign_tells_the_colleague_and_then_only_him(asked: DeskInHand) -> None:
    order(asked, "!назначить Сергей\n\nПосмотри, пожалуйста, это твоё.")

    assert asked.show()["assignee"] == SERGEY
    assert "это твоё" in asked.told(SERGEY, "staff_new")[-1].text
    asked.answer(asked.last(IVAN, "registered"), "Есть новости?")
    assert [letter.to for letter in asked.told(name="staff_reply")] == [SERGEY]


@pytest.mark.parametrize("for_us", ["!заметка", "!назначить Мороз"])
def test_4_7_words_for_colleagues_are_not_shown_as_sent_to_the_client(asked: DeskInHand, for_us: str) -> None:
    order(asked, f"{for_us}\n!тип 8\n\nКлиент сердит, аккуратнее.")

    done = asked.last(ANNA, "staff_done")
    assert f"Письмо клиенту: {IVAN}" in done.text
    assert "сердит" not in done.text


def test_whom_a_notice_without_words_went_to_stands_apart_from_the_facts(asked: DeskInHand) -> None:
    order(asked, "!взять")

    done = asked.last(ANNA, "staff_done").text.replace("\r\n", "\n")
    assert f"Письмо клиенту: {IVAN}\n\nЗапрос:" in done


def test_3_6_split_makes_a_linked_request_and_tells_the_client(asked: DeskInHand) -> None:
    order(asked, "!разделить Пароль к почте\n\nИ ещё: сбросьте пароль к почте.")

    assert asked.show("SD-2026-000002")["links"] == [{"number": "SD-2026-000001", "kind": "split_from"}]
    assert asked.show()["links"] == [{"number": "SD-2026-000002", "kind": "split_into"}]
    assert "SD-2026-000002" in asked.last(IVAN, "split").text
    assert "сбросьте пароль" in asked.told(SERGEY, "staff_new")[-1].text


def test_merge_ends_this_request_and_its_number_answers_on_in_the_other(asked: DeskInHand) -> None:
    asked.write(IVAN, "Портал всё ещё лежит", "Пишу ещё раз.")
    asked.answer(asked.told(ANNA, "staff_new")[1], "!объединить SD-2026-000001")

    assert asked.show("SD-2026-000002")["status"] == "closed"
    asked.answer(asked.last(IVAN, "merged"), "Понятно, жду.")
    assert asked.show()["messages"][-1]["new_text"] == "Понятно, жду."


def test_merge_with_another_client_s_request_is_refused(asked: DeskInHand) -> None:
    asked.write(JOHN, "Printer", "It is on fire.")

    asked.answer(asked.told(ANNA, "staff_new")[0], "!объединить SD-2026-000002")

    assert "другого клиента" in asked.last(ANNA, "staff_error").text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("!телефон ivan.petrov@alfa.example +375 29 000-00-00 критично не может писать", "не авторизован"),
        ("!телефон ivan.petrov@alfa.example +375 29 123-45-67 не может писать", "критические"),
        ("!телефон ivan.petrov@alfa.example +375 29 123-45-67 критично", "может написать"),
        ("!телефон nobody@alfa.example +375 29 123-45-67 критично не может писать", "3.10"),
    ],
)
def test_3_4_phone_needs_all_three_conditions(hand: DeskInHand, said: str, words: str) -> None:
    hand.write(ANNA, "Звонок Петрова", f"{said}\n\nНичего не работает.")

    assert hand.numbers() == []
    assert words in hand.last(ANNA, "staff_error").text


@pytest.mark.parametrize("number", ["+375 29 123-45-67", "8 029 123 45 67", "375291234567"])
def test_3_4_phone_is_registered_when_all_hold(hand: DeskInHand, number: str) -> None:
    hand.write(ANNA, "Звонок Петрова", f"!телефон {IVAN} {number} критично не может писать\n\nНичего не работает.")

    request = hand.show()
    assert (request["channel"], request["priority"], request["priority_by_hand"]) == ("phone", "critical", True)
    assert "Ничего не работает." in hand.last(IVAN, "registered").text
    assert hand.last(SERGEY, "staff_new")


@pytest.mark.parametrize("said", [f"!phone {IVAN} +375291234567 critical cannot write", f"!letter {IVAN}"])
def test_6_1_what_staff_enter_is_no_complaint_wherever_they_send_it(hand: DeskInHand, said: str) -> None:
    hand.write(KATE, "Из бумажной почты", f"{said}\n\nНичего не работает.", to=COMPLAINTS)

    assert hand.show()["mailbox"] == "support"
    assert {letter.to for letter in hand.told(name="staff_new")} == {ANNA, SERGEY}


def test_undo_takes_back_what_is_still_held(asked: DeskInHand) -> None:
    hold, asked.send = asked.send, lambda: hold(held=False)  # type: ignore[method-assign]
    order(asked, "!готово\n\nСделано.")
    assert asked.show()["status"] == "awaiting_confirmation"
    assert "Вы можете" in (done := asked.last(ANNA, "staff_done")).text or "!отменить" in done.text

    order(asked, "!отменить")

    assert asked.show()["status"] == "registered"
    asked.now += timedelta(minutes=5)
    hold()
    assert not asked.told(IVAN, "completed")
    assert [entry["kind"] for entry in asked.show()["messages"]].count("completed") == 0


@pytest.mark.parametrize("said", [f"!назначить {SERGEY}", f"!назначить {SERGEY}\n!тип 9"])
def test_4_5_undo_keeps_an_assignment_from_its_assignee(asked: DeskInHand, said: str) -> None:
    invited = len(asked.told(SERGEY, "staff_new"))
    hold, asked.send = asked.send, lambda: hold(held=False)  # type: ignore[method-assign]
    order(asked, said)
    assert "!отменить" in asked.last(ANNA, "staff_done").text

    order(asked, "!отменить")

    assert (asked.show()["assignee"], asked.show()["type"]) == (None, "unclassified")
    assert "Ответственный: Сергей Мороз → не назначен." in words(asked.last(ANNA, "staff_done"))
    asked.now += timedelta(minutes=5)
    hold()
    assert len(asked.told(SERGEY, "staff_new")) == invited


def test_3_6_a_mail_that_split_is_not_said_to_be_undoable(asked: DeskInHand) -> None:
    order(asked, "!разделить Пароль к почте\n\nИ ещё: сбросьте пароль к почте.")

    assert "!отменить" not in asked.last(ANNA, "staff_done").text


def test_undo_comes_too_late_once_the_notice_has_gone(asked: DeskInHand) -> None:
    order(asked, "!готово\n\nСделано.")

    order(asked, "!отменить")

    assert asked.show()["status"] == "awaiting_confirmation"
    assert "Отменять нечего" in asked.last(ANNA, "staff_error").text


@pytest.mark.parametrize(
    ("said", "notice", "words"),
    [
        ("!очередь", "staff_queue", "SD-2026-000001"),
        ("!показать SD-2026-000001", "staff_done", "Портал не открывается"),
        ("!помощь", "staff_done", "!готово"),
    ],
)
def test_questions_are_answered_by_mail(asked: DeskInHand, said: str, notice: str, words: str) -> None:
    asked.write(ANNA, "вопрос", said, to=DESK)

    assert words in asked.last(ANNA, notice).text
    assert asked.show()["status"] == "registered"


def test_staff_who_write_about_nothing_known_are_told_so(hand: DeskInHand) -> None:
    hand.write(ANNA, "Привет", "Что-то хотела сказать.")

    assert "о каком запросе" in hand.last(ANNA, "staff_error").text
    assert hand.numbers() == []
