"""A notice written into the outbox: who reads it, and how it threads in the reader's mail client."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from mailgate.config import Mailbox, Staff
from mailgate.desk import facts, own_ids
from mailgate.desk.context import Desk
from mailgate.message.model import Attachment
from mailgate.rules import notices
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Role, Waiting
from mailgate.store import queries
from mailgate.store.tables import Notice, Request
from mailgate.store.writing import write

NO_HOLD = timedelta(0)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a notice."""

    addr: str
    name: str
    role: Role
    language: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a person wrote, to be carried to somebody else."""

    addr: str
    name: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    mail_id: int | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice to be written: its name and what it carries beside the request's own facts."""

    name: str
    words: Words | None = None
    quoted: dict[str, Any] | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    hold: timedelta = NO_HOLD
    starts: Waiting | None = None
    """The waiting term whose clock starts when this notice is accepted (4.6, 5.1)."""
    term: Term | None = None
    """How long, where staff named it."""
    answers: str | None = None
    """Message-ID of the very message that this notice answers, where it belongs to no request yet."""
    history: list[dict[str, Any]] | None = None
    """The last events of the request, where they were read already for several readers."""
    begins: bool = False
    """The request begins with this notice: beside its submission there is nothing in it yet."""
    attached_mail: int | None = None
    """The message that goes along, where it is not that of the words."""


@dataclass(frozen=True, slots=True)
class Written:
    """A notice as it stands in the outbox."""

    name: str
    reader: str
    message_id: str


def tell(
    session: Session,
    desk: Desk,
    mailbox: Mailbox,
    request: Request | None,
    reader: Reader,
    what: Telling,
    now: datetime,
) -> Written:
    """Write one notice to one reader."""
    by_person = what.words is not None and reader.role is not Role.STAFF
    in_reply_to, references = _threading(session, desk, mailbox, request, reader, what)
    domain = mailbox.address.rpartition("@")[2]
    written = Written(what.name, reader.addr, _message_id(session, desk, request, reader, what, domain))
    write(
        session,
        Notice,
        name=what.name,
        request_id=request.id if request else None,
        mailbox=mailbox.name,
        reader=reader.addr,
        reader_name=reader.name,
        domain=reader.addr.rpartition("@")[2],
        role=reader.role,
        language=reader.language,
        message_id=written.message_id,
        in_reply_to=in_reply_to,
        references=list(references),
        auto_submitted=notices.auto_submitted(what.name, by_person),
        facts=_facts(session, desk, mailbox, request, reader, what, now),
        attached_mail=what.words.mail_id if what.words else what.attached_mail,
        starts=what.starts,
        term=str(what.term) if what.term else None,
        created_at=now,
        next_at=now + what.hold,
    )
    return written


def contact_reader(session: Session, desk: Desk, request: Request, *, but: Collection[str] = ()) -> Reader | None:
    """3.7: the sender of a request; where his mailbox is unavailable, the client's own; None where nothing works.

    `but` are mailboxes that have been tried with this notice.
    """
    language = client_reader(desk, request.contact_addr, request.contact_name).language
    for addr in ways_to(desk, request):
        if addr not in but and not queries.is_dead(session, addr):
            role = Role.STRANGER if request.client_id is None else Role.CONTACT
            return Reader(addr, request.contact_name, role, language)
    return None


def participants(session: Session, desk: Desk, request: Request) -> tuple[Reader, ...]:
    """The other contacts who take part in a request, as long as they are contacts of its client and can be reached."""
    contacts = [desk.people.contact(addr) for addr in queries.participants(session, request.id)]
    return tuple(
        client_reader(desk, contact.email, contact.name)
        for contact in contacts
        if contact and contact.client_id == request.client_id and not queries.is_dead(session, contact.email)
    )


def ways_to(desk: Desk, request: Request) -> tuple[str, ...]:
    """The sender's own mailbox while he may read on, then those of his client, the preferred one first.

    An erased request has nobody left to read of it.
    """
    if request.erased_at is not None:
        return ()
    client = desk.people.clients.get(request.client_id or "")
    others = (client.authorised_mailbox, client.official_mailbox) if client else ()
    if client and client.preferred_fallback == "official":
        others = others[::-1]
    is_theirs = request.contact_addr in others or _is_contact(desk, request)
    own = (request.contact_addr,) if request.client_id is None or request.vouched or is_theirs else ()
    return tuple(dict.fromkeys(addr for addr in (*own, *others) if addr))


def reads_only_his_own(desk: Desk, request: Request) -> bool:
    """Whether its sender reads on and is no contact of the client: in another's request he would have no part.

    Somebody vouched for him, or it is one of the client's own mailboxes.
    """
    return request.contact_addr in ways_to(desk, request) and not _is_contact(desk, request)


