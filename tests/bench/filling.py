"""A desk with years behind it: requests by the million, written by the database itself in a minute or two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, case, cast, insert, literal, select
from sqlalchemy.sql.selectable import CTE
from sqlmodel import Session, SQLModel

from mailgate.rules.vocabulary import Priority, Status
from mailgate.store.database import Database
from mailgate.store.settings import Numbering
from mailgate.store.tables import Arrival, Entry, Event, Mail, Notice, RawMail, Request
from tests.bench.mail import CLIENTS, CONTACTS_OF_A_CLIENT

A_DAY = 5_000
"""Requests that share a time of registration, and are written by one statement a table."""
OPEN_OF = 200
"""One request of so many is still open: at the end of a million, that is a queue of 5,000."""

Columns = Mapping[str, ColumnElement[Any]]


def fill(database: Database, requests: int, until: datetime) -> None:
    """Write `requests` requests with their mail, correspondence, history and notices, the last one before `until`."""
    database.upgrade()
    days = -(-requests // A_DAY)
    with database.write() as session:
        for day in range(days):
            first, last = day * A_DAY + 1, min((day + 1) * A_DAY, requests)
            _write_day(session, first, last, until - timedelta(hours=days - day))
        session.add(Numbering(kind="requests", year=until.year, last=requests))


def _write_day(session: Session, first: int, last: int, at: datetime) -> None:
    n = _numbers(first, last)
    number = n.c.number
    name = cast(number, String)
    client = literal("client") + cast(number // CONTACTS_OF_A_CLIENT % CLIENTS, String)
    addr = literal("person") + cast(number % CONTACTS_OF_A_CLIENT, String) + literal("@") + client + literal(".example")
    came, went = name + literal("@client.example"), name + literal("@desk.example")
    own = {"request_id": number, "at": literal(at)}
    rows: tuple[tuple[SQLModel, Columns], ...] = (
        (
            Request(
                number="", mailbox="support", language="ru", contact_addr="", registered_at=at, status=Status.CLOSED,
                ended_at=at, subject="Не открывается портал", version=1,
            ),
            {
                "id": number,
                "number": literal("OLD-") + name,
                "contact_addr": addr,
                "client_id": client,
                "status": case((number % OPEN_OF == 0, literal(Status.IN_PROGRESS)), else_=literal(Status.CLOSED)),
                "priority": _by_turns(number, list(Priority)),
                "priority_rank": _by_turns(number, [each.rank for each in Priority]),
            },
        ),
        (
            Mail(sha256="", message_id="", size=2000, taken_at=at, decided_at=at, decision="register", tests=[]),
            {
                "id": number, "sha256": name, "fingerprint": name, "message_id": came, "request_id": number,
                "from_addr": addr,
            },
        ),
        (RawMail(mail_id=0, raw=b"Subject: old\r\n\r\n" + b"text " * 100), {"mail_id": number}),
        (Arrival(mail_id=0, mailbox="old", uidvalidity=1, uid=0, taken_at=at), {"mail_id": number, "uid": number}),
        (
            Entry(request_id=0, direction="in", kind="submission", from_addr="", at=at, text="Не открывается. " * 20),
            own | {"message_id": came, "mail_id": number, "from_addr": addr},
        ),
        (
            Entry(request_id=0, direction="out", kind="completed", from_addr="", at=at, text="Готово. " * 20),
            own | {"message_id": went},
        ),
        (Event(request_id=0, at=at, event="registered", by="client:", clause="3.3", to="registered"), own),
        (Event(request_id=0, at=at, event="completed", by="staff:", clause="5.1", to="awaiting_confirmation"), own),
        (Event(request_id=0, at=at, event="closed", by="client:", clause="5.2", to="closed"), own),
        (
            Notice(
                name="completed", mailbox="support", reader="", role="contact", language="ru", message_id="",
                state="accepted", created_at=at, next_at=at, accepted_at=at,
            ),
            {"request_id": number, "reader": addr, "message_id": went},
        ),
    )  # fmt: skip
    for row, columns in rows:
        session.execute(_as_statement(row, columns, n))


def _by_turns(number: ColumnElement[int], values: Sequence[Any]) -> ColumnElement[Any]:
    return case(*((number % len(values) == turn, literal(value)) for turn, value in enumerate(values)))


def _numbers(first: int, last: int) -> CTE:
    start = select(literal(first, Integer).label("number")).cte("numbers", recursive=True)
    return start.union_all(select(start.c.number + 1).where(start.c.number < last))


def _as_statement(row: SQLModel, columns: Columns, numbers: CTE) -> Any:
    """INSERT … SELECT: the row with other values in some `columns`, once for each of the numbers."""
    table: Any = type(row).__table__  # type: ignore[attr-defined]
    fixed = {
        column.name: literal(getattr(row, column.key, None), column.type)
        for column in table.columns
        if column.name not in columns and getattr(row, _attribute(row, column.name), None) is not None
    }
    values = fixed | dict(columns)
    return insert(table).from_select(list(values), select(*values.values()).select_from(numbers))


def _attribute(row: SQLModel, column: str) -> str:
    return "from_" if column == "from" and isinstance(row, Event) else column
