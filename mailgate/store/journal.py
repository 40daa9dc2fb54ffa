"""The journal: what was taken, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlmodel import Session, col

from mailgate.store.inserting import insert_into
from mailgate.store.tables import (
    Arrival,
    Mail,
    RawMail,
)

if TYPE_CHECKING:
    pass

UNREGISTERED = ("quarantine", "not_registered")


def known_uids(session: Session, mailbox: str, uidvalidity: int, uids: Collection[int]) -> set[int]:
    """Which of these UIDs were taken before."""
    found: set[int] = set()
    wanted = list(uids)
    for start in range(0, len(wanted), 500):
        found.update(
            session.scalars(
                select(col(Arrival.uid)).where(
                    col(Arrival.mailbox) == mailbox,
                    col(Arrival.uidvalidity) == uidvalidity,
                    col(Arrival.uid).in_(wanted[start : start + 500]),
                )
            )
        )
    return found


def same_mail(session: Session, sha256: str, fingerprint: str | None) -> Mail:
    """The message as it was taken before: the same bytes, or the same Message-ID with the same content."""
    found = session.scalars(select(Mail).where(col(Mail.sha256) == sha256)).first()
    return found or session.scalars(select(Mail).where(col(Mail.fingerprint) == fingerprint)).one()


def add_unless_known(session: Session, row: Mail | Arrival) -> int | None:
    """Insert a row and give its id; None where one with the same unique values stands already.

    Another daemon may be inserting the same at this moment: then PostgreSQL waits until that one has ended.
    """
    table = type(row)
    wanted = insert_into(session, table).values(row.model_dump(exclude={"id"})).on_conflict_do_nothing()
    return session.scalar(wanted.returning(col(table.id)))


def undecided(session: Session, limit: int = 1000, *, besides: Collection[str] = ()) -> Sequence[int]:
    """Ids of messages that were taken and not yet decided: those that failed least come first, then the oldest.

    Those that lie in one of the mailboxes `besides` are somebody else's work.
    """
    waiting = select(col(Mail.id), col(Mail.attempts)).where(col(Mail.decision).is_(None))
    if besides:
        elsewhere = select(col(Arrival.id)).where(
            col(Arrival.mail_id) == col(Mail.id), col(Arrival.mailbox).in_(list(besides))
        )
        waiting = waiting.where(~elsewhere.exists())
    found = session.execute(waiting.order_by(col(Mail.id)).limit(limit)).all()
    return [mail_id for mail_id, attempts in sorted(found, key=lambda row: row[1])]


def raw_mail(session: Session, mail_id: int) -> bytes | None:
    """The bytes of a message; None where it was over the size and stayed on the server."""
    return session.scalars(select(col(RawMail.raw)).where(col(RawMail.mail_id) == mail_id)).first()


def arrivals(session: Session, mail_id: int) -> Sequence[Arrival]:
    """Every copy of a message, in the order of arrival."""
    return session.scalars(select(Arrival).where(col(Arrival.mail_id) == mail_id).order_by(col(Arrival.id))).all()


def mail_by_message_id(session: Session, message_id: str) -> Sequence[Mail]:
    """Every different message that came in under this Message-ID."""
    return session.scalars(select(Mail).where(col(Mail.message_id) == message_id).order_by(col(Mail.id))).all()


def every_mail(session: Session) -> Iterable[Mail]:
    """The whole journal in the order of taking, a few at a time."""
    return session.scalars(select(Mail).order_by(col(Mail.id)).execution_options(yield_per=100))


def quarantined(session: Session) -> Sequence[Mail]:
    """Mail that was not registered and that nobody released or dropped, oldest first."""
    return session.scalars(
        select(Mail).where(col(Mail.decision).in_(UNREGISTERED), col(Mail.freed).is_(None)).order_by(col(Mail.id))
    ).all()


def count_waiting(session: Session, sender: str | None = None, *, before: int | None = None) -> int:
    """How many messages wait in quarantine for somebody's decision: all, or those of a sender that came before one."""
    counted = select(func.count()).where(col(Mail.decision) == "quarantine", col(Mail.freed).is_(None))
    if sender is not None:
        counted = counted.where(col(Mail.from_addr) == sender)
    if before is not None:
        counted = counted.where(col(Mail.id) < before)
    return session.scalar(counted) or 0


def outcomes(session: Session, since: datetime | None) -> Sequence[tuple[str | None, str | None, int]]:
    """How many messages met each (decision, reason)."""
    counted = select(col(Mail.decision), col(Mail.reason), func.count()).group_by(col(Mail.decision), col(Mail.reason))
    if since is not None:
        counted = counted.where(col(Mail.taken_at) >= since)
    return [(row[0], row[1], row[2]) for row in session.execute(counted.order_by(col(Mail.decision), col(Mail.reason)))]


def count_taken(session: Session, since: datetime | None) -> tuple[int, int]:
    """(different messages, copies) taken."""
    mails, copies = select(func.count()).select_from(Mail), select(func.count()).select_from(Arrival)
    if since is not None:
        mails = mails.where(col(Mail.taken_at) >= since)
        copies = copies.where(col(Arrival.taken_at) >= since)
    return session.scalar(mails) or 0, session.scalar(copies) or 0