def _is_contact(desk: Desk, request: Request) -> bool:
    contact = desk.people.contact(request.contact_addr)
    return contact is not None and contact.client_id == request.client_id


def client_reader(desk: Desk, addr: str, name: str) -> Reader:
    """Somebody outside the desk: a contact in his own language, anybody else in the desk's."""
    contact = desk.people.contact(addr)
    if contact is None:
        return Reader(addr, name, Role.STRANGER, desk.config.desk.language)
    return Reader(addr, contact.name or name, Role.CONTACT, contact.language or desk.config.desk.language)


def staff_readers(desk: Desk, mailbox: Mailbox, request: Request | None) -> tuple[Reader, ...]:
    """Who of the staff hears of a request: its assignee, else the group that serves the mailbox."""
    assignee = desk.people.staff(request.assignee) if request and request.assignee else None
    members: Iterable[Staff] = (assignee,) if assignee else desk.people.group(mailbox.group)
    return tuple(staff_reader(desk, member) for member in members)


def staff_reader(desk: Desk, member: Staff) -> Reader:
    """One staff member as a reader."""
    return Reader(member.email, member.name, Role.STAFF, member.language or desk.config.desk.language)


def _threading(
    session: Session, desk: Desk, mailbox: Mailbox, request: Request | None, reader: Reader, what: Telling
) -> tuple[str | None, Sequence[str]]:
    """In-Reply-To and References: the client's own thread, or the staff member's thread of the request."""
    if request is None or (what.begins and reader.role is not Role.STAFF):
        return what.answers, [what.answers] if what.answers else []
    if what.name == "staff_new":
        return None, []
    if reader.role is Role.STAFF:
        first = own_ids.first(desk, request, reader.addr, mailbox.address.rpartition("@")[2])
        return what.answers or first, _unique(first, what.answers)
    written = queries.written_by(session, request.id, reader.addr)
    if not written:
        first_of_all = queries.first_message_id(session, request.id)
        return what.answers or first_of_all, _unique(first_of_all, what.answers)
    return written[-1], _unique(written[0], written[-1])


def _message_id(
    session: Session, desk: Desk, request: Request | None, reader: Reader, what: Telling, domain: str
) -> str:
    """The first notice of a request to a staff member has an id that can be told at any time: the others cite it."""
    if request is not None and what.name == "staff_new":
        first = own_ids.first(desk, request, reader.addr, domain)
        if what.begins or queries.notice_id(session, first) is None:
            return first
    return own_ids.new(desk, request, reader.addr, domain)


def _unique(*ids: str | None) -> list[str]:
    return list(dict.fromkeys(each for each in ids if each))


def _facts(
    session: Session,
    desk: Desk,
    mailbox: Mailbox,
    request: Request | None,
    reader: Reader,
    what: Telling,
    now: datetime,
) -> dict[str, Any]:
    attached, left_out = facts.fitting(what.words.attachments if what.words else (), desk.config.smtp.size_limit)
    return {
        "desk": {
            "name": desk.config.desk.name,
            "organisation": desk.config.desk.organisation,
            "address": mailbox.address,
        },
        "reader": {"name": reader.name, "addr": reader.addr, "role": str(reader.role)},
        "request": _request_facts(session, desk, request, reader, what, now) if request else None,
        "author": {"name": what.words.name, "addr": what.words.addr} if what.words else None,
        "text": what.words.text if what.words else None,
        "quoted": what.quoted,
        "attachments": attached,
        "left_out": left_out,
        "detail": what.detail | _asked(desk, mailbox, request, reader, what),
    }


def _asked(desk: Desk, mailbox: Mailbox, request: Request | None, reader: Reader, what: Telling) -> dict[str, Any]:
    """What a notice that asks the client something says of his answer."""
    waiting = notices.ASKS.get(what.name)
    if request is not None and waiting is Waiting.CONFIRMATION:
        return facts.ready_answers(mailbox, request, reader.language)
    return facts.silence(desk) if waiting is Waiting.INFO else {}


def _request_facts(
    session: Session, desk: Desk, request: Request, reader: Reader, what: Telling, now: datetime
) -> dict[str, Any]:
    """Only staff read the history: it names who did what inside. To others no end that has passed is promised, but
    what asks names the end that was set, however late it comes."""
    if reader.role is not Role.STAFF:
        told = facts.request_facts(desk, request, [])
        is_over = request.deadline_at is not None and request.deadline_at <= now and what.name not in notices.ASKS
        return told | {"deadline_at": None} if is_over else told
    return facts.request_facts(desk, request, facts.history(session, request) if what.history is None else what.history)
