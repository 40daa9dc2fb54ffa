"""The rows. What each is for stands in its docstring; who may write them is told in `desk/record`.

Why: `table=True` models do not validate, so nothing here does; `config` and `rules` have done it before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from mailgate.rules.lifecycle import RequestFacts
from mailgate.rules.vocabulary import Channel, Impact, Priority, Purpose, RequestType, Status, Urgency
from mailgate.store.columns import Row, RowId, id_column, json_column, moment_column, text_column

_REQUEST_VERSION = Column("version", Integer, nullable=False)


class Mail(SQLModel, table=True):
    """The journal: one row for each different message that was ever taken, and what became of it.

    `decision` is None between the first instant (taken) and the second (decided).
    """

    __tablename__: ClassVar[Any] = "mail"
    __table_args__ = (Index("ix_mail_decision", "decision", "id"),)

    id: int = id_column()
    sha256: str = Field(max_length=64, unique=True)
    fingerprint: str | None = Field(default=None, max_length=64, unique=True)
    message_id: str | None = Field(default=None, index=True)
    from_addr: str = ""
    subject: str = text_column()
    size: int
    taken_at: datetime = moment_column(index=True)
    attempts: int = 0
    decision: str | None = None
    reason: str | None = None
    tests: list[Any] = json_column(list)
    """Every test that the message met, in order: [name, answer]; the last one decided."""
    decided_at: datetime | None = moment_column(nullable=True)
    request_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="request.id", index=True)
    freed: str | None = None
    """`released` or `dropped`: what staff did with a message that stood in quarantine; `erased` by `desk/erasing`."""
    error: str | None = Field(default=None, sa_column=Column(Text))
    """The fault that three attempts ended in, for `why`."""


class RawMail(SQLModel, table=True):
    """The bytes of a message as they came; apart from `mail`, so that the journal stays small to read."""

    __tablename__: ClassVar[Any] = "raw_mail"

    mail_id: int = Field(sa_column=Column(RowId, primary_key=True, autoincrement=False))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Arrival(SQLModel, table=True):
    """A message in one mailbox, and whose folder was that (`place`). It may come again, and to several."""

    __tablename__: ClassVar[Any] = "arrival"
    __table_args__ = (UniqueConstraint("mailbox", "place", "uidvalidity", "uid", name="uq_arrival_place"),)

    id: int = id_column()
    mail_id: int = Field(sa_type=BigInteger, foreign_key="mail.id", index=True)
    mailbox: str
    place: str = Field(default="", sa_column=Column(String, nullable=False, server_default=text("''")))
    uidvalidity: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    taken_at: datetime = moment_column()


class Request(SQLModel, table=True):
    """A registered submission or complaint (3.3, 6.1). Only `desk/record` changes it."""

    __tablename__: ClassVar[Any] = "request"
    __table_args__ = (
        Index("ix_request_order", "priority_rank", "registered_at", "id"),
        Index("ix_request_order_by_status", "status", "priority_rank", "registered_at", "id"),
        Index("ix_request_kept", "erased_at", "ended_at"),
    )

    id: int = id_column()
    number: str = Field(unique=True)
    kind: str = Purpose.REQUESTS
    status: str = Status.REGISTERED
    status_before: str | None = None
    type: str = RequestType.UNCLASSIFIED
    type_suggested: str | None = None
    urgency: str = Urgency.NORMAL
    impact: str | None = None
    priority: str = Priority.MEDIUM
    priority_rank: int = Priority.MEDIUM.rank
    priority_by_hand: bool = False
    channel: str = Channel.EMAIL
    mailbox: str
    subject: str = text_column()
    service: str | None = None
    client_id: str | None = Field(default=None, index=True)
    contact_addr: str = Field(index=True)
    contact_name: str = ""
    language: str
    assignee: str | None = Field(default=None, index=True)
    registered_at: datetime = moment_column()
    deadline_at: datetime | None = moment_column(nullable=True)
    ended_at: datetime | None = moment_column(nullable=True, index=True)
    rejected_for_no_answer: bool = False
    answer_due_at: datetime | None = moment_column(nullable=True)
    completion_due_at: datetime | None = moment_column(nullable=True)
    """3.9: both are None where nothing was promised, while the clock stands still, and once they are reached."""
    breached: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """3.9: a target was missed."""
    vouched: bool = False
    """Its sender was no contact of its client, but staff or a gateway vouched for him: he may write and read on."""
    erased_at: datetime | None = moment_column(nullable=True)
    """When its personal data was erased: only its bare history stands since (`desk/erasing`)."""
    version: int = Field(default=None, sa_column=_REQUEST_VERSION)

    # A lost race raises StaleDataError instead of overwriting.
    __mapper_args__: ClassVar[Any] = {"version_id_col": _REQUEST_VERSION}

    def facts(self) -> RequestFacts:
        """The frozen values on which the Rules decide."""
        return RequestFacts(
            kind=Purpose(self.kind),
            status=Status(self.status),
            status_before=Status(self.status_before) if self.status_before else None,
            type=RequestType(self.type),
            urgency=Urgency(self.urgency),
            impact=Impact(self.impact) if self.impact else None,
            priority=Priority(self.priority),
            priority_by_hand=self.priority_by_hand,
            type_suggested=RequestType(self.type_suggested) if self.type_suggested else None,
            assignee=self.assignee,
            registered_at=self.registered_at,
            deadline_at=self.deadline_at,
            ended_at=self.ended_at,
            rejected_for_no_answer=self.rejected_for_no_answer,
        )


class Entry(SQLModel, table=True):
    """One mail or note of a request's correspondence (4.4), kept for good."""

    __tablename__: ClassVar[Any] = "entry"

    id: int = id_column()
    request_id: int = Field(sa_type=BigInteger, foreign_key="request.id", index=True)
    direction: str
    """`in` or `out`."""
    kind: str
    """`submission`, `reply`, `auto_reply`, `note`, or the name of the notice that went out."""
    from_addr: str
    from_name: str = ""
    to: list[Any] = json_column(list)
    at: datetime = moment_column()
    message_id: str | None = Field(default=None, index=True)
    text: str = text_column()
    new_text: str = text_column()
    internal: bool = False
    attachments: list[Any] = json_column(list)
    mail_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="mail.id")


