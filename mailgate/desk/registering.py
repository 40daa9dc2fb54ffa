"""Submissions that staff enter: a call, a letter, a part of another request (3.1, 3.4, 3.6)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from typing import Any

from sqlmodel import Session

from mailgate.config import Contact, Mailbox, comparable
from mailgate.desk import correspondence, facts, record
from mailgate.desk.arrived import SUBJECT_MOST
from mailgate.desk.context import Desk
from mailgate.desk.notify import Words
from mailgate.desk.record import Act, Submission
from mailgate.message.charset import one_line
from mailgate.rules.classification import impact_obstacle
from mailgate.rules.intake import Decision
from mailgate.rules.obstacles import Obstacle, phone_obstacle
from mailgate.rules.vocabulary import Channel, Impact, Purpose, RequestType, Urgency
from mailgate.store import queries
from mailgate.store.tables import Arrival, Mail, Request
from mailgate.store.writing import row_of

NOT_REGISTERED = frozenset({"unknown_contact", "phone_not_authorised", "phone_not_critical", "phone_can_write"})
"""3.5: obstacles of the Rules, kept with the attempt; whatever else stands in the way is a slip of who enters it."""


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

    @property
    def topic(self) -> str:
        """The subject as a mail could bear it: on one line, and no longer."""
        return " ".join(one_line(self.subject).split())[:SUBJECT_MOST]


def enter(
    session: Session,
    desk: Desk,
    submission: Submission,
    words: Words,
    by: str,
    now: datetime,
    *,
    part_of: Request | None = None,
) -> Request:
    """Register what staff entered in the client's name; he gets the registration notice (3.3).

    `part_of` is the request that was split: who takes part in it is promised news of its parts too (3.6).
    """
    told: dict[str, Any] = {"understood": {}, "missing": []} | ({"part_of": part_of.number} if part_of else {})
    theirs = Words(submission.contact_addr, submission.contact_name, words.text, words.attachments, words.mail_id)
    act = Act(by=by, words=theirs, told=told, quoted=facts.quoted(words.text, now, submission.contact_name, None))
    request = record.open_request(session, desk, submission, now)
    for addr in queries.participants(session, part_of.id) if part_of else ():
        queries.take_part(session, request.id, addr, now)
    correspondence.correspond(
        session,
        request,
        "submission",
        (submission.contact_addr, submission.contact_name),
        [submission.mailbox.address],
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
    contact = desk.people.contact(told.contact)
    if contact is None:
        return Obstacle("unknown_contact", {"found": told.contact})
    obstacle = _obstacle(told, contact)
    if obstacle is not None:
        return obstacle
    submission = Submission(
        kind=Purpose.REQUESTS,
        channel=told.channel,
        mailbox=mailbox,
        subject=told.topic,
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


def _obstacle(told: Told, contact: Contact) -> Obstacle | None:
    """3.4, Appendix 2: what of it the Rules do not let be."""
    without_impact = impact_obstacle(told.type or RequestType.UNCLASSIFIED, told.impact)
    if without_impact is not None or told.channel is not Channel.PHONE:
        return without_impact
    return phone_obstacle(
        authorised=_is_authorised(contact, told.phone or ""),
        critical=told.critical,
        can_write=not told.cannot_write,
        number=told.phone or "",
    )


def keep_attempt(session: Session, desk: Desk, told: Told, why: str, words: str, by: str, now: datetime) -> str:
    """3.5: what the Rules did not let be registered stays in the journal, as a message that staff wrote of it.

    `why` is the obstacle's code. Gives the Message-ID by which `why` tells of it.
    """
    message = _of_attempt(desk, told, by, now)
    raw = message.as_bytes()
    message_id = message["Message-ID"].strip("<>")
    mail = row_of(
        Mail,
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        message_id=message_id,
        from_addr=comparable(told.contact) or "",
        subject=message["Subject"],
        taken_at=now,
        decision=Decision.NOT_REGISTERED,
        reason=why,
        decided_at=now,
        error=words,
        freed="dropped",  # nobody can let it in: it is entered again once it is right
    )
    (mail_id,) = queries.add_mails(session, [mail]).values()
    queries.add_raws(session, {mail_id: raw})
    came = {"mailbox": told.channel, "uidvalidity": 0, "uid": mail_id}
    queries.add_arrivals(session, [row_of(Arrival, mail_id=mail_id, taken_at=now, **came)])
    return str(message_id)


def _of_attempt(desk: Desk, told: Told, by: str, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    address = desk.config.mailboxes[0].address
    message["From"], message["Date"] = address, now
    message["Message-ID"] = make_msgid(domain=address.rpartition("@")[2])
    message["Subject"] = told.topic
    said = {
        "Channel": told.channel,
        "Contact": told.contact,
        "Number": told.phone or "",
        "Critical": "yes" if told.critical else "no",
        "Cannot write": "yes" if told.cannot_write else "no",
        "Entered by": by,
    }
    message.set_content("\n".join([*(f"{name}: {value}" for name, value in said.items()), "", told.text]))
    return message


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
