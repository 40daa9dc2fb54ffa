"""The way of a mail from end to end: the real daemon between a real IMAP server and a real SMTP server."""

from __future__ import annotations

import email
import signal
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.rig.house import ANNA, DESK, IVAN, KATE, SERGEY, House

MONDAY = datetime(2026, 11, 23, 10, 5, tzinfo=ZoneInfo("Europe/Minsk"))
NUMBER = "SD-2026-000001"
SALES = "sales@desk.example"
STRANGER = "maria@gamma.example"
EVERY_BYTE = bytes(range(256)) * 300
AT_ONCE = '[outbox]\nhold = "0s"'
DIE_BEFORE_SETTLING = """
import os, signal
import mailgate.inbox
mailgate.inbox.Inbox.settle = lambda self, refs: os.kill(os.getpid(), signal.SIGKILL)
"""
TRIP_OVER_POISON = """
import mailgate.daemon.retries
from mailgate.desk import journal
mailgate.daemon.retries.RETRY_EVERY = 0.2
arrived = journal.message_arrived
def trip(session, mail, opened, *rest):
    if opened.message.subject == "poison":
        raise ZeroDivisionError("poison")
    return arrived(session, mail, opened, *rest)
journal.message_arrived = trip
"""


@pytest.fixture
def running(house: House) -> House:
    """The daemon runs, and what staff write goes out at once."""
    house.configure(AT_ONCE)
    house.start()
    return house


def assert_adds_up(house: House, taken: int) -> None:
    """Every message that was taken has an outcome with its reason, and none waits untaken."""
    census = house.json("census")
    assert (census["taken"], census["decided"]) == (taken, taken), census
    assert all(row["reason"] for row in census["outcomes"]), census
    assert not any(census["waiting"].values()), census


def why(house: House, message_id: str) -> dict:
    """The journal's word on the one message of that id."""
    (found,) = house.json("why", message_id)
    return found


# There and back ------------------------------------------------------------------------------------------------------


def test_a_mail_goes_to_staff_an_answer_to_the_client_and_a_reply_back(running: House):
    sent = running.write(IVAN, "Не открывается портал", "С утра.", attachments=[("экран.bin", EVERY_BYTE)])
    registered = running.wait_letter(IVAN, "registered")
    new = running.wait_letter(ANNA, "staff_new")
    assert registered["In-Reply-To"] == sent
    assert NUMBER in registered.text
    assert [(each.get_filename(), each.get_content()) for each in new.attachments] == [("экран.bin", EVERY_BYTE)]
    running.wait_letter(SERGEY, "staff_new")

    running.answer(new, "Проверяем, что с порталом.", attachments=[("журнал.bin", EVERY_BYTE[::-1])])
    started = running.wait_letter(IVAN, "started")
    assert "Проверяем, что с порталом." in started.text
    assert [each.get_content() for each in started.attachments] == [EVERY_BYTE[::-1]]

    running.answer(started, "Теперь и почта не ходит.")
    reply = running.wait_letter(SERGEY, "staff_reply")
    assert "Теперь и почта не ходит." in reply.text
    assert "Проверяем" not in reply.message.get_body(("plain",)).get_content().split("почта не ходит.")[0]

    assert running.stop() == 0
    assert [request["number"] for request in running.requests()] == [NUMBER]
    assert_adds_up(running, taken=3)


def test_sigterm_ends_it_in_ten_seconds_and_the_next_start_finishes_the_work(running: House):
    for number in range(20):
        running.write(IVAN, f"Вопрос {number}", "Текст.")
    running.sink.wait_count(3)

    began = time.monotonic()
    code = running.stop(signal.SIGTERM)
    lasted = time.monotonic() - began

    assert (code, lasted < 10) == (0, True)
    running.run_once()
    assert len(running.requests()) == len(running.letters(IVAN, "registered")) == 20
    assert_adds_up(running, taken=20)


# The same mail again -------------------------------------------------------------------------------------------------


