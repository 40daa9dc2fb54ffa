"""The numbers of a month; pure. What each of them means is told in docs/reports.md.

Why from the course of each request: an outcome counts in the month in which it came, if it still stood at the month's
end. So a month that is over keeps its numbers, whatever becomes of its requests later.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from mailgate.report.month import Month
from mailgate.rules.calendar import WorkingCalendar
from mailgate.rules.course import Course
from mailgate.rules.targets import Aim, ServiceTarget, Share, clocks
from mailgate.rules.vocabulary import Channel, Event, Priority, Purpose, RequestType

ALL: Final = "all"
"""The key of what is told of all priorities together."""
NO_CLIENT: Final = ""
DIMENSIONS: Final = ("type", "priority", "client", "channel")
_IN_ORDER: Final = {
    "type": tuple(RequestType),
    "priority": tuple(Priority),
    "channel": tuple(Channel),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One request or complaint, as it stood at the end of the month."""

    kind: Purpose
    type: str
    priority: str
    client: str
    channel: str
    registered_at: datetime
    course: Course
    happened: Mapping[Event, int] = field(default_factory=dict)
    """How often each event befell it in the month."""


@dataclass(slots=True)
class Tally:
    """What became of some requests."""

    registered: int = 0
    completed: int = 0
    closed: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """Working time in seconds: half of them took no longer than the median, nine in ten no longer than `p90`."""

    count: int
    median: int
    p90: int


@dataclass(slots=True)
class Kept:
    """Targets that were decided in the month."""

    met: int = 0
    missed: int = 0


@dataclass(slots=True)
class Complaints:
    """Section 6."""

    registered: int = 0
    answered: int = 0
    answered_in_time: int = 0
    """Before the term, as it was named last, had passed (6.2, 6.3)."""
    extended: int = 0
    overdue: int = 0
    holding: int = 0
    """Holding notices that went out by themselves, for want of news in ten working days (6.3)."""
    open: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A month. Requests only, but for `complaints`."""

    month: str
    client: str | None
    """The id of the client of whom the report is; None: of all."""
    total: Tally
    by: dict[str, dict[str, Tally]]
    """By dimension and its value, what there was of it."""
    days: list[list[int]]
    """For each day: registered, completed."""
    answer: dict[str, Spread]
    completion: dict[str, Spread]
    targets: dict[str, dict[str, Kept]] | None
    """By priority and aim; None where the desk has no targets."""
    disagreements: int
    rejected_for_no_answer: int
    complaints: Complaints
    open: dict[str, int]
    """By priority, at the end of the month."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        told = (*asdict(self.total).values(), *asdict(self.complaints).values(), *self.open.values())
        return not any(told) and not self.disagreements


@dataclass(frozen=True, slots=True)
class Ruler:
    """What a month is measured with."""

    month: Month
    calendar: WorkingCalendar
    start: datetime
    until: datetime
    """The month's end, or now while it lasts."""
    promised: Callable[[Item], ServiceTarget] | None = None
    """3.9: the targets of a request; None where the desk has none."""

    def has(self, moment: datetime | None) -> bool:
        """Whether a moment lies in what there is of the month."""
        return moment is not None and self.start <= moment < self.until

    def day(self, moment: datetime) -> int:
        """The day of the month on which it lies, from 0."""
        return moment.astimezone(self.calendar.zone).day - 1


def count(items: Iterable[Item], opened: Sequence[tuple[str, str, int]], ruler: Ruler, client: str | None) -> Figures:
    """The numbers of all these requests; `opened` is (kind, priority, how many) at the end of the month."""
    every = list(items)
    requests = [item for item in every if item.kind is Purpose.REQUESTS]
    complaints = [item for item in every if item.kind is Purpose.COMPLAINTS]
    return Figures(
        month=str(ruler.month),
        client=client,
        total=_tally(requests, ruler),
        by={name: _by(name, requests, ruler) for name in DIMENSIONS},
        days=_days(requests, ruler),
        answer=_spreads(requests, ruler, lambda item: item.course.answered_at),
        completion=_spreads(requests, ruler, lambda item: item.course.completed_at),
        targets=_targets(requests, ruler) if ruler.promised else None,
        disagreements=sum(item.happened.get(Event.DISAGREED, 0) for item in requests),
        rejected_for_no_answer=sum(
            item.course.for_no_answer and ruler.has(item.course.rejected_at) for item in requests
        ),
        complaints=_complaints(complaints, opened, ruler),
        open=_open(opened),
    )


