"""Who sends what: by turns, within the provider's cap, and only while the claimer lives."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from mailgate.config import Smtp
from mailgate.daemon.claims import Claims, room_for
from mailgate.daemon.holder import has_ended, own_name
from mailgate.daemon.lease import daemon_lease
from mailgate.store import leases, queries
from mailgate.store.database import Database
from mailgate.store.leases import Lease
from mailgate.store.queries import Share
from mailgate.store.tables import Notice
from tests.rig.postgres import Postgres
from tests.store.conftest import NOW

SMTP = Smtp(host="smtp.example", security="none")


@pytest.fixture
def shared(postgres: Postgres) -> Iterator[Database]:
    """A PostgreSQL."""
    database = Database(postgres.new_database())
    yield database
    database.dispose()


def notice(number: int, mailbox: str = "support", domain: str = "alfa.example", at: datetime = NOW) -> Notice:
    return Notice(
        name="registered", mailbox=mailbox, reader=f"reader{number}@{domain}", domain=domain, role="contact",
        language="ru", message_id=f"{mailbox}{number}@{domain}", created_at=at, next_at=at,
    )  # fmt: skip


def claims(database: Database, holder: str = "a", smtp: Smtp = SMTP) -> Claims:
    desk = SimpleNamespace(config=SimpleNamespace(smtp=smtp))
    return Claims(database, holder, lambda: desk)


def add(database: Database, *rows: Notice) -> None:
    with database.write() as session:
        session.add_all(rows)


def test_a_burst_in_one_mailbox_is_behind_no_single_notice_of_another(database: Database) -> None:
    burst = (notice(number, domain=f"d{number % 300}.example") for number in range(3000))
    later = NOW + timedelta(seconds=1)
    add(database, *burst, notice(1, "complaints", "beta.example", later))

    found = claims(database).make(later, 16)

    assert len(found) <= 16
    assert "complaints" in {each.mailbox for each in found}


def test_a_claim_asks_no_more_of_many_domains_than_of_few(database: Database) -> None:
    """Each question is a round trip to a PostgreSQL on another host."""
    add(database, *(notice(number, domain=f"d{number}.example") for number in range(300)))
    sent: list[str] = []

    def keep(*given: Any) -> None:
        sent.append(given[2])

    event.listen(database.writer, "before_cursor_execute", keep)
    found = claims(database).make(NOW, 32)
    event.remove(database.writer, "before_cursor_execute", keep)

    assert len({each.domain for each in found}) == 32
    assert len(sent) < 16


def test_a_reader_s_domain_waits_behind_no_other(database: Database) -> None:
    later = NOW + timedelta(seconds=1)
    add(database, *map(notice, range(500)), *(notice(1, domain=f"d{each}.example", at=later) for each in range(20)))
    claiming, seen = claims(database), Counter[str]()

    for _ in range(4):
        seen.update(each.domain for each in claiming.make(later, 16))

    assert {f"d{each}.example" for each in range(20)} <= set(seen)


def test_one_at_a_time_all_mailboxes_and_domains_have_their_turn(database: Database) -> None:
    boxes, domains = ("complaints", "sales", "support"), ("a.example", "b.example")
    add(database, *(notice(n, box, domain) for n in range(9) for box in boxes for domain in domains))
    claiming = claims(database)

    turns = [(each.mailbox, each.domain) for _ in range(12) for each in claiming.make(NOW, 1)]

    assert Counter(turns) == {(box, domain): 2 for box in boxes for domain in domains}


@pytest.mark.parametrize("due", [30, 32, 33, 500])
def test_a_domain_gets_its_share_and_the_others_the_rest(database: Database, due: int) -> None:
    later = NOW + timedelta(seconds=1)
    add(database, *map(notice, range(due)), notice(1, domain="beta.example", at=later))
    claiming = claims(database)

    seen = Counter(each.domain for each in claiming.make(NOW, 32, Share(28)))
    while found := claiming.make(later, 32 - seen.total(), Share(28, seen)):
        seen.update(each.domain for each in found)

    assert seen == {"alfa.example": 28, "beta.example": 1}


def test_everything_is_claimed_once_by_turns(database: Database) -> None:
    boxes, domains = ("support", "complaints"), ("a.example", "b.example", "c.example")
    add(database, *(notice(n, boxes[n % 2], domains[n % 3]) for n in range(200)))
    claiming, ids = claims(database), list[int]()

    while found := claiming.make(NOW, 16):
        ids += [each.id for each in found]

    assert len(ids) == len(set(ids)) == 200


def accept(database: Database, found: list[Notice], at: datetime) -> None:
    with database.write() as session:
        for each in found:
            row = session.get_one(Notice, each.id)
            row.state, row.accepted_at, row.claimed_by = "accepted", at, None


def test_r17_no_more_than_the_provider_takes(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Each claim is made by a daemon that has just been started: nothing is counted in memory."""
    smtp = SMTP.model_copy(update={"per_minute": 30, "per_day": 70})
    add(database, *map(notice, range(100)))
    sent: list[datetime] = []
    for second in (*range(0, 300, 7), *range(86_340, 86_640, 7)):
        now = NOW + timedelta(seconds=second)
        found = claims(database, smtp=smtp).make(now, 16)
        accept(database, found, now)
        sent += [now] * len(found)

    assert len(sent) == 100
    assert max(sum(at <= other < at + timedelta(minutes=1) for other in sent) for at in sent) == 30
    assert max(sum(at <= other < at + timedelta(days=1) for other in sent) for at in sent) == 70
    assert "per_minute = 30 is reached: " in caplog.text
    assert "per_day = 70 is reached: 30 notices wait" in caplog.text


