"""S21-S24: machines that answer machines, strangers whose names were forged, reports that nobody sent."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from mailgate.config import load
from mailgate.desk.arrived import written_at
from mailgate.message.parse import parse
from mailgate.store import queries
from mailgate.store.database import Database
from tests.rig.hand import MONDAY, DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, DESK, IVAN, JOHN, KATE, SERGEY, VOLHA, Letter
from tests.security.conftest import Figures, Some
from tests.security.kit import EVIL, accepted, mail, notices, passed, pour, shown

OTHER_DESK = "support@other.example"
SAYS_AUTOMATIC = ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence", "X-Mailgate-Notice", "X-Mailgate-Request")


@pytest.fixture
def other(config: Path, tmp_path: Path) -> DeskInHand:
    """Another organisation's mailgate. Each desk is a contact of the other."""
    folder = tmp_path / "other"
    folder.mkdir()
    for path in config.parent.glob("*.*"):
        text = path.read_text().replace(OTHER_DESK, JOHN)
        text = text.replace("@desk.example", "@other.example").replace(IVAN, DESK).replace("../var/", "var/")
        (folder / path.name).write_text(text)
    database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    return DeskInHand(folder / "mailgate.toml", database)


@pytest.fixture
def desk(hand: DeskInHand, config: Path) -> DeskInHand:
    """The desk, of which the other desk is a contact."""
    clients = config.parent / "clients.toml"
    clients.write_text(clients.read_text().replace(JOHN, OTHER_DESK))
    hand.desk = replace(hand.desk, config=load(config))
    return hand


def carried(letter: Letter, now: datetime, strip: bool) -> bytes:
    """A letter of one desk as it arrives at the other: proven; `strip`: a gateway took away what says "automatic"."""
    raw = letter.raw
    if strip:
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        for name in SAYS_AUTOMATIC:
            del message[name]
        del message["Date"]
        message["Date"] = now
        raw = message.as_bytes()
    return passed(letter["From"].rpartition("@")[2].strip("> ")) + raw


def play(one: DeskInHand, another: DeskInHand, *, strip: bool = False, rounds: int = 100) -> int:
    """Whatever one desk sends to the other arrives there until nobody writes any more. Gives how many mails went."""
    seen, went = {id(one): 0, id(another): 0}, 0
    pairs = ((one, another, OTHER_DESK), (another, one, DESK))
    for _ in range(rounds):
        before = went
        for sender, receiver, address in pairs:
            letters = sender.letters[seen[id(sender)] :]
            seen[id(sender)] += len(letters)
            for letter in letters:
                if letter.to == address:
                    receiver.now += timedelta(seconds=1)
                    receiver.receive(carried(letter, receiver.now, strip), address)
                    went += 1
        one.now = another.now = max(one.now, another.now)
        if went == before:
            return went
    raise AssertionError(f"they still write after {went} mails")


@pytest.mark.parametrize(
    "seed", ["a person of the other desk writes", "a stranger's desk", "an answer to the registration"]
)
def test_s21_two_desks_exchange_two_mails_at_most(
    desk: DeskInHand, other: DeskInHand, seed: str, figures: Figures
) -> None:
    if seed == "an answer to the registration":
        desk.write(OTHER_DESK, "Вопрос", "Как дела?", to=DESK)
    elif seed == "a stranger's desk":
        desk.write("support@third.example", "Hello", "We are a desk too.")
    else:
        anna = ANNA.replace("desk.", "other.")
        other.write(DESK, "Вопрос", "Помогите.", to=OTHER_DESK)
        notice = other.last(anna, "staff_new")
        other.letters.clear()
        other.answer(notice, "Посмотрели, ждём вас.", sender=anna, to=OTHER_DESK)

    went = play(desk, other)

    assert went <= 2
    assert len(desk.numbers()) + len(other.numbers()) <= 3
    if seed == "a person of the other desk writes":
        figures(
            "S21",
            "mailgate against mailgate, what a person wrote as the start",
            sent=1,
            through=0,
            found=f"{went} mails went",
        )


