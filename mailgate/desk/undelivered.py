"""3.7: a notice does not reach its reader: the client's other mailbox gets it, its wait goes on, staff hear of it.

A notice that is outdated before it could be sent is among them: nobody gets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from mailgate.desk import clocks, correspondence, notify, own_ids, record, waits
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.desk.record import BY_ITSELF, Act
from mailgate.rules.lifecycle import Outcome, step
from mailgate.rules.notices import ASKS, ENDINGS
from mailgate.rules.vocabulary import OPEN, Event, Role, Trigger
from mailgate.store import queries
from mailgate.store.tables import Event as EventRow
from mailgate.store.tables import Notice, Request
from mailgate.store.writing import write

OUTDATED = "outdated"
"""The reason that staff are told of a notice that was not sent because its request had moved on."""


def not_delivered(
    session: Session, desk: Desk, notice: Notice, error: str, is_dead: bool, now: datetime, *, hopeless: bool = False
) -> None:
    """3.7: a notice does not reach its reader: it goes to the client's other mailbox, and staff are told.

    Not where that mailbox has it already, because its owner takes part: then the clock is that notice's.
    """
    request = session.get(Request, notice.request_id) if notice.request_id else None
    if is_dead and notice.role != Role.STAFF and not queries.is_dead(session, notice.reader):
        queries.mark_dead(session, notice.reader, now, error)
    if request is None:
        return
    detail = {"to": notice.reader, "notice": notice.name, "reason": error, "fallback": None, "wait": None}
    if notice.role != Role.STAFF:
        detail |= _go_on(session, desk, request, notice, error, now, hopeless=hopeless)
    if notice.name != "staff_undeliverable":
        words = None if detail["fallback"] else _words(notice)
        what = Telling("staff_undeliverable", words, detail=detail)
        correspondence.tell_staff(session, desk, request, what, now, but=notice.reader)


def _go_on(
    session: Session, desk: Desk, request: Request, notice: Notice, error: str, now: datetime, *, hopeless: bool
) -> dict[str, str | None]:
    """What becomes of a notice that its reader does not get, and of the wait that it tells, as staff hear of it."""
    other = waits.carrier(session, desk, request, notice)
    reopened = _note_bounce(session, desk, request, notice, other, error, now)
    if waits.is_outdated(session, request, notice):
        return {"wait": "over"}
    if other is not None:
        return {"fallback": other.reader, "wait": "told"}
    fallback = None if hopeless else _fallback(session, desk, request, notice)
    if fallback is not None:
        again_to(session, desk, request, notice, fallback, now)
    return {"fallback": fallback.addr if fallback else None, "wait": "reopened" if reopened else None}


def _words(notice: Notice) -> notify.Words | None:
    """What a person of the desk wrote in a notice that nobody gets: staff read which of their words did not arrive."""
    author, text = notice.facts.get("author"), notice.facts.get("text")
    return notify.Words(author["addr"], author["name"], text) if author and text and notice.role != Role.STAFF else None


def _fallback(session: Session, desk: Desk, request: Request, notice: Notice) -> notify.Reader | None:
    """3.7: where the notice goes instead. What was for somebody else's mailbox is not for the sender's."""
    tried = {notice.reader, *(each.reader for each in waits.same(session, notice))}
    if notice.reader not in notify.ways_to(desk, request):
        tried.add(request.contact_addr)
    return notify.contact_reader(session, desk, request, but=tried)


def _note_bounce(
    session: Session, desk: Desk, request: Request, notice: Notice, other: Notice | None, error: str, now: datetime
) -> bool:
    """5.1: a notice that bounced has not been sent: its days do not run. Those of a later one do, and those of the
    same one where the client's `other` mailbox has taken it.

    Where they have run out already, they did so in vain, and the wait goes on; True where it was taken up again.
    """
    began_wait = notice.id == queries.last_to_start(session, request.id)
    is_told = began_wait and other is not None and waits.hand_on(session, notice, other)
    end = _end_by_itself(session, request) if began_wait and not is_told else None
    outcome = step(request.facts(), Trigger.WAIT_NOT_SENT if end else Trigger.NOTICE_BOUNCED, now)
    assert isinstance(outcome, Outcome)
    if is_told or not began_wait:
        outcome = record.without_clocks(outcome)
    detail = {"notice": notice.name, "to": notice.reader, "error": error}
    record.apply(session, desk, request, outcome, Act(by=BY_ITSELF, detail=detail), now)
    if end:
        correspondence.withdraw(session, queries.waiting(session, request.id, ENDINGS))
        if until := end.detail.get("third_party_until"):
            clocks.owe(session, request, datetime.fromisoformat(until))
    if is_told:
        waits.restore_clock(session, desk, request, now)
    return end is not None


def _end_by_itself(session: Session, request: Request) -> EventRow | None:
    """The line by which a term alone ended a request; None where the client has begun a new one since (5.2)."""
    if request.status in OPEN or request.erased_at is not None:
        return None
    for line in reversed(queries.events(session, request.id)):
        if line.event == Event.NEW_REQUEST_NEEDED:
            return None
        if line.to is not None:
            return line if line.by == BY_ITSELF else None
    return None


def still_awaited(session: Session, claimed: Sequence[Notice], now: datetime, desk: Desk) -> list[Notice]:
    """Those of the claimed notices that are not outdated; the others are withdrawn, and staff are told."""
    dated = {notice.request_id for notice in claimed if notice.name in ASKS or notice.name in ENDINGS}
    about = {request.id: request for request in queries.requests_by_ids(session, dated)}
    kept = []
    for notice in claimed:
        request = about.get(notice.request_id or 0)
        if request is None or notice.role == Role.STAFF or not waits.is_outdated(session, request, notice):
            kept.append(notice)
        else:
            _withdraw(session, desk, request, notice, now)
    return kept


def _withdraw(session: Session, desk: Desk, request: Request, notice: Notice, now: datetime) -> None:
    """4.4: the correspondence does not say so where nobody has it. The copy of one who takes part goes in silence."""
    if notice.reader not in queries.participants(session, request.id):
        not_delivered(session, desk, notice, OUTDATED, False, now)
    may_be_read = notice.unknown or any(each.accepted_at for each in waits.same(session, notice))
    if not may_be_read:
        correspondence.withdraw(session, [notice])
    notice.state, notice.claimed_by, notice.last_error = "withdrawn", None, OUTDATED


def again_to(
    session: Session, desk: Desk, request: Request, notice: Notice, reader: notify.Reader, now: datetime
) -> None:
    """The same notice to another reader."""
    copied = notice.model_dump(
        include={
            "name",
            "request_id",
            "mailbox",
            "role",
            "references",
            "auto_submitted",
            "attached_mail",
            "term",
        }
    )
    # A later notice has a clock of its own: the copy of an earlier one must not set it.
    if notice.id == queries.last_to_start(session, request.id):
        copied["starts"] = notice.starts
    domain = desk.home(request).address.rpartition("@")[2]
    write(
        session,
        Notice,
        **copied,
        reader=reader.addr,
        reader_name=reader.name,
        domain=reader.addr.rpartition("@")[2],
        language=reader.language,
        message_id=own_ids.new(desk, request, reader.addr, domain),
        facts=notice.facts | {"reader": {"name": reader.name, "addr": reader.addr, "role": str(reader.role)}},
        created_at=now,
        next_at=now,
    )
