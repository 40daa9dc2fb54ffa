"""The only writer of status and history.

Why: what the Rules decided (`Outcome`) becomes rows in one place, so that no status changes without a line in the
history, and no notice goes out without the event that caused it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from mailgate.config import Mailbox
from mailgate.desk import clocks, correspondence, facts, targets
from mailgate.desk.context import Desk
from mailgate.desk.notify import NO_HOLD, Telling, Words, Written
from mailgate.rules import notices
from mailgate.rules.lifecycle import Outcome, RequestFacts, reclassified, registration
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import (
    OPEN,
    Channel,
    Event,
    Impact,
    Priority,
    Purpose,
    RequestType,
    Status,
    Urgency,
)
from mailgate.store import queries
from mailgate.store.tables import Event as EventRow
from mailgate.store.tables import Link, Request
from mailgate.store.writing import write

BY_ITSELF = "mailgate"
"""Who did what nobody did."""
_MOVING = frozenset({Event.STARTED, Event.RESUMED, Event.CLOSED})
"""Where several things happen at once, the one that changes the status."""


@dataclass(frozen=True, slots=True)
class Submission:
    """3.1, 3.2: what is to be registered."""

    kind: Purpose
    channel: Channel
    mailbox: Mailbox
    subject: str
    contact_addr: str
    contact_name: str
    language: str
    client_id: str | None = None
    service: str | None = None
    type: RequestType = RequestType.UNCLASSIFIED
    type_suggested: RequestType | None = None
    urgency: Urgency = Urgency.NORMAL
    impact: Impact | None = None
    vouched: bool = False
    """Its sender is no contact of the client, but staff or a gateway vouched for him."""
    critical: bool = False
    """3.4: staff judged it so; the priority is set by hand."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something, with which words, and what else the history and the notices have to say of it."""

    by: str
    """`client:…`, `staff:…` with the address, or `mailgate` for what happens by itself."""
    words: Words | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    """Facts for the notices alone."""
    quoted: dict[str, Any] | None = None
    term: Term | None = None
    hold: timedelta = NO_HOLD
    answers: str | None = None
    """Message-ID of the mail in which it was done."""
    in_loop: bool = False
    """That mail came from a machine that answers our answers: it gets none (`desk/loops`)."""


def open_request(session: Session, desk: Desk, what: Submission, now: datetime) -> Request:
    """3.3, 6.1: a number, a type and a priority; `registered` is applied once its submission stands in it."""
    by_hand = Priority.CRITICAL if what.critical else None
    classified = reclassified(
        RequestFacts(), type=what.type, urgency=what.urgency, impact=what.impact, priority=by_hand
    )
    while True:
        request = queries.add_request(
            session,
            number=_new_number(session, desk, what.kind, now),
            kind=what.kind,
            type=classified.type,
            type_suggested=what.type_suggested,
            urgency=classified.urgency,
            priority=classified.priority,
            priority_rank=classified.priority.rank,
            priority_by_hand=classified.priority_by_hand,
            impact=classified.impact,
            channel=what.channel,
            mailbox=what.mailbox.name,
            subject=what.subject,
            service=what.service,
            client_id=what.client_id,
            contact_addr=what.contact_addr,
            contact_name=what.contact_name,
            language=what.language,
            registered_at=now,
            vouched=what.vouched,
        )
        if request is not None:  # else its number is another's, under a format that was the other kind's before
            return request


def registered(session: Session, desk: Desk, request: Request, act: Act, now: datetime) -> None:
    """3.3, 6.2: the first line of the history, the notice to the sender, the news to staff."""
    apply(session, desk, request, registration(Purpose(request.kind)), act, now)


def apply(
    session: Session, desk: Desk, request: Request, outcome: Outcome, act: Act, now: datetime
) -> tuple[Written, ...]:
    """Carry out what the Rules decided: status, clocks, history, notices. Gives the notices to the client."""
    before = request.status
    events = [happened.event for happened in outcome.events]
    # Asked before anything of it is written: rows that are collected need not be written for the sake of the question.
    news = notices.for_staff(events, by_staff=act.by.startswith("staff:"))
    history = _history(session, request, events, act, now) if news else None
    _set_status(request, outcome, now)
    if outcome.clears_term:
        clocks.stop(session, request)
    if outcome.term is not None and outcome.term not in clocks.BY_NOTICE:
        # 4.10, 6.2: it runs, whether or not the client can be reached.
        clocks.start(session, desk, request, outcome.term, str(act.term) if act.term else None, now)
    if request.kind == Purpose.COMPLAINTS:
        _progress_clock(session, desk, request, outcome, now)
    moving = next((event for event in events if event in _MOVING), events[0])
    for happened in outcome.events:
        change = (before, request.status) if happened.event is moving else None
        note(session, request, happened.event, happened.clause, act, now, change)
    targets.follow(session, desk, request, events, now)
    said = _tell_client(session, desk, request, events, outcome, act, now)
    _tell_staff(session, desk, request, news, events, act, now, history)
    return said


