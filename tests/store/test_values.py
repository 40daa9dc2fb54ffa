"""What is written is what is read: moments, JSON, text."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Deadline, Event
from tests.desk.conftest import config, hand  # noqa: F401
from tests.rig.hand import DeskInHand
from tests.store.conftest import NOW

WORDS = {"слова": ["Ёлки «ў»", "👩‍💻 🇧🇾", 'кавычка " и \\'], "\u2028": None, "число": 0.1}


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


@pytest.mark.parametrize("poison", ["\0", "\ud800", "\udcff"], ids=["nul", "surrogate", "raw byte"])
def test_text_that_no_database_takes_never_reaches_it(hand: DeskInHand, poison: str) -> None:  # noqa: F811
    """NUL fails on PostgreSQL and lone surrogates on both: the way of a mail must clean every text that it carries."""
    hand.receive(_poisoned(poison))

    (number,) = hand.numbers()
    whole = hand.show(number)
    assert (whole["status"], whole["messages"][0]["kind"]) == ("registered", "submission")
    assert "Портал" in whole["subject"]
    assert poison not in repr(whole)
    with hand.read() as session:
        assert queries.undecided(session) == []


def _poisoned(poison: str) -> bytes:
    """A contact's mail with the poison in every text that the desk keeps: raw, in encoded-words, and encoded."""
    octets = b"\0" if poison == "\0" else poison.encode("utf-8", "surrogatepass")
    word = b"=?utf-8?b?" + base64.b64encode("Портал ".encode() + octets + b"!") + b"?="
    lines = [
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=alfa.example",
        b"From: " + word + b" <ivan.petrov@alfa.example>",
        b"To: " + word + b" <support@desk.example>",
        b"Cc: " + word + b" <x" + octets + b"@alfa.example>",
        b"Subject: " + word + octets,
        b"Message-ID: <1" + octets + b".poison@alfa.example>",
        b"References: <2" + octets + b"@alfa.example>",
        b"Date: Mon, 23 Nov 2026 10:05:00 +0300",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/mixed; boundary="b"',
        b"",
        b"--b",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: base64",
        b"",
        base64.b64encode(
            "Услуга: По".encode() + octets + "рт\nТип запроса: кон".encode() + octets + b"\n\nHello" + octets
        ),
        b"--b",
        b"Content-Type: application/x" + octets + b'; name="a' + octets + b'.pdf"',
        b"Content-Disposition: attachment; filename*=utf-8''a%00%ED%A0%80" + octets + b".pdf",
        b"",
        b"content",
        b"--b--",
        b"",
    ]
    return b"\r\n".join(lines)
