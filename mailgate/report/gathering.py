"""From the rows of a month to its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.config import Config
from mailgate.report.figures import NO_CLIENT, Figures, Item, Ruler, count
from mailgate.report.month import Month
from mailgate.rules.course import Course
from mailgate.rules.targets import ServiceTarget
from mailgate.rules.vocabulary import Event, Priority, Purpose
from mailgate.store import queries


def figures_of(session: Session, config: Config, month: Month, now: datetime, client: str | None = None) -> Figures:
    """What the month came to; while it lasts, until now. `client` narrows it to one, by id."""

    def promised(item: Item) -> ServiceTarget:
        return config.promised(item.client, Priority(item.priority))

    start, end = month.bounds(config.desk.zone)
    until = min(end, now)
    ruler = Ruler(
        month, config.calendar.working(config.desk.zone), start, until, promised if config.targets is not None else None
    )
    opened = queries.count_open_at(session, until, client)
    return count(_items(session, start, until, client), opened, ruler, client)


def _items(session: Session, start: datetime, until: datetime, client: str | None) -> Iterator[Item]:
    courses: dict[int, Course] = {}
    happened: dict[int, Counter[Event]] = {}
    for request_id, line in queries.histories_between(session, start, until, client):
        events = happened.setdefault(request_id, Counter())
        events[line.event] += line.at >= start
        for undone in courses.setdefault(request_id, Course()).follow(line):
            events[undone.event] -= undone.at >= start
    for row in queries.requests_between(session, start, until, client):
        yield _item(row, courses[row.id], happened[row.id])


def _item(row: Any, course: Course, happened: Counter[Event]) -> Item:
    return Item(
        kind=Purpose(row.kind),
        type=row.type,
        priority=row.priority,
        client=row.client_id or NO_CLIENT,
        channel=row.channel,
        registered_at=row.registered_at,
        course=course,
        happened=happened,
    )
