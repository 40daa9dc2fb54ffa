"""R1, R24: three daemons on three hosts share one PostgreSQL; each is killed, stopped and cut off, under load."""

from __future__ import annotations

import random
import signal
import time

import pytest
from sqlmodel import select

from mailgate.store import leases
from mailgate.store.leases import Lease
from tests.faults.conftest import Figures, Runs
from tests.faults.hosts import HOSTS, Hosts
from tests.faults.instants import INSTANTS
from tests.faults.kit import FaultyHouse, percentile, wait
from tests.rig.postgres import Postgres


@pytest.mark.parametrize("fault", ["killed", "hangs", "cut off"])
def test_r24_a_mailbox_is_taken_over(
    shared: FaultyHouse, postgres: Postgres, fault: str, is_full: bool, runs: Runs, figures: Figures
) -> None:
    dice, times, count = random.Random(24), [], runs(1, 20)
    hosts = Hosts(shared, postgres, is_full=is_full)
    shared.submit_some(3, dice)
    shared.wait_settled(60)
    for _ in range(count):
        holder = hosts.holder()
        assert holder is not None, shared.log()
        shared.submit_some(4, dice)
        time.sleep(dice.uniform(0, 0.3))
        times.append(hosts.strike(fault, holder, dice))
    shared.wait_settled(90)
    alive = [daemon.poll() is None for daemon in hosts.running]
    hosts.close()
    shared.close()

    found = shared.count()
    figures(
        "R24",
        f"three daemons on one PostgreSQL; the mailbox's holder {'is ' if fault != 'hangs' else ''}{fault}",
        found,
        runs=count,
        result=f"{found.written} messages; taken over within p50 {percentile(times, 0.5):.1f} s, "
        f"at most {max(times):.1f} s, of a lease of {hosts.lease.total_seconds():.0f} s; "
        f"{found.in_quarantine} in quarantine",
    )
    assert found.accounted_for, found
    assert found.in_quarantine <= count // 5, "it is struck right after it took over, again and again"
    assert alive == [True] * HOSTS, shared.log()
    assert max(times) < hosts.lease.total_seconds() + 10
    assert "Traceback" not in shared.log()


def test_r1_r24_killed_stopped_and_cut_off_at_random(
    shared: FaultyHouse, postgres: Postgres, is_full: bool, runs: Runs, figures: Figures
) -> None:
    dice, count = random.Random(1), runs(4, 60)
    hosts = Hosts(shared, postgres, is_full=is_full)
    faults = ["killed", "hangs", "cut off"]
    for turn in range(count):
        number, fault = dice.randrange(HOSTS), faults[turn % 3]
        shared.submit_some(dice.randint(2, 6), dice)
        if fault == "killed" and dice.random() < 0.7:
            hosts.running[number].send_signal(signal.SIGKILL)
            hosts.running[number].wait(10)
            instant = dice.choice(list(INSTANTS))
            hosts.running[number] = hosts.start(
                number, f"from tests.faults.instants import die_at; die_at({instant!r}, {dice.randint(1, 2)})"
            )
            time.sleep(dice.uniform(0.5, 3))
            hosts.running[number].send_signal(signal.SIGKILL)
        elif fault == "killed":
            hosts.running[number].send_signal(signal.SIGKILL)
        elif fault == "hangs":
            hosts.running[number].send_signal(signal.SIGSTOP)
        else:
            hosts.cables[number].silent = True
        shared.submit_some(dice.randint(1, 3), dice)
        time.sleep(dice.uniform(0.2, 1.5 * hosts.lease.total_seconds()))
        hosts.come_back(fault, number)
    shared.wait_settled(120)
    alive = [daemon.poll() is None for daemon in hosts.running]
    hosts.close()
    shared.close()

    found = shared.count()
    figures(
        "R24",
        "three daemons on one PostgreSQL, killed, stopped and cut off at random",
        found,
        runs=count,
        result=f"{found.written} messages; {found.in_quarantine} in quarantine",
    )
    assert found.sound, found
    assert found.in_quarantine == 0
    assert found.most_copies <= 3, "a notice is seldom struck twice between its 250 and our commit"
    assert alive == [True] * HOSTS, shared.log()


def test_r24_a_clean_stop_hands_over_at_once(shared: FaultyHouse, postgres: Postgres, figures: Figures) -> None:
    hosts = Hosts(shared, postgres, is_full=True)
    shared.submit()
    shared.wait_settled(60)
    holder = hosts.holder()
    assert holder is not None, shared.log()

    start = time.monotonic()
    hosts.running[holder].send_signal(signal.SIGTERM)
    wait(lambda: hosts.holder() not in (None, holder), 30, shared.log)
    seconds = time.monotonic() - start
    shared.submit()
    shared.wait_settled(30)
    hosts.close()
    shared.close()

    figures("R24", "SIGTERM to the mailbox's holder", result=f"another holds it after {seconds:.1f} s")
    assert seconds < leases.LEASE.total_seconds() / 2
    with shared.look() as session:
        assert not [each for each in session.scalars(select(Lease)) if each.holder.startswith(f"host{holder}:")]