def test_s22_two_desks_behind_a_gateway_that_strips_headers_come_to_an_end(
    desk: DeskInHand, other: DeskInHand, figures: Figures
) -> None:
    desk.write(OTHER_DESK, "Вопрос", "Как дела?")

    went = play(desk, other, strip=True)

    figures(
        "S22",
        "mailgate against mailgate, all that says automatic stripped",
        sent=1,
        through=0,
        found=f"ended after {went} mails",
    )


def robot_of(hand: DeskInHand, answer: Callable[[Letter], bytes], most: int, every: timedelta) -> int:
    """Ivan's machine answers every notice that he gets, at most `most` times. Gives how many answers it sent."""
    answered = 0
    while answered < min(most, len(hand.told(IVAN))):
        hand.now += every
        hand.receive(answer(hand.told(IVAN)[answered]))
        answered += 1
    return answered


def silent(hand: DeskInHand) -> Callable[[Letter], bytes]:
    """A responder that says of itself nothing, and cites nothing: each of its mails is a new submission."""

    def answer(_letter: Letter) -> bytes:
        head = f"Date: {format_datetime(hand.now)}\r\n".encode()
        return mail(IVAN, proven="alfa.example", head=head, subject="Я не в офисе", text="Вернусь в понедельник.")

    return answer


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "Precedence: auto_reply", "X-Autoreply: yes", "X-Vacation: 1"]
)
def test_s21_a_responder_that_says_so_gets_nothing(hand: DeskInHand, header: str) -> None:
    hand.write(IVAN, "Вопрос", "Помогите.")
    head = f"{header}\r\n".encode()

    answered = robot_of(
        hand, lambda _: mail(IVAN, proven="alfa.example", head=head, subject="Отпуск"), 50, timedelta(seconds=5)
    )

    assert answered == 1
    assert hand.numbers() == ["SD-2026-000001"]


def limited(hand: DeskInHand, config: Path, **most: int) -> None:
    named = "".join(f"{name} = {value}\n" for name, value in most.items())
    config.write_text(config.read_text().replace("[loops]\n", f"[loops]\n{named}"))
    hand.desk = replace(hand.desk, config=load(config))


def test_s22_a_silent_responder_is_stopped_and_staff_are_told_once(
    hand: DeskInHand, config: Path, figures: Figures
) -> None:
    limited(hand, config, per_sender=20)
    hand.write(IVAN, "Вопрос", "Помогите.")

    answered = robot_of(hand, silent(hand), 500, timedelta(seconds=20))
    for _ in range(5):
        hand.now += timedelta(seconds=20)
        hand.receive(silent(hand)(hand.letters[0]))

    assert answered == 20
    assert len(hand.numbers()) == 26, "its mail is taken and registered as ever"
    assert [letter.to for letter in hand.told(name="staff_undeliverable")] == [ANNA, SERGEY]
    assert f"Автоматические ответы на {IVAN} приостановлены" in hand.told(ANNA, "staff_undeliverable")[0].text
    hand.now += timedelta(hours=2)
    hand.write(IVAN, "Вопрос", "Теперь я сам.")
    assert len(hand.told(IVAN, "registered")) == 21, "an hour later he is answered again"
    figures("S22", "a responder without any header, answering everything", sent=answered + 5, through=0,
            found="stopped at per_sender; staff told once")  # fmt: skip


def test_s22_a_closed_request_does_not_answer_for_ever(hand: DeskInHand, config: Path) -> None:
    limited(hand, config, per_sender=1000, per_request=5)
    hand.write(IVAN, "Вопрос", "Помогите.")
    notice = hand.last(ANNA, "staff_new")
    hand.answer(notice, "!закрыть телефон\nПоговорили.")
    closed = hand.last(IVAN, "closed")

    for _ in range(12):
        hand.now += timedelta(seconds=20)
        hand.answer(closed, "Меня нет на месте до понедельника, по срочным вопросам пишите коллегам.")

    assert len(hand.told(IVAN, "closed_is_final")) == 4, "and its registration was the first answer of the hour"
    assert len(hand.told(SERGEY, "staff_undeliverable")) == 1


