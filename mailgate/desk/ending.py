"""How a request ended, as its notices tell it, and what its history keeps of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.desk.context import Desk
from mailgate.rules.lifecycle import Outcome
from mailgate.rules.vocabulary import Event
from mailgate.store import queries
from mailgate.store.tables import Request

_UNTIL = "resume_until"


def told(desk: Desk, outcome: Outcome, how: str, now: datetime) -> dict[str, Any]:
    """`how` it was closed (`confirmed`, `by_staff`, `ten_days`), or until when an answer still resumes it (4.8)."""
    if outcome.has(Event.CLOSED):
        return {"how": how}
    if outcome.has(Event.REJECTED):
        until = _resumes_until(desk, now) if outcome.for_no_answer else None
        return {"no_answer": outcome.for_no_answer, _UNTIL: until.isoformat() if until else None}
    return {}


def promised(told: dict[str, Any]) -> dict[str, Any]:
    """4.8: what its notice promises of a late answer, for the history: the setting may be another one by then."""
    return {_UNTIL: told[_UNTIL]} if told.get(_UNTIL) else {}


def resume_until(session: Session, desk: Desk, request: Request) -> datetime | None:
    """4.8: until when a late answer resumes a request that was rejected for no answer, as its client was told."""
    if not request.rejected_for_no_answer or request.ended_at is None:
        return None
    lines = (line for line in reversed(queries.events(session, request.id)) if line.event == Event.REJECTED)
    kept = next((line.detail.get(_UNTIL) for line in lines), None)
    # Where a rejection was before that was kept, the term in force counts.
    return datetime.fromisoformat(kept) if kept else _resumes_until(desk, request.ended_at)


def _resumes_until(desk: Desk, ended_at: datetime) -> datetime | None:
    return desk.calendar.end(desk.config.deadlines.resume_rejected_within, ended_at)
