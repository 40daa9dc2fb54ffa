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

from jinja2 import Environment, TemplateError
from sqlalchemy.exc import DBAPIError

from mailgate import assets
from mailgate.daemon.letters import Letter, letter_of
from mailgate.desk.context import Desk
from mailgate.desk.notice_settled import Settlement, notice_settled
from mailgate.outbox.compose import environment
from mailgate.outbox.schedule import Pause, next_try
from mailgate.outbox.send import Delivery, Result, Scope, Sender
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Notice

log = logging.getLogger(__name__)
CLAIM = timedelta(minutes=5)
"""How long a claimed notice is left to its claimer; longer than any one try takes."""
LOOK_EVERY = 30.0
"""Seconds after which the outbox is looked at even when nobody woke it."""
DATABASE_RETRY = 5.0


@dataclass(frozen=True, slots=True)
class Tried:
    """One notice after one try."""

    notice: Notice
    settlement: Settlement


class Courier:
    """Sends what is due. `wake` may be called from any thread."""

    def __init__(self, database: Database, desk: Callable[[], Desk]) -> None:
        self._database, self._desk = database, desk
        self.holder = f"{socket.gethostname()}:{os.getpid()}" if not database.is_sqlite else "the only one"
        self._sender = Sender(desk().config.smtp)
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
            wait = max(wait, self._pause.left(time.monotonic()))
            if wait > 0:
                await self._sleep(wait, stopping)

    async def drain(self) -> None:
        """Send everything that is due, each notice once."""
        while await self.round():
            pass

    async def close(self) -> None:
        """Close the connections."""
        await self._sender.close()

    async def round(self) -> int:
        """Claim some notices that are due, send them, settle them. Gives how many."""
        claimed = await asyncio.to_thread(self._claim)
        if claimed:
            tried = await asyncio.gather(*(self._try(notice) for notice in claimed))
            await asyncio.to_thread(self._settle, tried)
        return len(claimed)

    async def _try(self, notice: Notice) -> Tried:
        try:
            letter = await asyncio.to_thread(letter_of, self._database, self._desk(), self._templates, notice)
        except (TemplateError, ValueError) as error:
            log.error("notice %s for %s cannot be composed: %s", notice.name, notice.reader, error)
            refused = Delivery(Result.REFUSED, Scope.MESSAGE, None, None, f"cannot be composed: {error}")
            return Tried(notice, self._settlement(notice, refused, None))
        delivery = await self._sender.send(letter.sender, notice.reader, letter.content)
        self._pause = self._pause.after(delivery, time.monotonic())
        return Tried(notice, self._settlement(notice, delivery, letter))

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
            error=f"{delivery.code or ''} {delivery.text}".strip(),
            text=letter.text if letter else "",
        )

    def _claim(self) -> list[Notice]:
        now = datetime.now(UTC)
        limit = self._desk().config.smtp.connections * 4
        with self._database.write() as session:
            return list(queries.claim_notices(session, now, self.holder, now + CLAIM, limit))

    def _settle(self, tried: list[Tried]) -> None:
        now = datetime.now(UTC)
        with self._database.write() as session:
            for each in tried:
                notice_settled(session, each.notice.id, each.settlement, now, self._desk())
        self.sent += sum(each.settlement.accepted for each in tried)
        self.failed += sum(not each.settlement.accepted for each in tried)

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


def templates(desk: Desk) -> Environment:
    """The admin's templates, then the built-in ones."""
    own = desk.config.files.templates
    return environment(*((own,) if own else ()), assets.templates(), zone=desk.config.desk.zone)
