"""A mailbox is held by one of several daemons, by the database's clock and whatever its thread does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from mailgate.daemon.lease import Lease, LeaseLost, held_by_others, mailbox_lease
from mailgate.store import leases, queries
from mailgate.store.database import Database
from mailgate.store.leases import Lease as Row
from tests.rig.postgres import Postgres

NAME = mailbox_lease("support")
PATIENCE = timedelta(seconds=1)


@pytest.fixture
def shared(postgres: Postgres) -> Iterator[Database]:
    """A PostgreSQL that ends a session which hangs in a transaction."""
    database = Database(postgres.new_database(), patience=PATIENCE)
    yield database
    database.dispose()


def lapse(database: Database) -> None:
    """So much time passes on the database's clock."""
    with database.write() as session:
        session.get_one(Row, NAME).until -= leases.LEASE


def test_one_holds_it_and_the_other_waits(shared: Database) -> None:
    first, second = Lease(shared, NAME, "a"), Lease(shared, NAME, "b")

    assert first.take()
    assert not second.take()
    assert second.other == "a"
    first.renew()
    first.give_up()

    assert second.take()
    with pytest.raises(LeaseLost):
        first.renew()


def test_one_that_lapsed_is_taken_over_and_its_holder_does_nothing_more(shared: Database) -> None:
    left: list[str] = []
    first, second = Lease(shared, NAME, "a"), Lease(shared, NAME, "b", lambda: left.append("a"))
    assert first.take()
    lapse(shared)

    assert second.take()

    assert left == ["a"]
    with pytest.raises(LeaseLost), shared.write() as session:
        first.keep(session)
    assert not first.take()


def test_one_that_lapsed_and_that_nobody_took_goes_on(shared: Database) -> None:
    left: list[str] = []
    lease = Lease(shared, NAME, "a", lambda: left.append("a"))
    lease.take()
    lapse(shared)

    lease.renew()

    assert lease.take()
    assert left == []
    assert not Lease(shared, NAME, "b").take()


def test_nobody_takes_it_before_what_is_done_under_it_has_ended(shared: Database) -> None:
    """A process that hangs in the middle of a batch: the server ends its session, and nothing of the batch stays."""
    first, second = Lease(shared, NAME, "a"), Lease(shared, NAME, "b")
    first.take()
    lapse(shared)
    began = time.monotonic()

    def hang_in_a_batch() -> None:
        with shared.write() as session:
            first.keep(session)
            queries.keep_setting(session, "batch", "taken")
            assert second.take()
            assert time.monotonic() - began >= PATIENCE.total_seconds() * 0.9

    with pytest.raises(DBAPIError):
        hang_in_a_batch()

    with shared.read() as session:
        assert queries.setting(session, "batch") is None


def test_a_daemon_whose_clock_is_wrong_neither_takes_nor_keeps_more(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Lease(shared, NAME, "a"), Lease(shared, NAME, "b")
    first.take()

    monkeypatch.setattr("time.time", lambda: 4e9)

    assert not second.take()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_needs_none(database: Database) -> None:
    lease = Lease(database, NAME, "a")

    assert lease.take()
    lease.renew()
    lease.give_up()

    with database.read() as session:
        assert queries.leases(session) == []
    assert held_by_others(database, "a") == frozenset()


def test_what_other_daemons_hold_is_their_work(shared: Database) -> None:
    mine, also_mine = Lease(shared, NAME, "a"), Lease(shared, mailbox_lease("complaints"), "a")
    theirs = Lease(shared, mailbox_lease("sales"), "b")
    for lease in (mine, also_mine, theirs):
        lease.take()

    assert held_by_others(shared, "a") == {"sales"}
    assert held_by_others(shared, "a", but="support") == {"sales", "complaints"}
