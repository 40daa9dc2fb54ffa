"""The outbox: notices that wait, were sent, or failed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence, Set
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from mailgate.rules.vocabulary import Role
from mailgate.store.asking import any_of, ask, given
from mailgate.store.tables import DeadAddress, Event, Notice
from mailgate.store.writing import collect, remembered, table_of, write

_TOLD_SINCE = (
    select(col(Notice.id))
    .where(
        col(Notice.reader) == given("reader"),
        col(Notice.name) == given("name"),
        col(Notice.created_at) >= given("since"),
    )
    .limit(1)
)


def told_since(session: Session, reader: str, name: str, since: datetime) -> bool:
    """Was this notice written to this reader at or after `since`?"""
    return ask(session, _TOLD_SINCE, reader=reader, name=name, since=since).scalar() is not None


_WAS_TOLD = (
    select(col(Notice.id)).where(col(Notice.reader) == given("reader"), col(Notice.role).in_(any_of("roles"))).limit(1)
)


def was_told(session: Session, reader: str, roles: Collection[str]) -> bool:
    """Did the desk ever write to this address as to one of these?"""
    return ask(session, _WAS_TOLD, reader=reader, roles=list(roles)).scalar() is not None


_WRITTEN = select(func.count(col(Notice.id))).where(
    col(Notice.name).in_(any_of("names")),
    col(Notice.created_at) >= given("since"),
    col(Notice.created_at) < given("until"),
)
_COUNT_WRITTEN = select(
    _WRITTEN.where(col(Notice.reader) == given("reader")).scalar_subquery(),
    _WRITTEN.where(col(Notice.request_id) == given("request_id")).scalar_subquery(),
    _WRITTEN.scalar_subquery(),
)


def count_written(
    session: Session, names: Collection[str], since: datetime, until: datetime, reader: str, request_id: int | None
) -> tuple[int, int, int]:
    """How many notices of these names were written from `since` until before `until`: to the reader, about the
    request, and in all."""
    found = ask(
        session,
        _COUNT_WRITTEN,
        names=list(names),
        since=since,
        until=until,
        reader=reader,
        request_id=request_id or 0,
    ).one()
    return found[0], found[1], found[2]


_STILL_WAITING = col(Notice.state).concat("") == "waiting"
"""As an expression: for many notices at once PostgreSQL would otherwise read the index of all that wait."""
_ACCEPTED = (
    update(table_of(Notice))
    .where(col(Notice.id) == given("notice_id"), _STILL_WAITING)
    .values(
        {
            "state": "accepted",
            "accepted_at": given("at"),
            "claimed_by": None,
            "last_error": None,
            "attempts": col(Notice.attempts) + given("charged"),
            "unknown": col(Notice.unknown) + given("lost"),
        }
    )
)


def keep_acceptance(session: Session, notice_id: int, at: datetime, *, charged: bool, unknown: bool) -> None:
    """The server took a notice; one that is no longer waiting is left alone."""
    collect(session, _ACCEPTED, {"notice_id": notice_id, "at": at, "charged": int(charged), "lost": int(unknown)})


_DEAD = select(col(DeadAddress.addr)).where(col(DeadAddress.addr) == given("addr"))
_DEAD_OF_THESE = select(col(DeadAddress.addr)).where(col(DeadAddress.addr).in_(any_of("addrs")))


def is_dead(session: Session, addr: str) -> bool:
    """3.7: is this mailbox known to be unavailable?"""
    known, key = remembered(session), (DeadAddress, addr)
    if key not in known:
        known[key] = ask(session, _DEAD, addr=addr).scalar() is not None
    found: bool = known[key]
    return found


def look_up_dead(session: Session, addrs: Collection[str]) -> None:
    """What `is_dead` will be asked of these, asked at once."""
    if not addrs:
        return
    dead = set(ask(session, _DEAD_OF_THESE, addrs=list(addrs)).scalars())
    remembered(session).update({(DeadAddress, addr): addr in dead for addr in addrs})


def mark_dead(session: Session, addr: str, since: datetime, reason: str) -> None:
    """3.7: this mailbox is unavailable from now on; it was not yet."""
    write(session, DeadAddress, addr=addr, since=since, reason=reason)
    remembered(session)[DeadAddress, addr] = True


_UNMARK_DEAD = delete(DeadAddress).where(col(DeadAddress.addr) == given("addr"))


def unmark_dead(session: Session, addr: str) -> None:
    """3.7: it works again."""
    ask(session, _UNMARK_DEAD, by="addr", addr=addr)
    remembered(session)[DeadAddress, addr] = False


def notices(session: Session, *, only_failed: bool = False, limit: int = 1000) -> Sequence[Notice]:
    """The outbox, newest first."""
    wanted = select(Notice).order_by(col(Notice.id).desc()).limit(limit)
    if only_failed:
        wanted = wanted.where(col(Notice.state).in_(("failed", "bounced")))
    return session.scalars(wanted).all()


def every_notice(session: Session) -> Iterable[Notice]:
    """The whole outbox in the order of writing, a few at a time."""
    return session.scalars(select(Notice).order_by(col(Notice.id)).execution_options(yield_per=100))


_BY_MESSAGE_ID = select(Notice).where(col(Notice.message_id) == given("message_id"))
_ID_BY_MESSAGE_ID = select(col(Notice.id)).where(col(Notice.message_id) == given("message_id"))
_ID_OF_NAMED = _ID_BY_MESSAGE_ID.where(col(Notice.name) == given("name"))


def notice_by_message_id(session: Session, message_id: str) -> Notice | None:
    """The notice that went out under this Message-ID."""
    return session.scalars(_BY_MESSAGE_ID, {"message_id": message_id}).first()


def notice_named(session: Session, name: str, message_id: str) -> Notice | None:
    """The notice that went out under this Message-ID, where it is one of that name."""
    found = ask(session, _ID_OF_NAMED, by="message_id", message_id=message_id, name=name).scalar()
    return session.get(Notice, found) if found is not None else None


def notice_id(session: Session, message_id: str) -> int | None:
    """Its id alone."""
    return ask(session, _ID_BY_MESSAGE_ID, message_id=message_id).scalar()


_TELLING = (
    select(col(Notice.message_id), col(Notice.state), col(Notice.unknown), col(Notice.accepted_at))
    .where(
        col(Notice.request_id) == given("request_id"),
        col(Notice.name).in_(any_of("names")),
        col(Notice.created_at)
        >= select(func.max(col(Event.at)))
        .where(col(Event.request_id) == given("request_id"), col(Event.event) == given("event"))
        .scalar_subquery(),
    )
    .order_by(col(Notice.id))
)


def telling(
    session: Session, request_id: int, event: str, names: Collection[str]
) -> Sequence[tuple[str, str, int, datetime | None]]:
    """(Message-ID, state, lost outcomes, when accepted) of the notices of these names since `event` was last."""
    found = ask(session, _TELLING, request_id=request_id, event=event, names=list(names))
    return [(row[0], row[1], row[2], row[3]) for row in found]


def waiting(session: Session, request_id: int, names: Collection[str]) -> Sequence[Notice]:
    """A request's notices of these names that wait and that nobody is sending; locked."""
    wanted = select(Notice).where(col(Notice.request_id) == request_id, col(Notice.name).in_(names))
    unsent = col(Notice.state) == "waiting", col(Notice.claimed_by).is_(None)
    return session.scalars(wanted.where(*unsent).with_for_update(skip_locked=True)).all()


