"""R1, R24: three daemons on three hosts share one PostgreSQL; each is killed, stopped and cut off, under load."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from mailgate.daemon.lease import mailbox_lease
from mailgate.store import leases
from mailgate.store.leases import Lease
from tests.faults.conftest import Runs
from tests.faults.instants import INSTANTS
from tests.faults.kit import FaultyHouse, percentile, wait
from tests.rig.dovecot import Dovecot
from tests.rig.postgres import Postgres
from tests.rig.proxy import Proxy
from tests.rig.smtp import Sink

HOSTS = 3
AS_A_HOST = """
import socket
socket.gethostname = lambda: {name!r}
"""
"""Its processes are nobody's whom the others could look up: only what the database says of them counts."""
QUICKER = """
from datetime import timedelta
from mailgate.daemon import courier, lease, run, watcher
from mailgate.inbox import idle
from mailgate.store import leases, queries
leases.LEASE = queries.LEASE = timedelta(seconds={lease})
lease.RENEW_EVERY, lease.LOOK_EVERY, watcher.LOOK_EVERY, courier.RENEW_EVERY, idle.ALIVE_EVERY = 2, 1, 1, 1, 1
watcher.DATABASE_RETRY = courier.DATABASE_RETRY = 1
run.PATIENCE = timedelta(seconds=5)
"""
QUICK_LEASE = 7
SUPPORT = mailbox_lease("support")


class Hosts:
    """Daemons that share one database, each through a cable of its own."""

    def __init__(self, house: FaultyHouse, postgres: Postgres, *, is_full: bool) -> None:
        self.house = house
        self.cables = [Proxy(postgres.port) for _ in range(HOSTS)]
        self.lease = leases.LEASE if is_full else timedelta(seconds=QUICK_LEASE)
        self._hurry = "" if is_full else QUICKER.format(lease=QUICK_LEASE)
        self._port = postgres.port
        self.running: list[Any] = [self.start(number) for number in range(HOSTS)]

    def start(self, number: int, wrapper: str = "") -> Any:
        """A daemon on that host."""
        common, own = self.house.config, self.house.folder / f"host{number}.toml"
        own.write_text(common.read_text().replace(f":{self._port}/", f":{self.cables[number].port}/"))
        self.house.config = own
        daemon = self.house.start(AS_A_HOST.format(name=f"host{number}") + self._hurry + wrapper)
        self.house.config = common
        return daemon

    def holder(self) -> int | None:
        """The host that holds the mailbox."""
        with self.house.look() as session:
            lease = session.get(Lease, SUPPORT)
        return int(lease.holder.partition(":")[0].removeprefix("host")) if lease else None

    def strike(self, fault: str, number: int, dice: random.Random) -> float:
        """Take the mailbox from a host; gives the seconds until another one holds it. Then the host comes back."""
        daemon, cable = self.running[number], self.cables[number]
        start = time.monotonic()
        match fault:
            case "killed":
                daemon.send_signal(signal.SIGKILL)
            case "hangs":
                daemon.send_signal(signal.SIGSTOP)
            case "cut off":
                cable.silent = True
        self.house.submit_some(3, dice)
        wait(lambda: self.holder() not in (None, number), 60, self.house.log)
        seconds = time.monotonic() - start
        self.house.submit_some(3, dice)
        self.come_back(fault, number)
        return seconds

    def come_back(self, fault: str, number: int) -> None:
        """The host is as it was."""
        match fault:
            case "killed":
                self.running[number].wait(10)
                self.running[number] = self.start(number)
            case "hangs":
                self.running[number].send_signal(signal.SIGCONT)
            case "cut off":
                self.cables[number].silent = False

    def close(self) -> None:
        """Let those go on that hang, so that they can be ended."""
        for daemon in self.running:
            daemon.send_signal(signal.SIGCONT)
        for cable in self.cables:
            cable.close()


@pytest.fixture
def shared(tmp_path: Path, postgres: Postgres, dovecot: Dovecot, sink: Sink) -> FaultyHouse:
    """A desk on PostgreSQL."""
    return FaultyHouse(tmp_path, dovecot, sink, postgres.new_database())


@pytest.mark.parametrize("fault", ["killed", "hangs", "cut off"])
def test_r24_a_mailbox_is_taken_over(
    shared: FaultyHouse, postgres: Postgres, fault: str, is_full: bool, runs: Runs, figures: Callable[..., None]
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
        runs=count,
        lost=found.lost,
        duplicates=found.duplicates,
        copies=found.second_copies,
        result=f"{found.written} messages; taken over within p50 {percentile(times, 0.5):.1f} s, "
        f"at most {max(times):.1f} s, of a lease of {hosts.lease.total_seconds():.0f} s",
    )
    assert found.sound, found
    assert alive == [True] * HOSTS, shared.log()
    assert max(times) < hosts.lease.total_seconds() + 10
    assert "Traceback" not in shared.log()


def test_r1_r24_killed_stopped_and_cut_off_at_random(
    shared: FaultyHouse, postgres: Postgres, is_full: bool, runs: Runs, figures: Callable[..., None]
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
    hosts.close()
    shared.close()

    found = shared.count()
    figures(
        "R24",
        "three daemons on one PostgreSQL, killed, stopped and cut off at random",
        runs=count,
        lost=found.lost,
        duplicates=found.duplicates,
        copies=found.second_copies,
        result=f"{found.written} messages; {found.in_quarantine} in quarantine",
    )
    assert found.sound, found
    assert found.second_copies <= count * 3 * 4, "no more than each fault found between a 250 and our commit"


def test_r24_a_clean_stop_hands_over_at_once(
    shared: FaultyHouse, postgres: Postgres, figures: Callable[..., None]
) -> None:
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
