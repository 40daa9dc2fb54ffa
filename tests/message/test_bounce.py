"""Delivery reports: recipients, class, the message they speak of."""

from __future__ import annotations

import base64
import logging

import pytest

from mailgate.message.classify import bounce
from mailgate.message.model import BounceClass
from mailgate.message.parse import parse


def report(groups: str, original: str = "Message-ID: <our.1@desk.example>\nSubject: y", encoded: bool = False) -> bytes:
    fields = "Reporting-MTA: dns; mx.example\n\n" + groups
    if encoded:
        fields = "\n" + base64.encodebytes(fields.encode()).decode()
    encoding = "Content-Transfer-Encoding: base64\n" if encoded else "\n"
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail Returned to Sender\n"
        "Auto-Submitted: auto-replied\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nI'm sorry.\n--b\n"
        f"Content-Type: message/delivery-status\n{encoding}{fields}\n--b\nContent-Type: text/rfc822-headers\n\n"
        f"{original}\n\n--b--\n"
    ).encode()


FAILED = "Final-Recipient: rfc822; I@alfa.example\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n"


@pytest.mark.parametrize(
    ("status", "said", "cls"),
    [
        ("5.1.1", "550 no such user", BounceClass.HARD),
        ("5.0.0", "550 rejected", BounceClass.HARD),
        ("5.2.2", "552 mailbox full", BounceClass.SOFT),
        ("4.2.2", "452 over quota", BounceClass.SOFT),
        ("5.4.6", "554 too many hops", BounceClass.SOFT),
        ("4.4.1", "connection timed out", BounceClass.SOFT),
        ("5.4.4", "host not found", BounceClass.HARD),
    ],
)
def test_rfc_3463_status_gives_the_class(status: str, said: str, cls: BounceClass) -> None:
    found = bounce(parse(report(FAILED.format(status=status, said=said))))

    assert found is not None
    assert (found.recipients, found.cls, found.message_id) == (("i@alfa.example",), cls, "our.1@desk.example")


def test_rfc_3464_only_failed_recipients_count() -> None:
    groups = (
        FAILED.format(status="5.1.1", said="x")
        + "\nFinal-Recipient: rfc822; ok@alfa.example\nAction: delivered\nStatus: 2.0.0\n\n"
        "Original-Recipient: rfc822;alias@alfa.example\nFinal-Recipient: rfc822; real@beta.example\n"
        "Action: failed\nStatus: 5.1.1\n"
    )

    found = bounce(parse(report(groups)))

    assert found is not None
    assert found.recipients == ("i@alfa.example", "alias@alfa.example")


def test_delayed_is_not_failed() -> None:
    found = bounce(parse(report("Final-Recipient: rfc822; i@alfa.example\nAction: delayed\nStatus: 4.4.1\n")))

    assert found is not None
    assert found.cls == BounceClass.DELAYED


def test_a_report_in_base64_is_read() -> None:
    found = bounce(parse(report(FAILED.format(status="5.1.1", said="x"), encoded=True)))

    assert found is not None
    assert found.recipients == ("i@alfa.example",)


OPENSMTPD = """Return-Path: <>
Subject: Delivery status notification: failed
From: Mailer Daemon <MAILER-DAEMON@vm>
To: support@desk.example
MIME-Version: 1.0
Content-Type: multipart/mixed;boundary="1/vm"

This is a MIME-encapsulated message.

--1/vm
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this email.

    An error has occurred while attempting to deliver a message for
    the following list of recipients:

I@alfa.example: {said}

    Below is a copy of the original message:

--1/vm
Content-Description: Delivery Report
Content-Type: message/delivery-status

Reporting-MTA: dns; vm

Final-Recipient: rfc822; i@alfa.example
Action: failed
Status: 5.0.0

--1/vm
Content-Description: Message headers
Content-Type: text/rfc822-headers

Received: from localhost (localhost [127.0.0.1])
Message-ID: <our.1@desk.example>

--1/vm--
"""


@pytest.mark.parametrize(
    ("said", "cls"), [("550 5.1.1 User unknown", BounceClass.HARD), ("552 5.2.2 Mailbox full", BounceClass.SOFT)]
)
def test_a_reason_that_stands_only_in_words_is_read(said: str, cls: BounceClass) -> None:
    found = bounce(parse(OPENSMTPD.format(said=said).encode()))

    assert found is not None
    assert (found.recipients, found.cls, found.message_id) == (("i@alfa.example",), cls, "our.1@desk.example")
    assert found.said == said


MAILRU = """Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.

К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:

  i@alfa.example
    {why}

------ This is a copy of the message, including all the headers. ------

Message-ID: <our.1@desk.example>
To: someone@else.example
"""


@pytest.mark.parametrize(
    ("why", "cls"),
    [
        ("Unrouteable address", BounceClass.HARD),
        ("retry timeout exceeded", BounceClass.SOFT),
        ("550 нет такого", BounceClass.HARD),
    ],
)
def test_a_report_in_words_is_read(why: str, cls: BounceClass) -> None:
    header = "From: mailer-daemon@corp.mail.ru\nTo: s@desk.example\nSubject: Ваше сообщение не доставлено\n\n"
    raw = header + MAILRU.format(why=why)

    found = bounce(parse(raw.encode()))

    assert found is not None
    assert (found.recipients, found.cls, found.message_id) == (("i@alfa.example",), cls, "our.1@desk.example")


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        ("ivan@alfa.example", "Undelivered Mail Returned to Sender"),
        ("ivan@alfa.example", "Fwd: Ваше сообщение не доставлено"),
        ("postmaster@alfa.example", "Вопрос по договору"),
        ("Mailer-Daemon@alfa.example", "Hello"),
    ],
)
def test_people_who_write_about_reports_are_people(sender: str, subject: str) -> None:
    raw = f"From: {sender}\nSubject: {subject}\n\n{MAILRU.format(why='550 5.1.1 user unknown')}"

    assert bounce(parse(raw.encode())) is None


def test_s28_strange_reports_write_nothing_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        bounce(parse(b"Return-Path: <>\nFrom: (x\nSubject: Delivery failure\n\nsecret <a@b.by>: x"))

    assert "secret" not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
