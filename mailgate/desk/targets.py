"""3.9: the service targets of a request: set and cleared as deadlines when facts occur, and shown in the queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.desk.context import Desk
from mailgate.rules.course import Course, course
from mailgate.rules.targets import EVERY_TRIGGER, MATTERS, Aim, clocks, deadlines
from mailgate.rules.vocabulary import Event, Priority, Purpose
from mailgate.store import queries
from mailgate.store.tables import Deadline, Request


def follow(session: Session, desk: Desk, request: Request, events: Sequence[Event], now: datetime) -> None:
    """These events have befallen a request: its targets begin, move, stand still or are reached.

    A complaint has none: its terms are those of section 6.
    """
    targets = desk.config.targets
    if targets is None or request.kind != Purpose.REQUESTS or not MATTERS.intersection(events):
        return
    found = Course() if Event.REGISTERED in events else course(queries.history(session, request.id))
    promised = desk.config.promised(request.client_id, Priority(request.priority))
    running = clocks(desk.calendar, promised, targets.warning, request.registered_at, found)
    queries.forget_deadlines(session, request.id, EVERY_TRIGGER)
    for aim, clock in running.items():
        for trigger, due_at in deadlines(aim, clock, found, now).items():
            session.add(Deadline(request_id=request.id, trigger=trigger, due_at=due_at))
    due = {aim: clock.due if clock.runs else None for aim, clock in running.items()}
    request.answer_due_at, request.completion_due_at = due[Aim.ANSWER], due[Aim.COMPLETION]
    request.breached = any(clock.missed(now) for clock in running.values())


def next_due(desk: Desk, request: Request) -> tuple[Aim, datetime] | None:
    """The target that is due first, if the desk has targets and one runs."""
    if desk.config.targets is None:
        return None
    due = ((Aim.ANSWER, request.answer_due_at), (Aim.COMPLETION, request.completion_due_at))
    return min(((aim, at) for aim, at in due if at is not None), key=lambda each: each[1], default=None)


def shown(desk: Desk, request: Request, now: datetime) -> dict[str, Any] | None:
    """That target as a row of the queue shows it."""
    first = next_due(desk, request)
    return {"what": first[0], "due_at": first[1].isoformat(), "late": first[1] <= now} if first else None


def most_pressing_first(desk: Desk, requests: Sequence[Request], now: datetime) -> list[Request]:
    """4.1, with targets: within its priority, what is missed or will be missed today comes first."""
    today = now.astimezone(desk.config.desk.zone).date()

    def waits(request: Request) -> tuple[int, bool]:
        first = next_due(desk, request)
        return request.priority_rank, first is None or first[1].astimezone(desk.config.desk.zone).date() > today

    return sorted(requests, key=waits)
