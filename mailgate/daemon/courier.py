"""The outbox at work: notices are claimed, composed, sent over a few kept connections, and settled in groups."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jinja2 import Environment
from sqlalchemy.exc import DBAPIError

from mailgate import assets
from mailgate.daemon.letters import Letter, letter_of
from mailgate.desk.context import Desk
from mailgate.desk.notice_settled import Settlement, keep_fate, notice_settled
from mailgate.outbox.compose import environment
from mailgate.outbox.schedule import Pause, next_try
from mailgate.outbox.send import Delivery, Result, Scope, Sender
from mailgate.store import queries
from mailgate.store.database import DATABASE_FAILS, Database
from mailgate.store.tables import Notice

log = logging.getLogger(__name__)
CLAIM = timedelta(minutes=30)
"""How long a claimed notice is left to its claimer; longer than any one try takes (RFC 5321 4.5.3.2)."""
LOOK_EVERY = 30.0
"""Seconds after which the outbox is looked at even when nobody woke it."""
DATABASE_RETRY = 5.0


@dataclass(frozen=True, slots=True)
class Tried:
    """One notice after one try."""

    notice: Notice
    settlement: Settlement
    at: datetime
    """When the server's word came: a term that it starts runs from here, however late it is recorded."""


class Courier:
    """Sends what is due. `wake` may be called from any thread."""

    def __init__(self, database: Database, desk: Callable[[], Desk]) -> None:
        self._database, self._desk = database, desk
        self.holder = f"{socket.gethostname()}:{os.getpid()}" if not database.is_sqlite else "the only one"
        self._trying: set[asyncio.Task[Tried]] = set()
        self._unsettled: list[Tried] = []
        self._smtp = desk().config.smtp
        self._sender = Sender(self._smtp)
        self._templates = templates(desk())
        self._due = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._pause = Pause()
        self.sent = 0
        self.failed = 0

    def wake(self) -> None:
        """A transaction left notices."""
        self._loop.call_soon_threadsafe(self._due.set)

    async def run(self, stopping: asyncio.Event) -> None:
        """Send whatever falls due until `stopping`; what is in hand then is finished."""
        while not stopping.is_set():
            self._due.clear()
            try:
                busy = await self.round()
                wait = 0.0 if busy else await asyncio.to_thread(self._until_next)
            except DBAPIError as error:
                log.warning("the database cannot be used: %s; again in %.0f s", error.orig, DATABASE_RETRY)
                wait = DATABASE_RETRY
            except Exception:
                log.exception("a fault that nobody foresaw; the outbox is looked at again in %.0f s", DATABASE_RETRY)
                wait = DATABASE_RETRY
            wait = max(wait, self._pause.left(time.monotonic()))
            if wait > 0:
                await self._sleep(wait, stopping)

    def reconfigure(self) -> None:
        """The configuration was read anew: other templates, perhaps another server."""
        self._templates = templates(self._desk())
        if self._desk().config.smtp != self._smtp:
            self._smtp, leaving = self._desk().config.smtp, self._sender
            self._sender = Sender(self._smtp)
            self._leaving = asyncio.ensure_future(leaving.close())

    async def drain(self) -> None:
        """Send everything that is due, each notice once."""
        while await self.round():
            pass

    def cut_short(self) -> None:
        """Break off what is under way: its outcome is unknown, and it is tried again under the same Message-ID."""
        for task in self._trying:
            task.cancel()

    async def close(self) -> None:
        """Close the connections. What the database would not record until now is sent once more at the next start."""
        try:
            await asyncio.to_thread(self._settle)
        except DBAPIError as error:
            log.error("the fate of %d notices could not be recorded: %s", len(self._unsettled), error.orig)
        await self._sender.close()

    async def round(self) -> int:
        """Claim some notices that are due, send them, settle them. Gives how many.

        What the server said is kept until the database has it: a 250 that is forgotten is a second copy.
        """
        await asyncio.to_thread(self._settle)
        claimed = await asyncio.to_thread(self._claim)
        self._trying = {asyncio.create_task(self._try(notice)) for notice in claimed}
        self._unsettled = list(await asyncio.gather(*self._trying))
        await asyncio.to_thread(self._settle)
        return len(claimed)

    async def _try(self, notice: Notice) -> Tried:
        """Raises nothing: the other notices of the round are not to suffer from this one."""
        try:
            return await self._sent(notice)
        except asyncio.CancelledError:
            broken_off = Settlement(
                accepted=False,
                next_at=datetime.now(UTC),
                charged=False,
                unknown=True,
                error="broken off, because mailgate was stopped",
            )
            return Tried(notice, broken_off, datetime.now(UTC))
        except DATABASE_FAILS as error:
            again = datetime.now(UTC) + timedelta(seconds=DATABASE_RETRY)
            return Tried(notice, Settlement(False, again, charged=False, error=str(error.orig)), datetime.now(UTC))
        except Exception as error:
            log.exception("notice %s for %s cannot be composed", notice.name, notice.reader)
            refused = Delivery(Result.REFUSED, Scope.MESSAGE, None, None, f"cannot be composed: {error}")
            return Tried(notice, self._settlement(notice, refused, None), datetime.now(UTC))

    async def _sent(self, notice: Notice) -> Tried:
        now = datetime.now(UTC)
        letter = await asyncio.to_thread(letter_of, self._database, self._desk(), self._templates, notice, now)
        delivery = await self._sender.send(letter.sender, notice.reader, letter.content)
        pause = self._pause.after(delivery, time.monotonic())
        if pause != self._pause and delivery.concerns_all:
            log.warning("nothing can be sent: %s; again in %.0f s", delivery.text, pause.left(time.monotonic()))
        self._pause = pause
        return Tried(notice, self._settlement(notice, delivery, letter), datetime.now(UTC))

    def _settlement(self, notice: Notice, delivery: Delivery, letter: Letter | None) -> Settlement:
        charged = not delivery.concerns_all
        settings = self._desk().config.outbox
        return Settlement(
            accepted=delivery.result is Result.ACCEPTED,
            next_at=next_try(
                notice.attempts + charged,
                notice.created_at,
                datetime.now(UTC),
                delivery,
                settings.retry_for,
                seed=str(notice.id),
            ),
            charged=charged,
            unknown=delivery.result is Result.UNKNOWN,
            address_is_dead=delivery.result is Result.REFUSED and delivery.scope is Scope.RECIPIENT,
            hopeless=delivery.result is Result.REFUSED and delivery.scope is Scope.MESSAGE,
            error=f"{delivery.code or ''} {delivery.text}".strip(),
            text=letter.text if letter else "",
        )

    def _claim(self) -> list[Notice]:
        now = datetime.now(UTC)
        limit = self._desk().config.smtp.connections * 4
        with self._database.write() as session:
            return list(queries.claim_notices(session, now, self.holder, now + CLAIM, limit))

    def _settle(self) -> None:
        """Instant 3, in one transaction; where that fails, and not for the database, one notice at a time."""
        if not self._unsettled:
            return
        try:
            self._record(self._unsettled)
        except DATABASE_FAILS:
            raise
        except Exception:
            for each in self._unsettled:
                self._record_alone(each)
        self.sent += sum(each.settlement.accepted for each in self._unsettled)
        self.failed += sum(not each.settlement.accepted for each in self._unsettled)
        self._unsettled = []

    def _record(self, tried: list[Tried]) -> None:
        with self._database.write() as session:
            for each in tried:
                notice_settled(session, each.notice.id, each.settlement, each.at, self._desk())

    def _record_alone(self, each: Tried) -> None:
        """Whatever fails in what follows from it, a notice that was accepted is not sent again."""
        try:
            self._record([each])
        except DATABASE_FAILS:
            raise
        except Exception as fault:
            log.exception("what follows from notice %d could not be carried out", each.notice.id)
            with self._database.write() as session:
                keep_fate(session, each.notice.id, each.settlement, each.at, str(fault))

    def _until_next(self) -> float:
        with self._database.read() as session:
            due = queries.next_notice_at(session)
        left = (due - datetime.now(UTC)).total_seconds() if due else LOOK_EVERY
        return min(max(left, 0.0), LOOK_EVERY)

    async def _sleep(self, seconds: float, stopping: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (self._due, stopping)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def is_gone(holder: str) -> bool:
    """Was it a process of this host, which runs no more? Its claims need not lapse first."""
    host, _, process = holder.rpartition(":")
    return host == socket.gethostname() and not Path(f"/proc/{process}").exists()


def templates(desk: Desk) -> Environment:
    """The admin's templates, then the built-in ones."""
    own = desk.config.files.templates
    return environment(*((own,) if own else ()), assets.templates(), zone=desk.config.desk.zone)