def test_s22_many_senders_are_stopped_in_all(hand: DeskInHand, config: Path) -> None:
    limited(hand, config, in_all=10)

    for number in range(30):
        hand.now += timedelta(seconds=2)
        hand.write(f"robot{number}@evil.example", "Hello", "I am out of the office.")

    assert len(hand.told(name="not_registered")) == 10
    assert [letter.to for letter in hand.told(name="staff_undeliverable")] == [ANNA, SERGEY]


def test_s22_a_backlog_is_no_loop(hand: DeskInHand, config: Path) -> None:
    limited(hand, config, per_sender=5)
    written = hand.now
    hand.now += timedelta(days=3)
    heads = [f"Date: {format_datetime(written + timedelta(minutes=n))}\r\n".encode() for n in range(20)]

    for head in heads:
        hand.receive(mail(IVAN, proven="alfa.example", head=head))

    assert len(hand.told(IVAN, "registered")) == 20


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", MONDAY),
        (b"Date: Mon, 23 Nov 2026 09:00:00 +0300\r\n", MONDAY.replace(hour=9, minute=0)),
        (
            b"Date: Mon, 23 Nov 2020 09:00:00 +0300\r\nReceived: from x by mx; Mon, 23 Nov 2026 10:00:00 +0300\r\n",
            MONDAY.replace(minute=0),
        ),
        (b"Date: Mon, 23 Nov 2099 09:00:00 +0300\r\n", MONDAY),
        (b"Date: yesterday\r\nReceived: nonsense\r\n", MONDAY),
    ],
)
def test_s22_when_a_mail_was_written(head: bytes, expected: datetime) -> None:
    assert written_at(parse(mail(IVAN, head=head)), MONDAY) == expected


def test_s23_a_thousand_forged_strangers_get_no_answer(hand: DeskInHand, some: Some, figures: Figures) -> None:
    verdicts = (b"", b"Authentication-Results: mx.desk.example; dmarc=fail header.from=victim.example\r\n",
                b"Authentication-Results: mx.desk.example; spf=pass smtp.mailfrom=evil.example; dmarc=none\r\n",
                passed("evil.example"))  # fmt: skip
    forged = [
        mail(f"person{n}@victim.example", head=verdicts[n % 4], subject="Buy canary-77") for n in some(range(1000))
    ]

    taken = pour(hand, forged)

    assert {(one.decision, one.reason) for one in taken} == {("not_registered", "not_authentic")}
    assert notices(hand) == []
    figures("S23", "forged strangers", sent=len(forged), through=0, found="0 answers, all kept")


def test_s23_nor_do_those_who_complain(hand: DeskInHand, some: Some) -> None:
    forged = [mail(f"person{n % 10}@victim.example", subject=f"Complaint {n}") for n in some(range(100))]

    taken = pour(hand, forged, to=COMPLAINTS)

    assert {(one.decision, one.reason) for one in taken} == {("quarantine", "not_authentic")}
    told = notices(hand)
    assert {notice.name for notice in told} == {"staff_quarantine"}
    assert {notice.reader for notice in told} == {KATE, SERGEY}
    assert len(told) <= 2 * 10, "of the first in one name each day"


def test_s23_a_proven_stranger_s_subject_is_not_echoed(hand: DeskInHand) -> None:
    hand.receive(mail(f"canary-name <{EVIL}>", proven="evil.example", subject="canary-subject", text="canary-text"))

    said = shown(hand.told(EVIL))
    assert "canary-subject" not in said
    assert "canary-text" not in said


