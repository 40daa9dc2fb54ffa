"""What sort of mail it is, and what must never be answered (RFC 3834)."""

from __future__ import annotations

import pytest

from mailgate.message.classify import automatic, kind
from mailgate.message.model import IncomingMessage, Kind
from mailgate.message.parse import parse


def mail(header: str = "", text: str = "text", sender: str = "a@b.by", subject: str = "x") -> IncomingMessage:
    return parse(f"From: {sender}\nSubject: {subject}\n{header}\n\n{text}".replace("\n\n\n", "\n\n", 1).encode())


INVITE = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR"
REPORT = (
    "Content-Type: multipart/report; report-type={kind}; boundary=b\n\n--b\n\nx\n--b\n"
    "Content-Type: message/{kind}\n\n{fields}\n--b--"
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (mail(), Kind.REQUEST),
        (mail(subject="Fwd: x"), Kind.REQUEST),
        (mail(subject="Автоответ не работает"), Kind.REQUEST),
        (mail(subject="Не приходит Automatic reply: почему"), Kind.REQUEST),
        (mail("Auto-Submitted: no"), Kind.REQUEST),
        (mail("X-Auto-Response-Suppress: DR, RN, NRN"), Kind.REQUEST),
        (mail("X-MS-Exchange-Inbox-Rules-Loop: a@b.by"), Kind.REQUEST),
        (mail("User-Agent: Thunderbird", sender="postmaster@alfa.by", subject="Почта не доставлена"), Kind.REQUEST),
        (mail("In-Reply-To: <1@d>"), Kind.REPLY),
        (mail("References: <1@d>"), Kind.REPLY),
        (mail(subject="Re: x"), Kind.REPLY),
        (mail(subject="Отв: x"), Kind.REPLY),
        (mail(subject="AW: x"), Kind.REPLY),
        (mail(subject="Re[2]: x"), Kind.REPLY),
        (mail(subject="Re: Automatic reply: x"), Kind.REPLY),
        (mail("Auto-Submitted: auto-replied (vacation)"), Kind.AUTO_REPLY),
        (mail("X-Autoreply: yes"), Kind.AUTO_REPLY),
        (mail("X-Auto-Response-Suppress: All"), Kind.AUTO_REPLY),
        (mail("Precedence: auto_reply"), Kind.AUTO_REPLY),
        (mail(subject="Автоответ: x"), Kind.AUTO_REPLY),
        (mail(subject="Automatic reply: x"), Kind.AUTO_REPLY),
        (mail(subject="Аўтаматычны адказ: x"), Kind.AUTO_REPLY),
        (mail(subject="Odpowiedź automatyczna: x"), Kind.AUTO_REPLY),
        (mail(subject="Автоответ Re: x"), Kind.AUTO_REPLY),
        (mail(subject="Автоматический ответ (отпуск): x"), Kind.AUTO_REPLY),
        (mail(subject="Автоматический ответ на сообщение: x"), Kind.AUTO_REPLY),
        (mail(subject="[EXTERNAL] Automatic reply: x"), Kind.AUTO_REPLY),
        (mail(subject="Out of Office Re: x"), Kind.AUTO_REPLY),
        (mail(subject="Автоответ на сайте не работает: x"), Kind.REQUEST),
        (mail(subject="[EXTERNAL] Re: Automatic reply: x"), Kind.REPLY),
        (mail(subject="Відповідь: x"), Kind.REPLY),
        (mail("List-Id: <x.lists.by>"), Kind.LIST),
        (mail("Precedence: bulk"), Kind.LIST),
        (mail(INVITE), Kind.CALENDAR),
        (mail("Auto-Submitted: auto-generated\n" + INVITE), Kind.CALENDAR),
        (mail(REPORT.format(kind="disposition-notification", fields="Disposition: displayed")), Kind.OTHER),
        (mail(REPORT.format(kind="feedback-report", fields="Feedback-Type: abuse")), Kind.OTHER),
        (mail(REPORT.format(kind="delivery-status", fields="A: b\n\nFinal-Recipient: rfc822; x@y.by\n"
            "Action: failed")), Kind.BOUNCE),
        (mail(REPORT.format(kind="delivery-status", fields="A: b\n\nFinal-Recipient: rfc822; x@y.by\n"
            "Action: relayed")), Kind.OTHER),
    ],
    ids=range(39),
)  # fmt: skip
def test_kinds(message: IncomingMessage, expected: Kind) -> None:
    assert kind(message) == expected


