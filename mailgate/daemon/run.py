"""`mailgate run`: everything started, everything finished."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailgate.config import Config, ConfigError, Mailbox, Problem
from mailgate.daemon.census import Census
from mailgate.daemon.claims import free_what_the_dead_hold
from mailgate.daemon.courier import Courier
from mailgate.daemon.holder import own_name
from mailgate.daemon.lease import held_by_others
from mailgate.daemon.lock import only_one
from mailgate.daemon.names import Names
from mailgate.daemon.outage import Outage
from mailgate.daemon.overseer import Overseer
from mailgate.daemon.retries import Retries
from mailgate.daemon.signs import Signs
from mailgate.daemon.terms import Terms
from mailgate.daemon.watcher import Watcher
from mailgate.daemon.watchers import Watchers
from mailgate.desk import journal, retention
from mailgate.desk.census_taken import census_taken
from mailgate.desk.context import Desk, open_desk
from mailgate.desk.digest import send_digest
from mailgate.desk.monthly import send_report
from mailgate.desk.term_ended import end_one_term, mailboxes_to_read
from mailgate.inbox import InboxError
from mailgate.store import queries
from mailgate.store.database import Database

log = logging.getLogger(__name__)
FINISH_SECONDS = 5.0
"""How long a notice under way may take once the daemon is told to stop."""
PATIENCE = timedelta(seconds=15)
"""With PostgreSQL: shorter than a lease, so that a daemon that hangs holds no rows when another takes over."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What one run did."""

    taken: int = 0
    terms: int = 0
    sent: int = 0
    not_sent: int = 0
    failures: tuple[str, ...] = ()
    """Mailboxes that could not be read, each with the reason."""

    def __str__(self) -> str:
        """One line."""
        return f"taken {self.taken}, terms ended {self.terms}, notices sent {self.sent}, not sent {self.not_sent}"


class Running:
    """The parts of a running desk. The configuration in force is one value, replaced as a whole."""

    def __init__(self, config: Config, database: Database, *, hold: bool) -> None:
        self.database = database
        self.holder = own_name()
        self.outage = Outage("the database")
        self.signs = Signs()
        self.retries = Retries()
        self.clock = self.signs.part("terms")
        self._census = Census(database)
        self._hold = hold
        self._names = Names()
        self._desk = self._open(config)
        gc.freeze()  # contacts and templates are kept for good: they need not be looked through for garbage

    def desk(self) -> Desk:
        """The desk as it is configured now."""
        return self._desk

    def adopt(self, config: Config) -> None:
        """Another configuration is in force from now on. Raises ConfigError where that takes a restart."""
        if config.database != self._desk.config.database:
            raise ConfigError([Problem(config.path, None, "[database] changed", "restart mailgate to use it")])
        self._desk = self._open(config)
        gc.unfreeze()  # those of before are garbage now
        gc.collect()
        gc.freeze()

    def courier(self) -> Courier:
        """The outbox at work."""
        return Courier(self.database, self.desk, self.holder, self.outage, self.signs)

    def watcher(self, mailbox: Mailbox, left_notices: Callable[[], None]) -> Watcher:
        """A thread for one mailbox."""
        return Watcher(
            mailbox, self.database, self.desk, left_notices, self.holder, self.outage, self.signs, self.retries
        )

    def decide_the_rest(self) -> None:
        """What failed is tried again until it is decided or in quarantine."""
        for _ in range(journal.ATTEMPTS_MOST):
            journal.again(self.database, self._desk, datetime.now(UTC))

    def end_terms(self, read: queries.Read) -> int:
        """Carry out every deadline that is due, each in a transaction of its own; then the digest and the report.

        A client's word that lies unread in one of the mailboxes `read` may come before the end of his term.
        """
        done = 0
        while True:
            with self.database.write() as session:
                now = datetime.now(UTC)
                if not end_one_term(session, now, self._desk, read) and not send_digest(session, now, self._desk):
                    break
            done += 1
            self.clock.gets_on()
        return done + send_report(self.database, now, self._desk)

    def to_read(self, read: queries.Read) -> Sequence[str]:
        """The mailboxes for which terms wait that are over."""
        with self.database.read() as session:
            return mailboxes_to_read(session, datetime.now(UTC), self._desk, read)

    def take_census(self) -> bool:
        """Is every message accounted for? Staff are told where not. True where another look is needed soon."""
        besides = held_by_others(self.database, self.holder)
        found, look_again = self._census.look(self._desk.config, besides, datetime.now(UTC))
        with self.database.write() as session:
            census_taken(session, self._desk, found, datetime.now(UTC))
        return look_again

    def erase_kept(self, most: int | None = None) -> None:
        """Erase what was kept for its term, each request in a transaction of its own: at most so many, and then only
        at night; all of it where no number is given."""
        done = 0
        while most is None or (done < most and retention.is_night(datetime.now(UTC), self._desk)):
            with self.database.write() as session:
                if not retention.erase_next(session, datetime.now(UTC), self._desk):
                    break
            done += 1
        if done and not self.database.wipe_log():
            log.warning("the database's write-ahead log is being read; what was erased may stand there for a while")

    def recover(self) -> None:
        """After a crash: decide what was taken and not decided; what was being sent is due again.

        On PostgreSQL the mailboxes do the former when they are taken over.
        """
        now = datetime.now(UTC)
        with self.database.write() as session:
            free_what_the_dead_hold(session, now)
        if self.database.is_sqlite and journal.again(self.database, self._desk, now, after_crash=True):
            self.retries.needed()

    def _open(self, config: Config) -> Desk:
        with self.database.write() as session:
            return open_desk(session, config, hold=self._hold, txt=self._names.txt)