def test_r1_a_death_between_taking_and_settling_makes_no_second_request(house: House):
    house.configure(AT_ONCE)
    house.write(IVAN, "Не открывается портал", "С утра.")

    assert house.start(wrapper=DIE_BEFORE_SETTLING).wait(30) == -signal.SIGKILL
    house.start()
    house.wait_letter(IVAN, "registered")
    house.write(IVAN, "Второй вопрос", "Текст.")
    house.sink.wait_for(lambda each: b"000002" in each.raw)

    assert house.stop() == 0
    assert [request["number"] for request in house.requests()] == [NUMBER, "SD-2026-000002"]
    assert len(house.letters(IVAN, "registered")) == 2
    assert_adds_up(house, taken=2)


def test_r5_a_mail_delivered_twice_or_moved_back_is_one_request(house: House):
    house.at(MONDAY)
    message_id = house.write(IVAN, "Не открывается портал", "С утра.")
    (raw,) = house.dovecot.messages(house.users[DESK])
    house.dovecot.deliver(house.users[DESK], raw)
    house.run_once()

    with house.dovecot.client(house.users[DESK]) as client:
        client.select_folder("Processed")
        client.move(client.search(), "INBOX")
    house.run_once()

    assert len(house.requests()) == len(house.letters(IVAN, "registered")) == len(house.letters(ANNA, "staff_new")) == 1
    assert len(why(house, message_id)["copies"]) == 4
    assert_adds_up(house, taken=1)


def test_r8_one_mail_to_two_mailboxes_is_one_request_with_both_arrivals(house: House):
    house.at(MONDAY)
    house.configure(house.mailbox("sales", SALES))

    message_id = house.write(IVAN, "Не открывается портал", "С утра.", headers=[("Cc", SALES)])
    (raw,) = house.dovecot.messages(house.users[DESK])
    house.deliver(b"Received: by another route\r\n" + raw, SALES, proof="")
    house.run_once()

    assert len(house.requests()) == len(house.letters(IVAN, "registered")) == 1
    assert {copy.split()[0] for copy in why(house, message_id)["copies"]} == {"support", "sales"}
    assert_adds_up(house, taken=1)


def test_r7_different_mails_with_one_message_id_or_none_are_all_kept(house: House):
    house.at(MONDAY)
    for subject, header in (("Портал", "Message-ID: <1@alfa.example>\r\n"), ("Почта", "")):
        for text in ("Не открывается.", "Не работает."):
            raw = f"From: {IVAN}\r\nTo: {DESK}\r\nSubject: {subject}\r\n{header}\r\n{text}\r\n"
            house.deliver(raw.encode(), sender=IVAN)

    house.run_once()

    assert sorted(request["subject"] for request in house.requests()) == ["Портал", "Портал", "Почта", "Почта"]
    assert len(house.letters(IVAN, "registered")) == 4
    assert_adds_up(house, taken=4)


# Who is not answered -------------------------------------------------------------------------------------------------


def test_3_10_a_stranger_is_told_once_a_day_and_stands_in_quarantine(house: House):
    house.at(MONDAY)
    house.write(STRANGER, "Помогите", "У меня вопрос.")
    house.write(STRANGER, "Ещё раз", "У меня вопрос.")
    house.run_once()
    assert len(house.letters(STRANGER, "not_registered")) == 1

    house.at(MONDAY + timedelta(days=1, minutes=1))
    house.write(STRANGER, "И снова", "У меня вопрос.")
    house.run_once()

    assert len(house.letters(STRANGER, "not_registered")) == 2
    assert house.requests() == []
    assert [each["subject"] for each in house.json("quarantine", "list")] == ["Помогите", "Ещё раз", "И снова"]
    assert_adds_up(house, taken=3)


@pytest.mark.parametrize("proof", ["fail", "none", ""])
@pytest.mark.parametrize("sender", [IVAN, ANNA])
def test_3_10_who_is_not_proven_is_not_answered_and_staff_are_told(house: House, sender: str, proof: str):
    house.at(MONDAY)

    message_id = house.write(sender, "Срочно", "!очередь\nОплатите счёт.", proof=proof)
    house.run_once()

    assert why(house, message_id)["reason"] == "not_authentic"
    assert {letter.name for letter in house.letters()} == {"staff_quarantine"}
    assert house.requests() == []
    assert_adds_up(house, taken=1)