def test_an_attached_calendar_of_a_person_is_no_invitation() -> None:
    part = "Content-Type: text/calendar\nContent-Disposition: attachment\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n--b--"

    assert kind(mail(f"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n--b\n{part}")) == Kind.REQUEST


@pytest.mark.parametrize(
    "message",
    [
        mail("Auto-Submitted: auto-generated"),
        mail("Return-Path: <>"),
        mail("Precedence: list"),
        mail("Precedence: junk"),
        mail("X-Auto-Response-Suppress: OOF"),
        mail("List-Unsubscribe: <http://x>"),
        mail(sender="noreply@shop.by"),
        mail(sender="do-not-reply@shop.by"),
        mail(sender="MAILER-DAEMON@shop.by"),
        mail(sender="owner-list@shop.by"),
        mail("Reply-To: no-reply@shop.by"),
        mail(subject="Автоответ: x"),
        mail(INVITE),
        parse(b"Subject: nobody wrote this\n\nx"),
    ],
    ids=range(14),
)
def test_rfc_3834_what_a_machine_sent_is_never_answered(message: IncomingMessage) -> None:
    assert automatic(message) is not None


@pytest.mark.parametrize(
    "message",
    [mail(), mail("In-Reply-To: <1@d>"), mail("Auto-Submitted: no"), mail("Return-Path: <a@b.by>"),
     mail(sender="root@alfa.by"),
     mail("Precedence: normal"), mail(sender="norepli.ivan@alfa.by")],
    ids=range(7),
)  # fmt: skip
def test_people_are_answered(message: IncomingMessage) -> None:
    assert automatic(message) is None


AWAY = [
    ("Out of office", "I am on leave and will be back on Monday, 30 November."),
    ("Вне офиса", "Я в отпуске и вернусь 30 ноября. По срочным вопросам пишите коллегам."),
    ("В отпуске", "Отсутствую до 30.11.2026."),
    ("Я в отпуске: [SD-2026-000042] Портал", "Вернусь 30.11."),
    ("Отсутствие на рабочем месте", "Отсутствую по 30.11.2026."),
    ("Па-за офісам", "Я ў адпачынку, вярнуся 30 лістапада."),
    ("У відпустці", "Повернуся 30 листопада."),
    ("Abwesend", "Ich bin ab dem 30. November wieder erreichbar."),
    ("Absence du bureau", "Je serai de retour le 30 novembre."),
    ("Poza biurem", "Wracam 30 listopada."),
    ("Automatic reply: Portal", "Thank you."),
    ("Автоответ: Портал", "Ваше письмо получено."),
]
WRITTEN_BY_PEOPLE = [
    ("Out of office: VPN does not connect", "I cannot log in from home. Please help."),
    ("Вне офиса: не работает VPN", "Из дома не подключается. Помогите, пожалуйста."),
    ("Отпуск: как настроить автоответ?", "Где это в почте включается?"),
    ("В отпуске", "Как в портале отметить отпуск сотрудника?"),
    ("Автоответчик не работает", "Не отвечает второй день."),
    ("Automatic reply does not work", "It worked until Monday."),
    ("Abwesenheit eintragen", "Wo geht das im Portal?"),
    ("Autoreply settings", "Until when can we change them?"),
    ("Urlop: raport się nie otwiera", "Proszę o pomoc."),
    ("Undeliverable mail to our partner", "Our users get errors; what does 550 5.1.1 mean?"),
    ("Не доставлено письмо партнёру", "Письмо на buh@gamma.example не доставлено, посмотрите."),
    ("Приглашение на встречу не приходит", "METHOD:REQUEST мы видим в журнале."),
    ("Re: Automatic reply: Portal", "Спасибо, дождусь вашего возвращения."),
]


@pytest.mark.parametrize(("subject", "text"), AWAY)
def test_a_responder_without_headers_is_told_by_its_words(subject: str, text: str) -> None:
    message = parse(f"From: ivan@alfa.example\nSubject: {subject}\n\n{text}\n".encode())

    assert kind(message) is Kind.AUTO_REPLY


@pytest.mark.parametrize(("subject", "text"), WRITTEN_BY_PEOPLE)
def test_no_person_s_mail_is_taken_for_a_machine_s_by_its_words(subject: str, text: str) -> None:
    message = parse(f"From: ivan@alfa.example\nSubject: {subject}\n\n{text}\n".encode())

    assert kind(message) in {Kind.REQUEST, Kind.REPLY}
    assert automatic(message) is None
