"""Leases: what one of several daemons on one PostgreSQL holds, for a few seconds at a time, by the database's clock.

Why a row with a time and no advisory lock: a process that is stopped, or cut off, keeps its session and with it every
lock of that session; a time runs out by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import delete, func, select, update
from sqlmodel import Field, Session, SQLModel, col

from mailgate.store.columns import UtcDateTime, moment_column
from mailgate.store.inserting import insert_into

LEASE = timedelta(seconds=20)
"""Unless renewed; with the look of the others, every few seconds, a mailbox is taken over within 30 (R24)."""


class Lease(SQLModel, table=True):
    """What one of several daemons holds at this moment: a mailbox, the wish to be handed one, or its own name, by which
    others see that it lives.

    On PostgreSQL alone: an SQLite file has one daemon, which the lock beside it keeps so.
    """

    __tablename__: ClassVar[Any] = "lease"

    name: str = Field(primary_key=True)
    """`mailbox NAME`, `wish NAME`, or `daemon HOLDER`."""
    holder: str
    until: datetime = moment_column()
    """By the clock of the database; then it has lapsed, unless its holder has renewed it."""


def database_clock(session: Session) -> datetime:
    """What the database's clock shows: those of the hosts may differ."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)  # the same machine's
    shown: datetime = session.scalars(select(func.clock_timestamp(type_=UtcDateTime))).one()
    return shown


def renew_lease(session: Session, name: str, holder: str) -> bool:
    """Hold it for as long again; False where another has taken it: then nothing more may be done under it.

    In one transaction with what is done under it: nobody takes it over before that transaction has ended.
    """
    mine = update(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder)
    renewed = mine.values(until=database_clock(session) + LEASE).returning(col(Lease.name))
    return session.execute(renewed).first() is not None


def take_lease(session: Session, name: str, holder: str) -> tuple[str | None, str | None]:
    """Take a lease that nobody holds, or none any more.

    Gives its holder now (None where another was quicker), and who left it without giving it up.
    """
    now = database_clock(session)
    found = session.get(Lease, name)
    left_by = found.holder if found is not None else None
    if found is not None and left_by != holder and found.until > now:
        return left_by, None
    values = {"holder": holder, "until": now + LEASE}
    free = (col(Lease.holder) == holder) | (col(Lease.until) <= now)
    wanted = insert_into(session, Lease).values(name=name, **values)
    taken = wanted.on_conflict_do_update(index_elements=["name"], set_=values, where=free)
    return session.scalars(taken.returning(col(Lease.holder))).first(), left_by


def hand_lease(session: Session, name: str, holder: str, to: str) -> bool:
    """Another holds it from now on, and finds it so when it next asks for it; False where it was not the holder's."""
    mine = update(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder)
    handed = mine.values(holder=to, until=database_clock(session) + LEASE).returning(col(Lease.name))
    return session.execute(handed).first() is not None


def give_up_lease(session: Session, name: str, holder: str) -> None:
    """Another may have it at once; nothing where it is another's by now."""
    session.execute(delete(Lease).where(col(Lease.name) == name, col(Lease.holder) == holder))


def lapse_leases_of(session: Session, holder: str) -> None:
    """All that a process held which is known to have ended; who takes them sees who left them."""
    now = database_clock(session)
    session.execute(update(Lease).where(col(Lease.holder) == holder, col(Lease.until) > now).values(until=now))


def leases(session: Session) -> Sequence[Lease]:
    """Those that are held at this moment."""
    now = database_clock(session)
    return session.scalars(select(Lease).where(col(Lease.until) > now).order_by(col(Lease.name))).all()


def lease_holder(session: Session, name: str) -> str | None:
    """Who holds it at this moment."""
    now = database_clock(session)
    return session.scalars(select(col(Lease.holder)).where(col(Lease.name) == name, col(Lease.until) > now)).first()


def one_hands_over_at_a_time(session: Session) -> None:
    """To the end of the transaction; PostgreSQL alone."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("mailgate: hand over"))))


def lease_holders(session: Session) -> Sequence[str]:
    """Everybody whose name stands on a lease, whether it has lapsed or not."""
    return session.scalars(select(col(Lease.holder)).distinct()).all()
