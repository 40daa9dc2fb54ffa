"""Section 4 played by mail: carrying out."""

from __future__ import annotations

import pytest

from tests.rig.house import ANNA, IVAN, JOHN, SERGEY, VOLHA
from tests.rig.play import NEXT, NUMBER, SUBJECT, TROUBLE, Play, bounce, minsk, words

ASK = "!инфо 3 рабочих дня\nПришлите номер договора."
UNTIL = "до четверга, 26 ноября 2026 г., 18:00 (Минск)"
REMINDS, ENDS = minsk(25, 11, 9, 0), minsk(26, 11, 18, 0)
SECRET = "Клиент не платил за октябрь"


# 4.1 The order of work -----------------------------------------------------------------------------------------------


def given_a_queue(play: Play) -> None:
    """Three requests: an ordinary one, an older one that is urgent, and one that is critical."""
    play.write(IVAN, "[срочно] Второй", TROUBLE)
    play.write(ANNA, f"[{NUMBER}]", "!тип 7")
    play.write(JOHN, "Third", TROUBLE)
    play.write(IVAN, "Первый", TROUBLE)
    play.write(ANNA, "[SD-2026-000003]", "!тип 8 полное")
    play.run_once()


def test_4_1_the_queue_is_ordered_by_priority_and_then_by_age(play: Play):
    given_a_queue(play)

    play.write(ANNA, "Очередь", "!очередь")
    play.run_once()

    queue = play.last(ANNA, "staff_queue").text
    assert queue.index("SD-2026-000003") < queue.index(NUMBER) < queue.index(NEXT)
    assert [request["subject"] for request in play.requests()] == ["Первый", "[срочно] Второй", "Third"]


def test_4_1_every_working_day_begins_with_a_digest(play: Play):
    play.configure(desk="digest = true")
    given_a_queue(play)
    assert "staff_digest" in play.told(SERGEY)

    play.go(minsk(24, 11, 8, 59))
    assert play.told(ANNA) == []

    play.go(minsk(24, 11, 9, 0))
    digest = play.last(ANNA, "staff_digest").text
    assert digest.index("SD-2026-000003") < digest.index(NUMBER) < digest.index(NEXT)

    play.go(minsk(24, 11, 12, 0))
    assert play.told(ANNA) == []
    play.go(minsk(28, 11, 9, 0))  # Saturday
    assert play.told(ANNA) == []


# 4.2, 4.3 Changes ----------------------------------------------------------------------------------------------------


def test_4_2_the_priority_follows_appendix_2(play: Play):
    play.given("!тип 8 значительное\n!срочность высокая")

    request = play.show(NUMBER)
    assert (request["type"], request["impact"], request["urgency"], request["priority"]) == (
        "technical_support", "major", "high", "critical",
    )  # fmt: skip
    assert ("changed", "4.3") in play.history()


def test_4_2_a_priority_set_by_hand_stays_until_staff_follow_the_table_again(play: Play):
    play.given("!приоритет критический", "!тип 4")
    assert (play.show(NUMBER)["priority"], play.show(NUMBER)["priority_by_hand"]) == ("critical", True)

    play.staff("!приоритет авто")

    assert (play.show(NUMBER)["priority"], play.show(NUMBER)["priority_by_hand"]) == ("low", False)


def test_4_3_the_client_is_told_what_changed_from_what_to_what(play: Play):
    play.given("!тип 7\n!срочность высокая")

    told = words(play.last(IVAN, "changed"))
    assert "Неклассифицированный запрос → Запрос на изменение услуги" in told
    assert "Срочность нормальная → высокая" in told
    assert "Приоритет средний → высокий" in told
    assert "Влияние" not in told


def test_4_3_no_change_no_notice(play: Play):
    play.given("!тип 7")

    play.staff("!тип 7")

    assert play.told(IVAN) == []
    assert play.history() == [("registered", "3.3"), ("changed", "4.3")]


# 4.4 Record ----------------------------------------------------------------------------------------------------------