def run(config: Config, *, once: bool = False, ready: Callable[[], None] | None = None) -> Counts:
    """Run the desk until SIGTERM or SIGINT; with `once`, until what waits now is done.

    `ready` is called when everything stands. Raises InboxError, SchemaError, or AlreadyRunning.
    """
    with _database(config) as database:
        running = Running(config, database, hold=not once)
        return asyncio.run(_once(running) if once else _until_stopped(running, ready))


@contextmanager
def _database(config: Config) -> Iterator[Database]:
    database = Database(config.database.url, patience=PATIENCE)
    with ExitStack() as stack:
        stack.callback(database.dispose)
        if database.is_sqlite and database.url.database:
            Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(only_one(Path(database.url.database)))
        _upgrade(config.database.url)
        yield database


def _upgrade(url: str) -> None:
    """With as much patience as a migration of a large database needs."""
    database = Database(url)
    try:
        database.upgrade()
    finally:
        database.dispose()


async def _once(running: Running) -> Counts:
    courier = running.courier()
    await asyncio.to_thread(running.recover)
    watchers = [running.watcher(box, _nobody) for box in running.desk().config.mailboxes]
    taken = await asyncio.gather(*(asyncio.to_thread(watcher.once) for watcher in watchers), return_exceptions=True)
    await asyncio.to_thread(running.decide_the_rest)
    read = {watcher.mailbox.name: watcher.read_until for watcher in watchers}
    terms = await asyncio.to_thread(running.end_terms, read)
    await courier.drain()
    # What was accepted just now may have started a term that is over already.
    terms += await asyncio.to_thread(running.end_terms, read)
    await courier.drain()
    await asyncio.to_thread(running.erase_kept)
    await courier.close()
    failures = tuple(
        f"mailbox {watcher.mailbox.name}: {failure}"
        for watcher, failure in zip(watchers, taken, strict=True)
        if isinstance(failure, InboxError)
    )
    for failure in taken:
        if isinstance(failure, BaseException) and not isinstance(failure, InboxError):
            raise failure
    return Counts(sum(watcher.taken for watcher in watchers), terms, courier.sent, courier.failed, failures)


async def _until_stopped(running: Running, ready: Callable[[], None] | None) -> Counts:
    stopping = asyncio.Event()
    running.desk().calendar.load(datetime.now(UTC).year)
    courier = running.courier()
    watchers = Watchers(running.desk, lambda box: running.watcher(box, courier.wake))
    zone = running.desk().config.desk.zone
    terms = Terms(
        lambda: _end_terms(running, watchers),
        running.take_census,
        running.erase_kept,
        courier.wake,
        zone,
        running.outage,
        running.clock,
    )

    async def adopted() -> None:
        courier.reconfigure()
        await asyncio.to_thread(watchers.adjust)

    overseer = Overseer(running, running.signs, adopted, courier.wake)
    _listen(stopping, overseer.reloading.ask)
    await asyncio.to_thread(running.recover)
    overseer.start()  # before anything else: it fails where the place for figures is taken
    watchers.adjust()
    terms.start()
    if ready is not None:
        ready()
    sending = asyncio.create_task(courier.run(stopping))
    sending.add_done_callback(lambda _: stopping.set())
    await stopping.wait()
    asyncio.get_running_loop().call_later(FINISH_SECONDS, courier.cut_short)
    await asyncio.gather(sending, asyncio.to_thread(watchers.stop), overseer.stop())
    await terms.stop()
    await courier.close()
    return Counts(watchers.taken, terms.ended, courier.sent, courier.failed)


def _end_terms(running: Running, watchers: Watchers) -> int:
    """Those that wait for mail end at the next look, when it was read."""
    ended = running.end_terms(watchers.read_until)
    watchers.look_again(running.to_read(watchers.read_until))
    return ended


def _listen(stopping: asyncio.Event, reload: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, reload)


def _nobody() -> None:
    """With `once` the outbox is drained at the end: taking and sending by turns costs less than both at once."""
