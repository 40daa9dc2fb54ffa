"""Who may write, who takes part, who hears: 3.1, 3.6, 3.10."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailgate.desk import quarantine
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import DeadAddress, Mail
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, DESK, IVAN, JOHN, SERGEY, VOLHA
from tests.rig.play import minsk, words

STRANGER, OUTSIDER = "jane@elsewhere.example", "outsider@elsewhere.example"
PORTAL, FORM, SMDO = "portal@lk.example", "form@lk.example", "gate@smdo.example"
FIRST, SECOND, THIRD = "SD-2026-000001", "SD-2026-000002", "SD-2026-000003"


def opened(hand: DeskInHand, sender: str = IVAN, **more: object) -> None:
    hand.write(sender, "Не открывается портал", "С утра.", **more)


def order(hand: DeskInHand, text: str, number: str = FIRST) -> None:
    hand.write(ANNA, f"Re: [{number}]", text)


def who_got(hand: DeskInHand, name: str) -> list[str]:
    return [letter.to for letter in hand.told(name=name)]


# --- 3.10: who may write -------------------------------------------------------------------------------------------


def test_3_10_a_stranger_gets_one_polite_notice_a_day(hand: DeskInHand) -> None:
    hand.write(STRANGER, "Вопрос", "Сколько стоит?")
    hand.now += timedelta(hours=23)
    hand.write(STRANGER, "Вопрос", "Так сколько?")
    assert who_got(hand, "not_registered") == [STRANGER]

    hand.now += timedelta(hours=2)
    hand.write(STRANGER, "Вопрос", "Алло?")

    assert who_got(hand, "not_registered") == [STRANGER, STRANGER]
    assert hand.numbers() == []


def test_3_10_the_day_is_each_stranger_s_own(hand: DeskInHand) -> None:
    hand.write(STRANGER, "Вопрос", "Сколько стоит?")
    hand.write(OUTSIDER, "Вопрос", "Сколько стоит?")

    assert who_got(hand, "not_registered") == [STRANGER, OUTSIDER]


@pytest.mark.parametrize(
    ("how", "headers", "proof"),
    [
        ("not proven", [], "fail"),
        ("no verdict", [], ""),
        ("automatic", [("Auto-Submitted", "auto-generated")], "pass"),
        ("a list", [("List-Id", "<news.elsewhere.example>")], "pass"),
        ("bulk", [("Precedence", "bulk")], "pass"),
    ],
)
def test_3_10_machines_and_unproven_strangers_get_no_answer(
    hand: DeskInHand, how: str, headers: list[tuple[str, str]], proof: str
) -> None:
    mail = hand.write(STRANGER, "Вопрос", "Сколько стоит?", headers=headers, proof=proof)

    assert mail.decision in ("not_registered", "ignore"), how
    assert hand.letters == []


def test_3_10_a_contact_who_is_not_proven_is_kept_for_staff_to_see(hand: DeskInHand) -> None:
    mail = hand.write(IVAN, "Не открывается портал", "С утра.", proof="fail")

    assert (mail.decision, mail.reason, hand.numbers()) == ("quarantine", "not_authentic", [])
    assert {letter.to for letter in hand.letters} == {ANNA, SERGEY}
    assert hand.last(ANNA, "staff_quarantine").attachments


def test_3_10_staff_who_are_not_proven_command_nothing(hand: DeskInHand) -> None:
    opened(hand)

    hand.write(ANNA, f"Re: [{FIRST}]", "!готово\n\nСделано.", proof="fail")

    assert hand.show()["status"] == "registered"


def test_3_10_a_client_s_own_mailbox_reads_and_writes_in_a_request_of_its_own(hand: DeskInHand) -> None:
    opened(hand)
    order(hand, "!закрыть телефон\n\nПодтвердил.")

    hand.write("info@alfa.example", f"Re: [{FIRST}]", "Вопрос от приёмной.")
    order(hand, "Смотрим.", SECOND)
    hand.answer(hand.last("info@alfa.example", "started"), "Что нового?")

    assert who_got(hand, "closed_is_final") == who_got(hand, "started") == ["info@alfa.example"]
    assert [letter.to for letter in hand.told(name="registered")] == [IVAN, "info@alfa.example"]
    assert hand.events(SECOND)[-1] == "client_wrote"


# --- who takes part ------------------------------------------------------------------------------------------------


def test_contacts_of_the_client_in_cc_get_the_notices_too(hand: DeskInHand) -> None:
    opened(hand, headers=[("Cc", VOLHA)])

    order(hand, "Смотрим.")

    assert who_got(hand, "registered") == [IVAN, VOLHA]
    assert who_got(hand, "started") == [IVAN, VOLHA]
    assert "Смотрим." in hand.last(VOLHA, "started").text


def test_each_reads_in_his_own_language(hand: DeskInHand) -> None:
    opened(hand, headers=[("Cc", VOLHA)])

    assert "запыт" in hand.last(VOLHA, "registered").text.lower()
    assert "запрос" in hand.last(IVAN, "registered").text.lower()


def test_a_contact_who_writes_into_a_colleague_s_request_takes_part_from_then_on(hand: DeskInHand) -> None:
    opened(hand)
    hand.answer(hand.last(IVAN, "registered"), "У меня тоже.", sender=VOLHA)

    order(hand, "Смотрим.")

    assert hand.numbers() == [FIRST]
    assert who_got(hand, "started") == [IVAN, VOLHA]


@pytest.mark.parametrize("outsider", [OUTSIDER, JOHN])
def test_s8_an_outsider_in_cc_gets_nothing_and_his_reply_opens_nothing(hand: DeskInHand, outsider: str) -> None:
    opened(hand, headers=[("Cc", outsider)])
    order(hand, "Смотрим.")
    assert outsider not in {letter.to for letter in hand.letters}

    hand.answer(hand.last(IVAN, "registered"), "Что нового?", sender=outsider)

    assert "client_wrote" not in hand.events()
    assert FIRST not in {letter["X-Mailgate-Request"] for letter in hand.told(outsider)}


def test_5_1_the_clock_of_a_term_hangs_on_the_sender_s_notice_alone(hand: DeskInHand) -> None:
    opened(hand, headers=[("Cc", VOLHA)])

    order(hand, "!готово\n\nСделано.")
    hand.travel(minsk(4, 12))

    assert hand.show()["status"] == "closed"
    assert who_got(hand, "completion_reminder") == [IVAN, VOLHA]
    assert who_got(hand, "closed") == [IVAN, VOLHA]


def test_undo_takes_back_the_copies_of_those_who_take_part_as_well(hand: DeskInHand) -> None:
    opened(hand, headers=[("Cc", VOLHA)])
    send, hand.send = hand.send, lambda: send(held=False)  # type: ignore[method-assign]
    order(hand, "!готово\n\nСделано.")

    order(hand, "!отменить")

    hand.now += timedelta(minutes=5)
    send()
    assert who_got(hand, "completed") == []


# --- 3.6: merged and split -----------------------------------------------------------------------------------------


@pytest.fixture
def merged(hand: DeskInHand) -> DeskInHand:
    """Volha's request was merged into Ivan's; both are contacts of one client."""
    opened(hand)
    opened(hand, VOLHA)
    order(hand, f"!объединить {FIRST}", SECOND)
    return hand


def test_3_6_the_number_of_a_merged_request_answers_in_the_other(merged: DeskInHand) -> None:
    merged.write(VOLHA, f"Re: [{SECOND}]", "Есть новости?")

    assert merged.numbers() == [FIRST, SECOND]
    assert merged.show(FIRST)["messages"][-1]["new_text"] == "Есть новости?"
    assert merged.show(SECOND)["status"] == "closed"


def test_3_6_who_took_part_in_a_merged_request_takes_part_in_the_other(merged: DeskInHand) -> None:
    order(merged, "Смотрим.")

    assert who_got(merged, "started") == [IVAN, VOLHA]


def test_3_6_a_request_is_not_merged_into_one_that_has_ended(hand: DeskInHand) -> None:
    opened(hand)
    order(hand, "!закрыть телефон\n\nПодтвердил.")
    opened(hand, VOLHA)

    order(hand, f"!объединить {FIRST}", SECOND)

    assert hand.show(SECOND)["status"] == "registered"
    assert FIRST in hand.last(ANNA, "staff_error").text


def test_3_6_an_undone_merge_leaves_each_number_to_its_own_request(hand: DeskInHand) -> None:
    opened(hand)
    opened(hand, VOLHA)
    send, hand.send = hand.send, lambda: send(held=False)  # type: ignore[method-assign]
    order(hand, f"!объединить {FIRST}", SECOND)

    order(hand, "!отменить", SECOND)
    hand.write(VOLHA, f"Re: [{SECOND}]", "Есть новости?")

    assert hand.show(SECOND)["messages"][-1]["new_text"] == "Есть новости?"
    assert (hand.show(SECOND)["status"], hand.show(SECOND)["links"]) == ("registered", [])


def test_3_6_an_undone_merge_leaves_the_other_request_to_its_own_people(hand: DeskInHand) -> None:
    opened(hand)
    opened(hand, VOLHA)
    send, hand.send = hand.send, lambda: send(held=False)  # type: ignore[method-assign]
    order(hand, f"!объединить {FIRST}", SECOND)
    hand.write(SERGEY, f"Re: [{FIRST}]", "Для Ивана.")  # a copy for Volha waits when the merge is undone

    order(hand, "!отменить", SECOND)
    order(hand, "Снова для Ивана.", FIRST)

    hand.now += timedelta(minutes=5)
    send()
    assert who_got(hand, "started") == who_got(hand, "progress") == [IVAN]
    linked, *_, undone = (each for each in hand.show(FIRST)["history"] if each["event"] in ("linked", "undone"))
    assert linked["detail"] == undone["detail"] == {"from": SECOND}


def test_3_6_who_wrote_into_the_other_request_himself_stays_in_it(hand: DeskInHand) -> None:
    opened(hand)
    opened(hand, VOLHA)
    send, hand.send = hand.send, lambda: send(held=False)  # type: ignore[method-assign]
    order(hand, f"!объединить {FIRST}", SECOND)
    hand.write(VOLHA, f"Re: [{FIRST}]", "У меня то же самое.")

    order(hand, "!отменить", SECOND)
    order(hand, "Смотрим.", FIRST)

    hand.now += timedelta(minutes=5)
    send()
    assert who_got(hand, "started") == [IVAN, VOLHA]


def test_3_6_an_undone_link_stands_on_neither_side(hand: DeskInHand) -> None:
    opened(hand)
    opened(hand, VOLHA)
    send, hand.send = hand.send, lambda: send(held=False)  # type: ignore[method-assign]
    order(hand, f"!связать {FIRST}\n\nЭто связано с другим запросом.", SECOND)
    assert hand.show(FIRST)["links"]

    order(hand, "!отменить", SECOND)

    assert hand.show(FIRST)["links"] == hand.show(SECOND)["links"] == []


def test_3_6_a_link_that_stood_before_outlives_an_undo(hand: DeskInHand) -> None:
    opened(hand)
    opened(hand, VOLHA)
    order(hand, f"!связать {FIRST}\n\nЭто связано с другим запросом.", SECOND)
    send, hand.send = hand.send, lambda: send(held=False)  # type: ignore[method-assign]
    order(hand, f"!связать {FIRST}\n\nПовторяю.", SECOND)

    order(hand, "!отменить", SECOND)

    assert hand.show(FIRST)["links"]


def test_3_6_who_takes_part_in_the_whole_takes_part_in_its_parts(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.", headers=[("Cc", VOLHA)])

    hand.write(ANNA, f"Re: [{FIRST}]", "!разделить Почта\n\nИ почта тоже.")
    assert SECOND in hand.last(VOLHA, "split").text
    assert SECOND in hand.last(VOLHA, "registered").text

    hand.write(ANNA, f"Re: [{SECOND}]", "!готово\n\nПочта работает.")
    hand.answer(hand.last(VOLHA, "completed"), "!пацвярджаю")
    assert hand.show(SECOND)["status"] == "closed"
    assert SECOND in hand.last(VOLHA, "closed").text


def test_3_6_a_split_is_not_undone_because_the_client_has_heard_of_the_new_request(hand: DeskInHand) -> None:
    opened(hand)
    send, hand.send = hand.send, lambda: send(held=False)  # type: ignore[method-assign]
    order(hand, "!разделить Почта\n\nИ почта тоже.")

    order(hand, "!отменить")

    assert hand.last(ANNA, "staff_error")
    hand.now += timedelta(minutes=5)
    send()
    assert SECOND in hand.last(IVAN, "split").text


@pytest.fixture
def vouched(hand: DeskInHand) -> DeskInHand:
    """Staff let in, for Ivan's client, a request of somebody who is no contact of it."""
    opened(hand, JOHN, proof="fail")
    hand.answer(hand.last(ANNA, "staff_quarantine"), "!отпустить alfa")
    return hand