def report(
    of: str | None,
    recipient: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    sender: str = "MAILER-DAEMON@mx.evil.example",
) -> bytes:
    """RFC 3464: a delivery report."""
    returned = f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{of}>\r\nTo: {recipient}\r\n" if of else ""
    return (
        f"Return-Path: <>\r\nFrom: Mail Delivery System <{sender}>\r\nTo: {DESK}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <{hash((of, recipient, status, action, sender))}@mx.evil.example>\r\nAuto-Submitted: auto-replied\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver your message.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.evil.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\n{returned}\r\n--b--\r\n"
    ).encode()


def dead(hand: DeskInHand) -> list[str]:
    with hand.read() as session:
        return [addr for addr in (IVAN, JOHN, VOLHA, ANNA, "it@alfa.example") if queries.is_dead(session, addr)]


def test_s24_invented_reports_mark_nobody_dead(hand: DeskInHand, figures: Figures) -> None:
    hand.write(IVAN, "Вопрос", "Помогите.")
    genuine, to_staff = (notices(hand, name=name)[0].message_id for name in ("registered", "staff_new"))
    invented = [
        report(of, who)
        for who in (IVAN, JOHN, VOLHA, ANNA)
        for of in (None, "x@desk.example", f"mg.SD-2026-000001.a.{'a' * 26}@desk.example")
    ]
    invented += [report(genuine, who) for who in (JOHN, VOLHA, ANNA, "ivan.petrov@alfa.example.evil.example", EVIL)]
    invented += [report(genuine.replace("mg.", "mh."), IVAN), report(genuine + "x", IVAN), report(to_staff, IVAN)]
    invented += [
        report(genuine, IVAN, action="delivered", status="2.0.0"),
        report(genuine, IVAN, action="delayed", status="4.4.1"),
    ]
    invented += [report("%", IVAN), report("' OR 1=1 --", IVAN)]

    for raw in invented:
        hand.receive(raw)

    assert dead(hand) == []
    assert hand.events() == ["registered"]
    figures("S24", "invented delivery reports", sent=len(invented), through=0, found="0 addresses marked dead")


def test_s24_a_leaked_identifier_is_not_believed_late_or_after_its_reader_wrote(hand: DeskInHand) -> None:
    hand.write(IVAN, "Вопрос", "Помогите.")
    genuine = notices(hand, name="registered")[0].message_id
    hand.now += timedelta(minutes=5)
    hand.answer(hand.last(IVAN, "registered"), "И ещё: почта тоже.")
    hand.receive(report(genuine, IVAN))
    assert dead(hand) == []

    hand.write(VOLHA, "Пытанне", "Дапамажыце.")
    hand.now += timedelta(days=11)
    hand.receive(report(notices(hand, name="registered", reader=VOLHA)[0].message_id, VOLHA))
    assert dead(hand) == []


def test_s24_what_a_believed_report_can_do_at_worst(hand: DeskInHand) -> None:
    hand.write(IVAN, "Вопрос", "Помогите.")
    genuine = notices(hand, name="registered")[0].message_id

    hand.receive(report(genuine, IVAN))

    assert dead(hand) == [IVAN]
    assert [letter.to for letter in hand.told(name="registered")] == [IVAN, "it@alfa.example"], (
        "to the client's own mailbox"
    )
    assert len(hand.told(ANNA, "staff_undeliverable")) == 1
    hand.write(IVAN, "Вопрос", "Я на месте.")
    assert dead(hand) == [], "his next mail takes it back"


def test_s24_reports_are_no_orders_and_no_answers(hand: DeskInHand) -> None:
    hand.write(IVAN, "Вопрос", "Помогите.")
    genuine = notices(hand, name="registered")[0].message_id

    taken = pour(
        hand, [report(genuine, JOHN, sender=who) for who in (ANNA, IVAN, f"MAILER-DAEMON@{DESK.partition('@')[2]}")]
    )

    assert accepted(taken) == []