def test_3_10_an_unproven_stranger_is_not_answered(house: House):
    house.at(MONDAY)

    message_id = house.write(STRANGER, "Выгодное предложение", "Только сегодня.", proof="none")
    house.run_once()

    assert (why(house, message_id)["decision"], house.letters()) == ("not_registered", [])
    assert_adds_up(house, taken=1)


@pytest.mark.parametrize("sender", [IVAN, STRANGER])
@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated", "Precedence: bulk", "List-Id: <x>"],
)
def test_3_10_automatic_mail_is_never_answered(house: House, sender: str, header: str):
    house.at(MONDAY)
    name, _, value = header.partition(": ")

    message_id = house.write(sender, "Меня нет в офисе", "Вернусь в понедельник.", headers=[(name, value)])
    house.run_once()

    assert why(house, message_id)["decision"] in {"ignore", "not_registered", "quarantine"}
    assert house.letters(sender) == []
    assert house.requests() == []
    assert_adds_up(house, taken=1)


# Odd and broken messages ---------------------------------------------------------------------------------------------


ODD = {
    "too large": (f"From: {IVAN}\r\nSubject: too large\r\n\r\n" + "x" * 70_000, "quarantine", "over_limit"),
    "no From": ("Subject: no From\r\n\r\nText.\r\n", "quarantine", "sender_unclear"),
    "two From": (f"From: {IVAN}\r\nFrom: {ANNA}\r\nSubject: two From\r\n\r\nText.\r\n", "quarantine", "sender_unclear"),
    "": ("\x00\xff no header at all \x00", "quarantine", "sender_unclear"),
    "no boundary": (
        f"From: {IVAN}\r\nSubject: no boundary\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n",
        "register",
        "contact",
    ),
}


def test_r25_odd_messages_are_kept_with_their_reason_and_the_next_one_goes_on(house: House):
    house.configure('[limits]\nsize = "64 KiB"')
    house.at(MONDAY)
    for raw, _, _ in ODD.values():
        house.deliver(raw.encode("latin-1"), sender=IVAN)
    house.deliver(b"", proof="")
    house.write(IVAN, "Здоровое письмо", "Портал не открывается.")

    house.run_once()

    kept = {mail["subject"]: (mail["decision"], mail["reason"]) for mail in house.json("quarantine", "list")}
    assert kept == {subject: (to, reason) for subject, (_, to, reason) in ODD.items() if to == "quarantine"}
    assert len(house.letters(ANNA, "staff_quarantine")) == 5
    assert {request["subject"] for request in house.requests()} == {"no boundary", "Здоровое письмо"}
    assert_adds_up(house, taken=7)


def test_r4_three_failures_put_a_mail_in_quarantine_and_the_next_one_goes_on(house: House):
    house.configure(AT_ONCE)
    message_id = house.write(IVAN, "poison", "Текст.")
    house.write(IVAN, "Здоровое письмо", "Портал не открывается.")

    house.start(wrapper=TRIP_OVER_POISON)
    house.wait_letter(IVAN, "registered")
    told = house.wait_letter(ANNA, "staff_quarantine")

    assert house.stop() == 0
    found = why(house, message_id)
    assert (found["decision"], found["reason"], found["attempts"]) == ("quarantine", "fault", 3)
    assert "ZeroDivisionError" in found["error"]
    assert "poison" in told.text
    (attached,) = told.attachments
    assert b"Subject: poison" in email.message_from_bytes(attached.get_content()).as_bytes()
    assert [request["subject"] for request in house.requests()] == ["Здоровое письмо"]
    assert_adds_up(house, taken=2)


def test_6_4_a_mail_to_the_complaints_mailbox_goes_to_its_own_group(house: House):
    house.at(MONDAY)

    house.write(STRANGER, "Претензия", "Обещали и не сделали.", to="complaints@desk.example")
    house.run_once()

    assert {letter.to for letter in house.letters(name="staff_new")} == {SERGEY, KATE}
    assert_adds_up(house, taken=1)
