"""Requests, their correspondence, their history and their deadlines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Unpack

from sqlalchemy import (
    ColumnElement,
    Executable,
    and_,
    delete,
    false,
    not_,
    or_,
    select,
    text,
    true,
    update,
)
from sqlmodel import Session, col

from mailgate.rules.spelling import alike
from mailgate.store import listing
from mailgate.store.asking import any_of, ask, given
from mailgate.store.inserting import insert_of
from mailgate.store.tables import (
    Deadline,
    Entry,
    Event,
    Notice,
    Participant,
    Request,
    Undo,
)
from mailgate.store.writing import collect, remembered, row_of, table_of

Read = Mapping[str, datetime | None]
"""Mailbox -> until when what came into it was read and decided; None: never yet."""
NO_MAILBOX: Final[Read] = MappingProxyType({})


_BY_NUMBER = select(Request).where(col(Request.number).in_(any_of("spelt")))


def request_by_number(session: Session, number: str) -> Request | None:
    """The request of that number, as people write it: in capitals or not, with Cyrillic letters that look the same."""
    spelt = number.strip()
    latin = alike(spelt.lower())
    return session.scalars(_BY_NUMBER, {"spelt": [spelt, latin, latin.upper()]}).first()


def request_by_id(session: Session, request_id: int | None) -> Request | None:
    """The request of that row, if any."""
    return session.get(Request, request_id) if request_id is not None else None


_BY_IDS = select(Request).where(col(Request.id).in_(any_of("ids")))


def requests_by_ids(session: Session, request_ids: Collection[int | None]) -> Sequence[Request]:
    """The requests of these rows."""
    ids = [each for each in request_ids if each is not None]
    return session.scalars(_BY_IDS, {"ids": ids}).all() if ids else []


_CLIENTS = select(col(Request.id), col(Request.client_id)).where(col(Request.id).in_(any_of("ids")))


def clients_of(session: Session, request_ids: Collection[int | None]) -> dict[int | None, str | None]:
    """Request -> its client, of those that have one."""
    ids = [each for each in request_ids if each is not None]
    return {row[0]: row[1] for row in ask(session, _CLIENTS, ids=ids)} if ids else {}


def every_request(session: Session) -> Iterable[Request]:
    """All of them in the order of registration, a few at a time."""
    return session.scalars(select(Request).order_by(col(Request.id)).execution_options(yield_per=100))


_IS_KEPT = select(col(Notice.id)).where(col(Notice.message_id) == given("sent_as"), col(Notice.state) != "withdrawn")
_KEEP_TEXT = (
    update(table_of(Entry))
    .where(col(Entry.message_id) == given("sent_as"), _IS_KEPT.exists())
    .values({"text": given("its_text")})
)


def keep_text(session: Session, message_id: str, text: str) -> None:
    """4.4: what a client was sent, in the words in which he got it; not where it was erased while it was sent."""
    collect(session, _KEEP_TEXT, {"sent_as": message_id, "its_text": text})


@cache
def _add_request(dialect: str) -> Executable:
    """Of the table: an INSERT of the class itself costs half as much again."""
    added = insert_of(dialect, table_of(Request)).on_conflict_do_nothing(index_elements=["number"])
    return select(Request).from_statement(added.returning(*table_of(Request).columns))


def add_request(session: Session, **values: Any) -> Request | None:
    """A new request with these values, and its id; None where another has its number."""
    with session.no_autoflush:  # it depends on nothing that was collected
        row = row_of(Request, version=1, **values)
        request: Request | None = session.scalars(_add_request(session.get_bind().dialect.name), row).one_or_none()
    if request is not None:
        remembered(session)[Participant, request.id] = []
    return request


def working_order(session: Session, **narrowed: Unpack[listing.Narrowed]) -> Sequence[Request]:
    """4.1: by priority, then by age."""
    statement, values = listing.working_order(**narrowed)
    return session.scalars(select(Request).from_statement(text(statement)), values).all()


def entries(session: Session, request_id: int) -> Sequence[Entry]:
    """The correspondence of a request, in order."""
    return session.scalars(select(Entry).where(col(Entry.request_id) == request_id).order_by(col(Entry.id))).all()


def events(session: Session, request_id: int) -> Sequence[Event]:
    """The history of a request, in order."""
    return session.scalars(select(Event).where(col(Event.request_id) == request_id).order_by(col(Event.id))).all()


_LAST_EVENTS = (
    select(col(Event.at), col(Event.event), col(Event.by))
    .where(col(Event.request_id) == given("request_id"))
    .order_by(col(Event.id).desc())
    .limit(given("limit"))
)


def last_events(session: Session, request_id: int, limit: int = 3) -> Sequence[tuple[datetime, str, str]]:
    """(when, what, by whom) of the newest lines of the history, oldest of them first."""
    newest = ask(session, _LAST_EVENTS, by="request_id", request_id=request_id, limit=limit).all()
    return [(row[0], row[1], row[2]) for row in reversed(newest)]


_COMPLETED_OR_ASKED = (
    select(col(Event.event))
    .where(col(Event.request_id) == given("request_id"), col(Event.event).in_(("completed", "reasons_asked")))
    .order_by(col(Event.id).desc())
    .limit(1)
)


def reasons_asked(session: Session, request_id: int) -> bool:
    """5.1: whether the client was asked for his reasons since the work was last completed."""
    return ask(session, _COMPLETED_OR_ASKED, request_id=request_id).scalar() == "reasons_asked"


_FIRST_MESSAGE_ID = (
    select(col(Entry.message_id)).where(col(Entry.request_id) == given("request_id")).order_by(col(Entry.id)).limit(1)
)


def first_message_id(session: Session, request_id: int) -> str | None:
    """Message-ID of the submission: under it a request threads in the mail client of everybody who got that mail."""
    return ask(session, _FIRST_MESSAGE_ID, request_id=request_id).scalar()


_WRITTEN_BY = (
    select(col(Entry.message_id))
    .where(
        col(Entry.request_id) == given("request_id"),
        col(Entry.from_addr) == given("addr"),
        col(Entry.direction) == "in",
    )
    .order_by(col(Entry.id))
)


def written_by(session: Session, request_id: int, addr: str) -> Sequence[str]:
    """Message-IDs of what this reader wrote into the request, oldest first: what his mail client threads by."""
    found = ask(session, _WRITTEN_BY, request_id=request_id, addr=addr).scalars()
    return [message_id for message_id in found if message_id]


_ENTRY_SENT = select(Entry).where(col(Entry.message_id) == given("message_id"))


def entry_sent(session: Session, message_id: str) -> Entry | None:
    """The entry of a notice that went out under this Message-ID."""
    return session.scalars(_ENTRY_SENT, {"message_id": message_id}).first()


_DUE_AT_ALL = select(col(Deadline.id)).where(col(Deadline.due_at) <= given("now")).limit(1)
"""Asked first: mostly nothing is due, and a statement for so many mailboxes takes long to put together."""


def next_due(
    session: Session, now: datetime, *, client: Collection[str] = (), read: Read = NO_MAILBOX
) -> Deadline | None:
    """The deadline that fell due first; locked, so that no other daemon carries it out too.

    Those of the triggers `client` wait until their request's mailbox was read up to their due time.
    """
    if ask(session, _DUE_AT_ALL, now=now).first() is None:
        return None
    return session.scalars(
        select(Deadline)
        .where(col(Deadline.due_at) <= now, not_(_not_read(client, read)))
        .order_by(col(Deadline.due_at), col(Deadline.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def mailboxes_to_read(session: Session, now: datetime, *, client: Collection[str], read: Read) -> Sequence[str]:
    """The mailboxes for which such deadlines wait that are due."""
    if ask(session, _DUE_AT_ALL, now=now).first() is None:
        return []
    waiting = select(col(Request.mailbox)).join(Deadline, col(Deadline.request_id) == col(Request.id))
    due = waiting.where(col(Deadline.due_at) <= now, _not_read(client, read))
    return session.scalars(due.distinct()).all()


def _not_read(client: Collection[str], read: Read) -> ColumnElement[bool]:
    """Deadlines that a mail which nobody has read yet may make void."""
    if not read:
        return false()
    of_request = select(col(Request.mailbox)).where(col(Request.id) == col(Deadline.request_id))
    mailbox = of_request.correlate(Deadline).scalar_subquery()
    not_yet = (
        and_(mailbox == name, true() if until is None else col(Deadline.due_at) > until) for name, until in read.items()
    )
    return and_(col(Deadline.trigger).in_(client), or_(*not_yet))


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


_FORGET_DEADLINES = delete(Deadline).where(
    col(Deadline.request_id) == given("request_id"), col(Deadline.trigger).in_(any_of("triggers"))
)


def forget_deadlines(session: Session, request_id: int, triggers: Collection[str]) -> None:
    """Those deadlines of a request are over."""
    ask(session, _FORGET_DEADLINES, request_id=request_id, triggers=list(triggers))
