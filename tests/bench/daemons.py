"""`python -m tests.bench.daemons`: a backlog in two mailboxes taken by one daemon, and by two that share a PostgreSQL."""

from __future__ import annotations

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
from tests.bench.measuring import desk, machine, say, spread
from tests.rig.house import COMPLAINTS, DESK, House
from tests.rig.postgres import Postgres
from tests.rig.warm import Forked

SEED = 20261124
LOOK_EVERY = 0.2
LONGEST = 600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Together:
    """Messages a second, notices included."""

    one: float
    two: float

    @property
    def gain(self) -> float:
        """How many times as much two daemons take."""
        return self.two / self.one

    def __str__(self) -> str:
        """One row of figures."""
        return f"one daemon {self.one:.0f} messages/s, two {self.two:.0f}: {self.gain:.2f} times as many"


def measure(mails: int, seed: int) -> Together:
    """So many mails in each of two mailboxes, taken by one daemon and then, on other servers, by two."""
    return Together(_per_second(1, mails, seed), _per_second(2, mails, seed))


def page(runs: Sequence[Together], mails: int) -> str:
    """The figures in words."""
    one, two, gain = (spread([getattr(each, name) for each in runs], d) for name, d in _COLUMNS)
    return f"""\
{mails} mails of the mix wait in each of two mailboxes. One daemon holds both, or two daemons hold one each; the clock runs
from there to the last notice, on PostgreSQL with `fsync` and `synchronous_commit`, and with everything (Dovecot,
PostgreSQL, the SMTP server) on the cores of this one machine.

| daemons | messages/s |
| --- | --- |
| one | {one} |
| two | {two} |

Two daemons take {gain} times as much as one."""


_COLUMNS = (("one", 0), ("two", 0), ("gain", 2))


def _per_second(daemons: int, mails: int, seed: int) -> float:
    with _desk() as (house, database):
        running = [house.start() for _ in range(daemons)]
        _wait(lambda: _shares(database) == [2 // daemons] * daemons)
        _deliver(house, FIRST, seed + 2)
        _wait(lambda: _all_done(database, 2 * FIRST))
        _signal(running, signal.SIGSTOP)  # both begin at one moment, and on all of it
        _deliver(house, mails, seed)
        _signal(running, signal.SIGCONT)
        started = time.time()
        _wait(lambda: _all_done(database, 2 * (mails + FIRST)))
        _signal(running, signal.SIGTERM)
        for each in running:
            each.wait(20)
        return 2 * mails / (house.sink.received[-1].at - started)


@contextmanager
def _desk() -> Iterator[tuple[House, Database]]:
    """Two mailboxes for requests, on a PostgreSQL that is as durable as people run it."""
    with closing(Postgres(durable=True)) as postgres:
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


def _deliver(house: House, mails: int, seed: int) -> None:
    for number, address in enumerate((DESK, COMPLAINTS)):
        for made in generate(mails, seed + number * 10):
            house.dovecot.deliver(house.users[address], made.raw)


def _all_done(database: Database, mails: int) -> bool:
    """Decided, and no notice waits."""
    with database.read() as session:
        taken, _ = queries.count_taken(session, None)
        return taken == mails and not queries.undecided(session) and queries.next_notice_at(session) is None


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError("the daemons are not done in time")
        time.sleep(LOOK_EVERY)


def _signal(daemons: Sequence[Forked], number: signal.Signals) -> None:
    for each in daemons:
        each.send_signal(number)


def main() -> int:
    """Measure and print."""
    mails, runs = (int(word) for word in (sys.argv[1:] + ["250", "3"][len(sys.argv) - 1 :]))
    say(f"machine: {machine()}")
    found = []
    for _ in range(runs):
        found.append(measure(mails, SEED))
        say(str(found[-1]))
    say(page(found, mails))
    return 0


if __name__ == "__main__":
    sys.exit(main())
