"""R24: daemons come and go, and the mailboxes are shared out among those that are there; nothing suffers from it."""

from __future__ import annotations

import random
import signal
from itertools import pairwise

import pytest
from sqlmodel import col, select

from mailgate.store.tables import Arrival, Mail
from tests.faults.conftest import Figures, Runs
from tests.faults.hosts import HOSTS, Hosts
from tests.faults.kit import FaultyHouse, wait
from tests.rig.dovecot import PASSWORD, free_port
from tests.rig.house import COMPLAINTS, DESK, IVAN
from tests.rig.postgres import Postgres

SALES, PARTS = "sales@desk.example", "parts@desk.example"


@pytest.fixture
def four(shared: FaultyHouse) -> FaultyHouse:
    """A desk of four mailboxes."""
    shared.configure(shared.mailbox("sales", SALES) + shared.mailbox("parts", PARTS))
    return shared


def write_to_all(house: FaultyHouse) -> None:
    """A request into each mailbox."""
    for address in (DESK, COMPLAINTS, SALES, PARTS):
        house.submit(IVAN, to=address)


def test_r24_who_joins_gets_its_share_and_then_nothing_moves(
    four: FaultyHouse, postgres: Postgres, figures: Figures
) -> None:
    hosts = Hosts(four, postgres, is_full=False, count=1)
    write_to_all(four)
    four.wait_settled(60)
    assert hosts.shares(0) == [4]

    hosts.running.append(hosts.start(1))
    second = wait(lambda: hosts.shares(0, 1) == [2, 2], 60, four.log)
    hosts.running.append(hosts.start(2))
    third = wait(lambda: sorted(hosts.shares(0, 1, 2)) == [1, 1, 2], 60, four.log)
    for _ in range(3):
        write_to_all(four)
        four.wait_settled(60)
    hosts.close()

    found, moves = four.count(), hosts.handed_over()
    figures(
        "R24",
        "a second and a third daemon join one that holds four mailboxes",
        found,
        result=f"{moves} handed over; even after {second:.0f} s and {third:.0f} s",
    )
    assert found.sound, found
    assert found.second_copies == 0
    assert moves == 3, "two for the second and one for the third: the fewest that make it even, and none after it"
    assert "Traceback" not in four.log()


def test_r24_a_backlog_keeps_its_order_when_the_mailbox_changes_hands(shared: FaultyHouse, postgres: Postgres) -> None:
    for _ in range(120):
        shared.submit(IVAN)
        shared.submit(IVAN, to=COMPLAINTS)
    hosts = Hosts(shared, postgres, is_full=False, count=1)
    wait(lambda: hosts.shares(0) == [2], 30, shared.log)

    hosts.running.append(hosts.start(1))
    wait(lambda: hosts.shares(0, 1) == [1, 1], 60, shared.log)
    assert any(shared._waiting(address) for address in (DESK, COMPLAINTS)), "it was handed over too late"
    shared.wait_settled(120)
    hosts.close()

    assert shared.count().sound, shared.count()
    decided = select(col(Arrival.mailbox), col(Arrival.uid), col(Mail.decided_at)).join(Mail)
    with shared.look() as session:
        rows = sorted(session.execute(decided).all())
    assert all(first[2] <= second[2] for first, second in pairwise(rows) if first[0] == second[0])


@pytest.mark.parametrize("fault", ["no way to the mail server", "another password"])
def test_r24_who_cannot_work_on_a_mailbox_gets_none(four: FaultyHouse, postgres: Postgres, fault: str) -> None:
    ours = f"port = {four.dovecot.port}", PASSWORD
    change = (ours[0], f"port = {free_port()}") if fault.startswith("no way") else (ours[1], "wrong")
    hosts = Hosts(four, postgres, is_full=False, count=1)
    write_to_all(four)
    four.wait_settled(60)

    hosts.running.append(hosts.start(1, change=change))
    wait(lambda: four.log().count("then ever more slowly") >= 4, 60, four.log)
    write_to_all(four)
    four.wait_settled(60)
    hosts.close()

    assert (hosts.shares(0, 1), hosts.handed_over()) == ([4, 0], 0)
    assert four.count().sound, four.count()


def test_r24_restarted_one_after_another_under_load(
    four: FaultyHouse, postgres: Postgres, runs: Runs, figures: Figures
) -> None:
    dice, count = random.Random(24), runs(3, 30)
    hosts = Hosts(four, postgres, is_full=False)
    for turn in range(count):
        number = turn % HOSTS
        wait(lambda: sorted(hosts.shares(0, 1, 2)) == [1, 1, 2], 60, four.log)
        write_to_all(four)
        hosts.running[number].send_signal(signal.SIGTERM)
        write_to_all(four)
        assert hosts.running[number].wait(20) == 0
        four.submit_some(4, dice)
        hosts.running[number] = hosts.start(number)
        write_to_all(four)
    four.wait_settled(120)
    hosts.close()

    found = four.count()
    figures(
        "R24",
        "three daemons with four mailboxes, restarted one after another under load",
        found,
        runs=count,
        result=f"{found.written} messages; {hosts.handed_over()} mailboxes handed over",
    )
    assert found.sound, found
    assert found.second_copies == 0
    assert "Traceback" not in four.log()
