"""Sections 4 to 6: what becomes of a request when something befalls it.

Why: pure and whole. The tables in `transitions` are all that can happen; `desk/record` carries an
`Outcome` out, and nothing else assigns a status. The clock of a term starts when the notice that
names it was accepted for delivery (4.6, 5.1), so an outcome names the term, never its end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mailgate.rules.priority import priority as by_table
from mailgate.rules.refusals import Refused, refusal
from mailgate.rules.transitions import LATE_ANSWER, TABLES, Happened, Target, Transition
from mailgate.rules.vocabulary import (
    Event,
    Impact,
    Priority,
    Purpose,
    RequestType,
    Status,
    Trigger,
    Urgency,
    Waiting,
)

__all__ = [
    "GOES_ON",
    "Happened",
    "Outcome",
    "Refused",
    "RequestFacts",
    "diagram",
    "reclassified",
    "registration",
    "step",
]

GOES_ON = frozenset({Status.REGISTERED, Status.IN_PROGRESS, Status.AWAITING_THIRD_PARTY})
"""Statuses to which a request can go back: they need no notice that starts a clock."""


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What the Rules need to know of a request or complaint."""

    kind: Purpose = Purpose.REQUESTS
    status: Status = Status.REGISTERED
    status_before: Status | None = None
    """The status before its last change while it was open: ends do not count, for one by a term may not (5.1)."""
    type: RequestType = RequestType.UNCLASSIFIED
    urgency: Urgency = Urgency.NORMAL
    impact: Impact | None = None
    priority: Priority = Priority.MEDIUM
    priority_by_hand: bool = False
    type_suggested: RequestType | None = None
    assignee: str | None = None
    registered_at: datetime | None = None
    deadline_at: datetime | None = None
    ended_at: datetime | None = None
    """When it was closed or rejected."""
    rejected_for_no_answer: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows: the status, what has happened, and what becomes of the clocks."""

    status: Status
    events: tuple[Happened, ...]
    term: Waiting | None = None
    """The waiting term that starts once its notice is accepted."""
    clears_term: bool = False
    """The term that ran until now is over."""
    for_no_answer: bool = False
    """4.8: rejected because the client did not answer; a late answer may resume it."""
    restarts_progress: bool = False
    """6.3: the complainant hears from us; the ten working days begin anew."""

    def has(self, event: Event) -> bool:
        """Whether that has happened."""
        return any(happened.event is event for happened in self.events)


def registration(kind: Purpose) -> Outcome:
    """3.3, 6.2: what a new request or complaint begins with."""
    if kind is Purpose.COMPLAINTS:
        happened = Happened(Event.REGISTERED, "6.2")
        return Outcome(Status.REGISTERED, (happened,), term=Waiting.COMPLAINT, restarts_progress=True)
    return Outcome(Status.REGISTERED, (Happened(Event.REGISTERED, "3.3"),))


def step(
    facts: RequestFacts, trigger: Trigger, now: datetime | None = None, *, resume_until: datetime | None = None
) -> Outcome | Refused:
    """What `trigger` does to a request, or the reason why it does nothing.

    `resume_until` is the end of the time in which a late answer resumes a request that was rejected
    for no answer (4.8); None where the setting is off. It needs `now`.
    """
    row = _row(facts, trigger, now, resume_until)
    if row is None:
        return refusal(facts.kind, facts.status, trigger)
    to = _target(row, facts)
    return Outcome(to, row.events, row.term, _clears(row, facts, to), row.for_no_answer, row.restarts_progress)


def reclassified(
    facts: RequestFacts,
    *,
    type: RequestType | None = None,
    urgency: Urgency | None = None,
    impact: Impact | None = None,
    priority: Priority | None = None,
    priority_by_table: bool = False,
) -> RequestFacts:
    """4.2: the request with what staff named. The priority follows Appendix 2 unless it was set by hand."""
    by_hand = not priority_by_table and (priority is not None or facts.priority_by_hand)
    named = replace(
        facts,
        type=type or facts.type,
        urgency=urgency or facts.urgency,
        impact=impact or facts.impact,
        priority=priority or facts.priority,
        priority_by_hand=by_hand,
    )
    return named if by_hand else replace(named, priority=by_table(named.type, named.impact, named.urgency))


def _row(
    facts: RequestFacts, trigger: Trigger, now: datetime | None, resume_until: datetime | None
) -> Transition | None:
    if trigger in LATE_ANSWER.triggers and _answers_in_time(facts, now, resume_until):
        return LATE_ANSWER
    if trigger is Trigger.REJECTED and _is_overdue(facts, now):
        trigger = Trigger.INFO_TERM_ENDED
    return TABLES[facts.kind].get((facts.status, trigger))


def _answers_in_time(facts: RequestFacts, now: datetime | None, resume_until: datetime | None) -> bool:
    if not facts.rejected_for_no_answer or facts.status is not Status.REJECTED:
        return False
    return now is not None and resume_until is not None and now < resume_until


def _is_overdue(facts: RequestFacts, now: datetime | None) -> bool:
    """4.8, where staff are asked first: rejecting after the term is rejecting for want of an answer."""
    if facts.status is not Status.AWAITING_INFO or facts.deadline_at is None:
        return False
    return now is not None and now >= facts.deadline_at


def _target(row: Transition, facts: RequestFacts) -> Status:
    match row.to:
        case Target.SAME:
            return facts.status
        case Target.BEFORE:
            before = facts.status_before
            return before if before in GOES_ON and before is not None else Status.IN_PROGRESS
    return row.to


def _clears(row: Transition, facts: RequestFacts, to: Status) -> bool:
    """A request's term belongs to its status; a complaint's lasts until it is answered (6.2)."""
    if row.term is not None or row.ends_term:
        return True
    return to is not facts.status and (facts.kind is Purpose.REQUESTS or to is Status.CLOSED)


def diagram(kind: Purpose) -> str:
    """The changes of status of one kind as a Mermaid state diagram, drawn from its table."""
    arrows: dict[tuple[str, str], set[str]] = {}
    rows = [*TABLES[kind].items()]
    if kind is Purpose.REQUESTS:
        rows += [((Status.REJECTED, trigger), LATE_ANSWER) for trigger in LATE_ANSWER.triggers]
    for (status, _), row in rows:
        for to in GOES_ON if row.to is Target.BEFORE else {row.to}:
            if to not in (Target.SAME, status):
                arrows.setdefault((status, to), set()).add(f"{row.events[0].event} {row.events[0].clause}")
    lines = [f"    {status} --> {to}: {', '.join(sorted(labels))}" for (status, to), labels in sorted(arrows.items())]
    return "\n".join(("stateDiagram-v2", "    [*] --> registered", *lines, "    closed --> [*]"))


if __name__ == "__main__":
    for each in Purpose:
        print(diagram(each))
