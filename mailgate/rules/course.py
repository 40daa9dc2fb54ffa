"""What the history of a request comes to: when it was answered and completed, and when its clock stood still.

Why: service targets and reports are told from the history alone. So what was undone never counted, and a desk that
configures targets one day knows the course of the requests that it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from mailgate.rules.calendar import WorkingCalendar
from mailgate.rules.vocabulary import WORKED_ON, Event, Status

ANSWERS: Final = frozenset(
    {
        Event.STARTED,
        Event.PROGRESSED,
        Event.INFO_ASKED,
        Event.OUT_OF_SCOPE_SAID,
        Event.THIRD_PARTY_AWAITED,
        Event.COMPLETED,
        Event.RESUMED,
        Event.CLOSED,
        Event.REJECTED,
    }
)
"""What staff do and the client hears of: the first of these is the first answer. The notice of registration is none."""
_LEAVE_THE_WAY_BACK = frozenset({Event.NOTED, Event.LINKED})
_OVERDUE: Final = {Event.INFO_OVERDUE: True, Event.INFO_ASKED: False, Event.EXTENDED: False}
"""4.8: whether the client's time is over, where staff decide what follows; they may also give him more of it."""
_STAFF = "staff:"
_MERGED = "3.6"
"""The clause of what happened here because another request was merged into this one, or this one into it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a history; `to` is the status that it led to, if it changed."""

    at: datetime
    event: Event
    by: str
    to: Status | None = None
    clause: str = ""
    with_text: bool = False
    """A text of staff went along to the client."""


@dataclass(slots=True)
class _Act:
    """What one mail of staff did, and how the request stood before it: `!undo` leads back there."""

    at: datetime
    standing: Status
    stood: tuple[datetime | None, datetime | None, datetime | None, bool, bool]
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Course:
    """Where a request stands after the lines that were read, and how it came there."""

    standing: Status = Status.REGISTERED
    completed_at: datetime | None = None
    """5.1, 4.11: the completion that stands; None once the client disagreed or the work was resumed."""
    closed_at: datetime | None = None
    rejected_at: datetime | None = None
    for_no_answer: bool = False
    """4.8: the rejection that stands was for want of an answer."""
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    """When the clock stood still, in order; the last one may go on."""
    last: dict[Event, datetime] = field(default_factory=dict)
    """When each event happened last."""
    _answers: list[tuple[datetime, str]] = field(default_factory=list)
    _acts: dict[str, list[_Act]] = field(default_factory=dict)
    """By who did them, the newest last."""
    _overdue: bool = False

    @property
    def answered_at(self) -> datetime | None:
        """When staff first answered the client, and did not take it back."""
        return self._answers[0][0] if self._answers else None

    def follow(self, line: Line) -> Sequence[Line]:
        """The next line of the history; gives those that it took back."""
        self.last[line.event] = line.at
        undone = None
        if line.event is Event.UNDONE:
            undone = self._taken_back(line) if line.clause != _MERGED else None
        elif line.by.startswith(_STAFF) and line.event not in _LEAVE_THE_WAY_BACK:
            self._note_act(line)
        if line.event in _OVERDUE:
            self._overdue = _OVERDUE[line.event]
        if line.to is not None and line.to is not self.standing:
            self._move(line, line.to)
        if undone is None:
            return ()
        if undone.standing is self.standing:
            self.completed_at, self.closed_at, self.rejected_at, self.for_no_answer, self._overdue = undone.stood
        return undone.lines

    def _note_act(self, line: Line) -> None:
        acts = self._acts.setdefault(line.by, [])
        if not acts or acts[-1].at != line.at:
            stood = self.completed_at, self.closed_at, self.rejected_at, self.for_no_answer, self._overdue
            acts.append(_Act(line.at, self.standing, stood))
        acts[-1].lines.append(line)
        if line.event in ANSWERS or line.with_text:
            self._answers.append((line.at, line.by))

    def _taken_back(self, line: Line) -> _Act | None:
        """4.4: `!undo` takes back what its writer did last."""
        acts = self._acts.get(line.by)
        undone = acts.pop() if acts else None
        if undone is not None:
            self._answers = [answer for answer in self._answers if answer != (undone.at, line.by)]
        return undone

    def _move(self, line: Line, to: Status) -> None:
        was, self.standing = self.standing, to
        if to is Status.AWAITING_CONFIRMATION or (
            to is Status.CLOSED and was is not Status.AWAITING_CONFIRMATION and line.clause != _MERGED
        ):
            # A closing that did not count (5.1), or was taken back, leaves the completion as it was.
            self.completed_at = self.completed_at if was is Status.CLOSED else line.at
        elif to is not Status.CLOSED or line.clause == _MERGED:
            self.completed_at = None
        self.closed_at = line.at if to is Status.CLOSED else None
        self.rejected_at = line.at if to is Status.REJECTED else None
        self.for_no_answer = to is Status.REJECTED and (self._overdue or not line.by.startswith(_STAFF))
        self._overdue = False
        self._keep_the_clock(was, to, line.at)

    def _keep_the_clock(self, was: Status, to: Status, at: datetime) -> None:
        if was in WORKED_ON and to not in WORKED_ON:
            self.pauses.append((at, None))
        elif was not in WORKED_ON and to in WORKED_ON:
            self.pauses[-1] = (self.pauses[-1][0], at)

    def worked(self, calendar: WorkingCalendar, since: datetime, until: datetime) -> int:
        """3.9: seconds of working time from `since` to `until`, without those in which the clock stood still."""
        paused = sum(
            calendar.working_seconds(max(start, since), min(end or until, until)) for start, end in self.pauses
        )
        return calendar.working_seconds(since, until) - paused


def course(lines: Iterable[Line]) -> Course:
    """The whole of a history, or its beginning."""
    found = Course()
    for line in lines:
        found.follow(line)
    return found
