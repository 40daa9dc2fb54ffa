"""What running daemons tell of themselves: the rows, and how they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import delete, select
from sqlmodel import Field, Session, SQLModel, col

from mailgate.store.asking import ask, given
from mailgate.store.columns import moment_column, text_column

SILENT_AFTER = timedelta(seconds=90)
"""A daemon that has told nothing for so long runs no more, or hangs as a whole."""


class Heartbeat(SQLModel, table=True):
    """What one part of one running daemon last told of itself: a mailbox, the outbox, the terms.

    A daemon writes its rows every few seconds and takes them away when it ends well.
    """

    __tablename__: ClassVar[Any] = "heartbeat"

    holder: str = Field(primary_key=True)
    """The daemon: host and process."""
    part: str = Field(primary_key=True)
    at: datetime = moment_column()
    """When the row was written: the daemon lived then."""
    looked_at: datetime | None = moment_column(nullable=True)
    """When the part last did well what it is for."""
    hangs: bool = False
    """It shows no progress."""
    error: str = text_column()
    """The last thing that went wrong."""
    failed_at: datetime | None = moment_column(nullable=True)

    @property
    def trouble(self) -> str | None:
        """What went wrong and was not made good since."""
        mended = self.failed_at is None or (self.looked_at is not None and self.looked_at > self.failed_at)
        return None if mended else self.error


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    """What every daemon told last: a row for each of its parts."""
    return session.scalars(select(Heartbeat).order_by(col(Heartbeat.part), col(Heartbeat.holder))).all()


_HOLDERS = select(col(Heartbeat.holder)).distinct()


def heartbeat_holders(session: Session) -> Sequence[str]:
    """The daemons that have told anything of themselves."""
    return ask(session, _HOLDERS).scalars().all()


_FORGET = delete(Heartbeat).where((col(Heartbeat.holder) == given("holder")) | (col(Heartbeat.at) < given("before")))


def forget_heartbeats(session: Session, holder: str, before: datetime) -> None:
    """The rows of a daemon that has ended, and those of any that has told nothing since `before`."""
    ask(session, _FORGET, holder=holder, before=before)
