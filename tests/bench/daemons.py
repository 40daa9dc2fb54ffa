"""`python -m tests.bench.daemons`: a backlog in two mailboxes, taken by one daemon and by two on one PostgreSQL."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from mailgate.daemon.lease import mailbox_holders
from mailgate.store import queries
from mailgate.store.database import Database
from tests.bench.backlog import FIRST
from tests.bench.mail import generate
from tests.bench.measuring import cpu, cpu_with_children, desk, idle, machine, say, spread
from tests.rig.house import COMPLAINTS, DESK, House
from tests.rig.postgres import Postgres
from tests.rig.warm import Forked

SEED = 20261124
LOOK_EVERY = 1.0
LONGEST = 600.0
"""Seconds. A look costs the database and both cores something."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A backlog, taken and answered."""

    per_second: float
    """Messages."""
    daemons_ms: float
    """CPU a message, of all daemons together."""
    database_ms: float
    busy: float
    """The share of the machine's cores that had something to do, whoever gave it to them."""

    def __str__(self) -> str:
        """Figures in one row."""
        return (
            f"{self.per_second:.0f} messages/s, CPU ms a message: {self.daemons_ms:.1f} of mailgate, "
            f"{self.database_ms:.1f} of PostgreSQL; {self.busy:.0%} of the cores busy"
        )


@dataclass(frozen=True, slots=True)
class Together:
    """The same by one daemon and by two, one right after the other."""

    one: Taken
    two: Taken

    @property
    def gain(self) -> float:
        """How many times as much two daemons take."""
        return self.two.per_second / self.one.per_second

    @property
    def most(self) -> float:
        """The same if no core of the machine were idle while two daemons work: it has no more to give."""
        return self.gain / self.two.busy

    def __str__(self) -> str:
        """Figures in three rows."""
        return f"one:     {self.one}\ntwo:     {self.two}\ngain:    {self.gain:.2f}, at most {self.most:.2f}"


def measure(mails: int, seed: int) -> Together:
    """So many mails in two mailboxes, taken by one daemon and then, on servers that are as new, by two."""
    return Together(_taken(1, mails // 2, seed), _taken(2, mails // 2, seed))


def _taken(daemons: int, mails: int, seed: int) -> Taken:
    with closing(Postgres(durable=True)) as postgres, _desk(postgres) as (house, database):
        running = [house.start() for _ in range(daemons)]
        _wait(lambda: _shares(database) == [2 // daemons] * daemons)
        _deliver(house, FIRST, seed + 1)
        _wait(lambda: _all_done(database, 2 * FIRST))
        _signal(running, signal.SIGSTOP)  # they begin at one moment, and with all of it
        _deliver(house, mails, seed)
        before, started = _cpu(running, postgres), time.time()
        looks = [(started, idle())]
        _signal(running, signal.SIGCONT)
        _wait(lambda: _all_done(database, 2 * (FIRST + mails)), looks)
        ours, database_s = (now - then for now, then in zip(_cpu(running, postgres), before, strict=True))
        ended = house.sink.received[-1].at
        _signal(running, signal.SIGTERM)
        for each in running:
            each.wait(20)
    return Taken(2 * mails / (ended - started), ours * 500 / mails, database_s * 500 / mails, _busy(looks, ended))


@contextmanager
def _desk(postgres: Postgres) -> Iterator[tuple[House, Database]]:
    """A desk with two mailboxes for requests."""
    postgres.start()
    url = postgres.new_database()
    with desk(url) as house:
        house.config.write_text(house.config.read_text().replace('purpose = "complaints"', 'purpose = "requests"'))
        database = Database(url)
        yield house, database
        database.dispose()


def _shares(database: Database) -> list[int]:
    with database.read() as session:
        held = list(mailbox_holders(session).values())
    return sorted(held.count(holder) for holder in set(held))


def _cpu(daemons: Sequence[Forked], postgres: Postgres) -> tuple[float, float]:
    """Seconds: of the daemons, and of PostgreSQL."""
    return sum(cpu(each.pid) for each in daemons), cpu_with_children(postgres.pid)


def _deliver(house: House, mails: int, seed: int) -> None:
    for number, address in enumerate((DESK, COMPLAINTS)):
        for made in generate(mails, seed + 10 * number):
            house.dovecot.deliver(house.users[address], made.raw)


def _all_done(database: Database, mails: int) -> bool:
    """Decided, and no notice waits."""
    with database.read() as session:
        taken, _ = queries.count_taken(session, None)
        return taken == mails and not queries.undecided(session) and queries.next_notice_at(session) is None


def _busy(looks: Sequence[tuple[float, float]], ended: float) -> float:
    """From the first look to the last one before the end; each is the time, and how long the cores have been idle."""
    first, *_, last = [look for look in looks if look[0] <= ended]
    return 1 - (last[1] - first[1]) / ((last[0] - first[0]) * (os.cpu_count() or 1))


def _wait(condition: Callable[[], bool], looks: list[tuple[float, float]] | None = None) -> None:
    end = time.monotonic() + LONGEST
    while not condition():
        if looks is not None:
            looks.append((time.time(), idle()))
        if time.monotonic() > end:
            raise RuntimeError("the daemons are not done in time")
        time.sleep(LOOK_EVERY)


def _signal(daemons: Sequence[Forked], number: signal.Signals) -> None:
    for each in daemons:
        each.send_signal(number)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.daemons", description=__doc__)
    parser.add_argument("--mails", type=int, default=500, help="mails in both mailboxes together")
    parser.add_argument("--runs", type=int, default=3, help="how often they are taken")
    wanted = parser.parse_args()
    say(f"machine: {machine()}")
    found = []
    for _ in range(wanted.runs):
        found.append(measure(wanted.mails, SEED))
        say(str(found[-1]))
    say(f"gain:    {spread([each.gain for each in found])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