def test_3_6_a_part_of_a_request_is_its_writer_s_as_the_whole_was(vouched: DeskInHand) -> None:
    order(vouched, "!разделить Почта\n\nИ почта тоже.")

    order(vouched, "Смотрим почту.", SECOND)
    vouched.answer(vouched.last(JOHN, "started"), "Что нового?")

    assert vouched.events(SECOND)[-1] == "client_wrote"


def test_3_6_a_request_whose_writer_would_have_no_part_in_the_other_is_not_merged(vouched: DeskInHand) -> None:
    opened(vouched)

    order(vouched, f"!объединить {SECOND}", FIRST)

    told = " ".join(vouched.last(ANNA, "staff_error").text.split())
    assert (vouched.show(FIRST)["status"], f"!объединить {FIRST}" in told, JOHN in told) == ("registered", True, True)
    order(vouched, f"!объединить {FIRST}", SECOND)
    order(vouched, "Смотрим.", FIRST)
    assert who_got(vouched, "started") == [JOHN, IVAN]


def test_3_6_nor_is_what_the_client_s_own_mailbox_sent(hand: DeskInHand) -> None:
    opened(hand)
    order(hand, "!закрыть телефон\n\nПодтвердил.")
    hand.write("it@alfa.example", f"Re: [{FIRST}]", "А почему так долго?")
    opened(hand)

    order(hand, f"!объединить {THIRD}", SECOND)

    told = " ".join(hand.last(ANNA, "staff_error").text.split())
    assert (hand.show(SECOND)["status"], f"!объединить {SECOND}" in told) == ("registered", True)
    order(hand, f"!объединить {SECOND}", THIRD)
    order(hand, "Смотрим.", SECOND)
    assert who_got(hand, "started") == ["it@alfa.example", IVAN]


