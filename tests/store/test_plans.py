"""Every query stands on an index: both databases are asked how they would answer it.

A query function that is added to `queries` must be added here too.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text
from sqlmodel import Session

from mailgate.rules.vocabulary import Priority, Status
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.leases import Lease
from mailgate.store.settings import Setting
from mailgate.store.tables import (
    Arrival,
    DeadAddress,
    Deadline,
    Entry,
    Event,
    Link,
    Mail,
    Notice,
    Participant,
    RawMail,
    Request,
    Undo,
)
from tests.rig.postgres import Postgres
from tests.store.conftest import NOW

ROWS = 1_000
ADDR = "reader7@alfa.example"
LATER = NOW + timedelta(days=1)
_CLIENT, _READ = ["info_term_ended"], {"support": NOW, "complaints": None}

READ_EVERYTHING = {"every_mail", "every_request", "every_notice", "count_taken", "outcomes", "notices"}
"""Lists and sums of everything: there is nothing to look up."""
READ_AN_END = {"newest_mail", "next_deadlines"}
"""The first or last rows by the primary key or an index, whatever the database calls that."""
OF_LEASES = {
    *("leases", "lease_holder", "lease_holders", "lapse_leases_of"),
    *("take_lease", "renew_lease", "hand_lease", "give_up_lease"),
}
OF_HEARTBEATS = {"heartbeats", "heartbeat_holders", "forget_heartbeats"}
"""A dozen rows: one of them by its primary key, or all."""
LOOK_AT_NO_TABLE = {"database_clock", "one_claimer_at_a_time", "one_hands_over_at_a_time"}
INSERT_ONE_ROW = {
    "add_request",
    "keep_acceptance",
    "keep_text",
    "keep_decision",
    "add_mails",
    "add_arrivals",
    "add_raws",
    "next_number",
    "mark_dead",
    "take_part",
    "keep_setting",
    "change_setting",
}
"""ON CONFLICT works by a unique index, or the database refuses it."""

Query = Callable[[Session], Any]

FOUND_BY_INDEX: dict[str, Query] = {
    "known_uids": lambda s: queries.known_uids(s, "support", "a@b/INBOX", 1, range(1, 51)),
    "same_mail": lambda s: queries.same_mail(s, "none", "fingerprint7"),
    "undecided": lambda s: queries.undecided(s),
    "undecided: besides": lambda s: queries.undecided(s, besides=["sales"]),
    "undecided_since": lambda s: queries.undecided_since(s, NOW),
    "raw_mail": lambda s: queries.raw_mail(s, 7),
    "undecided_as_taken": lambda s: queries.undecided_as_taken(s, [7, 8]),
    "undecided_of": lambda s: queries.undecided_of(s, [7, 8]),
    "arrivals": lambda s: queries.arrivals(s, 7),
    "first_mailboxes": lambda s: queries.first_mailboxes(s, [7, 8]),
    "mail_by_message_id": lambda s: queries.mail_by_message_id(s, "<7@alfa.example>"),
    "quarantined": lambda s: queries.quarantined(s),
    "count_waiting": lambda s: queries.count_waiting(s, "ivan@alfa.example", before=7),
    "request_by_number": lambda s: queries.request_by_number(s, "sd-2026-000007"),
    "request_by_id": lambda s: queries.request_by_id(s, 7),
    "clients_of": lambda s: queries.clients_of(s, {7, 8}),
    "look_up_cited": lambda s: queries.look_up_cited(s, ["<7@alfa.example>", "<8@desk.example>"]),
    "cited": lambda s: queries.cited(s, ["<7@alfa.example>", "<8@desk.example>"]),
    "working_order: open": lambda s: queries.working_order(s, only_open=True),
    "working_order: client": lambda s: queries.working_order(s, client="client7"),
    "entries": lambda s: queries.entries(s, 7),
    "events": lambda s: queries.events(s, 7),
    "history": lambda s: queries.history(s, 7),
    "requests_between": lambda s: queries.requests_between(s, LATER, LATER + timedelta(hours=1)),
    "requests_between: client": lambda s: queries.requests_between(s, LATER, LATER + timedelta(hours=1), "client7"),
    "histories_between": lambda s: list(queries.histories_between(s, LATER, LATER + timedelta(hours=1))),
    "count_open_at": lambda s: queries.count_open_at(s, LATER),
    "last_events": lambda s: queries.last_events(s, 7),
    "reasons_asked": lambda s: queries.reasons_asked(s, 7),
    "links": lambda s: queries.links(s, 7),
    "participants": lambda s: queries.participants(s, 7),
    "look_up_participants": lambda s: queries.look_up_participants(s, [7, 8]),
    "merged_into": lambda s: queries.merged_into(s, 7),
    "unlink": lambda s: queries.unlink(s, 7, 8, ["merged_into", "merged_from"]),
    "leave": lambda s: queries.leave(s, 7, ADDR),
    "merged_from": lambda s: queries.merged_from(s, 7),
    "first_message_id": lambda s: queries.first_message_id(s, 7),
    "written_by": lambda s: queries.written_by(s, 7, ADDR),
    "entry_sent": lambda s: queries.entry_sent(s, "<7@desk.example>"),
    "next_due": lambda s: queries.next_due(s, NOW),
    "next_due: of mailboxes that were read": lambda s: queries.next_due(s, NOW, client=_CLIENT, read=_READ),
    "mailboxes_to_read": lambda s: queries.mailboxes_to_read(s, NOW, client=_CLIENT, read=_READ),
    "deadlines": lambda s: queries.deadlines(s, 7),
    "last_undo": lambda s: queries.last_undo(s, (7, 8), "a.kovaleva@desk.example"),
    "forget_deadlines": lambda s: queries.forget_deadlines(s, 7, ["info_term_ended"]),
    "told_since": lambda s: queries.told_since(s, ADDR, "registered", NOW),
    "was_told": lambda s: queries.was_told(s, ADDR, ["contact", "staff"]),
    "count_written": lambda s: queries.count_written(s, ["registered", "closed_is_final"], NOW, LATER, ADDR, 7),
    "claim_notices": lambda s: queries.claim_notices(s, NOW, "a", LATER, limit=10),
    "claim_notices: by turns": lambda s: queries.claim_notices(s, LATER, "a", LATER, limit=5),
    "accepted_since": lambda s: queries.accepted_since(s, LATER),
    "nth_last_accepted": lambda s: queries.nth_last_accepted(s, 30),
    "count_claimed": lambda s: queries.count_claimed(s),
    "count_due": lambda s: queries.count_due(s, NOW),
    "undecided: of mailboxes that nobody holds": lambda s: queries.undecided(s, besides=["complaints"]),
    "claim_holders": lambda s: queries.claim_holders(s),
    "release_claims": lambda s: queries.release_claims(s, NOW, "b"),
    "is_dead": lambda s: queries.is_dead(s, ADDR),
    "look_up_dead": lambda s: queries.look_up_dead(s, [ADDR, "reader8@alfa.example"]),
    "unmark_dead": lambda s: queries.unmark_dead(s, ADDR),
    "notice_by_message_id": lambda s: queries.notice_by_message_id(s, "<7@desk.example>"),
    "notice_named": lambda s: queries.notice_named(s, "closed_is_final", "<7@desk.example>"),
    "notice_id": lambda s: queries.notice_id(s, "<7@desk.example>"),
    "telling": lambda s: queries.telling(s, 7, "info_asked", ["info_needed"]),
    "waiting": lambda s: queries.waiting(s, 7, ["closed", "rejected"]),
    "last_to_start": lambda s: queries.last_to_start(s, 7),
    "notices_named": lambda s: queries.notices_named(s, 7, "info_needed"),
    "untried": lambda s: queries.untried(s, 7),
    "requests_by_ids": lambda s: queries.requests_by_ids(s, [7, 8]),
    "notices: failed": lambda s: queries.notices(s, only_failed=True),
    "setting": lambda s: queries.setting(s, "key7"),
    "undecided_by_mailbox": lambda s: queries.undecided_by_mailbox(s),
    "decided_since": lambda s: queries.decided_since(s, 990),
    "unregistered": lambda s: queries.unregistered(s),
    "outbox_by_state": lambda s: queries.outbox_by_state(s),
    "oldest_overdue_notice_at": lambda s: queries.oldest_overdue_notice_at(s, NOW),
    "deadlines_by_due": lambda s: queries.deadlines_by_due(s, NOW),
    "open_by_client": lambda s: queries.open_by_client(s),
    "open_by_mailbox": lambda s: queries.open_by_mailbox(s),
    "open_requests": lambda s: queries.open_requests(s),
}
READ_IN_ORDER: dict[str, Query] = {
    "working_order: all": lambda s: queries.working_order(s, limit=50),
    "working_order: status": lambda s: queries.working_order(s, status=Status.CLOSED, limit=50),
    "working_order: priority": lambda s: queries.working_order(s, priority=Priority.LOW, limit=50),
    "next_deadline_at": lambda s: queries.next_deadline_at(s),
    "next_notice_at": lambda s: queries.next_notice_at(s),
}
"""The first rows of an order: an index gives them without a look at the others, and without sorting."""


def test_no_query_is_forgotten() -> None:
    written = {name for name, function in inspect.getmembers(queries, inspect.isfunction) if name in queries.__all__}
    looked_at = {name.partition(":")[0] for name in (*FOUND_BY_INDEX, *READ_IN_ORDER)}

    by_number = OF_LEASES | OF_HEARTBEATS | INSERT_ONE_ROW
    assert written == looked_at | READ_EVERYTHING | READ_AN_END | by_number | LOOK_AT_NO_TABLE


@pytest.mark.parametrize("name", FOUND_BY_INDEX)
def test_sqlite_finds_it_by_an_index(sqlite: Database, name: str) -> None:
    for plan in plans(sqlite, FOUND_BY_INDEX[name], "EXPLAIN QUERY PLAN"):
        assert not re.search(r"^SCAN (?!CONSTANT ROW|walk)", plan, re.MULTILINE), plan


@pytest.mark.parametrize("name", READ_IN_ORDER)
def test_sqlite_reads_it_in_the_order_of_an_index(sqlite: Database, name: str) -> None:
    for plan in plans(sqlite, READ_IN_ORDER[name], "EXPLAIN QUERY PLAN"):
        assert re.fullmatch(r"(SCAN|SEARCH) \w+ USING (COVERING )?INDEX .*", plan), plan


@pytest.mark.parametrize("name", FOUND_BY_INDEX)
def test_postgresql_finds_it_by_an_index(postgresql: Database, name: str) -> None:
    for plan in plans(postgresql, FOUND_BY_INDEX[name], "EXPLAIN"):
        scans = len(re.findall(r"Index (?:Only )?Scan", plan))
        assert scans > 0, plan
        assert plan.count("Index Cond") == scans, plan
        assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize("name", READ_IN_ORDER)
def test_postgresql_reads_it_in_the_order_of_an_index(postgresql: Database, name: str) -> None:
    for plan in plans(postgresql, READ_IN_ORDER[name], "EXPLAIN"):
        assert re.search(r"Index (Only )?Scan using", plan), plan
        assert "Sort" not in plan, plan


# How it is asked -------------------------------------------------------------------------------------------------


def plans(database: Database, query: Query, explain: str) -> list[str]:
    """The plan of each statement that a query sends; what it changes is rolled back."""
    with Session(database.writer) as session:
        sent: list[tuple[str, Any]] = []

        def keep(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            sent.append((statement, parameters))

        connection = session.connection()
        event.listen(connection, "before_cursor_execute", keep)
        query(session)
        event.remove(connection, "before_cursor_execute", keep)
        if not database.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        assert sent
        return [_plan(connection, f"{explain} {statement}", parameters) for statement, parameters in sent]


def _plan(connection: Connection, statement: str, parameters: Any) -> str:
    found = connection.exec_driver_sql(statement, parameters).all()
    return "\n".join(str(row[-1]) for row in found)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A desk with some history."""
    folder: Path = tmp_path_factory.mktemp("plans")
    yield from _filled(f"sqlite:///{folder / 'mailgate.db'}")


