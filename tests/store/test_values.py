"""What is written is what is read: moments and JSON."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from mailgate.store import queries
from mailgate.store.advice import complaint
from mailgate.store.database import Database
from mailgate.store.tables import Deadline, Event
from tests.store.conftest import NOW

WORDS = {"слова": ["Ёлки «ў»", "👩‍💻 🇧🇾", 'кавычка " и \\'], "\u2028": None, "число": 0.1}

LETTER = "Пароль: канарейка"


def _stored(database: Database, request_id: int, moment: datetime) -> datetime:
    with database.write() as session:
        session.add(Deadline(request_id=request_id, trigger="info_term_ended", due_at=moment))
    with database.read() as session:
        (found,) = queries.deadlines(session, request_id)
        return found.due_at


@pytest.mark.parametrize(
    "moment",
    [
        NOW,
        NOW.astimezone(ZoneInfo("Europe/Minsk")),
        datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime(1970, 1, 1, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(database: Database, request_id: int, moment: datetime) -> None:
    found = _stored(database, request_id, moment)

    assert found == moment.astimezone(UTC)
    assert found.tzinfo is UTC


def test_a_naive_moment_is_refused(database: Database, request_id: int) -> None:
    with pytest.raises(StatementError, match="a naive moment cannot be stored"):
        _stored(database, request_id, NOW.replace(tzinfo=None))


def test_moments_are_compared_as_moments(database: Database, request_id: int) -> None:
    _stored(database, request_id, NOW)

    with database.read() as session:
        for zone in (UTC, ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Los_Angeles")):
            assert queries.next_due(session, NOW.astimezone(zone)) is not None
            assert queries.next_due(session, (NOW - timedelta(microseconds=1)).astimezone(zone)) is None


def test_json_comes_back_as_it_was_and_stands_there_readable(database: Database, request_id: int) -> None:
    with database.write() as session:
        session.add(Event(request_id=request_id, at=NOW, event="noted", by="mailgate", clause="4.4", detail=WORDS))

    with database.read() as session:
        (line,) = queries.events(session, request_id)
        assert line.detail == WORDS
        written = session.execute(text("SELECT CAST(detail AS TEXT) FROM event")).scalar_one()
        assert "Ёлки «ў»" in written
        assert "👩‍💻 🇧🇾" in written


def test_s28_an_error_of_the_database_repeats_no_word_of_a_person(database: Database, request_id: int) -> None:
    """PostgreSQL shows the row that it refuses."""
    statement = text("INSERT INTO deadline (due_at, trigger) SELECT registered_at, :word FROM request")

    with pytest.raises(DBAPIError) as failed, database.write() as session:
        session.execute(statement, {"word": LETTER})

    told = "".join(traceback.format_exception(failed.value)) + complaint(failed.value)
    assert "request_id" in told
    assert LETTER not in told