def test_r17_what_another_daemon_has_in_hand_counts(database: Database) -> None:
    smtp = SMTP.model_copy(update={"per_minute": 10})
    add(database, *map(notice, range(40)))

    first, second = claims(database, "a", smtp), claims(database, "b", smtp)

    assert len(first.make(NOW, 8)) == 8
    assert len(second.make(NOW, 8)) == 2
    assert second.make(NOW, 8) == []


def test_the_cap_says_when_it_lets_another_through(database: Database) -> None:
    smtp = SMTP.model_copy(update={"per_minute": 2})
    add(database, *map(notice, range(3)))
    claiming = claims(database, smtp=smtp)
    for second in (0, 10):
        accept(database, claiming.make(NOW, 1), NOW + timedelta(seconds=second))

    later = NOW + timedelta(seconds=15)
    assert claiming.make(later, 1) == []

    assert claiming.capped_for(later) == 45


def test_what_a_dead_daemon_had_in_hand_is_due_again(shared: Database) -> None:
    add(shared, *map(notice, range(3)))
    dead, alive = claims(shared, "elsewhere:1:x"), claims(shared, "here:2:x")
    assert len(dead.make(NOW, 2)) == 2
    assert alive.renew() is False

    with shared.write() as session:
        session.get_one(Lease, daemon_lease("elsewhere:1:x")).until -= leases.LEASE

    assert alive.renew() is True
    assert len(alive.make(NOW + timedelta(days=3650), 9)) == 3
    with shared.read() as session:
        assert set(session.scalars(select(Notice.claimed_by))) == {"here:2:x"}


def test_a_daemon_that_hung_tries_nothing_that_it_had_in_hand(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(shared, notice(1))
    hung = claims(shared)
    (mine,) = hung.make(NOW, 1)
    assert hung.is_ours(mine)

    clock = [0.0]
    monkeypatch.setattr("time.clock_gettime", lambda _: clock[0])
    clock[0] = 1e9

    assert not hung.is_ours(mine)
    hung.renew()
    assert not hung.is_ours(mine)


def test_a_clean_stop_leaves_nothing_in_hand(shared: Database) -> None:
    add(shared, notice(1))
    first = claims(shared)
    first.make(NOW, 1)

    first.close()

    assert len(claims(shared, "b").make(NOW + timedelta(days=3650), 1)) == 1
    with shared.read() as session:
        assert [lease.name for lease in queries.leases(session)] == [daemon_lease("b")]


def test_only_a_process_of_this_running_system_is_known_to_have_ended() -> None:
    host, process, system = own_name().split(":")

    assert not has_ended(own_name())
    assert has_ended(f"{host}:{2**22 + 1}:{system}")
    assert not has_ended(f"{host}:{2**22 + 1}:another-boot")
    assert not has_ended(f"another-host:{2**22 + 1}:{system}")
    assert not has_ended(f"{host}:{process}")


ASKED_BY_NOBODY = """
import os, sys
from mailgate.daemon.holder import has_ended, own_name
host, process, system = own_name().split(":")
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
assert not os.path.exists(f"/proc/{os.getppid()}")
sys.exit(has_ended(f"{host}:{os.getppid()}:{system}"))
"""


def test_a_process_that_proc_hides_has_not_ended() -> None:
    """As the unit's ProtectProc=invisible has it."""
    hide = "mount -t proc -o hidepid=2 proc /proc"
    if subprocess.run(["unshare", "--mount", "sh", "-c", hide], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here, so no process be hidden")

    command = ["unshare", "--mount", "sh", "-c", f'{hide} && exec "$0" -c "$1"', sys.executable, ASKED_BY_NOBODY]
    done = subprocess.run(command, timeout=60, check=False)

    assert done.returncode == 0


@pytest.mark.parametrize(
    ("in_hand", "under_way", "room"),
    [
        (0, 0, 32),
        (15, 15, 17),
        (16, 16, 16),
        (17, 17, 0),  # the connections have enough to do
        (28, 4, 0),
        (17, 3, 15),  # one of them has not
        (28, 3, 4),  # a slow domain has all that it may have, and its three connections
        (29, 3, 0),
        (32, 0, 0),
    ],
)
def test_notices_are_claimed_by_the_dozen_while_all_connections_are_busy(
    in_hand: int, under_way: int, room: int
) -> None:
    assert room_for(4, in_hand, under_way) == room


def test_a_single_connection_claims_too() -> None:
    assert [room_for(1, in_hand, 1) for in_hand in (0, 4, 5, 8)] == [8, 4, 0, 0]