@pytest.fixture(scope="module")
def postgresql(postgres_server: Postgres) -> Iterator[Database]:
    """The same."""
    postgres_server.start()
    yield from _filled(postgres_server.new_database(keep=True))


def _filled(url: str) -> Iterator[Database]:
    database = Database(url)
    database.upgrade()
    columns = zip(*(_rows(number, NOW + timedelta(minutes=number)) for number in range(1, ROWS + 1)), strict=True)
    with database.write() as session:
        for rows in columns:
            session.execute(insert(type(rows[0])), [row.model_dump(exclude_none=True) for row in rows])
    if not database.is_sqlite:  # PostgreSQL gathers these figures by itself after a while; SQLite never does
        with database.write() as session:
            session.execute(text("ANALYZE"))
    yield database
    database.dispose()


def _rows(number: int, at: datetime) -> list[Any]:
    """What one old request leaves behind."""
    priority = list(Priority)[number % len(Priority)]
    decision = "quarantine" if number % 100 == 0 else "registered"
    return [
        Request(
            id=number, number=f"SD-2026-{number:06}", mailbox="support", contact_addr=ADDR, language="ru",
            client_id=f"client{number % 50}", priority=priority, priority_rank=priority.rank, registered_at=at,
            status=Status.IN_PROGRESS if number % 50 == 0 else Status.CLOSED, ended_at=at if number % 50 else None,
        ),
        Mail(
            id=number, sha256=f"sha{number}", fingerprint=f"fingerprint{number}", size=1, taken_at=at,
            message_id=f"<{number}@alfa.example>", request_id=number, decided_at=at,
            decision=None if number % 250 == 0 else decision,
        ),
        RawMail(mail_id=number, raw=b"raw"),
        Arrival(mail_id=number, mailbox="support", uidvalidity=1, uid=number, taken_at=at),
        Entry(
            request_id=number, direction="in", kind="submission", from_addr=ADDR, at=at, mail_id=number,
            message_id=f"<{number}@alfa.example>",
        ),
        Event(request_id=number, at=at, event="registered", by=f"client:{ADDR}", clause="3.3"),
        Link(request_id=number, other_id=number % ROWS + 1, kind="merged_into"),
        Participant(request_id=number, addr=f"reader{number}@alfa.example", since=at),
        Notice(
            name="registered", request_id=number, mailbox="support", reader=f"reader{number % 250}@alfa.example",
            role="contact", language="ru", message_id=f"<{number}@desk.example>", created_at=at, next_at=at,
            domain=f"d{number % 7}.example", accepted_at=None if number % 40 in (0, 1) else at,
            state={0: "waiting", 1: "failed"}.get(number % 40, "accepted"),
            claimed_by="b" if number % 40 == 0 else None,
        ),
        Deadline(request_id=number, trigger="info_term_ended", due_at=at),
        Undo(request_id=number, by="a.kovaleva@desk.example", version=1),
        DeadAddress(addr=f"reader{number}@alfa.example", since=at),
        Setting(key=f"key{number}", value="value"),
        Lease(name=f"mailbox {number}", holder="b", until=at),
    ]  # fmt: skip
