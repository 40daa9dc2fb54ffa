"""How a request ended, as its notices tell it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mailgate.desk.context import Desk
from mailgate.rules.lifecycle import Outcome
from mailgate.rules.vocabulary import Event


def told(desk: Desk, outcome: Outcome, how: str, now: datetime) -> dict[str, Any]:
    """`how` it was closed (`confirmed`, `by_staff`, `ten_days`), or until when an answer still resumes it (4.8)."""
    if outcome.has(Event.CLOSED):
        return {"how": how}
    if outcome.has(Event.REJECTED):
        until = desk.calendar.end(desk.config.deadlines.resume_rejected_within, now) if outcome.for_no_answer else None
        return {"no_answer": outcome.for_no_answer, "resume_until": until.isoformat() if until else None}
    return {}
