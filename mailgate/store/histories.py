"""Histories as the Rules read them: of one request, and of all on which something happened between two moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlmodel import Session, col

from mailgate.rules.course import Line
from mailgate.rules.vocabulary import Event as Happened
from mailgate.rules.vocabulary import Status
from mailgate.store.tables import Event, Request

_LINE = (Event.at, Event.event, Event.by, Event.to, Event.clause, Event.detail)


def history(session: Session, request_id: int) -> list[Line]:
    """The history of one request."""
    return [_line(row) for row in session.execute(_lines().where(col(Event.request_id) == request_id))]


def requests_between(session: Session, start: datetime, end: datetime, client: str | None = None) -> Sequence[Any]:
    """What a report tells of each request on which something happened from `start` until `end`."""
    shown = ("id", "kind", "type", "priority", "client_id", "channel", "registered_at")
    wanted = select(*(col(getattr(Request, name)) for name in shown)).where(
        col(Request.id).in_(_touched(start, end)), *_of(client)
    )
    return session.execute(wanted).all()


def histories_between(
    session: Session, start: datetime, end: datetime, client: str | None = None
) -> Iterator[tuple[int, Line]]:
    """The histories of the same requests from their registration until `end`, one request after the other."""
    wanted = _lines().where(col(Event.request_id).in_(_touched(start, end)), col(Event.at) < end)
    if client is not None:
        wanted = wanted.join(Request, col(Event.request_id) == col(Request.id)).where(*_of(client))
    for row in session.execute(wanted.execution_options(yield_per=1000)):
        yield row.request_id, _line(row)


def count_open_at(session: Session, moment: datetime, client: str | None = None) -> Sequence[tuple[str, str, int]]:
    """(kind, priority, how many) of what was registered and had not ended then."""
    ended = col(Request.ended_at)
    found = session.execute(
        select(col(Request.kind), col(Request.priority), func.count())
        .where(or_(ended.is_(None), ended >= moment), col(Request.registered_at) < moment, *_of(client))
        .group_by(col(Request.kind), col(Request.priority))
    )
    return [(row[0], row[1], row[2]) for row in found]


def _lines() -> Select[*tuple[Any, ...]]:
    return select(col(Event.request_id), *map(col, _LINE)).order_by(col(Event.request_id), col(Event.id))


def _touched(start: datetime, end: datetime) -> Select[*tuple[Any, ...]]:
    return select(col(Event.request_id)).where(col(Event.at) >= start, col(Event.at) < end)


def _of(client: str | None) -> tuple[Any, ...]:
    return () if client is None else (col(Request.client_id) == client,)


def _line(row: Row[Any]) -> Line:
    return Line(
        row.at,
        Happened(row.event),
        row.by,
        Status(row.to) if row.to else None,
        row.clause,
        bool(row.detail.get("with_text")),
    )
