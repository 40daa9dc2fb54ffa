"""`mailgate run`: everything started, everything finished."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import DBAPIError

from mailgate.config import Config, ConfigError, load
from mailgate.daemon.courier import Courier
from mailgate.daemon.lock import only_one
from mailgate.daemon.watcher import Watcher
from mailgate.desk import journal
from mailgate.desk.context import Desk, open_desk
from mailgate.desk.digest import send_digest
from mailgate.desk.term_ended import end_one_term
from mailgate.inbox import InboxError
from mailgate.store import queries
from mailgate.store.database import Database

log = logging.getLogger(__name__)
TERMS_EVERY = 5
"""Seconds between two looks at the deadlines: each is right to the minute."""
FINISH_SECONDS = 8
"""How long a mailbox may take to finish its batch once the daemon is told to stop."""


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
        self._hold = hold
        self._desk = self._open(config)

    def desk(self) -> Desk:
        """The desk as it is configured now."""
        return self._desk

    def reload(self) -> None:
        """SIGHUP: read the files anew; a bad one leaves what is in force and says so."""
        try:
            self._desk = self._open(load(self._desk.config.path))
        except ConfigError as error:
            log.error("the new configuration is not used; what was in force stays:\n%s", error)
        else:
            log.info("the configuration was read anew")

    def end_terms(self) -> int:
        """Carry out every deadline that is due, each in a transaction of its own, then the digest of the day."""
        done = 0
        while True:
            with self.database.write() as session:
                now = datetime.now(UTC)
                if not end_one_term(session, now, self._desk) and not send_digest(session, now, self._desk):
                    return done
            done += 1

    def recover(self, holder: str) -> None:
        """After a crash: decide what was taken and not decided; what was being sent is due again."""
        now = datetime.now(UTC)
        with self.database.write() as session:
            queries.release_claims(session, now, holder)
        journal.again(self.database, self._desk, now, after_crash=True)

    def _open(self, config: Config) -> Desk:
        with self.database.write() as session:
            return open_desk(session, config, hold=self._hold)


def run(config: Config, *, once: bool = False, ready: Callable[[], None] | None = None) -> Counts:
    """Run the desk until SIGTERM or SIGINT; with `once`, until what waits now is done.

    `ready` is called when everything stands. Raises InboxError, SchemaError, or AlreadyRunning.
    """
    with _database(config) as database:
        running = Running(config, database, hold=not once)
        return asyncio.run(_once(running) if once else _until_stopped(running, ready))


@contextmanager
def _database(config: Config) -> Iterator[Database]:
    database = Database(config.database.url)
    with ExitStack() as stack:
        stack.callback(database.dispose)
        if database.is_sqlite and database.url.database:
            Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(only_one(Path(database.url.database)))
        database.upgrade()
        yield database


async def _once(running: Running) -> Counts:
    courier = Courier(running.database, running.desk)
    await asyncio.to_thread(running.recover, courier.holder)
    watchers = [Watcher(box, running.database, running.desk, _nobody) for box in running.desk().config.mailboxes]
    taken = await asyncio.gather(*(asyncio.to_thread(watcher.once) for watcher in watchers), return_exceptions=True)
    terms = await asyncio.to_thread(running.end_terms)
    await courier.drain()
    # What was accepted just now may have started a term that is over already.
    terms += await asyncio.to_thread(running.end_terms)
    await courier.drain()
    await courier.close()
    failures = tuple(str(failure) for failure in taken if isinstance(failure, InboxError))
    for failure in taken:
        if isinstance(failure, BaseException) and not isinstance(failure, InboxError):
            raise failure
    return Counts(sum(watcher.taken for watcher in watchers), terms, courier.sent, courier.failed, failures)


async def _until_stopped(running: Running, ready: Callable[[], None] | None) -> Counts:
    stopping = asyncio.Event()
    _listen(running, stopping)
    courier = Courier(running.database, running.desk)
    await asyncio.to_thread(running.recover, courier.holder)
    watchers = [Watcher(box, running.database, running.desk, courier.wake) for box in running.desk().config.mailboxes]
    terms = Terms(running, courier)
    for watcher in watchers:
        watcher.start()
    terms.start()
    if ready is not None:
        ready()
    log.info("watching %d mailboxes", len(watchers))
    await courier.run(stopping)
    for watcher in watchers:
        watcher.stop()
    await asyncio.gather(*(asyncio.to_thread(watcher.join, FINISH_SECONDS) for watcher in watchers))
    await terms.stop()
    await courier.close()
    return Counts(sum(watcher.taken for watcher in watchers), terms.ended, courier.sent, courier.failed)


class Terms:
    """Looks at the deadlines every few seconds. The deadlines are rows: no job, and so no restart, can lose one."""

    def __init__(self, running: Running, courier: Courier) -> None:
        self._running, self._courier = running, courier
        self._busy = asyncio.Lock()
        self.ended = 0
        self._scheduler = AsyncIOScheduler(
            timezone=running.desk().config.desk.zone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Look now, and every few seconds from now on."""
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler.add_job(self._look, "interval", seconds=TERMS_EVERY, next_run_time=datetime.now(UTC))
        self._scheduler.start()

    async def stop(self) -> None:
        """Look no more; the look in hand is finished first, because the scheduler would cancel it."""
        self._scheduler.pause()
        async with self._busy:
            self._scheduler.shutdown(wait=False)

    async def _look(self) -> None:
        async with self._busy:
            try:
                ended = await asyncio.to_thread(self._running.end_terms)
            except DBAPIError as error:
                log.warning("the deadlines wait: the database cannot be used: %s", error.orig)
                return
        if ended:
            self.ended += ended
            self._courier.wake()


def _listen(running: Running, stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, running.reload)


def _nobody() -> None:
    """With `once` the outbox is drained at the end; nobody needs to be woken."""