def test_4_4_everything_stands_in_the_history_in_order_and_with_its_author(play: Play):
    play.given("!взять\nПроверяем.")
    play.client("Теперь ещё и почта.")
    play.staff("!заметка\nПозвонить провайдеру.", by=SERGEY)
    play.staff("!готово\nПортал открывается.")

    request = play.show(NUMBER)
    assert [(line["event"], line["by"]) for line in request["history"]] == [
        ("registered", f"client:{IVAN}"),
        ("started", f"staff:{ANNA}"),
        ("assigned", f"staff:{ANNA}"),
        ("client_wrote", f"client:{IVAN}"),
        ("noted", f"staff:{SERGEY}"),
        ("completed", f"staff:{ANNA}"),
    ]
    assert [(each["direction"], each["kind"]) for each in request["messages"] if not each["internal"]] == [
        ("in", "submission"), ("out", "registered"), ("out", "started"), ("in", "reply"), ("out", "completed"),
    ]  # fmt: skip
    assert [line["at"] for line in request["history"]] == sorted(line["at"] for line in request["history"])
    assert "Проверяем." in request["messages"][[each["kind"] for each in request["messages"]].index("started")]["text"]


def test_4_4_staff_can_ask_for_the_whole_record(play: Play):
    play.given("!в работу\nПроверяем.", f"!показать {NUMBER}")

    shown = [words(letter) for letter in play.letters(ANNA, "staff_done")]
    assert any(TROUBLE in each and "Проверяем." in each for each in shown)


# 4.5 Start -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "assignee"), [("!в работу", None), ("!взять", ANNA), ("Смотрим, что случилось.", None), ("!start", None)]
)
def test_4_5_the_client_is_told_that_work_has_begun(play: Play, order: str, assignee: str | None):
    play.given(order)

    request = play.show(NUMBER)
    assert (request["status"], request["assignee"]) == ("in_progress", assignee)
    assert ("started", "4.5") in play.history()
    assert play.told(IVAN) == ["registered", "started"]
    assert "Мы начали работу" in words(play.last(IVAN, "started"))


# 4.6 More information ------------------------------------------------------------------------------------------------


def test_4_6_the_client_is_told_what_is_needed_and_until_when(play: Play):
    play.given(ASK)

    request = play.show(NUMBER)
    assert (request["status"], request["deadline_at"]) == ("awaiting_info", "2026-11-26T18:00:00+03:00")
    assert play.history()[-1] == ("info_asked", "4.6")
    told = words(play.last(IVAN, "info_needed"))
    assert "Пришлите номер договора." in told
    assert UNTIL in told


def test_4_6_without_a_term_the_default_holds(play: Play):
    play.given("!инфо\nПришлите номер договора.")

    assert play.show(NUMBER)["deadline_at"] == "2026-11-26T18:00:00+03:00"


def test_4_6_the_clock_starts_when_the_notice_was_accepted(play: Play):
    play.given()
    play.sink.faults.recipients[IVAN] = "450 4.2.1 try again later"
    play.staff(ASK)
    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("awaiting_info", None)

    play.sink.faults.recipients.clear()
    play.go(minsk(24, 11, 10, 5))

    assert play.show(NUMBER)["deadline_at"] == "2026-11-27T18:00:00+03:00"
    assert "до пятницы, 27 ноября 2026 г., 18:00 (Минск)" in words(play.last(IVAN, "info_needed"))


def test_4_6_who_takes_part_is_told_until_when(play: Play):
    play.given(ASK, headers=[("Cc", VOLHA)])

    assert "да чацвярга, 26 лістапада 2026 г., 18:00 (Мінск)" in words(play.last(VOLHA, "info_needed"))


def test_4_6_a_date_that_passed_before_the_notice_was_accepted_gives_way_to_the_usual_term(play: Play):
    play.given()
    play.sink.faults.recipients[IVAN] = "450 4.2.1 try again later"
    play.staff("!инфо до 23.11.2026\nПришлите номер договора.")

    play.sink.faults.recipients.clear()
    play.go(minsk(24, 11, 10, 5))

    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("awaiting_info", "2026-11-27T18:00:00+03:00")
    assert "до пятницы, 27 ноября 2026 г., 18:00 (Минск)" in words(play.last(IVAN, "info_needed"))


def test_4_6_what_the_client_writes_before_he_was_asked_is_no_answer(play: Play):
    play.given()
    play.sink.faults.recipients[IVAN] = "450 4.2.1 try again later"
    play.staff(ASK)

    play.client("Есть новости?")
    assert (play.status(), play.history()[-1]) == ("awaiting_info", ("client_wrote", "4.4"))
    assert "Есть новости?" in words(play.last(ANNA, "staff_reply"))

    play.sink.faults.recipients.clear()
    play.go(minsk(24, 11, 10, 5))
    assert play.show(NUMBER)["deadline_at"] == "2026-11-27T18:00:00+03:00"
    play.client("Договор 17.")
    assert (play.status(), play.history()[-1]) == ("registered", ("client_answered", "4.6"))


