"""Mailboxes change hands only towards an even share, at the wish of who can work on them, and then come to rest."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from mailgate.daemon import sharing
from mailgate.daemon.lease import Lease, LeaseLost, mailbox_holders, mailbox_lease, wish_lease
from mailgate.daemon.sharing import Sharing
from mailgate.inbox import Unreachable
from mailgate.store import leases
from mailgate.store.database import Database
from mailgate.store.leases import Lease as Row
from mailgate.store.tables import Arrival, Mail
from tests.rig.postgres import empty
from tests.store.conftest import NOW


@pytest.fixture
def shared(postgres_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A PostgreSQL; wishes are looked for at once."""
    monkeypatch.setattr(sharing, "LOOK_EVERY", 0)
    yield postgres_database
    empty(postgres_database)


class Daemon:
    """One of several, with its hold on each mailbox; whether it reaches their servers is up to the test."""

    def __init__(self, database: Database, name: str, mailboxes: int) -> None:
        self.name, self.reaches = name, True
        boxes = [f"box{number}" for number in range(mailboxes)]
        self.leases = {box: Lease(database, mailbox_lease(box), name) for box in boxes}
        self.sharing = {box: Sharing(database, box, name, self.leases[box]) for box in boxes}

    def look(self, box: str) -> bool:
        """What its thread does for a mailbox every few seconds; True where the mailbox was handed over."""
        if self.leases[box].take():
            self.sharing[box].ask_no_more()
            return self.sharing[box].hand_over()
        self.sharing[box].ask(self._reach)
        return False

    def look_at_all(self) -> int:
        """Gives how many were handed over."""
        return sum(self.look(box) for box in self.leases)

    def _reach(self) -> None:
        if not self.reaches:
            raise Unreachable("no way")


def shares(database: Database) -> Counter[str]:
    """How many mailboxes each daemon holds."""
    with database.read() as session:
        return Counter(mailbox_holders(session).values())


@pytest.mark.parametrize(("mailboxes", "daemons"), [(1, 2), (2, 2), (5, 2), (2, 3), (6, 3), (7, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_the_shares_become_even_and_then_nothing_moves(
    shared: Database, mailboxes: int, daemons: int, seed: int
) -> None:
    all_of_them = [Daemon(shared, name, mailboxes) for name in "abc"[:daemons]]
    dice, moves = random.Random(seed), [all_of_them[0].look_at_all()]

    while sum(moves[-3:]) or len(moves) < 5:
        dice.shuffle(all_of_them)
        moves.append(sum(daemon.look_at_all() for daemon in all_of_them))

    held = [shares(shared)[daemon.name] for daemon in all_of_them]
    assert max(held) - min(held) <= 1
    assert sum(held) == mailboxes
    assert sum(moves) <= mailboxes, "each leaves the first daemon once at most, and few go further"


def test_it_is_the_other_s_at_once_and_nobody_comes_between(shared: Database) -> None:
    first, second, third = (Daemon(shared, name, 2) for name in "abc")
    first.look_at_all()
    second.look("box0")

    assert first.look("box0")

    assert not third.leases["box0"].take()
    with pytest.raises(LeaseLost), shared.write() as session:
        first.leases["box0"].keep(session)
    assert not first.leases["box0"].take()
    assert second.leases["box0"].take()


def test_one_that_dies_on_the_way_leaves_it_to_the_others(shared: Database) -> None:
    first, second = (Daemon(shared, name, 2) for name in "ab")
    first.look_at_all()
    second.look("box0")
    assert first.look("box0")
    with shared.write() as session:
        for name in (mailbox_lease("box0"), wish_lease("box0")):
            session.get_one(Row, name).until -= leases.LEASE

    assert first.leases["box0"].take()
    assert not first.sharing["box0"].hand_over(), "a wish lapses like everything that is held"


def test_one_that_stops_before_it_notices_leaves_it_at_once(shared: Database) -> None:
    first, second, third = (Lease(shared, mailbox_lease("box0"), name) for name in "abc")
    first.take()
    with shared.write() as session:
        first.hand_over(session, "b")
    assert not third.take()

    second.leave()

    assert third.take()


def test_nobody_gets_what_he_does_not_reach(shared: Database) -> None:
    first, second = (Daemon(shared, name, 2) for name in "ab")
    second.reaches = False
    first.look_at_all()

    with pytest.raises(Unreachable):
        second.look("box0")

    assert not first.look("box0")


def test_only_one_asks_and_tries_whether_he_reaches_it(shared: Database) -> None:
    first, second, third = (Daemon(shared, name, 2) for name in "abc")
    third.reaches = False
    first.look_at_all()
    second.look("box0")

    third.look("box0")
    second.reaches = False
    second.look("box0")

    assert first.look("box0")
    assert second.leases["box0"].take()


def test_a_wish_is_found_once_while_its_holder_waits_for_mail(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "LOOK_EVERY", 3600)
    first, second = (Daemon(shared, name, 2) for name in "ab")
    for box in first.leases:
        first.leases[box].take()
    second.look("box0")

    assert [first.sharing[box].look() for box in ("box0", "box0", "box1")] == [True, False, False]
    assert first.sharing["box0"].hand_over()


def test_what_is_undecided_stays_with_who_took_it(shared: Database) -> None:
    first, second = (Daemon(shared, name, 2) for name in "ab")
    first.look_at_all()
    with shared.write() as session:
        mail = Mail(sha256="0" * 64, size=1, taken_at=NOW)
        session.add(mail)
        session.flush()
        session.add(Arrival(mail_id=mail.id, mailbox="box0", uidvalidity=1, uid=1, taken_at=NOW))
        mail_id = mail.id
    second.look("box0")

    assert not first.look("box0")
    with shared.write() as session:
        session.get_one(Mail, mail_id).decision = "ignore"

    assert first.look("box0")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_has_one_daemon(database: Database) -> None:
    only = Daemon(database, "a", 2)

    assert only.look_at_all() == 0
