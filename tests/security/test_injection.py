"""S29: what people write reaches the database and the mail server as values only."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator

import pytest

from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Request
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN
from tests.rig.postgres import Postgres, empty
from tests.security.conftest import Figures, Some
from tests.security.kit import mail, notices, pour

SQL = (
    "'; DROP TABLE request; --", '"; DROP TABLE request; --', "' OR '1'='1", "\\'; DELETE FROM mail; --",
    "1); DELETE FROM notice; --", "%", "_", "%' OR 1=1 --", "$1", ":number", "%(number)s", "?", "{0}", "NULL",
    "'||(SELECT value FROM setting)||'", "\x00'", "\ud800", "SD-2026-00000_", "SD-2026-%", "sd-2026-000001' --",
    "U&'\\0027'", "/* */", "`", "\u02bc; DROP TABLE request", "ｓelect", "\uffff",
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, database: Database) -> Iterator[Database]:
    """Here the database matters."""
    if request.param == "sqlite":
        yield database
        return
    postgres: Postgres = request.getfixturevalue("postgres_server")
    postgres.start()
    found: Database = request.getfixturevalue("postgres_database")
    yield found
    empty(found)


def test_s29_sql_and_like_in_every_field_are_values(hand: DeskInHand, some: Some, figures: Figures) -> None:
    hand.write(IVAN, "Первый", "Это первый запрос.")
    raws: list[bytes] = []
    for words in some(SQL):
        name = f"=?utf-8?b?{b64encode(words.encode('utf-8', 'surrogatepass')).decode()}?="
        spelt = words.encode("utf-8", "replace").decode()
        cited = f"In-Reply-To: <{spelt}@x>\r\nReferences: <{spelt}>\r\n".encode()
        raws += [
            mail(f"{name} <{JOHN}>", proven="beta.example", subject=name, text=f"Услуга: {spelt}\n\n{spelt}"),
            mail(JOHN, proven="beta.example", subject=f"Re: {name}", head=cited, message_id=f"{spelt}{len(raws)}"),
            mail(f'"{spelt}"@gamma.example', proven="gamma.example"),
            mail(ANNA, proven="desk.example", text=f"!показать {spelt}"),
        ]
    pour(hand, raws)
    hand.send()

    with hand.read() as session:
        assert queries.undecided(session) == []
        assert {outcome[0] for outcome in queries.outcomes(session, None)} <= {
            "register",
            "command",
            "not_registered",
            "quarantine",
        }
        assert queries.working_order(session, client="' OR '1'='1") == []
        assert queries.working_order(session, status="%") == []
        assert all(
            queries.request_by_number(session, words) is None
            for words in SQL
            if "\x00" not in words and words.isascii()
        )
        assert isinstance(queries.request_by_number(session, "sd-2026-000001"), Request)
    assert hand.events("SD-2026-000001") == ["registered"]
    assert len(hand.numbers()) == 1 + len(raws) // 2
    assert {notice.state for notice in notices(hand)} == {"accepted"}
    figures(
        "S29",
        f"SQL, LIKE and format strings in every field ({hand.database.url.get_backend_name()})",
        sent=len(raws),
        through=0,
    )
