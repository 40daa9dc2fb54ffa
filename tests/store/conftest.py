"""Databases with nothing in them yet, and a row that many tests need."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailgate.store.database import Database
from mailgate.store.tables import Request
from tests.rig.postgres import Postgres

NOW = datetime(2026, 11, 23, 7, 5, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a schema, on each of the two."""
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        database = Database(postgres.new_database(migrated=False))
    else:
        database = Database(f"sqlite:///{tmp_path / 'bare.db'}")
    yield database
    database.dispose()


@pytest.fixture
def request_id(database: Database) -> int:
    """The id of a request."""
    with database.write() as session:
        row = Request(
            number="SD-2026-000001",
            mailbox="support",
            contact_addr="ivan.petrov@alfa.example",
            language="ru",
            registered_at=NOW,
        )
        session.add(row)
        session.flush()
        return row.id
