"""The clocks of a request: rows with a due time, set when a notice was accepted, cleared when the wait is over.

What waits for the client begins when he was told (4.6, 5.1); what the desk itself has promised or watches, at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from sqlmodel import Session

from mailgate.desk.context import Desk
from mailgate.rules.notices import ASKS, TELLS_TERM
from mailgate.rules.targets import EVERY_TRIGGER as OF_TARGETS
from mailgate.rules.terms import Term, stored_term
from mailgate.rules.vocabulary import Event, Purpose, Status, Trigger, Waiting
from mailgate.store import queries
from mailgate.store.tables import Deadline, Request
from mailgate.store.writing import write

_WAITS_FOR = {
    Waiting.INFO: Status.AWAITING_INFO,
    Waiting.THIRD_PARTY: Status.AWAITING_THIRD_PARTY,
    Waiting.CONFIRMATION: Status.AWAITING_CONFIRMATION,
}
_ASKED_BY = {
    Status.AWAITING_INFO: (Event.INFO_ASKED, Waiting.INFO),
    Status.AWAITING_CONFIRMATION: (Event.COMPLETED, Waiting.CONFIRMATION),
}
BY_NOTICE = frozenset(TELLS_TERM.values())
"""4.6, 5.1: the terms that begin when the client was told; the others begin at once."""
_OF_THIRD_PARTY = frozenset({Trigger.THIRD_PARTY_TERM_ENDED})
CLOCKS_DIFFER = timedelta(minutes=2)
"""How much the clocks of mail servers may differ: an answer never comes before what it answers."""
_PROGRESS = frozenset({Trigger.PROGRESS_TERM_NEAR, Trigger.PROGRESS_TERM_ENDED})
_TERMS = (
    frozenset(trigger for trigger in Trigger if trigger.endswith(("_due", "_ended", "_passed", "_near")))
    - _PROGRESS
    - OF_TARGETS
)


def ends(desk: Desk, waiting: Waiting, named: str | None, start: datetime) -> datetime | None:
    """When a term that starts now ends; `named` is what staff named. None: it has no end (4.10).

    A date that went by before the client could hear of it gives him no time: then the configured term counts.
    """
    end = _end(desk, waiting, stored_term(named), start) if named else None
    if end is None or end <= start:
        end = _end(desk, waiting, desk.config.deadlines.term(waiting), start)
    return end


def _end(desk: Desk, waiting: Waiting, term: Term | None, start: datetime) -> datetime | None:
    on_working_day = waiting is Waiting.CONFIRMATION and desk.config.deadlines.confirmation_ends_on_working_day
    return desk.calendar.end(term, start, on_working_day=on_working_day) if term else None


def is_of(request: Request, waiting: Waiting) -> bool:
    """Whether a request waits for that now; for a complaint's term always."""
    return _WAITS_FOR.get(waiting, request.status) == request.status


def awaited(request: Request) -> Waiting | None:
    """The term that can be extended now: of a complaint its own, of a request that of its wait, if it waits."""
    if request.kind == Purpose.COMPLAINTS:
        return Waiting.COMPLAINT
    return next((waiting for waiting, status in _WAITS_FOR.items() if status == request.status), None)


def start(session: Session, desk: Desk, request: Request, waiting: Waiting, named: str | None, now: datetime) -> None:
    """The term begins: 4.6, 5.1: the notice that tells it was accepted at `now`. Nothing where the request moved on."""
    if not is_of(request, waiting):
        return
    stop(session, request)
    if waiting is Waiting.THIRD_PARTY:
        queries.forget_deadlines(session, request.id, _OF_THIRD_PARTY)
    request.deadline_at = ends(desk, waiting, named, now)
    if request.deadline_at is None:
        return
    for trigger, due_at in _moments(desk, waiting, request.deadline_at):
        # A reminder whose moment has gone by is of no use; an end that has is carried out at once.
        if due_at > now or due_at == request.deadline_at:
            write(session, Deadline, request_id=request.id, trigger=trigger, due_at=due_at)


def stop(session: Session, request: Request) -> None:
    """The wait is over: nothing of its term befalls the request any more.

    4.10: what a third party was to do by a date is awaited on while the client is asked something, and after it.
    """
    is_owed = request.status in {Status.AWAITING_INFO, Status.AWAITING_THIRD_PARTY}
    queries.forget_deadlines(session, request.id, _TERMS - _OF_THIRD_PARTY if is_owed else _TERMS)
    is_theirs = request.status == Status.AWAITING_THIRD_PARTY
    request.deadline_at = (owed_until(session, request) or _passed(session, request)) if is_theirs else None


