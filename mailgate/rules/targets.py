"""3.9: service targets: how soon a request is to be answered and completed, in working time.

Why moments, not counters: a target is a moment at which it is missed. It is counted from registration anew whenever the
request moves, so a changed priority or calendar needs no correction of what was counted before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mailgate.rules.calendar import WorkingCalendar
from mailgate.rules.course import ANSWERS, Course
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Event, Trigger


class Aim(StrEnum):
    """What a target is for."""

    ANSWER = "answer"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """What is promised for a request; None where nothing is."""

    answer: Term | None = None
    completion: Term | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a target's time, in percent."""

    percent: int

    def __str__(self) -> str:
        """As the configuration writes it."""
        return f"{self.percent} %"


@dataclass(frozen=True, slots=True)
class Clock:
    """One target of one request."""

    near: datetime | None = None
    """When staff are warned; None where they are not."""
    due: datetime | None = None
    """When it is missed; None while the clock stands still, and where nothing is promised."""
    reached_at: datetime | None = None

    def missed(self, now: datetime) -> bool:
        """Whether it was not reached in time; what is reached at the very moment is."""
        return self.due is not None and (self.due < self.reached_at if self.reached_at else self.due <= now)

    @property
    def runs(self) -> bool:
        """Whether it is still to be reached, and time goes by."""
        return self.due is not None and self.reached_at is None


TRIGGERS: Final = {
    Aim.ANSWER: (Trigger.ANSWER_TARGET_NEAR, Trigger.ANSWER_TARGET_MISSED),
    Aim.COMPLETION: (Trigger.COMPLETION_TARGET_NEAR, Trigger.COMPLETION_TARGET_MISSED),
}
"""The deadlines of each target: the warning, and the end."""
EVERY_TRIGGER: Final = frozenset(trigger for pair in TRIGGERS.values() for trigger in pair)
_TOLD: Final = {
    Trigger.ANSWER_TARGET_NEAR: Event.ANSWER_DUE_SOON,
    Trigger.ANSWER_TARGET_MISSED: Event.ANSWER_OVERDUE,
    Trigger.COMPLETION_TARGET_NEAR: Event.COMPLETION_DUE_SOON,
    Trigger.COMPLETION_TARGET_MISSED: Event.COMPLETION_OVERDUE,
}
MATTERS: Final = ANSWERS | {
    Event.REGISTERED,
    Event.CHANGED,
    Event.CLIENT_ANSWERED,
    Event.UNDONE,
    Event.ANSWER_OVERDUE,
    Event.COMPLETION_OVERDUE,
}
"""The events that may move a target: the status or the priority changes, the client is answered, a target is missed."""


def clocks(
    calendar: WorkingCalendar, target: ServiceTarget, warning: Term | Share, registered_at: datetime, found: Course
) -> dict[Aim, Clock]:
    """Both targets of a request, as its history leaves them."""
    terms = {Aim.ANSWER: target.answer, Aim.COMPLETION: target.completion}
    reached = {Aim.ANSWER: found.answered_at, Aim.COMPLETION: found.completed_at}
    return {
        aim: _clock(calendar, term, warning, registered_at, found, reached[aim]) if term else Clock()
        for aim, term in terms.items()
    }


def deadlines(aim: Aim, clock: Clock, found: Course, now: datetime) -> dict[Trigger, datetime]:
    """What is still to befall the request for this target, each thing once.

    A warning or an end that staff were told of already is not told again, unless the target has moved beyond it since.
    """
    if not clock.runs:
        return {}
    near, missed = TRIGGERS[aim]
    moments = {missed: clock.due} if clock.missed(now) else {near: clock.near, missed: clock.due}
    return {
        trigger: moment
        for trigger, moment in moments.items()
        if moment is not None and not _was_told(found, _TOLD[trigger], moment)
    }


def _was_told(found: Course, event: Event, moment: datetime) -> bool:
    told_at = found.last.get(event)
    return told_at is not None and told_at >= moment


def _clock(
    calendar: WorkingCalendar,
    term: Term,
    warning: Term | Share,
    registered_at: datetime,
    found: Course,
    reached_at: datetime | None,
) -> Clock:
    end = calendar.end(term, registered_at)
    near = _near(calendar, warning, registered_at, end)
    return Clock(
        _after_pauses(calendar, near, found.pauses) if near > registered_at else None,
        _after_pauses(calendar, end, found.pauses),
        reached_at,
    )


def _near(calendar: WorkingCalendar, warning: Term | Share, registered_at: datetime, end: datetime) -> datetime:
    if isinstance(warning, Term):
        return calendar.before(warning, end)
    seconds = calendar.working_seconds(registered_at, end) * (100 - warning.percent) // 100
    return calendar.after_work(registered_at, timedelta(seconds=seconds))


def _after_pauses(
    calendar: WorkingCalendar, moment: datetime, pauses: Sequence[tuple[datetime, datetime | None]]
) -> datetime | None:
    """The moment moved on by every pause that began before it; None where the clock stands still before it."""
    for start, end in pauses:
        if moment <= start:
            return moment
        if end is None:
            return None
        moment = calendar.after_work(moment, timedelta(seconds=calendar.working_seconds(start, end)))
    return moment
