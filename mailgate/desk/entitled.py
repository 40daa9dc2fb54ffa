"""Whether the reader of a notice may still read it when it is sent: people leave while notices wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from mailgate.config import Staff
from mailgate.desk import notify
from mailgate.desk.context import Desk
from mailgate.desk.undelivered import again_to, not_delivered, still_awaited
from mailgate.rules.notices import NOTICES, AutoSubmitted
from mailgate.rules.vocabulary import Purpose, Role
from mailgate.store import queries
from mailgate.store.tables import Notice, Request

REVOKED = "revoked"
"""The reason that staff are told, as of mail from somebody who is no contact any more (3.10)."""


def still_to_send(session: Session, claimed: Sequence[Notice], now: datetime, desk: Desk) -> list[Notice]:
    """Those of the claimed notices whose readers may still read them; the others, and outdated ones, are withdrawn."""
    claimed = still_awaited(session, claimed, now, desk)
    clients = queries.clients_of(session, {notice.request_id for notice in claimed if notice.role != Role.STAFF})
    kept = []
    for notice in claimed:
        if _is_one_of_them(session, notice, clients.get(notice.request_id), desk):
            kept.append(notice)
            continue
        request = queries.request_by_id(session, notice.request_id)
        if notice.role != Role.STAFF and request is not None and notice.reader in notify.ways_to(desk, request):
            kept.append(notice)
        else:
            _withdraw(session, notice, request, now, desk)
    return kept


def _is_one_of_them(session: Session, notice: Notice, client_id: str | None, desk: Desk) -> bool:
    """Staff while they are staff, and of complaints while they handle them (6.4); of a client's request its contacts.

    A complainant, or a stranger who was not registered, never was a contact and cannot cease to be one.
    """
    if notice.role == Role.STAFF:
        member = desk.people.staff(notice.reader)
        return member is not None and _may_be_told(session, notice, member, desk)
    if client_id is None:
        return True
    contact = desk.people.contact(notice.reader)
    return contact is not None and contact.client_id == client_id


def _may_be_told(session: Session, notice: Notice, member: Staff, desk: Desk) -> bool:
    if notice.name == "staff_quarantine":
        return desk.serves(member, desk.mailbox(notice.mailbox))
    told = (queries.request_by_number(session, number) for number in _complaints_of(notice))
    return all(complaint is None or desk.handles(member, complaint) for complaint in told)


def _complaints_of(notice: Notice) -> list[str]:
    """The complaints of which a notice tells staff: its own, and those that stand in a queue.

    The answer to somebody's order tells him what he did, whoever handles the complaint by now; but not the whole of it.
    """
    detail = notice.facts.get("detail") or {}
    is_news = NOTICES[notice.name].auto is AutoSubmitted.GENERATED
    about = [notice.facts.get("request")] if is_news or detail.get("show") else []
    told = [each for each in (*about, *(detail.get("rows") or ())) if each]
    return [each["number"] for each in told if each.get("kind") == Purpose.COMPLAINTS]


def _withdraw(session: Session, notice: Notice, request: Request | None, now: datetime, desk: Desk) -> None:
    if request is not None and notice.role == Role.STAFF:
        _pass_on(session, desk, request, notice, now)
    elif request is not None and notice.reader not in queries.participants(session, request.id):
        not_delivered(session, desk, notice, REVOKED, False, now)  # 3.7: the client's own mailbox, and staff are told
    notice.state, notice.claimed_by, notice.last_error = "withdrawn", None, REVOKED


def _pass_on(session: Session, desk: Desk, request: Request, notice: Notice, now: datetime) -> None:
    """What an assignee alone was told of a request goes to those who serve it now; answers to his own mail do not."""
    if request.assignee == notice.reader and NOTICES[notice.name].auto is AutoSubmitted.GENERATED:
        for reader in notify.staff_readers(desk, desk.home(request), request):
            again_to(session, desk, request, notice, reader, now)
