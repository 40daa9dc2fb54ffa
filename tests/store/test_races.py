"""Two at once: nothing is lost, nothing is done twice, on either database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm.exc import StaleDataError

from mailgate.config import load
from mailgate.desk import journal
from mailgate.desk.context import open_desk
from mailgate.store import personal, queries
from mailgate.store.database import Database
from mailgate.store.schema import head
from mailgate.store.settings import Numbering
from mailgate.store.tables import Arrival, DeadAddress, Deadline, Mail, Notice, RawMail, Request
from tests.rig.house import ROOT
from tests.store.conftest import NOW

RAW = b"From: ivan.petrov@alfa.example\r\nMessage-ID: <1@alfa.example>\r\nSubject: Hello\r\n\r\nHello.\r\n"
RELAYED = b"Received: from elsewhere\r\n" + RAW


class TakenBackError(Exception):
    """Rolls a test's transaction back."""


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do everything at the same moment, each in a thread; gives what each gave."""
    gate = threading.Barrier(len(works))

    def do(work: Callable[[], Any]) -> Any:
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(60) for future in [pool.submit(do, work) for work in works]]


def _notice(number: int, state: str = "waiting") -> Notice:
    return Notice(
        name="registered",
        mailbox="support",
        reader=f"reader{number}@alfa.example",
        role="contact",
        language="ru",
        message_id=f"<{number}@desk.example>",
        state=state,
        created_at=NOW,
        next_at=NOW + timedelta(seconds=number),
    )


# Changes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_loses_no_update_of_four_writers(database: Database) -> None:
    """The default transaction of SQLite loses most of them without an error: hence BEGIN IMMEDIATE."""
    with database.write() as session:
        session.add(Numbering(kind="requests", year=2026, last=0))

    def raise_by_reading_first() -> None:
        for _ in range(50):
            with database.write() as session:
                row = session.get_one(Numbering, ("requests", 2026))
                row.last += 1

    at_once(*[raise_by_reading_first] * 4)

    with database.read() as session:
        assert session.get_one(Numbering, ("requests", 2026)).last == 200


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_readers_do_not_wait_for_a_writer(database: Database, request_id: int) -> None:
    with database.write() as writing:
        writing.get_one(Request, request_id).subject = "new"
        writing.flush()

        with database.read() as reading:
            assert reading.get_one(Request, request_id).subject == ""


def test_a_lost_race_for_a_request_raises_and_overwrites_nothing(database: Database, request_id: int) -> None:
    with database.read() as session:
        seen = session.get_one(Request, request_id)
    with database.write() as session:
        session.get_one(Request, request_id).subject = "first"

    with pytest.raises(StaleDataError):
        _rename(database, seen, "second")

    with database.read() as session:
        request = session.get_one(Request, request_id)
        assert (request.subject, request.version) == ("first", 2)


def _rename(database: Database, seen: Request, subject: str) -> None:
    with database.write() as session:
        session.add(seen)
        seen.subject = subject


def test_3_3_numbers_have_neither_gaps_nor_duplicates(database: Database) -> None:
    """Four threads at once, from the first number of the year on; every fifth registration fails and is rolled back."""

    def register() -> list[int]:
        given = []
        for turn in range(25):
            try:
                with database.write() as session:
                    number = queries.next_number(session, "requests", 2026)
                    if turn % 5 == 0:
                        raise TakenBackError
                given.append(number)
            except TakenBackError:
                pass
        return given

    given = [number for numbers in at_once(*[register] * 4) for number in numbers]

    assert sorted(given) == list(range(1, 81))


def test_numbers_of_another_kind_or_year_are_their_own(database: Database) -> None:
    with database.write() as session:
        given = [queries.next_number(session, *which) for which in (("a", 2026), ("b", 2026), ("a", 2027), ("a", 2026))]

    assert given == [1, 1, 1, 2]


def test_3_3_a_count_of_all_years_goes_on_from_those_before(database: Database) -> None:
    years = (2025, 2025, 2026, queries.ALL_YEARS, queries.ALL_YEARS)

    with database.write() as session:
        queries.next_number(session, "complaints", 2026)
        given = [queries.next_number(session, "requests", year) for year in years]

    assert given == [1, 2, 1, 3, 4]


# The journal -----------------------------------------------------------------------------------------------------


def _take(database: Database, mailbox: str, uid: int, raw: bytes = RAW) -> tuple[int, bool]:
    with database.write() as session:
        return journal.take(session, [journal.Copy(mailbox, 1, uid, raw, len(raw))], NOW)[0]


def _counted(database: Database) -> tuple[int, ...]:
    """(messages, their bytes, copies)."""
    with database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Mail, RawMail, Arrival))


@pytest.mark.parametrize("other", [RAW, RELAYED], ids=["same bytes", "another route"])
def test_one_mail_taken_twice_at_once_is_one_message_with_two_copies(database: Database, other: bytes) -> None:
    for turn in range(10):
        raw = RAW + b"%d" % turn

        taken = at_once(
            lambda raw=raw, turn=turn: _take(database, "support", turn, raw),
            lambda raw=raw, turn=turn: _take(database, "complaints", turn, other.replace(RAW, b"") + raw),
        )

        assert len({mail_id for mail_id, _ in taken}) == 1
        assert sorted(is_new for _, is_new in taken) == [False, True]
    assert _counted(database) == (10, 10, 20)


def test_one_copy_that_two_daemons_fetched_is_taken_once(database: Database) -> None:
    taken = at_once(*[lambda: _take(database, "support", 7)] * 2)

    assert sorted(is_new for _, is_new in taken) == [False, True]
    assert _counted(database) == (1, 1, 1)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_mail_whose_first_taker_fails_is_taken_by_the_second(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            journal.take(session, [journal.Copy("support", 1, 1, RAW, len(RAW))], NOW)
            second = pool.submit(_take, database, "complaints", 1)
            with pytest.raises(TimeoutError):
                second.result(0.3)
            session.rollback()

        assert second.result(10)[1] is True
    assert _counted(database) == (1, 1, 1)


HERE = "desk@mail.example/INBOX"


def test_five_thousand_uids_are_known_again(database: Database) -> None:
    mail_id, _ = _take(database, "support", 1)
    with database.write() as session:
        session.add_all(
            Arrival(mail_id=mail_id, mailbox="support", place=HERE, uidvalidity=1, uid=uid, taken_at=NOW)
            for uid in range(2, 10_001, 2)
        )

    with database.read() as session:
        assert queries.known_uids(session, "support", HERE, 1, range(1, 5_001)) == {1, *range(2, 5_001, 2)}
        assert queries.known_uids(session, "support", HERE, 2, range(1, 5_001)) == set()
        assert queries.known_uids(session, "support", "desk@other.example/INBOX", 1, range(1, 5_001)) == {1}
        assert queries.known_uids(session, "complaints", HERE, 1, range(1, 5_001)) == set()
        assert queries.known_uids(session, "support", HERE, 1, []) == set()


# What the desk remembers -----------------------------------------------------------------------------------------


def test_two_daemons_started_at_once_on_a_new_database_make_one_schema_and_one_key(bare: Database) -> None:
    config = load(ROOT / "config" / "mailgate.toml")

    def start() -> bytes:
        bare.upgrade()
        with bare.write() as session:
            return open_desk(session, config).key

    first, second = at_once(start, start)

    assert first == second
    assert bare.revision() == head()


def test_a_value_is_changed_once_by_two_at_once(database: Database) -> None:
    def change(value: str) -> bool:
        with database.write() as session:
            return queries.change_setting(session, "digest_of", value)

    for day in ("2026-11-23", "2026-11-24"):
        changed = at_once(*[lambda day=day: change(day)] * 3)

        assert sorted(changed) == [False, False, True]


# The outbox and the deadlines ------------------------------------------------------------------------------------


def test_no_notice_is_claimed_by_two(database: Database) -> None:
    with database.write() as session:
        session.add_all(_notice(number) for number in range(100))

    def claim_all(holder: str) -> list[int]:
        mine: list[int] = []
        while True:
            with database.write() as session:
                due = queries.claim_notices(
                    session, NOW + timedelta(seconds=200), holder, NOW + timedelta(hours=1), limit=7
                )
                if not due:
                    return mine
                mine += [notice.id for notice in due]

    claimed = at_once(*[lambda holder=holder: claim_all(holder) for holder in "abcd"])

    every = [notice_id for mine in claimed for notice_id in mine]
    assert len(every) == len(set(every)) == 100


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_claims_does_not_wait_for_another_claimer(database: Database) -> None:
    with database.write() as session:
        session.add_all(_notice(number) for number in range(15))
    until = NOW + timedelta(hours=1)

    with database.write() as first, database.write() as second:
        claimed = [
            [
                each.reader
                for each in queries.claim_notices(session, NOW + timedelta(minutes=1), holder, until, limit=10)
            ]
            for session, holder in ((first, "a"), (second, "b"))
        ]

    assert claimed[0] == [f"reader{number}@alfa.example" for number in range(10)]
    assert claimed[1] == [f"reader{number}@alfa.example" for number in range(10, 15)]


def test_a_claim_lapses_and_only_its_holder_s_are_released(database: Database) -> None:
    later = NOW + timedelta(hours=1)
    with database.write() as session:
        session.add_all([*(_notice(number) for number in range(4)), _notice(9, "accepted")])
        queries.claim_notices(session, NOW + timedelta(seconds=1), "a", later, limit=10)
        queries.claim_notices(session, NOW + timedelta(seconds=3), "b", later, limit=10)

    with database.write() as session:
        queries.release_claims(session, NOW, "a")
        assert queries.next_notice_at(session) == NOW
        again = queries.claim_notices(session, NOW, "c", later, limit=10)
        assert [notice.id for notice in again] == [1, 2]
        assert queries.claim_notices(session, NOW, "c", later, limit=10) == []
        assert len(queries.claim_notices(session, later, "d", later + timedelta(hours=1), limit=10)) == 4


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_deadline_in_one_s_hands_is_nobody_else_s(database: Database, request_id: int) -> None:
    with database.write() as session:
        for minute in (2, 1):
            due_at = NOW + timedelta(minutes=minute)
            session.add(Deadline(request_id=request_id, trigger=f"after {minute}", due_at=due_at))

    with database.write() as first, database.write() as second, database.write() as third:
        held = [queries.next_due(session, NOW + timedelta(hours=1)) for session in (first, second, third)]

    assert [each and each.trigger for each in held] == ["after 1", "after 2", None]


@pytest.mark.filterwarnings("error")
def test_bytes_that_two_erase_at_once_are_counted_once(database: Database) -> None:
    with database.write() as session:
        mail = Mail(sha256="1", size=1, taken_at=NOW)
        session.add(mail)
        session.flush()
        session.add(RawMail(mail_id=mail.id, raw=b"1"))

    def erase() -> int:
        with database.write() as session:
            return personal.forget_raw(session, [mail.id])

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            gone = personal.forget_raw(session, [mail.id])
            session.flush()
            other = pool.submit(erase)
            while not database.is_sqlite and not session.scalar(text("SELECT 1 FROM pg_locks WHERE NOT granted")):
                pass
        assert (gone, other.result(60)) == (1, 0)


def _fail(database: Database) -> None:
    with database.write() as session:
        session.add(DeadAddress(addr="gone@alfa.example", since=NOW))
        session.flush()
        raise TakenBackError


def test_rows_of_a_failed_transaction_are_gone(database: Database) -> None:
    with pytest.raises(TakenBackError):
        _fail(database)

    with database.read() as session:
        assert not queries.is_dead(session, "gone@alfa.example")
