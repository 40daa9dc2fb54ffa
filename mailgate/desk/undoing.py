"""`!undo`: the last mail of a staff member taken back while its notices are still held in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.desk.notify import Written
from mailgate.rules.vocabulary import Status
from mailgate.store import queries
from mailgate.store.tables import Deadline, Notice, Request, Undo
from mailgate.store.writing import write

_RESTORED = (
    "status", "status_before", "type", "urgency", "impact", "priority", "priority_rank", "priority_by_hand",
    "assignee", "rejected_for_no_answer",
)  # fmt: skip
_MOMENTS = ("deadline_at", "ended_at")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A request as it was before a mail of staff changed it."""

    columns: dict[str, Any]
    deadlines: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Undone:
    """A request that is again as it was, and the status from which it was brought back."""

    request: Request
    was: Status


def snapshot(session: Session, request: Request) -> Snapshot:
    """Note what a request is now."""
    moments = {name: moment.isoformat() if (moment := getattr(request, name)) else None for name in _MOMENTS}
    return Snapshot({name: getattr(request, name) for name in _RESTORED} | moments, _running(session, request))


def remember(session: Session, request: Request, by: str, before: Snapshot, said: Sequence[Written]) -> None:
    """Keep the way back, for as long as the notices `said` wait; nothing where none does."""
    if not said:
        return
    session.flush()
    left = _running(session, request)
    write(
        session,
        Undo,
        request_id=request.id,
        by=by,
        before=before.columns,
        deadlines=[[*each, each in left] for each in before.deadlines],
        notices=[queries.notice_id(session, notice.message_id) for notice in said],
        version=request.version,
    )


def take_back(session: Session, cited: Request, by: str) -> Undone | None:
    """Withdraw the notices and restore the request; None where one has gone out or the request changed since.

    It may be another one than was cited: a mail about a request that was merged belongs to where it went (3.6).
    """
    undo = queries.last_undo(session, (cited.id, *queries.merged_from(session, cited.id)), by)
    if undo is None:
        return None
    request = session.get_one(Request, undo.request_id)
    if undo.version != request.version:
        return None
    held = [session.get_one(Notice, notice_id, with_for_update=True) for notice_id in undo.notices]
    if any(notice.state != "waiting" or notice.claimed_by or notice.attempts for notice in held):
        return None
    for notice in held:
        notice.state = "withdrawn"
        entry = queries.entry_sent(session, notice.message_id)
        if entry is not None:
            session.delete(entry)
    was = Status(request.status)
    _restore(session, request, undo)
    queries.forget_merge(session, request.id)
    session.delete(undo)
    return Undone(request, was)


def _restore(session: Session, request: Request, undo: Undo) -> None:
    for name, value in undo.before.items():
        setattr(request, name, datetime.fromisoformat(value) if value and name in _MOMENTS else value)
    before = {(trigger, due_at) for trigger, due_at, _ in undo.deadlines}
    for deadline in queries.deadlines(session, undo.request_id):
        if _named(deadline) not in before:
            session.delete(deadline)
    for trigger, due_at, was_left in undo.deadlines:
        if not was_left:  # what was left may have befallen the request since: it must not again
            write(session, Deadline, request_id=undo.request_id, trigger=trigger, due_at=datetime.fromisoformat(due_at))


def _running(session: Session, request: Request) -> list[tuple[str, str]]:
    return [_named(deadline) for deadline in queries.deadlines(session, request.id)]


def _named(deadline: Deadline) -> tuple[str, str]:
    return deadline.trigger, deadline.due_at.isoformat()