def test_3_6_but_that_of_a_contact_who_has_left_is(hand: DeskInHand) -> None:
    opened(hand, VOLHA)
    opened(hand)
    clients = Path(hand.desk.config.path).with_name("clients.toml")
    before, volha, after = clients.read_text().partition(VOLHA)
    clients.write_text(f"{before}left.{volha}{after}")
    hand.reconfigure(Path(hand.desk.config.path))

    order(hand, f"!объединить {SECOND}", FIRST)

    assert hand.show(FIRST)["status"] == "closed"


def test_3_6_two_requests_of_one_writer_are_merged_whoever_vouched_for_him(vouched: DeskInHand) -> None:
    opened(vouched, JOHN, proof="fail")
    with vouched.database.write() as session:  # staff hear of unproven mail in one name once a day
        quarantine.release(session, queries.quarantined(session)[0], "alfa", vouched.now, vouched.desk)

    order(vouched, f"!объединить {FIRST}", SECOND)

    assert vouched.show(SECOND)["status"] == "closed"


def test_4_4_the_history_says_what_an_undo_brought_back(hand: DeskInHand) -> None:
    opened(hand)
    send, hand.send = hand.send, lambda: send(held=False)  # type: ignore[method-assign]
    order(hand, "!готово\n\nСделано.")

    order(hand, "!отменить")

    line = hand.show()["history"][-1]
    assert (line["event"], line["from"], line["to"]) == ("undone", "awaiting_confirmation", "registered")