def test_4_6_a_reminder_one_working_day_before_the_end(play: Play):
    play.given(ASK)

    play.go(minsk(25, 11, 8, 58))
    assert play.told(IVAN) == []

    play.go(REMINDS)
    assert UNTIL in words(play.last(IVAN, "info_reminder"))
    assert play.history()[-1] == ("info_reminded", "4.6")

    play.go(minsk(25, 11, 12, 0))
    assert play.told(IVAN) == []


@pytest.mark.parametrize(
    ("before", "status"),
    [(["!взять"], "in_progress"), (["!третья сторона"], "awaiting_third_party"), ([], "registered")],
)
def test_4_6_the_answer_returns_the_request_to_the_status_it_had(play: Play, before: list[str], status: str):
    play.given(*before, ASK)
    assert play.status() == "awaiting_info"

    play.client("Договор № 118/25.")

    assert (play.status(), play.show(NUMBER)["deadline_at"]) == (status, None)
    assert play.history()[-1] == ("client_answered", "4.6")
    assert "Договор № 118/25." in words(play.last(ANNA, "staff_reply"))
    play.go(ENDS)
    assert (play.told(IVAN), play.status()) == ([], status)


def test_4_6_staff_extend_the_waiting_time_and_the_client_is_told(play: Play):
    play.given(ASK)

    play.staff("!продлить до 30.11.2026")

    assert play.show(NUMBER)["deadline_at"] == "2026-11-30T18:00:00+03:00"
    assert "до понедельника, 30 ноября 2026 г., 18:00 (Минск)" in words(play.last(IVAN, "info_needed"))
    play.go(ENDS)
    assert play.status() == "awaiting_info"


# 4.7 Progress --------------------------------------------------------------------------------------------------------


def test_4_7_what_staff_add_for_the_client_goes_to_the_client(play: Play):
    play.given("!взять")

    play.staff("Нашли причину, к вечеру исправим.")

    told = play.last(IVAN, "progress")
    assert "Нашли причину, к вечеру исправим." in words(told)
    assert told["Auto-Submitted"] == ""
    assert play.history()[-1] == ("progressed", "4.7")


def test_4_7_an_internal_note_never_goes_to_the_client(play: Play):
    play.given("!взять", f"!заметка\n{SECRET}.")
    play.staff("Работаем.")
    play.client("Спасибо, ждём.")
    play.staff("!готово\nИсправлено.")

    assert play.status() == "awaiting_confirmation"
    assert not any(SECRET in letter.text or SECRET in letter.message.as_string() for letter in play.letters(IVAN))
    assert [each["new_text"] for each in play.show(NUMBER)["messages"] if each["kind"] == "note"] == [f"{SECRET}."]


def test_4_7_a_plain_answer_is_internal_where_the_setting_says_so(play: Play):
    play.configure(desk='digest = false\nplain_reply = "note"')
    play.given("!взять")

    play.staff(SECRET)

    assert play.told(IVAN) == []
    assert play.history()[-1] == ("noted", "4.4")


# 4.8 No answer -------------------------------------------------------------------------------------------------------


def test_4_8_without_an_answer_the_request_is_rejected_at_the_end(play: Play):
    play.given(ASK)

    play.go(minsk(26, 11, 17, 58))
    assert play.status() == "awaiting_info"

    play.go(ENDS)
    assert play.status() == "rejected"
    assert play.history()[-1] == ("rejected", "4.8")
    told = words(play.last(IVAN, "rejected"))
    assert "Запрос отклонен, в связи с отсутствием ответа клиента по запросу" in told
    assert "до воскресенья, 6 декабря 2026 г., 24:00 (Минск)" in told


def test_4_8_staff_are_asked_first_where_the_setting_says_so(play: Play):
    play.configure('[deadlines]\nno_answer = "ask"')
    play.given(ASK)

    play.go(ENDS)
    assert (play.status(), "rejected" in play.told(IVAN)) == ("awaiting_info", False)
    assert "срок ответа клиента прошёл" in words(play.last(ANNA, "staff_deadline"))

    play.staff("!отклонить\nОтвета не было.")
    assert play.status() == "rejected"
    play.client("Извините, вот договор: № 118/25.")
    assert play.status() == "in_progress"