_NAMED = (
    select(Notice)
    .where(
        col(Notice.request_id) == given("request_id"),
        col(Notice.name) == given("name"),
        col(Notice.role) != Role.STAFF,
    )
    .order_by(col(Notice.id))
)


def notices_named(session: Session, request_id: int | None, name: str) -> Sequence[Notice]:
    """What was written to a request's clients under this name, oldest first."""
    return session.scalars(_NAMED, {"request_id": request_id, "name": name}).all()


_UNTRIED = select(col(Notice.name)).where(
    col(Notice.request_id) == given("request_id"),
    col(Notice.role) != Role.STAFF,
    col(Notice.state) == "waiting",
    col(Notice.attempts) == 0,
)


def untried(session: Session, request_id: int) -> Set[str]:
    """The names of what waits for a request's clients and was not tried yet."""
    return set(ask(session, _UNTRIED, request_id=request_id).scalars())


_LAST_TO_START = (
    select(col(Notice.id))
    .where(
        col(Notice.request_id) == given("request_id"),
        col(Notice.starts).is_not(None),
        col(Notice.state) != "withdrawn",
    )
    .order_by(col(Notice.id).desc())
    .limit(1)
)


def last_to_start(session: Session, request_id: int) -> int | None:
    """Id of the newest notice of a request that starts the clock of a term: an older one no longer counts."""
    return ask(session, _LAST_TO_START, request_id=request_id).scalar()