# --- 3.1: gateways -------------------------------------------------------------------------------------------------


@pytest.fixture
def gated(config: Path, database: Database) -> DeskInHand:
    """The portal, its form and SMDO hand over submissions."""
    channels = {PORTAL: "portal", FORM: "portal_form", SMDO: "smdo"}
    tables = [f'\n[[gateway]]\naddress = "{addr}"\nchannel = "{channel}"\n' for addr, channel in channels.items()]
    config.write_text(config.read_text() + "".join(tables))
    return DeskInHand(config, database)


def hand_over(hand: DeskInHand, gateway: str = PORTAL, contact: str | None = IVAN, **headers: str) -> Mail:
    named = {"X-Mailgate-Contact": contact} if contact else {}
    told = [(name.replace("_", "-"), value) for name, value in (named | headers).items()]
    return hand.write(gateway, "Из личного кабинета", "Не открывается портал.", headers=told)


@pytest.mark.parametrize(("gateway", "channel"), [(PORTAL, "portal"), (FORM, "portal_form"), (SMDO, "smdo")])
def test_3_1_what_a_gateway_hands_over_is_registered_for_its_contact(
    gated: DeskInHand, gateway: str, channel: str
) -> None:
    hand_over(gated, gateway, X_Mailgate_Service="Виртуальный ЦОД", X_Mailgate_Urgency="high")

    request = gated.show()
    assert (request["channel"], request["client"], request["contact"]) == (channel, "alfa", IVAN)
    assert (request["service"], request["urgency"]) == ("Виртуальный ЦОД", "high")
    assert who_got(gated, "registered") == [IVAN]