@pytest.mark.parametrize("kind", ["vacation", "bounce"])
def test_4_8_an_automatic_reply_is_no_answer(play: Play, kind: str):
    play.given("!взять", ASK)

    if kind == "vacation":
        asked = play.last(IVAN, "info_needed")
        play.answer(asked, "Я в отпуске до понедельника.", headers=[("Auto-Submitted", "auto-replied")])
    else:
        play.deliver(bounce(play.last(IVAN, "started"), "4.2.2"), proof="")
    play.run_once()

    assert play.status() == "awaiting_info"
    assert play.told(IVAN) == []
    play.go(ENDS)
    assert play.status() == "rejected"


def test_4_8_an_answer_within_ten_days_of_the_rejection_resumes(play: Play):
    play.given(ASK)
    play.go(ENDS)

    play.at(minsk(6, 12, 23, 50))
    play.client("Договор № 118/25.")

    assert play.status() == "in_progress"
    assert play.history()[-2:] == [("client_answered", "4.8"), ("resumed", "4.8")]
    assert play.told(IVAN) == ["resumed"]
    assert play.told(ANNA) == ["staff_reply"]


def test_4_8_a_later_answer_becomes_a_new_linked_request(play: Play):
    play.given(ASK)
    play.go(ENDS)

    play.at(minsk(7, 12, 0, 1))
    play.client("Договор № 118/25.")

    assert play.status() == "rejected"
    assert play.show(NEXT)["links"] == [{"number": NUMBER, "kind": "follows"}]


# 4.9, 4.10, 4.11 -----------------------------------------------------------------------------------------------------


def test_4_9_the_client_is_told_that_the_trouble_lies_elsewhere(play: Play):
    play.given("!взять", "!не наше\nОбрыв у Вашего оператора связи.")

    told = words(play.last(IVAN, "out_of_scope"))
    assert "вне нашей зоны ответственности" in told
    assert "обещать её устранение мы не можем" in told
    assert "Обрыв у Вашего оператора связи." in told
    assert play.history()[-1] == ("out_of_scope_said", "4.9")
    assert play.status() == "in_progress"


def test_4_10_the_client_is_told_of_the_third_party_and_until_when(play: Play):
    play.given("!взять", "!третья сторона до 30.11.2026\nЖдём оператора связи.")

    told = words(play.last(IVAN, "third_party"))
    assert "зависит от третьей стороны" in told
    assert "до понедельника, 30 ноября 2026 г., 18:00 (Минск)" in told
    assert play.history()[-1] == ("third_party_awaited", "4.10")
    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("awaiting_third_party", "2026-11-30T18:00:00+03:00")

    play.go(minsk(30, 11, 18, 0))
    assert (play.status(), play.told(IVAN)) == ("awaiting_third_party", [])
    assert "30 ноября 2026 г., 18:00 (Минск)" in words(play.last(ANNA, "staff_deadline"))


def test_4_10_the_date_outlasts_a_question_to_the_client(play: Play):
    play.given("!взять", "!третья сторона до 30.11.2026\nЖдём оператора связи.", ASK)
    assert play.show(NUMBER)["deadline_at"] == "2026-11-26T18:00:00+03:00"

    play.client("Договор 17.")
    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("awaiting_third_party", "2026-11-30T18:00:00+03:00")

    play.go(minsk(30, 11, 18, 0))
    assert "30 ноября 2026 г., 18:00 (Минск)" in words(play.last(ANNA, "staff_deadline"))


def test_4_10_without_a_date_nothing_falls_due(play: Play):
    play.given("!взять", "!третья сторона")

    assert play.show(NUMBER)["deadline_at"] is None
    assert "Срок" not in words(play.last(IVAN, "third_party"))
    play.go(minsk(23, 12, 18, 0))
    assert (play.told(ANNA), play.told(IVAN)) == ([], [])


def test_4_11_what_was_agreed_by_phone_shows_in_the_history_with_its_channel(play: Play):
    play.given("!взять", "!заметка по телефону\nДоговорились на вторник.")

    noted = play.show(NUMBER)["history"][-1]
    assert (noted["event"], noted["detail"]["channel"], noted["by"]) == ("noted", "phone", f"staff:{ANNA}")
    assert "noted" not in play.told(IVAN)


def test_4_11_a_confirmation_by_phone_closes(play: Play):
    play.given("!готово\nПортал открывается.")

    play.staff("!закрыть телефон\nКлиент подтвердил по телефону.")

    history = play.show(NUMBER)["history"]
    assert [(line["event"], line["clause"]) for line in history[-2:]] == [("confirmed", "4.11"), ("closed", "5.2")]
    assert history[-2]["detail"]["channel"] == "phone"
    assert play.told(IVAN) == ["closed"]
    assert SUBJECT in play.last(IVAN, "closed")["Subject"]