def owed_until(session: Session, request: Request) -> datetime | None:
    """4.10: the date named for a third party, as long as it is still to come."""
    running = queries.deadlines(session, request.id)
    return next((each.due_at for each in running if each.trigger in _OF_THIRD_PARTY), None)


def owe(session: Session, request: Request, until: datetime) -> None:
    """4.10: that date is awaited again; staff are reminded when it has passed, at once if it has."""
    for trigger in _OF_THIRD_PARTY:
        write(session, Deadline, request_id=request.id, trigger=trigger, due_at=until)


def _passed(session: Session, request: Request) -> datetime | None:
    """The date that has passed while the client was asked."""
    last = next((line for line in reversed(queries.events(session, request.id)) if line.clause == "4.10"), None)
    return datetime.fromisoformat(last.detail["due_at"]) if last and last.event == Event.THIRD_PARTY_OVERDUE else None


def is_asked(session: Session, request: Request, writer: str, cites: Collection[str], at: datetime) -> bool:
    """4.6, 5.1: whether who wrote at `at`, citing these, can have read what the request waits for.

    Not while every notice that says so still waits to be sent; where none waits, he was told in another way (4.11).
    Nor who came by a merge and was told nothing of it yet (3.6): he writes about what was his request.
    """
    if request.status not in _ASKED_BY:
        return True
    event, waiting = _ASKED_BY[Status(request.status)]
    names = [name for name, of in TELLS_TERM.items() if of is waiting]
    is_told = is_pending = False
    for message_id, state, unknown, accepted_at in queries.telling(session, request.id, event, names):
        was_sent = state == "accepted" and accepted_at is not None and accepted_at <= at + CLOCKS_DIFFER
        if message_id in cites:
            return True
        is_told = is_told or was_sent or bool(unknown)
        is_pending = is_pending or state in {"waiting", "accepted"}
    return (is_told or not is_pending) and not _came_unasked(session, request, waiting, writer)


def _came_unasked(session: Session, request: Request, waiting: Waiting, writer: str) -> bool:
    """3.6: whether he came with a request that was merged into this one, and no notice to him told of this wait."""
    if writer == request.contact_addr:
        return False
    merged = queries.requests_by_ids(session, queries.merged_from(session, request.id))
    if not any(writer in (each.contact_addr, *queries.participants(session, each.id)) for each in merged):
        return False
    names = [name for name, of in ASKS.items() if of is waiting]
    told = (notice for name in names for notice in queries.notices_named(session, request.id, name))
    return all(notice.reader != writer for notice in told)


def restart_progress(session: Session, desk: Desk, request: Request, now: datetime) -> None:
    """6.3: the complainant heard from us at `now`; the ten working days begin anew."""
    stop_progress(session, request)
    end = desk.calendar.end(desk.config.deadlines.complaint_progress, now)
    near = desk.calendar.before(desk.config.deadlines.complaint_progress_warning, end)
    for trigger, due_at in ((Trigger.PROGRESS_TERM_NEAR, near), (Trigger.PROGRESS_TERM_ENDED, end)):
        write(session, Deadline, request_id=request.id, trigger=trigger, due_at=due_at)


def stop_progress(session: Session, request: Request) -> None:
    """6.3: the complaint is answered; nobody waits for news."""
    queries.forget_deadlines(session, request.id, _PROGRESS)


def _moments(desk: Desk, waiting: Waiting, end: datetime) -> Iterator[tuple[Trigger, datetime]]:
    terms, before = desk.config.deadlines, desk.calendar.before
    match waiting:
        case Waiting.INFO:
            yield Trigger.INFO_REMINDER_DUE, before(terms.info_reminder, end)
            yield (Trigger.INFO_TERM_PASSED if terms.no_answer == "ask" else Trigger.INFO_TERM_ENDED), end
        case Waiting.CONFIRMATION:
            yield Trigger.CONFIRMATION_REMINDER_DUE, before(terms.confirmation_reminder, end)
            yield Trigger.CONFIRMATION_TERM_ENDED, end
        case Waiting.THIRD_PARTY:
            yield Trigger.THIRD_PARTY_TERM_ENDED, end
        case Waiting.COMPLAINT:
            yield Trigger.COMPLAINT_TERM_NEAR, before(terms.complaint_warning, end)
            yield Trigger.COMPLAINT_TERM_ENDED, end
