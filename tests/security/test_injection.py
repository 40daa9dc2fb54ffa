"""S29: what people write reaches the database and the mail server as values only."""

from __future__ import annotations

from base64 import b64encode

import pytest

from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Request
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN
from tests.rig.postgres import Postgres, empty
from tests.security.conftest import Figures
from tests.security.kit import mail

SQL = (
    "'; DROP TABLE request; --", '"; DROP TABLE request; --', "' OR '1'='1", "\\'; DELETE FROM mail; --", "1); DELETE FROM notice; --",
    "%", "_", "%' OR 1=1 --", "$1", ":number", "%(number)s", "?", "{0}", "NULL", "'||(SELECT value FROM setting)||'", "\x00'", "\ud800",
    "SD-2026-00000_", "SD-2026-%", "sd-2026-000001' --", "U&'\\0027'", "/* */", "`", "\u02bc; DROP TABLE request", "ｓelect", "\uffff",
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, database: Database) -> Database:
    """Here the database matters."""
    if request.param == "sqlite":
        return database
    postgres: Postgres = request.getfixturevalue("postgres_server")
    postgres.start()
    found: Database = request.getfixturevalue("postgres_database")
    request.addfinalizer(lambda: empty(found))
    return found


def test_s29_sql_and_like_in_every_field_are_values(hand: DeskInHand, figures: Figures) -> None:
    hand.write(IVAN, "Первый", "Это первый запрос.")
    sent = 0
    for words in SQL:
        name = f"=?utf-8?b?{b64encode(words.encode('utf-8', 'surrogatepass')).decode()}?="
        for raw in (
            mail(f"{name} <{IVAN}>", proven="alfa.example", subject=name, text=f"Услуга: {words}\n\n{words}".encode("utf-8", "replace").decode()),
            mail(IVAN, proven="alfa.example", subject=f"Re: {name}", head=f"In-Reply-To: <{words}@x>\r\nReferences: <{words}>\r\n".encode("utf-8", "replace")),
            mail(f'"{words}"@gamma.example'.encode("utf-8", "replace"), proven="gamma.example"),
            mail(IVAN, proven="alfa.example", message_id=f"{words}x{sent}".encode("utf-8", "replace").decode()),
        ):
            hand.receive(raw)
            sent += 1
        hand.answer(hand.last(ANNA, "staff_new"), f"!показать {words}".encode("utf-8", "replace").decode())

    with hand.read() as session:
        assert queries.undecided(session) == []
        assert {outcome[0] for outcome in queries.outcomes(session, None)} <= {"register", "command", "not_registered", "quarantine"}
        assert queries.working_order(session, client="' OR '1'='1") == []
        assert queries.working_order(session, status="%") == []
        assert all(queries.request_by_number(session, words) is None for words in SQL if "\x00" not in words and words.isascii())
        assert isinstance(queries.request_by_number(session, "sd-2026-000001"), Request)
    assert hand.events("SD-2026-000001") == ["registered"]
    assert len(hand.numbers()) > 2 * len(SQL)
    figures("S29", f"SQL, LIKE and format strings in every field ({hand.database.url.get_backend_name()})", sent=sent, through=0)
