"""The outbox: notices that wait, were sent, or failed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import Session, col

from mailgate.store.tables import (
    DeadAddress,
    Notice,
)

if TYPE_CHECKING:
    pass


def told_since(session: Session, reader: str, name: str, since: datetime) -> bool:
    """Was this notice written to this reader at or after `since`?"""
    return (
        session.scalars(
            select(col(Notice.id))
            .where(col(Notice.reader) == reader, col(Notice.name) == name, col(Notice.created_at) >= since)
            .limit(1)
        ).first()
        is not None
    )


def was_told(session: Session, reader: str, roles: Collection[str]) -> bool:
    """Did the desk ever write to this address as to one of these?"""
    told = select(col(Notice.id)).where(col(Notice.reader) == reader, col(Notice.role).in_(list(roles)))
    return session.scalars(told.limit(1)).first() is not None


def count_written(
    session: Session, names: Collection[str], since: datetime, until: datetime, reader: str, request_id: int | None
) -> tuple[int, int, int]:
    """How many notices of these names were written from `since` until before `until`: to the reader, about the
    request, and in all."""
    written = select(func.count(col(Notice.id))).where(
        col(Notice.name).in_(list(names)), col(Notice.created_at) >= since, col(Notice.created_at) < until
    )
    to_reader = written.where(col(Notice.reader) == reader)
    about_request = written.where(col(Notice.request_id) == (request_id or 0))
    found = session.execute(select(*(each.scalar_subquery() for each in (to_reader, about_request, written)))).one()
    return found[0], found[1], found[2]


def is_dead(session: Session, addr: str) -> bool:
    """3.7: is this mailbox known to be unavailable?"""
    return session.get(DeadAddress, addr) is not None


def notices(session: Session, *, only_failed: bool = False, limit: int = 1000) -> Sequence[Notice]:
    """The outbox, newest first."""
    wanted = select(Notice).order_by(col(Notice.id).desc()).limit(limit)
    if only_failed:
        wanted = wanted.where(col(Notice.state).in_(("failed", "bounced")))
    return session.scalars(wanted).all()


def every_notice(session: Session) -> Iterable[Notice]:
    """The whole outbox in the order of writing, a few at a time."""
    return session.scalars(select(Notice).order_by(col(Notice.id)).execution_options(yield_per=100))


def notice_by_message_id(session: Session, message_id: str) -> Notice | None:
    """The notice that went out under this Message-ID."""
    return session.scalars(select(Notice).where(col(Notice.message_id) == message_id)).first()


def last_to_start(session: Session, request_id: int) -> int | None:
    """Id of the newest notice of a request that starts the clock of a term: an older one no longer counts."""
    return session.scalars(
        select(col(Notice.id))
        .where(col(Notice.request_id) == request_id, col(Notice.starts).is_not(None), col(Notice.state) != "withdrawn")
        .order_by(col(Notice.id).desc())
        .limit(1)
    ).first()