def _tally(items: Iterable[Item], ruler: Ruler) -> Tally:
    tally = Tally()
    for item in items:
        tally.registered += ruler.has(item.registered_at)
        tally.completed += ruler.has(item.course.completed_at)
        tally.closed += ruler.has(item.course.closed_at)
        tally.rejected += ruler.has(item.course.rejected_at)
    return tally


def _by(name: str, items: Iterable[Item], ruler: Ruler) -> dict[str, Tally]:
    """In the order of the Rules; clients by how much they wrote."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(getattr(item, name), []).append(item)
    tallies = {key: _tally(group, ruler) for key, group in groups.items()}
    told = {key: tally for key, tally in tallies.items() if tally != Tally()}
    if name in _IN_ORDER:
        return {key: told[key] for key in _IN_ORDER[name] if key in told}
    return dict(sorted(told.items(), key=lambda each: (-each[1].registered, each[0])))


def _days(items: Iterable[Item], ruler: Ruler) -> list[list[int]]:
    days = [[0, 0] for _ in range(ruler.month.days)]
    for item in items:
        for column, moment in enumerate((item.registered_at, item.course.completed_at)):
            if moment is not None and ruler.has(moment):
                days[ruler.day(moment)][column] += 1
    return days


def _spreads(items: Iterable[Item], ruler: Ruler, reached: Callable[[Item], datetime | None]) -> dict[str, Spread]:
    """Of all, and of each priority; only of those that reached it in the month."""
    took: dict[str, list[int]] = {}
    for item in items:
        moment = reached(item)
        if moment is not None and ruler.has(moment):
            seconds = item.course.worked(ruler.calendar, item.registered_at, moment)
            for key in (ALL, item.priority):
                took.setdefault(key, []).append(seconds)
    return {key: _spread(sorted(took[key])) for key in (ALL, *Priority) if key in took}


def _spread(ordered: Sequence[int]) -> Spread:
    nine_in_ten = ordered[math.ceil(len(ordered) * 9 / 10) - 1]
    return Spread(len(ordered), int(statistics.median(ordered)), nine_in_ten)


def _targets(items: Iterable[Item], ruler: Ruler) -> dict[str, dict[str, Kept]]:
    """3.9: a target is decided when it is reached in time, or else when it is missed; it counts in that month."""
    assert ruler.promised is not None
    found: dict[str, dict[str, Kept]] = {}
    for item in items:
        promised = ruler.promised(item)
        running = clocks(ruler.calendar, promised, Share(0), item.registered_at, item.course)
        for aim, clock in running.items():
            missed = clock.missed(ruler.until)
            promise = promised.answer if aim is Aim.ANSWER else promised.completion
            if promise is not None and ruler.has(clock.due if missed else clock.reached_at):
                kept = found.setdefault(item.priority, {str(each): Kept() for each in Aim})[aim]
                kept.missed += missed
                kept.met += not missed
    return {priority: found[priority] for priority in Priority if priority in found}


def _complaints(items: Sequence[Item], opened: Sequence[tuple[str, str, int]], ruler: Ruler) -> Complaints:
    answered = [item for item in items if ruler.has(item.course.completed_at)]
    happened: Counter[Event] = Counter()
    for item in items:
        happened.update(item.happened)
    return Complaints(
        registered=sum(ruler.has(item.registered_at) for item in items),
        answered=len(answered),
        answered_in_time=sum(Event.COMPLAINT_OVERDUE not in item.course.last for item in answered),
        extended=happened[Event.EXTENDED],
        overdue=happened[Event.COMPLAINT_OVERDUE],
        holding=happened[Event.HOLDING_NOTICE_SENT],
        open=sum(number for kind, _, number in opened if kind == Purpose.COMPLAINTS),
    )


def _open(opened: Sequence[tuple[str, str, int]]) -> dict[str, int]:
    there = {priority: number for kind, priority, number in opened if kind == Purpose.REQUESTS}
    return {priority: there[priority] for priority in Priority if priority in there}
