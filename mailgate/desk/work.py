"""One mail of staff in hand: how an order is applied to its request, and why it may not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.config import Staff
from mailgate.desk import ending, record, undoing
from mailgate.desk.context import Desk
from mailgate.desk.notify import Words, Written
from mailgate.desk.record import Act
from mailgate.rules import notices
from mailgate.rules.commands import Order, TextFor
from mailgate.rules.lifecycle import Outcome, Refused, step
from mailgate.rules.obstacles import Obstacle
from mailgate.rules.terms import Term, told_end
from mailgate.rules.vocabulary import Purpose, Trigger
from mailgate.store.tables import Request


class CannotDo(Exception):
    """One order cannot be carried out; `why` says it to staff in their language."""

    def __init__(self, line: str, why: Refused | Obstacle) -> None:
        super().__init__(line)
        self.line, self.why = line, why


@dataclass(slots=True)
class Work:
    """One mail of staff in hand: what they wrote, and what has come of it so far."""

    session: Session
    desk: Desk
    member: Staff
    request: Request
    words: Words
    text_for: TextFor
    text_required: bool
    """One of the orders means nothing without the text."""
    message_id: str | None
    now: datetime
    said: list[Written] = field(default_factory=list)
    """Notices to the client."""
    invited: list[Written] = field(default_factory=list)
    """Notices to a new assignee."""
    ties: undoing.Ties = field(default_factory=undoing.Ties)
    text_said: bool = False
    can_be_undone: bool = False

    @property
    def by(self) -> str:
        """Who, as the history names him."""
        return f"staff:{self.member.email}"


def takes_text(work: Work, order: Order) -> bool:
    """Whether the text goes along with this order; where one requires it, with no other."""
    text = order.command.text
    for_client = work.text_for is TextFor.CLIENT and text.reader is TextFor.CLIENT
    return for_client and (text.required or not work.text_required)


def apply(
    work: Work,
    line: str,
    trigger: Trigger,
    *,
    carries: bool = False,
    term: Term | None = None,
    told: dict[str, Any] | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """What an order does to the request, with its history and notices; where it `carries`, the text goes along.

    Raises CannotDo where the Rules refuse it.
    """
    outcome = outcome_of(work, line, trigger)
    how = ending.told(work.desk, outcome, "by_staff", work.now)
    kept = ending.promised(how)
    along = carries and not work.text_said and bool(work.words.text or work.words.attachments)
    act = Act(
        by=work.by,
        words=work.words if along else None,
        detail=({"command": line} if line else {}) | (detail or {}) | kept | ({"with_text": True} if along else {}),
        told=how | (told or {}),
        term=term,
        hold=work.desk.hold,
        answers=work.message_id,
    )
    said = record.apply(work.session, work.desk, work.request, outcome, act, work.now)
    work.said.extend(said)
    events = [happened.event for happened in outcome.events]
    is_told = bool(notices.for_client(Purpose(work.request.kind), events, outcome.term))
    work.text_said = work.text_said or (along and is_told)


def outcome_of(work: Work, line: str, trigger: Trigger) -> Outcome:
    """What the Rules say of it. Raises CannotDo where they refuse it."""
    until = ending.resume_until(work.session, work.desk, work.request)
    outcome = step(work.request.facts(), trigger, work.now, resume_until=until)
    if isinstance(outcome, Refused):
        raise CannotDo(line, outcome)
    return outcome


def until(work: Work, end: datetime) -> str:
    """An end as an error tells it, in the desk's zone."""
    day, hour = told_end(end.astimezone(work.desk.config.desk.zone))
    return f"{day:%d.%m.%Y} {hour}"
