"""Rows that are written together are the same as rows that are written alone, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.pq import Format
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col

from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Arrival, Entry, Event, Mail, Notice, Participant, RawMail
from mailgate.store.writing import row_of, write
from tests.rig.postgres import Postgres
from tests.store.conftest import NOW

ODD = "a\tb\nc\\d\\.\r\n\"e\" 'f' %s %(x)s \u202eёўі😀\u0001"
MANY = 40_000
LATER = (NOW + timedelta(microseconds=1)).astimezone(ZoneInfo("Pacific/Auckland"))


def test_rows_come_back_as_they_were_written_however_many_go_together(database: Database, request_id: int) -> None:
    with database.write() as session:
        for message_id in ("1", "2"):
            write(session, Notice, **_notice(request_id, message_id))
            write(session, Entry, **_entry(request_id, message_id))
        write(session, Participant, request_id=request_id, addr=ODD, since=LATER)
        write(session, Event, request_id=request_id, at=LATER, event="noted", by=ODD, clause="4.4", detail={ODD: None})
    with database.write() as session:
        write(session, Notice, **_notice(request_id, "3"))
        write(session, Entry, **_entry(request_id, "3"))

    notices, entries = _all(database, Notice), _all(database, Entry)
    assert [_apart(each) for each in notices] == [_apart(notices[2])] * 3
    assert [_apart(each) for each in entries] == [_apart(entries[2])] * 3
    assert notices[0].facts == {ODD: [1, None, True, {"at": 0.5}]}
    assert (notices[0].in_reply_to, notices[0].auto_submitted, notices[0].next_at) == (ODD, None, LATER)
    assert (entries[0].internal, entries[0].text, entries[0].new_text) == (True, ODD, "")
    assert [(each.addr, each.since) for each in _all(database, Participant)] == [(ODD, LATER)]
    assert [(each.by, each.from_, each.detail) for each in _all(database, Event)] == [(ODD, None, {ODD: None})]


@pytest.mark.parametrize("number", [1, 3])
def test_bytes_come_back_as_they_were_taken(database: Database, number: int) -> None:
    raws = {mail_id: bytes(range(256)) * 300 * mail_id for mail_id in range(1, number + 1)}
    with database.write() as session:
        queries.add_mails(session, [row_of(Mail, sha256=f"{each:064}", size=1, taken_at=NOW) for each in raws])
        queries.add_raws(session, raws)

    with database.read() as session:
        assert {mail_id: queries.raw_mail(session, mail_id) for mail_id in raws} == raws
        assert queries.undecided_as_taken(session, list(raws)) == {each: (raw, 1) for each, raw in raws.items()}
        assert queries.raw_mail(session, 99) is None


def test_postgresql_gives_bytes_as_bytes(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(postgres.new_database())
    with database.read() as session:
        session.connection()
        formats: list[Format] = []
        monkeypatch.setattr(psycopg.Cursor, "fetchone", lambda cursor: formats.append(cursor.format))
        monkeypatch.setattr(psycopg.Cursor, "fetchall", lambda cursor: formats.append(cursor.format) or [])

        queries.raw_mail(session, 1)
        queries.undecided_as_taken(session, [1])
        queries.entries(session, 1)

    assert formats == [Format.BINARY, Format.BINARY, Format.TEXT]
    database.dispose()


def test_decisions_are_kept_each_for_its_message(database: Database, request_id: int) -> None:
    with database.write() as session:
        queries.add_mails(session, [row_of(Mail, sha256=f"{each:064}", size=1, taken_at=NOW) for each in range(3)])
        first, second, third = queries.undecided_of(session, [1, 2, 3])
        first.decision, first.request_id, first.tests, first.decided_at = "registered", request_id, [[ODD, True]], LATER
        second.decision, second.error, second.subject = "quarantine", ODD, ODD
        for mail in (first, second):
            queries.keep_decision(session, mail)

    first, second, third = _all(database, Mail)
    assert (first.decision, first.request_id, first.tests, first.decided_at) == (
        "registered",
        request_id,
        [[ODD, True]],
        LATER,
    )
    assert (second.decision, second.request_id, second.tests, second.error, second.subject) == (
        "quarantine",
        None,
        [],
        ODD,
        ODD,
    )
    assert third.decision is None


def test_acceptances_are_kept_each_for_its_notice_and_only_where_it_waits(database: Database, request_id: int) -> None:
    states = {"1": "waiting", "2": "waiting", "3": "withdrawn"}
    with database.write() as session:
        for message_id, state in states.items():
            write(session, Notice, **_notice(request_id, message_id) | {"state": state, "attempts": 3})
            write(session, Entry, **_entry(request_id, message_id) | {"text": ""})
    with database.write() as session:
        for notice in session.scalars(select(Notice).order_by(col(Notice.id))).all():
            at = NOW + timedelta(seconds=notice.id)
            queries.keep_acceptance(session, notice.id, at, charged=notice.id == 1, unknown=notice.id == 2)
            queries.keep_text(session, notice.message_id, f"{notice.id} {ODD}")

    first, second, third = _all(database, Notice)
    assert (first.state, first.attempts, first.unknown, first.claimed_by) == ("accepted", 4, 0, None)
    assert (second.state, second.attempts, second.unknown, second.last_error) == ("accepted", 3, 1, None)
    assert [first.accepted_at, second.accepted_at] == [NOW + timedelta(seconds=each) for each in (1, 2)]
    assert (third.state, third.attempts, third.accepted_at, third.claimed_by) == ("withdrawn", 3, None, ODD)
    assert [each.text for each in _all(database, Entry)] == [f"1 {ODD}", f"2 {ODD}", ""]


def test_one_row_that_is_refused_takes_the_others_along_and_is_not_shown(database: Database, request_id: int) -> None:
    secret = "what nobody may read in a log"
    with database.write() as session:
        write(session, Participant, request_id=request_id, addr="kept@alfa.example", since=NOW)
        beneath = session.begin_nested()
        for event_of in (request_id, None):
            write(session, Event, request_id=event_of, at=NOW, event="noted", by=secret, clause="4.4")
        with pytest.raises(IntegrityError) as refused:
            beneath.commit()
        beneath.rollback()

    assert secret not in str(refused.value)
    assert _all(database, Event) == []
    assert [each.addr for each in _all(database, Participant)] == ["kept@alfa.example"]


def test_postgresql_is_given_no_rows_one_by_one(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    monkeypatch.setattr(psycopg.Cursor, "executemany", lambda _cursor, query, *_rows, **_more: given.append(query))
    database = Database(postgres.new_database())

    with database.write() as session:
        _write_two_of_each(session)
        _change_two_of_each(session)

    assert given == []
    assert [len(_all(database, table)) for table in (Mail, RawMail, Arrival, Entry, Notice)] == [2] * 5
    assert [each.decision for each in _all(database, Mail)] == ["ignored"] * 2
    assert [each.state for each in _all(database, Notice)] == ["accepted"] * 2
    assert [each.text for each in _all(database, Entry)] == ["sent"] * 2
    database.dispose()


def test_among_many_rows_it_finds_by_an_index_those_that_it_changes(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres.new_database())
    with database.write() as session:
        _write_two_of_each(session)
        request = queries.request_by_number(session, "SD-2026-000001")
        assert request is not None
        for number in map(str, range(3, MANY)):
            write(session, Mail, sha256=number, size=1, taken_at=NOW)
            write(session, Notice, **_notice(request.id, number) | {"state": "accepted"})
            write(session, Entry, **_entry(request.id, number))
    with database.write() as session:
        session.execute(text("ANALYZE"))
    with database.write() as session:
        sent = _spied(session, monkeypatch)
        _change_two_of_each(session)
        session.flush()
        monkeypatch.undo()
        explained = [session.connection().exec_driver_sql(f"EXPLAIN {sql}", values).scalars() for sql, values in sent]
        plans = ["\n".join(lines) for lines in explained]

    by_index = [re.findall(r"Index Scan using (\w+).*\n *Index Cond", plan) for plan in plans]
    assert by_index == [["mail_pkey"], ["notice_pkey"], ["notice_message_id_key", "ix_entry_message_id"]], plans
    assert not [plan for plan in plans if "Seq Scan" in plan]
    database.dispose()


# Rows ------------------------------------------------------------------------------------------------------------


def _write_two_of_each(session: Session) -> None:
    queries.add_mails(session, [row_of(Mail, sha256=f"{each:064}", size=1, taken_at=NOW) for each in range(2)])
    queries.add_raws(session, {1: b"one", 2: b"two"})
    arrived = row_of(Arrival, mailbox="support", uidvalidity=1, taken_at=NOW)
    queries.add_arrivals(session, [arrived | {"mail_id": each, "uid": each} for each in (1, 2)])
    for message_id in ("1", "2"):
        write(session, Notice, **_notice(None, message_id))
    request = queries.add_request(
        session, number="SD-2026-000001", mailbox="support", contact_addr=ODD, language="ru", registered_at=NOW
    )
    assert request is not None
    for message_id in ("1", "2"):
        write(session, Entry, **_entry(request.id, message_id))


def _change_two_of_each(session: Session) -> None:
    for mail_id in (1, 2):
        queries.keep_decision(session, Mail(id=mail_id, decision="ignored", tests=[]))
    for notice_id in (1, 2):
        queries.keep_acceptance(session, notice_id, NOW, charged=True, unknown=False)
        queries.keep_text(session, str(notice_id), "sent")


def _notice(request_id: int | None, message_id: str) -> dict[str, Any]:
    return {
        "name": "registered", "request_id": request_id, "mailbox": "support", "reader": ODD, "role": "contact",
        "language": "ru", "message_id": message_id, "in_reply_to": ODD, "references": [ODD, "<a@b.example>"],
        "facts": {ODD: [1, None, True, {"at": 0.5}]}, "created_at": NOW, "next_at": LATER, "claimed_by": ODD,
    }  # fmt: skip


def _entry(request_id: int, message_id: str) -> dict[str, Any]:
    return {
        "request_id": request_id, "direction": "out", "kind": "registered", "from_addr": ODD, "to": [ODD], "at": LATER,
        "message_id": message_id, "text": ODD, "internal": True, "attachments": [{"name": ODD, "size": 2**33}],
    }  # fmt: skip


def _spied(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    sent: list[tuple[str, Any]] = []
    execute: Callable[..., Any] = psycopg.Cursor.execute

    def spy(cursor: Any, query: str, values: Any = None, **more: Any) -> Any:
        sent.append((query, values))
        return execute(cursor, query, values, **more)

    session.connection()
    monkeypatch.setattr(psycopg.Cursor, "execute", spy)
    return sent


def _all(database: Database, table: type[SQLModel]) -> Sequence[Any]:
    with database.read() as session:
        return session.scalars(select(table).order_by(*table.__table__.primary_key)).all()


def _apart(row: SQLModel) -> dict[str, Any]:
    """Without what tells it from the others."""
    return row.model_dump(exclude={"id", "message_id"})