@pytest.mark.parametrize(
    ("gateway", "named", "type", "suggested"),
    [
        (PORTAL, "document_upload", "document_upload", None),
        (PORTAL, "account_registration", "account_registration", None),
        (PORTAL, "technical_support", "unclassified", "technical_support"),
        (FORM, "document_upload", "unclassified", "document_upload"),
        (SMDO, "account_registration", "unclassified", "account_registration"),
    ],
)
def test_appendix_1_only_the_portal_sets_types_and_only_its_own(
    gated: DeskInHand, gateway: str, named: str, type: str, suggested: str | None
) -> None:
    hand_over(gated, gateway, X_Mailgate_Type=named)

    assert (gated.show()["type"], gated.show()["type_suggested"]) == (type, suggested)


LINES = "Услуга: Почта\nТип запроса: Консультация\nСрочность: высокая\n\nНе открывается портал."


def test_3_2_what_the_client_wrote_in_lines_counts_where_a_gateway_is_silent(gated: DeskInHand) -> None:
    gated.write(SMDO, "Письмо № 14", LINES, headers=[("X-Mailgate-Contact", IVAN)])

    request = gated.show()
    assert (request["service"], request["urgency"]) == ("Почта", "high")
    assert (request["type"], request["type_suggested"]) == ("unclassified", "consultation")


def test_3_11_words_in_the_subject_count_in_what_a_gateway_hands_over(gated: DeskInHand) -> None:
    gated.write(SMDO, "[срочно] Письмо № 14", "Не открывается.", headers=[("X-Mailgate-Contact", IVAN)])

    assert gated.show()["urgency"] == "high"


def test_3_2_what_a_gateway_says_comes_before_the_lines_and_is_said_back(gated: DeskInHand) -> None:
    told = [("X-Mailgate-Service", "Хостинг"), ("X-Mailgate-Type", "8"), ("X-Mailgate-Urgency", "low")]
    gated.write(PORTAL, "Портал", LINES, headers=[("X-Mailgate-Contact", IVAN), *told])

    request, notice = gated.show(), words(gated.last(IVAN, "registered"))
    assert (request["service"], request["urgency"], request["type_suggested"]) == (
        "Хостинг",
        "low",
        "technical_support",
    )
    assert "(Вы указали: Запрос на техническое сопровождение)" in notice
    assert "не указано" not in notice


@pytest.mark.parametrize("written", ["Загрузка документов", "Регистрация в ЛК Клиента"])
def test_appendix_1_no_line_of_a_client_sets_the_portal_s_types(gated: DeskInHand, written: str) -> None:
    gated.write(PORTAL, "Портал", f"Тип запроса: {written}\n\nТекст.", headers=[("X-Mailgate-Contact", IVAN)])

    assert gated.show()["type"] == "unclassified"