def note(
    session: Session,
    request: Request,
    event: Event,
    clause: str,
    act: Act,
    now: datetime,
    change: tuple[str, str] | None = None,
) -> None:
    """One line of the history; `change` is the status before and after, and stands there only where it changed."""
    is_first = event is Event.REGISTERED
    moved = change is not None and (is_first or change[0] != change[1])
    write(
        session,
        EventRow,
        request_id=request.id,
        at=now,
        event=event,
        by=act.by,
        clause=clause,
        from_=change[0] if change and moved and not is_first else None,
        to=change[1] if change and moved else None,
        detail=act.detail,
    )


def reclassify(request: Request, facts: RequestFacts) -> list[dict[str, Any]]:
    """4.2: take over what staff named; gives from what to what it changed."""
    changes = [
        {"what": name, "from": getattr(request, name), "to": value}
        for name in ("type", "urgency", "impact", "priority", "priority_by_hand")
        if (value := getattr(facts, name)) != getattr(request, name)
    ]
    request.type, request.urgency, request.impact = facts.type, facts.urgency, facts.impact
    request.priority, request.priority_rank = facts.priority, facts.priority.rank
    request.priority_by_hand = facts.priority_by_hand
    return changes


def link(session: Session, request: Request, other: Request, kind: str, reverse: str) -> bool:
    """Link two requests, seen from both sides; False where that link stands already."""
    if (other.number, kind) in queries.links(session, request.id):
        return False
    write(session, Link, request_id=request.id, other_id=other.id, kind=kind)
    write(session, Link, request_id=other.id, other_id=request.id, kind=reverse)
    return True


def without_clocks(outcome: Outcome) -> Outcome:
    """The same events, with no clock touched: the notice in question started none."""
    return replace(outcome, clears_term=False)


def _new_number(session: Session, desk: Desk, kind: Purpose, now: datetime) -> str:
    settings = desk.config.desk
    form = settings.number_format if kind is Purpose.REQUESTS else settings.complaint_number_format
    year = now.astimezone(settings.zone).year if "{year" in form else queries.ALL_YEARS
    return form.format(year=year, seq=queries.next_number(session, kind, year))


def _set_status(request: Request, outcome: Outcome, now: datetime) -> None:
    if outcome.status == request.status:
        return
    ended = outcome.status not in OPEN
    if not ended and request.status in OPEN:  # an end that did not count (5.1) leaves what was before the wait
        request.status_before = request.status
    request.status = outcome.status
    request.ended_at = now if ended else None
    request.rejected_for_no_answer = outcome.for_no_answer and outcome.status is Status.REJECTED


def _progress_clock(session: Session, desk: Desk, request: Request, outcome: Outcome, now: datetime) -> None:
    """6.3: how long the complainant may be without word."""
    if outcome.status not in OPEN:
        clocks.stop_progress(session, request)
    elif outcome.restarts_progress:
        clocks.restart_progress(session, desk, request, now)


def _tell_client(
    session: Session, desk: Desk, request: Request, events: Sequence[Event], outcome: Outcome, act: Act, now: datetime
) -> tuple[Written, ...]:
    names = notices.for_client(Purpose(request.kind), events, outcome.term)
    said: list[Written] = []
    for name in names:
        # A text and a term are told once: by the last of the notices that one outcome causes.
        is_last = name == names[-1]
        staff_words = act.words if is_last and act.words and act.by == f"staff:{act.words.addr}" else None
        begins = Event.REGISTERED in events
        telling = Telling(name, staff_words, act.quoted, act.told, act.hold, answers=act.answers, begins=begins)
        if is_last and outcome.term in clocks.BY_NOTICE:
            telling = replace(telling, starts=outcome.term, term=act.term)
        if not (act.in_loop and name in notices.ANSWERS):
            said += correspondence.tell_client(session, desk, request, telling, now)
    return tuple(said)


def _tell_staff(
    session: Session,
    desk: Desk,
    request: Request,
    news: Sequence[str],
    events: Sequence[Event],
    act: Act,
    now: datetime,
    history: list[facts.History] | None,
) -> None:
    for name in news:
        heard = next(event for event in events if notices.STAFF_HEARS.get(event) == name)
        detail = act.told | {"event": str(heard)}
        what = Telling(name, act.words, detail=detail, history=history, begins=Event.REGISTERED in events)
        correspondence.tell_staff(session, desk, request, what, now)


def _history(
    session: Session, request: Request, events: Sequence[Event], act: Act, now: datetime
) -> list[facts.History]:
    """The last lines of the history, those included that `apply` is about to write."""
    more = [facts.line(now, event, act.by) for event in events]
    return more if Event.REGISTERED in events else facts.history(session, request, more)
