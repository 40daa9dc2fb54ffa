"""3.10: mail in quarantine: staff are told of it, let it in, or drop it.

Why: whoever forges a contact's name may do so a thousand times. Where proof is required, staff therefore hear of
unproven mail in one name once a day, with how many wait; where a client's policy is `hold`, of each, because most of
it is honest. Of what strangers and their machines complain of (6.1) they hear as seldom, whatever the policy. Nothing
is lost either way: the digest counts what waits.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.config import Mailbox, Policy
from mailgate.desk import client_wrote, facts, notify
from mailgate.desk.arrived import Arrived
from mailgate.desk.context import Desk
from mailgate.desk.notify import Reader, Telling
from mailgate.desk.reading import open_mail, read, routes
from mailgate.message import parse
from mailgate.message.model import IncomingMessage
from mailgate.rules.command_table import BY_VERB, Verb
from mailgate.rules.obstacles import Obstacle
from mailgate.rules.vocabulary import Purpose, Role
from mailgate.store import queries
from mailgate.store.tables import Mail, Request

TOLD_OF_UNPROVEN = {Purpose.REQUESTS: "unproven ", Purpose.COMPLAINTS: "unproven complaint "}
"""Under this and an address the desk remembers the day on which it told staff of such mail from there; those who
handle complaints are staff of their own (6.4)."""
_NOTICE = "staff_quarantine"
_TAG = re.compile(r"\[quarantine (\d{1,12})\]", re.IGNORECASE)
"""In the subject of an answer that a link opened: such answers cite no Message-ID."""
_NO_CLIENTS = (Role.STAFF, Role.OWN)
"""In whose name nothing is let in."""
_NOBODY_TO_ANSWER = ("gateway_unclear", "sender_unclear")
"""Why a message waits that cannot be let in, whoever vouches for it."""


def ask_for_a_look(session: Session, desk: Desk, mailbox: Mailbox, mail: Mail, now: datetime) -> None:
    """Staff are told of a message that waits, with the message itself and a ready way to let it in."""
    seldom = _is_told_seldom(desk, mail)
    if seldom and not _first_today(session, desk, TOLD_OF_UNPROVEN[mailbox.purpose] + mail.from_addr, now):
        return
    detail = {
        "id": mail.id,
        "reason": mail.reason,
        "from_addr": mail.from_addr,
        "subject": mail.subject,
        "size": mail.size,
        "seldom": seldom,
        "earlier": queries.count_waiting(session, mail.from_addr, before=mail.id) if seldom else 0,
        "release_command": f"mailgate quarantine release {mail.id}" if _may_be_let_in(desk, mail) else None,
    }
    for reader in _who_looks(desk, mailbox, mail):
        actions = {"actions": _actions(desk, mailbox, mail, reader)}
        what = Telling(_NOTICE, detail=detail | actions, attached_mail=mail.id)
        notify.tell(session, desk, mailbox, None, reader, what, now)


def meant(session: Session, cites: tuple[str, ...], subject: str) -> Mail | None:
    """The message that an answer of staff is about, by the notice that it cites or by its subject, if it waits."""
    for message_id in cites:
        notice = queries.notice_named(session, _NOTICE, message_id)
        if notice is not None and notice.attached_mail is not None:
            return waiting(session, notice.attached_mail, to_free=True)
    tag = _TAG.search(subject)
    return waiting(session, int(tag[1]), to_free=True) if tag else None


def waiting(session: Session, mail_id: int, *, to_free: bool = False) -> Mail | None:
    """The message of that id, if it was not registered and nobody has let it in or dropped it.

    With `to_free` nobody else can do so before the transaction ends.
    """
    mail = session.get(Mail, mail_id, with_for_update=to_free)
    return mail if mail and mail.decision in queries.UNREGISTERED and mail.freed is None else None


def mailbox_of(session: Session, desk: Desk, mail: Mail) -> Mailbox:
    """Whose mail a message is that waits: of what is addressed to both, those who handle complaints look (6.4)."""
    return _whose(session, desk, mail, parse.header_only(queries.raw_mail(session, mail.id) or b""))


def _whose(session: Session, desk: Desk, mail: Mail, message: IncomingMessage) -> Mailbox:
    copies = queries.arrivals(session, mail.id)
    here, for_complaints = routes(message, desk.mailbox(copies[0].mailbox if copies else ""), desk)
    return for_complaints or here


def release(
    session: Session, mail: Mail, client_id: str | None, now: datetime, desk: Desk, *, by: str | None = None
) -> Request | Obstacle:
    """Staff vouch for a message: it goes to the request that it answers, or is registered: for a client where one is
    named, and then always where the request is another's.

    An Obstacle where it names no single sender or was too large to be read, so that nobody could be answered; and where
    it bears the name of one of the staff or of the desk: nobody commands on another's word. And where a gateway hands
    it over that does not say for whom: the gateway itself would be told that it was registered.
    """
    raw = queries.raw_mail(session, mail.id) or b""
    opened = open_mail(raw, mail.size, desk)
    mailbox = _whose(session, desk, mail, opened.message)
    arrived = Arrived(session, desk, mailbox, mail, read(session, opened, mailbox, desk, vouched=True), now)
    reading = arrived.reading
    if reading.facts.over_limit or reading.facts.sender_problem:
        return Obstacle("unreadable")
    if reading.role in _NO_CLIENTS:
        return Obstacle("no_client", {"sender": reading.sender.addr})
    if reading.role is Role.GATEWAY and not reading.facts.gateway_names_contact:
        return Obstacle("gateway_unclear", {"sender": reading.sender.addr})
    mail.freed = "released"
    if reading.request is not None and client_id in (None, reading.request.client_id):
        client_wrote.append(arrived, released_by=by)
        return reading.request
    return client_wrote.register(arrived, vouched_for=client_id, is_vouched=True, released_by=by)


def drop(mail: Mail) -> None:
    """Off the list; it is kept in the journal."""
    mail.freed = "dropped"


def _is_told_seldom(desk: Desk, mail: Mail) -> bool:
    if desk.role(mail.from_addr) is Role.STRANGER:
        return mail.reason in ("not_authentic", "automatic")
    return mail.reason == "not_authentic" and desk.policy(mail.from_addr) is Policy.REQUIRE


def _first_today(session: Session, desk: Desk, key: str, now: datetime) -> bool:
    return queries.change_setting(session, key, str(now.astimezone(desk.config.desk.zone).date()))


def _may_be_let_in(desk: Desk, mail: Mail) -> bool:
    return desk.role(mail.from_addr) not in _NO_CLIENTS and mail.reason not in _NOBODY_TO_ANSWER


def _actions(desk: Desk, mailbox: Mailbox, mail: Mail, reader: Reader) -> list[dict[str, Any]]:
    """Links that open an answer with the command already written."""
    subject = f"Re: [quarantine {mail.id}]"
    offered = (Verb.RELEASE, Verb.DROP) if _may_be_let_in(desk, mail) else (Verb.DROP,)
    forms = [BY_VERB[verb].form(reader.language) for verb in offered]
    return [{"command": form, "mailto": facts.mailto(mailbox.address, subject, f"{form}\n")} for form in forms]


def _who_looks(desk: Desk, mailbox: Mailbox, mail: Mail) -> tuple[Reader, ...]:
    """The group that serves the mailbox, and the staff member whose address somebody else seems to have used.

    6.4: but nobody else of what came to a mailbox for complaints.
    """
    group = notify.staff_readers(desk, mailbox, None)
    owner = desk.people.staff(mail.from_addr) if mail.reason == "not_authentic" else None
    if owner is None or not desk.serves(owner, mailbox) or any(reader.addr == owner.email for reader in group):
        return group
    return (*group, notify.staff_reader(desk, owner))
