"""Submissions that staff enter: a call, a letter, a part of another request (3.1, 3.4, 3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.config import Contact, Mailbox
from mailgate.desk import correspondence, facts, record
from mailgate.desk.context import Desk
from mailgate.desk.notify import Words
from mailgate.desk.record import Act, Submission
from mailgate.rules.obstacles import Obstacle, phone_obstacle
from mailgate.rules.vocabulary import Channel, Impact, Purpose, RequestType, Urgency
from mailgate.store import queries
from mailgate.store.tables import Request


@dataclass(frozen=True, slots=True)
class Told:
    """What staff say of a call or a letter."""

    channel: Channel
    contact: str
    """The contact's address."""
    subject: str
    text: str
    phone: str | None = None
    critical: bool = False
    cannot_write: bool = False
    type: RequestType | None = None
    urgency: Urgency = Urgency.NORMAL
    impact: Impact | None = None


def enter(session: Session, desk: Desk, submission: Submission, words: Words, by: str, now: datetime) -> Request:
    """Register what staff entered in the client's name; he gets the registration notice (3.3)."""
    told: dict[str, Any] = {"understood": {}, "missing": []}
    theirs = Words(submission.contact_addr, submission.contact_name, words.text, words.attachments, words.mail_id)
    act = Act(by=by, words=theirs, told=told, quoted=facts.quoted(words.text, now, submission.contact_name))
    request = record.open_request(session, desk, submission, now)
    correspondence.correspond(
        session,
        request,
        "submission",
        (submission.contact_addr, submission.contact_name),
        [desk.mailbox(submission.mailbox.name).address],
        words.text,
        now,
        mail_id=words.mail_id,
        attachments=words.attachments,
    )
    record.registered(session, desk, request, act, now)
    return request


def enter_told(
    session: Session,
    desk: Desk,
    told: Told,
    words: Words,
    by: str,
    now: datetime,
    *,
    preferred: Mailbox | None = None,
) -> Request | Obstacle:
    """3.1, 3.4: register a call or a letter; an Obstacle where the Rules do not let it be registered.

    It lives in the preferred mailbox, if that is one for requests, else in the first that is: it is no complaint (6.1).
    """
    boxes = (*filter(None, [preferred]), *desk.config.mailboxes)
    mailbox = next((box for box in boxes if box.purpose is Purpose.REQUESTS), None)
    if mailbox is None:
        return Obstacle("no_mailbox_for_requests")
    if told.impact is not None and told.type is not RequestType.TECHNICAL_SUPPORT:
        return Obstacle("impact_of_technical_support_only")
    contact = desk.people.contact(told.contact)
    if contact is None:
        return Obstacle("unknown_contact", {"found": told.contact})
    if told.channel is Channel.PHONE:
        obstacle = phone_obstacle(
            authorised=_is_authorised(contact, told.phone or ""),
            critical=told.critical,
            can_write=not told.cannot_write,
            number=told.phone or "",
        )
        if obstacle is not None:
            return obstacle
    submission = Submission(
        kind=Purpose.REQUESTS,
        channel=told.channel,
        mailbox=mailbox,
        subject=told.subject,
        contact_addr=contact.email,
        contact_name=contact.name,
        language=contact.language or desk.config.desk.language,
        client_id=contact.client_id,
        type=told.type or RequestType.UNCLASSIFIED,
        urgency=told.urgency,
        impact=told.impact,
        critical=told.critical,
    )
    return enter(session, desk, submission, words, by, now)


def first_words(session: Session, request: Request) -> Words:
    """What the client wrote when the request was registered."""
    first = queries.entries(session, request.id)[0]
    return Words(first.from_addr, first.from_name, first.text)


def _is_authorised(contact: Contact, number: str) -> bool:
    """3.4: is it one of the contact's own numbers? Compared by digits; a national 8 0… is +375…"""
    return bool(_digits(number)) and _digits(number) in {_digits(each) for each in contact.phones}


def _digits(number: str) -> str:
    digits = "".join(char for char in number if char.isdecimal() and char.isascii())
    return "375" + digits[2:] if digits.startswith("80") and len(digits) == 11 else digits
