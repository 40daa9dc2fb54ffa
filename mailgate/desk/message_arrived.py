"""A message has arrived: what becomes of it, in one transaction. The verdict is `rules/intake`; here it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlmodel import Session

from mailgate.config import Mailbox
from mailgate.desk import notify, record
from mailgate.desk.context import Desk
from mailgate.desk.notice_settled import notice_bounced
from mailgate.desk.notify import Reader, Telling, Words
from mailgate.desk.reading import Reading, read
from mailgate.desk.record import Act, Submission
from mailgate.desk.staff_commanded import StaffMail, staff_commanded
from mailgate.message import body, fields
from mailgate.message.answer import Word, client_word
from mailgate.message.model import Fields, Kind
from mailgate.rules.intake import Decision
from mailgate.rules.lifecycle import Outcome, step
from mailgate.rules.priority import find_type
from mailgate.rules.vocabulary import Channel, Event, RequestType, Role, Trigger, Urgency
from mailgate.store import queries
from mailgate.store.tables import Mail, Request

ONE_DAY = timedelta(days=1)
SUBJECT_MOST = 250
_FIELD_NAMES = ("client", "service", "type", "subject", "urgency")
_TRIGGERS: Mapping[Word, Trigger] = MappingProxyType(
    {
        Word.CONFIRMS: Trigger.CONFIRMED,
        Word.DISAGREES: Trigger.DISAGREED,
        Word.BARE_NO: Trigger.BARE_NO,
        Word.THANKS: Trigger.THANKED,
        Word.OTHER: Trigger.CLIENT_WROTE,
    }
)


def message_arrived(session: Session, mail: Mail, raw: bytes, mailbox: Mailbox, now: datetime, desk: Desk) -> Reading:
    """Decide what becomes of a taken message and carry it out; `mail` keeps the verdict and the tests that led to it."""
    reading = read(session, raw, mail.size, mailbox, desk)
    disposition = reading.disposition
    _keep_verdict(mail, reading, now)
    _CARRY_OUT[disposition.decision](session, mail, reading, mailbox, now, desk)
    if disposition.needs_a_look:
        _ask_for_a_look(session, mail, mailbox, now, desk)
    return reading


def release(session: Session, mail: Mail, raw: bytes, mailbox: Mailbox, client_id: str | None, now: datetime, desk: Desk) -> Request | None:
    """3.10: staff vouch for a message that stood in quarantine: it is registered, for a client where one is named.

    None where it names no single sender or was too large to be read.
    """
    reading = read(None, raw, mail.size, mailbox, desk)
    if reading.facts.over_limit or reading.facts.sender_problem:
        return None
    mail.freed = "released"
    return _register(session, mail, reading, mailbox, now, desk, client_id=client_id)


def set_aside(session: Session, mail: Mail, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    """A message that could not be handled goes to quarantine, and staff are told."""
    mail.decision, mail.reason, mail.decided_at = Decision.QUARANTINE, "fault", now
    mail.tests = [["handled without a fault", False]]
    _ask_for_a_look(session, mail, mailbox, now, desk)


def _keep_verdict(mail: Mail, reading: Reading, now: datetime) -> None:
    message, disposition = reading.message, reading.disposition
    mail.message_id = message.message_id
    mail.from_addr = message.from_[0].addr if message.from_ else ""
    mail.subject = message.subject[:SUBJECT_MOST]
    mail.decision, mail.reason = disposition.decision, disposition.reason
    mail.tests = [list(test) for test in disposition.tests]
    mail.decided_at = now


# What each decision does ---------------------------------------------------------------------------------------------


def _register(
    session: Session,
    mail: Mail,
    reading: Reading,
    mailbox: Mailbox,
    now: datetime,
    desk: Desk,
    client_id: str | None = None,
) -> Request:
    message, sender = reading.message, reading.sender
    contact = desk.people.contact(sender.addr)
    understood = fields.fields(message)
    name = contact.name if contact else sender.name
    submission = Submission(
        kind=mailbox.purpose,
        channel=Channel.EMAIL,
        mailbox=mailbox,
        subject=(understood.subject or message.subject)[:SUBJECT_MOST],
        contact_addr=sender.addr,
        contact_name=name,
        language=notify.client_reader(desk, sender.addr, name).language,
        client_id=client_id or (contact.client_id if contact else None),
        service=understood.service,
        type_suggested=_suggested(understood.type),
        urgency=Urgency(understood.urgency) if understood.urgency else Urgency.NORMAL,
    )
    words = _words(mail, reading, message.text)
    act = Act(
        by=f"client:{sender.addr}",
        words=words,
        told=_understood(understood, is_known=contact is not None),
        quoted=notify.quoted(words.text, now, name),
        answers=message.message_id,
    )
    request = record.open_request(session, desk, submission, now)
    _keep(session, mail, reading, request, "submission", now)
    record.registered(session, desk, request, act, now)
    return request


def _append(session: Session, mail: Mail, reading: Reading, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    request = reading.request
    assert request is not None
    new_text = body.new_text(reading.message)
    read_as = client_word(new_text)
    outcome = step(
        request.facts(),
        _TRIGGERS[read_as.word],
        now,
        resume_until=desk.resume_until(request),
    )
    assert isinstance(outcome, Outcome), "a client's word is never refused"
    act = Act(
        by=f"client:{reading.sender.addr}",
        words=_words(mail, reading, new_text or reading.message.text),
        detail={"word": read_as.word, "why": read_as.reason},
        told={"how": "confirmed"} if read_as.word is Word.CONFIRMS else {},
        quoted=notify.quoted(new_text, now, reading.sender.name),
        answers=reading.message.message_id,
    )
    record.apply(session, desk, request, outcome, act, now)
    if outcome.has(Event.NEW_REQUEST_NEEDED):
        _follow(session, mail, reading, mailbox, now, desk, request, act)
    else:
        _keep(session, mail, reading, request, "reply", now)


def _follow(
    session: Session, mail: Mail, reading: Reading, mailbox: Mailbox, now: datetime, desk: Desk, ended: Request, act: Act
) -> None:
    """5.2: closed is final; what the client writes becomes a new request, linked to the closed one, and he is told so."""
    request = _register(session, mail, reading, mailbox, now, desk, client_id=ended.client_id)
    record.link(session, request, ended, "follows", "followed_by")
    told = Telling("closed_is_final", quoted=act.quoted, detail={"new_number": request.number})
    record.tell_client(session, desk, ended, told, now)


def _command(session: Session, mail: Mail, reading: Reading, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    member = desk.people.staff(reading.sender.addr)
    assert member is not None
    message = reading.message
    if reading.request is not None:
        mail.request_id = reading.request.id
    words = _words(mail, reading, body.new_text(message))
    wrote = StaffMail(member, mailbox, reading.request, words, message.subject[:SUBJECT_MOST], message.message_id)
    staff_commanded(session, desk, wrote, now)


def _not_registered(session: Session, mail: Mail, reading: Reading, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    """3.10: one polite notice, never more than one a day to an address, never to a machine or an unproven sender."""
    if reading.disposition.reason != "stranger":
        return
    sender = reading.sender
    if queries.told_since(session, sender.addr, "not_registered", now - ONE_DAY):
        return
    reader = Reader(sender.addr, sender.name, Role.STRANGER, desk.config.desk.language)
    what = Telling("not_registered", answers=reading.message.message_id)
    notify.tell(session, desk, mailbox, None, reader, what, now)


def _ignore(session: Session, mail: Mail, reading: Reading, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    """Machines change nothing; what they say of a request is kept in it (4.4)."""
    if reading.bounce is not None:
        mail.request_id = notice_bounced(session, desk, reading.bounce, now)
    elif reading.kind is Kind.AUTO_REPLY and reading.request is not None:
        request = reading.request
        _keep(session, mail, reading, request, "auto_reply", now)
        outcome = step(request.facts(), Trigger.AUTO_REPLIED, now)
        assert isinstance(outcome, Outcome)
        record.apply(session, desk, request, outcome, Act(by=f"client:{reading.sender.addr}"), now)


def _quarantine(session: Session, mail: Mail, reading: Reading, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    """Kept as it is; who has to look is told by `needs_a_look`."""


_CARRY_OUT: Mapping[Decision, Callable[[Session, Mail, Reading, Mailbox, datetime, Desk], object]] = MappingProxyType(
    {
        Decision.REGISTER: _register,
        Decision.APPEND: _append,
        Decision.COMMAND: _command,
        Decision.NOT_REGISTERED: _not_registered,
        Decision.IGNORE: _ignore,
        Decision.QUARANTINE: _quarantine,
    }
)


def _ask_for_a_look(session: Session, mail: Mail, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    what = Telling(
        "staff_quarantine",
        detail={
            "id": mail.id,
            "reason": mail.reason,
            "from_addr": mail.from_addr,
            "subject": mail.subject,
            "size": mail.size,
            "release_command": f"mailgate quarantine release {mail.id}",
        },
    )
    for reader in notify.staff_readers(desk, mailbox, None):
        notice = notify.tell(session, desk, mailbox, None, reader, what, now)
        notice.attached_mail = mail.id


# What was read, for the rows -----------------------------------------------------------------------------------------


def _words(mail: Mail, reading: Reading, text: str) -> Words:
    return Words(
        addr=reading.sender.addr,
        name=reading.sender.name,
        text=text,
        attachments=reading.message.attachments,
        mail_id=mail.id,
    )


def _keep(session: Session, mail: Mail, reading: Reading, request: Request, kind: str, now: datetime) -> None:
    message = reading.message
    mail.request_id = request.id
    record.correspond(
        session,
        request,
        kind,
        (reading.sender.addr, reading.sender.name),
        [each.addr for each in (*message.to, *message.cc)],
        message.text,
        now,
        new_text=body.new_text(message),
        message_id=message.message_id,
        mail_id=mail.id,
        attachments=message.attachments,
    )


def _suggested(written: str | None) -> RequestType | None:
    found = find_type(written) if written else None
    return found if isinstance(found, RequestType) else None


def _understood(understood: Fields, *, is_known: bool) -> dict[str, object]:
    """3.2: what was understood, and what is missing; said back to the client. A contact need not name his client."""
    found = {name: value for name in _FIELD_NAMES if (value := getattr(understood, name))}
    wanted = ("service", "type") if is_known else ("client", "service", "type")
    return {"understood": found, "missing": [name for name in wanted if name not in found]}