@pytest.mark.parametrize("program", [("Auto-Submitted", "auto-generated"), ("Precedence", "bulk")])
def test_3_1_a_gateway_is_a_program_and_may_say_so(gated: DeskInHand, program: tuple[str, str]) -> None:
    hand_over(gated, **{program[0]: program[1]})

    assert gated.numbers() == [FIRST]


def test_3_1_a_gateway_that_names_nobody_is_kept_for_staff(gated: DeskInHand) -> None:
    hand_over(gated, contact=None)

    assert gated.numbers() == []
    assert {letter.to for letter in gated.told(name="staff_quarantine")} == {ANNA, SERGEY}


def test_3_1_what_a_gateway_hands_over_for_nobody_is_not_let_in(gated: DeskInHand) -> None:
    held = hand_over(gated, contact=None)
    told = gated.last(ANNA, "staff_quarantine")

    gated.answer(told, "!отпустить alfa")

    assert gated.numbers() == []
    assert gated.told(PORTAL) == []
    assert all(word in gated.last(ANNA, "staff_error").text for word in (PORTAL, "X-Mailgate-Contact", "!удалить"))
    assert "X-Mailgate-Contact" in told.text
    assert not any(offer in told.text for offer in ("!отпустить", "mailgate quarantine release"))
    gated.answer(told, "!удалить")
    with gated.read() as session:
        assert session.get_one(Mail, held.id).freed == "dropped"


@pytest.mark.parametrize("named", [ANNA, DESK, PORTAL, FORM])
def test_3_1_no_gateway_hands_over_in_the_name_of_staff_or_of_the_desk(gated: DeskInHand, named: str) -> None:
    hand_over(gated, contact=named)

    assert gated.numbers() == []
    assert {letter.name for letter in gated.letters} == {"staff_quarantine"}


@pytest.mark.parametrize("urgency", ["high", "HIGH", "Высокая", "срочно", "высокая тэрміновасць"])
def test_3_11_a_gateway_says_the_urgency_in_the_words_of_its_clients(gated: DeskInHand, urgency: str) -> None:
    hand_over(gated, X_Mailgate_Urgency=urgency)

    assert gated.show()["urgency"] == "high"


def test_3_1_a_gateway_that_is_not_proven_is_not_believed(gated: DeskInHand) -> None:
    gated.write(PORTAL, "Из кабинета", "Текст.", headers=[("X-Mailgate-Contact", IVAN)], proof="fail")

    assert gated.numbers() == []


def test_3_8_what_the_contact_writes_on_in_the_portal_goes_into_his_request(gated: DeskInHand) -> None:
    hand_over(gated)

    hand_over(gated, X_Mailgate_Request=FIRST)

    assert gated.numbers() == [FIRST]
    assert gated.events()[-1] == "client_wrote"


def test_3_8_another_client_s_contact_does_not_get_into_it_by_the_portal(gated: DeskInHand) -> None:
    hand_over(gated)

    hand_over(gated, contact=JOHN, X_Mailgate_Request=FIRST)

    assert gated.numbers() == [FIRST, SECOND]
    assert gated.events(FIRST) == ["registered"]


def test_s10_a_gateway_s_headers_in_anybody_else_s_mail_are_ignored(gated: DeskInHand) -> None:
    hand_over(gated, gateway=JOHN, X_Mailgate_Type="document_upload", X_Mailgate_Urgency="high")

    request = gated.show()
    assert (request["contact"], request["channel"]) == (JOHN, "email")
    assert (request["type"], request["urgency"]) == ("unclassified", "normal")


def test_3_7_a_gateway_s_mail_does_not_show_that_the_contact_s_mailbox_works(gated: DeskInHand) -> None:
    with gated.database.write() as session:
        session.add(DeadAddress(addr=IVAN, since=gated.now, reason="marked by staff"))

    hand_over(gated)

    with gated.read() as session:
        assert queries.is_dead(session, IVAN)
    assert who_got(gated, "registered") == ["it@alfa.example"]


def test_3_2_staff_are_told_in_plain_words_where_the_words_of_a_mail_are(hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "", attachments=[("winmail.dat", b"\x78\x9f\x3e\x22 words")])

    letter = hand.last(ANNA, "staff_new")

    assert "внутри файла Outlook" in " ".join(letter.text.split())
    assert [part.get_filename() for part in letter.attachments] == ["winmail.dat"]
