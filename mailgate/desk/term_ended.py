"""A deadline fell due: the reminder goes out, or the term ends. Each row once, in the order of its due time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from mailgate.desk import clocks, correspondence, ending, record
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.desk.record import BY_ITSELF, Act
from mailgate.rules.lifecycle import Outcome, step
from mailgate.rules.targets import EVERY_TRIGGER as OF_TARGETS
from mailgate.rules.vocabulary import OF_THE_CLIENT, OPEN, Event, Status, Trigger
from mailgate.store import queries
from mailgate.store.database import DATABASE_FAILS
from mailgate.store.tables import Deadline, Request

log = logging.getLogger(__name__)
AFTER_A_FAULT = timedelta(minutes=10)
_STAFF_HEAR = {
    Trigger.INFO_TERM_PASSED: ("info", True),
    Trigger.THIRD_PARTY_TERM_ENDED: ("third_party", True),
    Trigger.COMPLAINT_TERM_NEAR: ("complaint", False),
    Trigger.COMPLAINT_TERM_ENDED: ("complaint", True),
    Trigger.PROGRESS_TERM_NEAR: ("complaint_progress", False),
    Trigger.PROGRESS_TERM_ENDED: ("complaint_progress", True),
    Trigger.ANSWER_TARGET_NEAR: ("answer_target", False),
    Trigger.ANSWER_TARGET_MISSED: ("answer_target", True),
    Trigger.COMPLETION_TARGET_NEAR: ("completion_target", False),
    Trigger.COMPLETION_TARGET_MISSED: ("completion_target", True),
}
"""What staff are told of a deadline: its name in `staff_deadline`, and whether it has passed."""
_WARNS_OF = {
    Trigger.COMPLAINT_TERM_NEAR: Trigger.COMPLAINT_TERM_ENDED,
    Trigger.PROGRESS_TERM_NEAR: Trigger.PROGRESS_TERM_ENDED,
    Trigger.ANSWER_TARGET_NEAR: Trigger.ANSWER_TARGET_MISSED,
    Trigger.COMPLETION_TARGET_NEAR: Trigger.COMPLETION_TARGET_MISSED,
}


def end_one_term(session: Session, now: datetime, desk: Desk, read: queries.Read = queries.NO_MAILBOX) -> bool:
    """Carry out the deadline that fell due first. False where none is due.

    A term that runs against the client does not end while his word may lie unread in one of the mailboxes `read`.
    A deadline that the Rules refuse by now, because the request has moved on, is forgotten. One that cannot be carried
    out for a fault is put off, so that the others do not wait behind it.
    """
    deadline = queries.next_due(session, now, client=OF_THE_CLIENT, read=_by_every_name(desk, read))
    if deadline is None:
        return False
    try:
        with session.begin_nested():
            _carry_out(session, deadline, now, desk)
    except (*DATABASE_FAILS, StaleDataError):
        raise
    except Exception:
        log.exception("deadline %d (%s) could not be carried out; again later", deadline.id, deadline.trigger)
        deadline.due_at = now + AFTER_A_FAULT
    return True


def close_before(session: Session, desk: Desk, request: Request, word_at: datetime, now: datetime) -> None:
    """5.1: where the ten days were over when the client's word came in, the request was closed before it.

    The desk may not have come to that: it was down, or could not read the mailbox.
    """
    if request.status != Status.AWAITING_CONFIRMATION:
        return
    for deadline in queries.deadlines(session, request.id):
        if deadline.trigger == Trigger.CONFIRMATION_TERM_ENDED and deadline.due_at <= word_at:
            _carry_out(session, deadline, now, desk)


def mailboxes_to_read(session: Session, now: datetime, desk: Desk, read: queries.Read) -> Sequence[str]:
    """The mailboxes in which the last word of a client may lie whose term is over."""
    names = queries.mailboxes_to_read(session, now, client=OF_THE_CLIENT, read=_by_every_name(desk, read))
    addresses = {desk.mailbox(name).address for name in names}
    return [box.name for box in desk.config.mailboxes if box.address in addresses]


def _by_every_name(desk: Desk, read: queries.Read) -> queries.Read:
    """Also by the names that mailboxes had: requests keep them, and their clients write to where those live now."""
    by_address = {box.address: read[box.name] for box in desk.config.mailboxes if box.name in read}
    places = {name: desk.mailbox(name).address for name in desk.purposes}
    return {name: by_address[address] for name, address in places.items() if address in by_address}


def _carry_out(session: Session, deadline: Deadline, now: datetime, desk: Desk) -> None:
    request = session.get_one(Request, deadline.request_id, with_for_update=True)
    trigger, due_at = Trigger(deadline.trigger), deadline.due_at
    session.delete(deadline)
    session.flush()
    outcome = step(request.facts(), trigger, now)
    if trigger in OF_TARGETS and desk.config.targets is None:
        return
    if isinstance(outcome, Outcome):
        told = ending.told(desk, outcome, "ten_days", now)
        if outcome.has(Event.CLOSED):  # 5.1: who said no without a reason is not told that he did not object
            told["objected"] = queries.reasons_asked(session, request.id)
        detail = {"due_at": due_at.isoformat()} | ending.promised(told)
        if outcome.status not in OPEN and (owed := clocks.owed_until(session, request)) is not None:
            detail["third_party_until"] = owed.isoformat()
        act = Act(by=BY_ITSELF, detail=detail, told=told)
        record.apply(session, desk, request, outcome, act, now)
        _tell_staff(session, desk, request, trigger, due_at, now)


def _tell_staff(
    session: Session, desk: Desk, request: Request, trigger: Trigger, due_at: datetime, now: datetime
) -> None:
    if trigger in _STAFF_HEAR:
        what, passed = _STAFF_HEAR[trigger]
        end = _end_of_term(session, request, trigger, due_at)
        detail = {"what": what, "due_at": end.isoformat(), "passed": passed}
        correspondence.tell_staff(session, desk, request, Telling("staff_deadline", detail=detail), now)


def _end_of_term(session: Session, request: Request, trigger: Trigger, due_at: datetime) -> datetime:
    """A warning names the end of the term that it warns of, not its own hour."""
    ends = (each.due_at for each in queries.deadlines(session, request.id) if each.trigger == _WARNS_OF.get(trigger))
    return next(ends, due_at)
