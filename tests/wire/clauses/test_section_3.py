"""Section 3 played by mail: sending and registering."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from tests.rig.house import ANNA, DESK, IVAN, JOHN, SERGEY, VOLHA
from tests.rig.play import MONDAY, NEXT, NUMBER, SUBJECT, TROUBLE, Play, bounce, minsk, words

SALES, GATE, STRANGER = "sales@desk.example", "gate@portal.example", "maria@gamma.example"
IT, INFO, OFFICE = "it@alfa.example", "info@alfa.example", "office@beta.example"
PHONE = "+375 29 123-45-67"
CALL = f"!телефон {IVAN} {PHONE} критично, не может писать"


# 3.1 Channels --------------------------------------------------------------------------------------------------------


def test_3_1_mail_arrives_in_any_of_several_mailboxes(play: Play):
    play.configure(play.mailbox("sales", SALES))

    play.write(IVAN, SUBJECT, TROUBLE)
    play.write(IVAN, "Счёт", "Пришлите счёт.", to=SALES)
    play.run_once()

    found = {request["subject"]: (request["channel"], request["mailbox"]) for request in play.requests()}
    assert found == {SUBJECT: ("email", "support"), "Счёт": ("email", "sales")}
    senders = {letter["From"].partition("<")[2].rstrip(">") for letter in play.letters(IVAN, "registered")}
    assert senders == {DESK, SALES}


@pytest.mark.parametrize("channel", ["portal", "portal_form", "smdo"])
def test_3_1_a_gateway_hands_over_what_the_client_sent_elsewhere(play: Play, channel: str):
    play.configure(f'[[gateway]]\naddress = "{GATE}"\nchannel = "{channel}"')

    play.write(GATE, SUBJECT, TROUBLE, headers=[("X-Mailgate-Contact", IVAN), ("X-Mailgate-Urgency", "high")])
    play.run_once()

    request = play.show(NUMBER)
    assert (request["channel"], request["contact"], request["urgency"]) == (channel, IVAN, "high")
    assert play.told(IVAN) == ["registered"]
    assert play.told(GATE) == []


def test_3_1_nobody_is_a_gateway_by_writing_its_headers(play: Play):
    play.write(JOHN, SUBJECT, TROUBLE, headers=[("X-Mailgate-Contact", IVAN), ("X-Mailgate-Type", "document_upload")])
    play.run_once()

    request = play.show(NUMBER)
    assert (request["channel"], request["contact"], request["type"]) == ("email", JOHN, "unclassified")


def test_3_1_a_letter_is_entered_by_staff_for_a_contact(play: Play):
    play.write(ANNA, "Письмо № 14", f"!письмо {IVAN}\nПросим подключить филиал.")
    play.run_once()

    request = play.show(NUMBER)
    assert (request["channel"], request["contact"], request["subject"]) == ("letter", IVAN, "Письмо № 14")
    assert "Ваше письмо на бланке" in words(play.last(IVAN, "registered"))
    assert play.told(ANNA) == ["staff_done", "staff_new"]


def test_3_1_a_letter_of_somebody_who_is_no_contact_is_not_entered(play: Play):
    play.write(ANNA, "Письмо № 14", f"!письмо {STRANGER}\nПросим подключить филиал.")
    play.run_once()

    assert f"{STRANGER} нет среди контактных лиц" in words(play.last(ANNA, "staff_error"))
    assert play.numbers() == []


# 3.2 Content ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "service", "urgency", "suggested"),
    [
        ("Услуга: ЦОД\nТип запроса: Консультация\nСрочность: высокая", "ЦОД", "high", "consultation"),
        ("Паслуга: Воблака\nТып запыту: Новы заказ\nТэрміновасць: нізкая", "Воблака", "low", "new_order"),
        ("Service: Cloud\nType: Consultation\nUrgency: low", "Cloud", "low", "consultation"),
    ],
)
def test_3_2_field_lines_are_read_and_stay_in_the_text(
    play: Play, lines: str, service: str, urgency: str, suggested: str
):
    play.given(text=f"{lines}\n\n{TROUBLE}")

    request = play.show(NUMBER)
    assert (request["service"], request["urgency"], request["type_suggested"]) == (service, urgency, suggested)
    assert request["messages"][0]["text"].split() == f"{lines} {TROUBLE}".split()
    assert lines.splitlines()[0] in play.last(ANNA, "staff_new").text


def test_3_2_the_notice_says_what_was_understood_and_what_is_missing(play: Play):
    play.given(text=f"Услуга: Виртуальный ЦОД\nТема: Портал и вход\n\n{TROUBLE}")

    told = words(play.last(IVAN, "registered"))
    assert "Услуга: Виртуальный ЦОД" in told
    assert "Тема: Портал и вход" in told
    assert "В заявке не указано: тип запроса." in told


def test_3_2_attachments_are_kept_whole_and_go_to_staff(play: Play):
    content = bytes(range(256)) * 200

    play.given(attachments=[("экран.bin", content)])

    (kept,) = play.show(NUMBER)["messages"][0]["attachments"]
    assert (kept["name"], kept["size"]) == ("экран.bin", len(content))
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()
    for reader in (ANNA, SERGEY):
        assert [each.get_content() for each in play.last(reader, "staff_new").attachments] == [content]


# 3.3 Registration ----------------------------------------------------------------------------------------------------


def test_3_3_time_number_type_and_priority_are_assigned_at_once_and_told(play: Play):
    play.given()

    request = play.show(NUMBER)
    assert (request["status"], request["type"], request["priority"]) == ("registered", "unclassified", "medium")
    assert request["registered_at"].startswith("2026-11-23T10:05:")
    assert request["registered_at"].endswith("+03:00")
    assert play.history() == [("registered", "3.3")]
    told = words(play.last(IVAN, "registered"))
    assert f"как запрос {NUMBER}" in told
    assert "Тип: Неклассифицированный запрос" in told
    assert "Приоритет: средний" in told
    assert "Регистрация: понедельник, 23 ноября 2026 г., 10:05 (Минск)" in told


def test_3_3_the_client_s_own_word_for_the_type_is_only_a_suggestion(play: Play):
    play.given(text=f"Тип запроса: Запрос на изменение услуги\n\n{TROUBLE}")

    request = play.show(NUMBER)
    assert (request["type"], request["type_suggested"]) == ("unclassified", "change_request")
    assert "клиент указал: Запрос на изменение услуги" in words(play.last(ANNA, "staff_new"))


def test_3_3_every_submission_gets_a_number_of_its_own(play: Play):
    for number in range(3):
        play.write(IVAN, f"Вопрос {number}", TROUBLE)
    play.run_once()

    assert play.numbers() == [NUMBER, NEXT, "SD-2026-000003"]
    assert len({letter["Subject"] for letter in play.letters(IVAN, "registered")}) == 3


# 3.4, 3.5 Phone and what is not registered ---------------------------------------------------------------------------


def test_3_4_phone_is_registered_when_all_three_conditions_hold(play: Play):
    play.write(ANNA, "Не работает ЦОД", f"{CALL}\nНичего не открывается.")
    play.run_once()

    request = play.show(NUMBER)
    assert (request["channel"], request["contact"], request["priority"]) == ("phone", IVAN, "critical")
    assert play.history() == [("registered", "3.3")]
    assert "обращение по телефону" in words(play.last(IVAN, "registered"))
    assert play.show(NUMBER)["history"][0]["by"] == f"staff:{ANNA}"


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (f"!телефон {IVAN} +375 29 765-43-21 критично, не может писать", "номер +375 29 765-43-21 не авторизован"),
        (f"!телефон {IVAN} {PHONE} не может писать", "только критические обращения"),
        (f"!телефон {IVAN} {PHONE} критично", "клиент может написать на почту"),
    ],
)
def test_3_4_phone_needs_all_three_conditions(play: Play, call: str, why: str):
    play.write(ANNA, "Не работает ЦОД", f"{call}\nНичего не открывается.")
    play.run_once()

    error = words(play.last(ANNA, "staff_error"))
    assert why in error
    assert "Ничего не открывается." in error
    assert play.told(IVAN) == []
    assert play.numbers() == []


def test_3_4_the_command_line_holds_to_the_same_conditions(play: Play):
    call = ["register", "--channel", "phone", "--contact", IVAN, "--subject", "ЦОД", "--phone", PHONE, "--as", ANNA]
    play.run_once()

    assert "only critical submissions" in play.cli(*call, expect=1)
    assert play.cli(*call, "--critical", "--cannot-write").strip() == NUMBER


def test_3_5_a_call_outside_3_4_is_kept_in_the_journal_with_its_reason(play: Play):
    attempt = play.write(ANNA, "Не работает ЦОД", f"!телефон {IVAN} {PHONE} критично\nНичего не открывается.")
    play.run_once()

    (found,) = play.json("why", attempt)
    assert (found["decision"], found["request"]) == ("command", None)
    assert "3.4" in (found["error"] or "")


def test_3_5_what_comes_another_way_is_kept_in_the_journal_with_its_reason(play: Play):
    listed = play.write(STRANGER, "[чат] Новое сообщение", TROUBLE, headers=[("List-Id", "<chat.example>")])
    play.run_once()

    (found,) = play.json("why", listed)
    assert (found["decision"], found["reason"]) == ("not_registered", "automatic")
    assert [mail["message_id"] for mail in play.json("quarantine", "list")] == [listed]
    assert (play.numbers(), play.letters()) == ([], [])


# 3.6 One request, one question ---------------------------------------------------------------------------------------


def test_3_6_split_makes_a_linked_request_and_the_client_is_told_its_number(play: Play):
    play.given("!разделить Не ходит почта\nПочта не отправляется со вчерашнего дня.")

    assert play.numbers() == [NUMBER, NEXT]
    assert play.show(NUMBER)["links"] == [{"number": NEXT, "kind": "split_into"}]
    assert play.show(NEXT)["links"] == [{"number": NUMBER, "kind": "split_from"}]
    assert (play.show(NEXT)["subject"], play.show(NEXT)["contact"]) == ("Не ходит почта", IVAN)
    assert play.told(IVAN) == ["registered", "registered", "split"]
    assert f"Новый запрос: {NEXT}" in words(play.last(IVAN, "split"))


def test_3_6_what_was_merged_answers_to_both_numbers(play: Play):
    play.write(IVAN, "Портал", TROUBLE)
    play.write(IVAN, "Снова портал", TROUBLE)
    play.write(ANNA, f"[{NEXT}]", f"!объединить {NUMBER}")
    play.run_once()
    assert play.status(NEXT) == "closed"
    assert f"{NEXT} объединён с запросом {NUMBER}" in words(play.last(IVAN, "merged"))

    play.write(IVAN, f"Re: [{NEXT}] Снова портал", "Есть ли новости?")
    play.run_once()

    assert play.history(NUMBER)[-1] == ("client_wrote", "4.4")
    assert play.numbers() == [NUMBER, NEXT]


# 3.7 Where the notice goes -------------------------------------------------------------------------------------------


def test_3_7_a_notice_that_came_back_is_sent_to_the_fallback_by_itself(play: Play):
    play.given()
    lost = play.last(IVAN, "registered")

    play.deliver(bounce(lost), proof="")
    play.run_once()

    again = play.last(IT, "registered")
    assert NUMBER in words(again)
    assert again["Message-ID"] != lost["Message-ID"]
    assert f"{IVAN} по запросу {NUMBER} не доставлено. Мы отправили его ещё раз, на {IT}" in words(
        play.last(ANNA, "staff_undeliverable")
    )
    assert play.history()[-1] == ("notice_bounced", "3.7")


def test_3_7_the_client_prefers_where_it_goes(play: Play):
    play.sink.faults.recipients[JOHN] = "550 5.1.1 no such user"

    play.given(sender=JOHN)

    assert (play.told(JOHN), play.told(OFFICE)) == ([], ["registered"])


def test_3_7_a_mailbox_that_staff_marked_gets_nothing_until_it_writes_again(play: Play):
    play.given()

    play.cli("contact", "unavailable", IVAN)
    play.staff("Проверяем.")
    assert (play.told(IVAN), play.told(IT)) == ([], ["started"])

    play.write(IVAN, f"Re: [{NUMBER}]", "Почта снова работает.")
    play.write(ANNA, f"Re: [{NUMBER}]", "Спасибо, продолжаем.")
    play.run_once()
    assert (play.told(IVAN), play.told(IT)) == (["progress"], [])


def test_3_7_where_nothing_works_staff_are_told_to_use_another_way(play: Play):
    play.sink.faults.recipients |= dict.fromkeys((IVAN, IT, INFO), "550 5.1.1 no such user")

    play.given()

    assert [play.told(addr) for addr in (IVAN, IT, INFO)] == [[], [], []]
    told = [words(letter) for letter in play.letters(ANNA, "staff_undeliverable")]
    assert any("Другого действующего адреса у клиента нет" in each for each in told), told


# 3.8 to 3.11 ---------------------------------------------------------------------------------------------------------


def test_3_8_the_portal_reads_a_request_and_never_its_internal_notes(play: Play):
    play.given("!тип 7\nИзменим.", "!заметка\nКлиент должен за октябрь.")

    shown = play.cli("requests", "show", NUMBER, "--public", "--json")

    assert "Изменим." in shown
    assert TROUBLE in shown
    assert "change_request" in shown
    assert "октябрь" not in shown


def test_3_9_waiting_times_run_on_the_operator_s_working_calendar(play: Play):
    play.at(minsk(23, 12, 12, 0))  # Wednesday; Friday, 25.12, is a holiday in Belarus

    play.given("!инфо 3 рабочих дня\nПришлите номер договора.")

    assert play.show(NUMBER)["deadline_at"] == "2026-12-29T18:00:00+03:00"
    assert "до вторника, 29 декабря 2026 г., 18:00 (Минск)" in words(play.last(IVAN, "info_needed"))


def test_3_9_decreed_transfers_of_days_off_come_from_the_configuration(play: Play):
    play.configure('[calendar]\nhours = "09:00-18:00"\nworking_days = ["2026-11-28"]\ndays_off = ["2026-11-30"]')
    play.at(minsk(27, 11, 10, 0))

    play.given("!инфо 2 рабочих дня\nПришлите номер договора.")

    assert play.show(NUMBER)["deadline_at"] == "2026-12-01T18:00:00+03:00"


def test_3_9_a_term_in_hours_runs_in_working_hours(play: Play):
    play.at(minsk(27, 11, 16, 0))

    play.given("!инфо 4 часа\nПришлите номер договора.")

    assert play.show(NUMBER)["deadline_at"].startswith("2026-11-30T11:00:")


def test_3_10_only_current_contacts_are_registered(play: Play):
    people = play.folder / "clients.toml"
    people.write_text(people.read_text().replace(VOLHA, "volha.novaya@alfa.example"))

    play.write(VOLHA, SUBJECT, TROUBLE)
    play.write(IVAN, SUBJECT, TROUBLE)
    play.run_once()

    assert [request["contact"] for request in play.requests()] == [IVAN]
    refused = words(play.last(VOLHA, "not_registered"))
    assert f"Адреса {VOLHA} среди них пока нет" in refused
    assert "попросите действующее контактное лицо" in refused
    assert SUBJECT not in refused


def test_3_10_staff_release_what_stands_in_quarantine(play: Play):
    play.write(STRANGER, SUBJECT, TROUBLE)
    play.run_once()
    (kept,) = play.json("quarantine", "list")

    play.cli("quarantine", "release", str(kept["id"]), "--contact", "alfa")
    play.run_once()

    assert (play.show(NUMBER)["client"], play.show(NUMBER)["contact"]) == ("alfa", STRANGER)
    assert play.told(STRANGER) == ["registered"]
    assert play.told(ANNA) == ["staff_new"]
    assert play.json("quarantine", "list") == []


def test_3_10_one_notice_a_day_to_an_address(play: Play):
    play.given(sender=STRANGER)
    assert play.told(STRANGER) == ["not_registered"]

    play.at(MONDAY + timedelta(hours=23))
    play.given(sender=STRANGER, subject="Ещё раз")
    assert play.told(STRANGER) == []

    play.at(MONDAY + timedelta(hours=25))
    play.given(sender=STRANGER, subject="И снова")
    assert play.told(STRANGER) == ["not_registered"]


@pytest.mark.parametrize(
    ("subject", "text", "headers"),
    [
        (SUBJECT, f"Срочность: высокая\n\n{TROUBLE}", []),
        (f"[срочно] {SUBJECT}", TROUBLE, []),
        (SUBJECT, TROUBLE, [("Importance", "High")]),
        (SUBJECT, TROUBLE, [("X-Priority", "1 (Highest)")]),
    ],
)
def test_3_11_urgency_is_taken_from_field_subject_or_header(
    play: Play, subject: str, text: str, headers: list[tuple[str, str]]
):
    play.given(subject=subject, text=text, headers=headers)

    assert (play.show(NUMBER)["urgency"], play.show(NUMBER)["priority"]) == ("high", "medium")


def test_3_11_urgency_is_normal_otherwise(play: Play):
    play.given(text="Сделайте, пожалуйста, срочно.")

    assert play.show(NUMBER)["urgency"] == "normal"


def test_3_11_urgency_counts_as_soon_as_staff_set_the_type(play: Play):
    play.given("!тип 7", subject=f"[срочно] {SUBJECT}")

    request = play.show(NUMBER)
    assert (request["type"], request["urgency"], request["priority"]) == ("change_request", "high", "high")