class Event(SQLModel, table=True):
    """One line of a request's history: what happened, when, by whom, by which clause."""

    __tablename__: ClassVar[Any] = "event"

    id: int = id_column()
    request_id: int = Field(sa_type=BigInteger, foreign_key="request.id", index=True)
    at: datetime = moment_column(index=True)
    event: str
    by: str
    clause: str
    from_: str | None = Field(default=None, sa_column=Column("from", Text))
    to: str | None = None
    detail: Row = json_column(dict)


class Participant(SQLModel, table=True):
    """Another contact of the same client who wrote into a request, or was named in Cc: he gets its notices too."""

    __tablename__: ClassVar[Any] = "participant"

    request_id: int = Field(sa_column=Column(RowId, ForeignKey("request.id"), primary_key=True, autoincrement=False))
    addr: str = Field(primary_key=True)
    since: datetime = moment_column()


class Link(SQLModel, table=True):
    """A request's link to another one, seen from `request_id`; each link stands twice, once from each side."""

    __tablename__: ClassVar[Any] = "link"
    __table_args__ = (UniqueConstraint("request_id", "other_id", "kind"),)

    id: int = id_column()
    request_id: int = Field(sa_type=BigInteger, foreign_key="request.id")
    other_id: int = Field(sa_type=BigInteger, foreign_key="request.id", index=True)
    kind: str


class Notice(SQLModel, table=True):
    """The outbox: one row for each notice to each reader, written in the transaction that caused it."""

    __tablename__: ClassVar[Any] = "notice"
    __table_args__ = (
        Index("ix_notice_due", "state", "next_at"),
        Index("ix_notice_turn", "state", "mailbox", "domain", "next_at"),
        Index("ix_notice_reader", "reader", "name", "created_at"),
        Index("ix_notice_written", "name", "created_at"),
    )

    id: int = id_column()
    name: str
    request_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="request.id", index=True)
    mailbox: str
    """Name of the desk's mailbox from whose address it goes."""
    reader: str
    reader_name: str = ""
    domain: str = Field(default="", sa_column=Column(String, nullable=False, server_default=text("''")))
    """Of the reader's address: notices are claimed by turns, and no domain takes every connection."""
    role: str
    language: str
    message_id: str = Field(unique=True)
    in_reply_to: str | None = None
    references: list[Any] = json_column(list)
    auto_submitted: str | None = None
    facts: Row = json_column(dict)
    attached_mail: int | None = Field(default=None, sa_type=BigInteger, foreign_key="mail.id")
    """The message whose attachments go along, or the message itself (`staff_quarantine`)."""
    state: str = "waiting"
    """`waiting`, `accepted`, `failed` (given up or refused), `bounced` (accepted, then returned),
    `withdrawn` (taken back by `!undo`; its reader may not read it any more; it was outdated; it was erased)."""
    attempts: int = 0
    created_at: datetime = moment_column()
    next_at: datetime = moment_column()
    """When it is due; while somebody sends it, when his claim lapses."""
    claimed_by: str | None = Field(default=None, index=True)
    accepted_at: datetime | None = moment_column(nullable=True, index=True)
    last_error: str | None = Field(default=None, sa_column=Column(Text))
    starts: str | None = None
    """The waiting term whose clock starts when this notice is accepted (4.6, 5.1)."""
    term: str | None = None
    """How long it lasts, where staff named it; else the configuration says."""
    unknown: int = 0
    """How often the server's word after the final dot was lost: the most second copies there can be."""


class Deadline(SQLModel, table=True):
    """A moment at which something befalls a request by itself: a reminder, or the end of a term."""

    __tablename__: ClassVar[Any] = "deadline"

    id: int = id_column()
    request_id: int = Field(sa_type=BigInteger, foreign_key="request.id", index=True)
    trigger: str
    due_at: datetime = moment_column(index=True)


class Undo(SQLModel, table=True):
    """What one mail of staff changed, kept while its notices are still held back."""

    __tablename__: ClassVar[Any] = "undo"

    id: int = id_column()
    request_id: int = Field(sa_type=BigInteger, foreign_key="request.id", index=True)
    by: str
    before: Row = json_column(dict)
    """The request's columns as they were; `linked` and `joined`, what the mail brought about beside them."""
    deadlines: list[Any] = json_column(list)
    """Its deadlines as they were: [trigger, RFC 3339, whether the mail left it running]."""
    notices: list[Any] = json_column(list)
    """Ids of the notices that are held back."""
    version: int
    """The request's version right after; any later change makes the row worthless."""


class DeadAddress(SQLModel, table=True):
    """3.7: a mailbox known to be unavailable, until mail comes from it again."""

    __tablename__: ClassVar[Any] = "dead_address"

    addr: str = Field(primary_key=True)
    since: datetime = moment_column()
    reason: str = text_column()
