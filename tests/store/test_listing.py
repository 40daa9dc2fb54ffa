"""4.1: the list, asked of the driver alone: the same rows as a session gives, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine

from mailgate.rules.vocabulary import Priority, Status
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.listing import conninfo, listed
from mailgate.store.schema import SchemaError
from mailgate.store.tables import Request
from tests.store.conftest import NOW


def url(database: Database) -> str:
    """As the configuration names it."""
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def requests(database: Database) -> Database:
    """Three of them: the second is the oldest, the third comes before both by its priority."""
    with database.write() as session:
        for number, (days, priority, status, client) in enumerate(
            (
                (1, Priority.LOW, Status.CLOSED, "alfa"),
                (2, Priority.LOW, Status.AWAITING_INFO, "O'Hara; --"),
                (0, Priority.HIGH, Status.IN_PROGRESS, None),
            ),
            1,
        ):
            session.add(
                Request(
                    number=f"SD-{number}", mailbox="support", contact_addr="ivan@alfa.example", language="ru",
                    client_id=client, registered_at=NOW - timedelta(days=days), status=status, priority=priority,
                    priority_rank=priority.rank, subject="Ёлки «ў»\n%s :most", breached=number == 1,
                    ended_at=NOW if status is Status.CLOSED else None,
                )
            )  # fmt: skip
    return database


@pytest.mark.parametrize(
    ("narrowed", "numbers"),
    [
        ({}, ["SD-3", "SD-2", "SD-1"]),
        ({"limit": 2}, ["SD-3", "SD-2"]),
        ({"only_open": True}, ["SD-3", "SD-2"]),
        ({"status": Status.CLOSED}, ["SD-1"]),
        ({"priority": "low", "only_open": True}, ["SD-2"]),
        ({"client": "O'Hara; --"}, ["SD-2"]),
        ({"client": "alfa", "status": "closed", "priority": Priority.LOW, "limit": 1}, ["SD-1"]),
        ({"client": ""}, []),
    ],
)
def test_4_1_the_driver_lists_what_a_session_finds(requests: Database, narrowed: Any, numbers: list[str]) -> None:
    with requests.read() as session:
        found = [row.number for row in queries.working_order(session, **narrowed)]

    assert found == numbers
    assert [row.number for row in listed(url(requests), **narrowed)] == numbers


def test_each_value_is_what_a_session_gives(requests: Database) -> None:
    with requests.read() as session:
        expected = [row.model_dump() for row in queries.working_order(session)]

    rows = [vars(row) for row in listed(url(requests))]

    assert rows == expected
    assert [_types(row) for row in rows] == [_types(row) for row in expected]


def _types(row: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in row.items()}


def test_a_database_without_a_schema_says_which_command_makes_one(bare: Database) -> None:
    with pytest.raises(SchemaError, match=r"has no schema yet.*mailgate db upgrade"):
        listed(url(bare))

    assert not (bare.is_sqlite and bare.exists())


@pytest.mark.parametrize(
    "written",
    [
        "postgresql+psycopg://desk@127.0.0.1/mail",
        "postgresql+psycopg://de%40sk:p%2Fa+s%3As@[::1]:6432/mail?sslmode=require",
        "postgresql+psycopg://desk:se:cret@/mail?host=/run/postgresql&options=-c+search_path%3Ddesk",
        "postgresql+psycopg://desk@/mail?host=one,two&port=5432,5433&target_session_attrs=read-write",
        "postgresql+psycopg://desk@/mail?host=db1.example:5432&host=db2.example&target_session_attrs=read-write",
        "postgresql+psycopg://desk@/mail?host=db1.example:6432",
    ],
)
def test_libpq_reads_the_address_as_sqlalchemy_does(written: str) -> None:
    engine = create_engine(written)
    _, given = engine.dialect.create_connect_args(engine.url)
    given.pop("context")

    assert conninfo_to_dict(conninfo(written)) == {name: str(value) for name, value in given.items()}
