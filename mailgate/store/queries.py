"""Every query, by name. Each stands on an index; a test asks the database to EXPLAIN them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import sqlite
from sqlmodel import Session, SQLModel, col

from mailgate.rules.vocabulary import OPEN, Priority
from mailgate.store.tables import (
    Arrival,
    DeadAddress,
    Deadline,
    Entry,
    Event,
    Link,
    Mail,
    Notice,
    Numbering,
    Participant,
    RawMail,
    Request,
    Setting,
    Undo,
)

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

CITED_MOST = 50
"""The most Message-IDs of one mail that are looked up."""
UNREGISTERED = ("quarantine", "not_registered")


# The journal ---------------------------------------------------------------------------------------------------------


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
    wanted = _insert(session, table).values(row.model_dump(exclude={"id"})).on_conflict_do_nothing()
    return session.scalar(wanted.returning(col(table.id)))


def undecided(session: Session, limit: int = 1000) -> Sequence[int]:
    """Ids of messages that were taken and not yet decided: those that failed least come first, then the oldest."""
    waiting = select(col(Mail.id), col(Mail.attempts)).where(col(Mail.decision).is_(None))
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


# Requests ------------------------------------------------------------------------------------------------------------


def request_by_number(session: Session, number: str) -> Request | None:
    """The request of that number, as people write it: in capitals or as it stands."""
    spelt = number.strip()
    return session.scalars(select(Request).where(col(Request.number).in_((spelt, spelt.upper())))).first()


def request_by_id(session: Session, request_id: int | None) -> Request | None:
    """The request of that row, if any."""
    return session.get(Request, request_id) if request_id is not None else None


def every_request(session: Session) -> Iterable[Request]:
    """All of them in the order of registration, a few at a time."""
    return session.scalars(select(Request).order_by(col(Request.id)).execution_options(yield_per=100))


def requests_cited(session: Session, message_ids: Sequence[str]) -> Sequence[Request]:
    """The requests to which any of these Message-IDs belong, in the order in which they are cited."""
    wanted = list(message_ids[:CITED_MOST])
    if not wanted:
        return []
    known = dict(
        session.execute(
            select(col(Mail.message_id), col(Mail.request_id)).where(
                col(Mail.message_id).in_(wanted), col(Mail.request_id).is_not(None)
            )
        ).all()
    ) | dict(
        session.execute(
            select(col(Notice.message_id), col(Notice.request_id)).where(
                col(Notice.message_id).in_(wanted), col(Notice.request_id).is_not(None)
            )
        ).all()
    )
    ids = list(dict.fromkeys(known[cited] for cited in wanted if cited in known))
    by_id = {row.id: row for row in session.scalars(select(Request).where(col(Request.id).in_(ids)))} if ids else {}
    return [by_id[found] for found in ids if found in by_id]


def working_order(
    session: Session,
    *,
    status: str | None = None,
    client: str | None = None,
    priority: str | None = None,
    only_open: bool = False,
    limit: int | None = None,
) -> Sequence[Request]:
    """4.1: by priority, then by age."""
    wanted = select(Request).order_by(col(Request.priority_rank), col(Request.registered_at), col(Request.id))
    rank = Priority(priority).rank if priority is not None else None
    for column, value in ((Request.status, status), (Request.client_id, client), (Request.priority_rank, rank)):
        if value is not None:
            wanted = wanted.where(col(column) == value)
    if only_open:
        wanted = wanted.where(col(Request.status).in_(sorted(OPEN)))
    return session.scalars(wanted.limit(limit)).all()


def entries(session: Session, request_id: int) -> Sequence[Entry]:
    """The correspondence of a request, in order."""
    return session.scalars(select(Entry).where(col(Entry.request_id) == request_id).order_by(col(Entry.id))).all()


def events(session: Session, request_id: int) -> Sequence[Event]:
    """The history of a request, in order."""
    return session.scalars(select(Event).where(col(Event.request_id) == request_id).order_by(col(Event.id))).all()


def last_events(session: Session, request_id: int, limit: int = 3) -> Sequence[Event]:
    """The newest lines of the history, oldest of them first."""
    newest = session.scalars(
        select(Event).where(col(Event.request_id) == request_id).order_by(col(Event.id).desc()).limit(limit)
    ).all()
    return newest[::-1]


def links(session: Session, request_id: int) -> Sequence[tuple[str, str]]:
    """(number, kind) of every request that this one is linked to."""
    found = session.execute(
        select(col(Request.number), col(Link.kind))
        .join(Request, col(Link.other_id) == col(Request.id))
        .where(col(Link.request_id) == request_id)
        .order_by(col(Link.id))
    )
    return [(row[0], row[1]) for row in found]


def participants(session: Session, request_id: int) -> Sequence[str]:
    """Addresses of those who take part in a request beside its sender, in the order in which they came."""
    return session.scalars(
        select(col(Participant.addr)).where(col(Participant.request_id) == request_id).order_by(col(Participant.since))
    ).all()


def merged_into(session: Session, request_id: int) -> Request | None:
    """The request in which this one was merged (3.6)."""
    return session.scalars(
        select(Request)
        .join(Link, col(Link.other_id) == col(Request.id))
        .where(col(Link.request_id) == request_id, col(Link.kind) == "merged_into")
    ).first()


def merged_from(session: Session, request_id: int) -> Sequence[int]:
    """Ids of the requests that were merged in this one (3.6)."""
    return session.scalars(
        select(col(Link.other_id)).where(col(Link.request_id) == request_id, col(Link.kind) == "merged_from")
    ).all()


def forget_merge(session: Session, request_id: int) -> None:
    """The request was not merged after all: the link is taken away from both sides."""
    session.execute(delete(Link).where(col(Link.request_id) == request_id, col(Link.kind) == "merged_into"))
    session.execute(delete(Link).where(col(Link.other_id) == request_id, col(Link.kind) == "merged_from"))


def first_message_id(session: Session, request_id: int) -> str | None:
    """Message-ID of the submission: under it a request threads in the mail client of everybody who got that mail."""
    return session.scalars(
        select(col(Entry.message_id)).where(col(Entry.request_id) == request_id).order_by(col(Entry.id)).limit(1)
    ).first()


def written_by(session: Session, request_id: int, addr: str) -> Sequence[str]:
    """Message-IDs of what this reader wrote into the request, oldest first: what his mail client threads by."""
    found = session.scalars(
        select(col(Entry.message_id))
        .where(col(Entry.request_id) == request_id, col(Entry.from_addr) == addr, col(Entry.direction) == "in")
        .order_by(col(Entry.id))
    )
    return [message_id for message_id in found if message_id]


def entry_sent(session: Session, message_id: str) -> Entry | None:
    """The entry of a notice that went out under this Message-ID."""
    return session.scalars(select(Entry).where(col(Entry.message_id) == message_id)).first()


def next_number(session: Session, kind: str, year: int) -> int:
    """Raise and give the number of that kind and year. The row is locked until the transaction ends."""
    first = _insert(session, Numbering).values(kind=kind, year=year, last=1)
    raised = first.on_conflict_do_update(index_elements=["kind", "year"], set_={"last": col(Numbering.last) + 1})
    return int(session.scalars(raised.returning(col(Numbering.last))).one())


def next_due(session: Session, now: datetime) -> Deadline | None:
    """The deadline that fell due first; locked, so that no other daemon carries it out too."""
    return session.scalars(
        select(Deadline)
        .where(col(Deadline.due_at) <= now)
        .order_by(col(Deadline.due_at), col(Deadline.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def next_deadline_at(session: Session) -> datetime | None:
    """When the next deadline falls due; None where nothing runs."""
    return session.scalars(select(col(Deadline.due_at)).order_by(col(Deadline.due_at)).limit(1)).first()


def deadlines(session: Session, request_id: int) -> Sequence[Deadline]:
    """What will befall a request by itself."""
    return session.scalars(select(Deadline).where(col(Deadline.request_id) == request_id)).all()


def last_undo(session: Session, request_ids: Collection[int], by: str) -> Undo | None:
    """The last mail of this staff member on one of the requests that can perhaps still be taken back."""
    return session.scalars(
        select(Undo).where(col(Undo.request_id).in_(request_ids), col(Undo.by) == by).order_by(col(Undo.id).desc())
    ).first()


def forget_deadlines(session: Session, request_id: int, triggers: Collection[str]) -> None:
    """Those deadlines of a request are over."""
    session.execute(
        delete(Deadline).where(col(Deadline.request_id) == request_id, col(Deadline.trigger).in_(list(triggers)))
    )


# The outbox ----------------------------------------------------------------------------------------------------------


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


def claim_notices(session: Session, now: datetime, holder: str, until: datetime, limit: int) -> Sequence[Notice]:
    """Notices that are due, claimed by `holder`: nobody else tries them before `until`."""
    due = session.scalars(
        select(Notice)
        .where(col(Notice.state) == "waiting", col(Notice.next_at) <= now)
        .order_by(col(Notice.next_at), col(Notice.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for notice in due:
        notice.claimed_by, notice.next_at = holder, until
    return due


def claim_holders(session: Session) -> Sequence[str]:
    """Who has notices in hand."""
    held = select(col(Notice.claimed_by)).where(col(Notice.claimed_by).is_not(None))
    return [holder for holder in session.scalars(held.distinct()) if holder is not None]


def release_claims(session: Session, now: datetime, holder: str) -> None:
    """After a crash: what `holder` had in hand is due again at once."""
    session.execute(update(Notice).where(col(Notice.claimed_by) == holder).values(claimed_by=None, next_at=now))


def next_notice_at(session: Session) -> datetime | None:
    """When the next notice falls due, or its claim lapses; None where nothing waits."""
    return session.scalars(
        select(col(Notice.next_at)).where(col(Notice.state) == "waiting").order_by(col(Notice.next_at)).limit(1)
    ).first()


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


def setting(session: Session, key: str) -> str | None:
    """What the desk remembers under this key."""
    return session.scalars(select(col(Setting.value)).where(col(Setting.key) == key)).first()


def keep_setting(session: Session, key: str, value: str) -> None:
    """Remember a value, unless one stands under this key already."""
    session.execute(_insert(session, Setting).values(key=key, value=value).on_conflict_do_nothing())


def change_setting(session: Session, key: str, value: str) -> bool:
    """Remember another value; False where this one stands already, or another daemon writes it at this moment."""
    written = _insert(session, Setting).values(key=key, value=value)
    changed = written.on_conflict_do_update(
        index_elements=["key"], set_={"value": value}, where=col(Setting.value) != value
    )
    return session.scalars(changed.returning(col(Setting.key))).first() is not None


def _insert(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """INSERT … ON CONFLICT, which both databases know and SQLAlchemy spells twice."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # 30 ms that every command would pay

    return postgresql.insert(table)
