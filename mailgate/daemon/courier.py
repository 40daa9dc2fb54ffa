"""The outbox at work: notices are claimed, composed, sent over a few kept connections, and settled in groups."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

from sqlalchemy.exc import DBAPIError

from mailgate.daemon.claims import IN_HAND, Claims, room_for
from mailgate.daemon.composer import Composer
from mailgate.daemon.lease import LOOK_EVERY as RENEW_EVERY
from mailgate.daemon.letters import Letter
from mailgate.daemon.outage import Outage
from mailgate.daemon.signs import Signs
from mailgate.desk.context import Desk
from mailgate.desk.notice_settled import Settlement, Tried, keep_fate, notices_settled
from mailgate.outbox.schedule import Pause, next_try
from mailgate.outbox.send import Delivery, Result, Scope, Sender
from mailgate.store import queries
from mailgate.store.advice import complaint
from mailgate.store.database import DATABASE_FAILS, Database
from mailgate.store.tables import Notice

log = logging.getLogger(__name__)
LOOK_EVERY = 30.0
"""Seconds after which the outbox is looked at even when nobody woke it."""
LOOK_AGAIN = 0.1
"""Seconds, where something is due that another daemon is claiming at this moment."""
DATABASE_RETRY = 5.0
GATHERED = 0.05
"""Seconds that a notice which was tried waits for others, to be settled in one transaction with them."""
_NAME = "outbox"


class Courier:
    """Sends what is due. `wake` may be called from any thread."""

    def __init__(self, database: Database, desk: Callable[[], Desk], holder: str, outage: Outage, signs: Signs) -> None:
        self._database, self._desk, self._outage = database, desk, outage
        self._tally, self._part = signs.tally, signs.part(_NAME)
        self._claims, self._holder = Claims(database, holder, desk), holder
        self._trying: dict[asyncio.Task[None], Notice] = {}
        self._under_way = 0
        """Of these, how many do not wait behind others of their domain."""
        self._tried: list[Tried] = []
        self._doors: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._smtp = desk().config.smtp
        self._sender = Sender(self._smtp)
        self._composer = Composer(database, desk)
        self._due = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._pause = Pause()
        self._smtp_outage = Outage(f"SMTP {self._smtp.host}:{self._smtp.port}")
        self._renewing = asyncio.create_task(self._renew())
        self.sent = self.failed = 0

    def wake(self) -> None:
        """A transaction left notices."""
        self._loop.call_soon_threadsafe(self._due.set)

    async def run(self, stopping: asyncio.Event) -> None:
        """Send whatever falls due until `stopping`; what is in hand then is finished."""
        while not stopping.is_set():
            self._due.clear()
            try:
                await self.round()
                wait = await asyncio.to_thread(self._until_next)
                self._outage.over(_NAME)
                self._part.went_well()
            except DBAPIError as error:
                self._part.failed(complaint(error))
                self._outage.met(_NAME, complaint(error))
                wait = DATABASE_RETRY
            except Exception:
                log.exception("a fault that nobody foresaw; the outbox is looked at again in %.0f s", DATABASE_RETRY)
                wait = DATABASE_RETRY
            await self._sleep(max(wait, self._pause.left(time.monotonic())), stopping)
        while self._trying:
            await asyncio.wait(self._trying)

    def reconfigure(self) -> None:
        """The configuration was read anew: other templates, perhaps another server."""
        self._composer.reload()
        self._pause = Pause()  # what was refused, such as a password, may be right now
        self._due.set()
        if self._desk().config.smtp != self._smtp:
            self._smtp, leaving = self._desk().config.smtp, self._sender
            self._sender = Sender(self._smtp)
            self._leaving = asyncio.ensure_future(leaving.close())

    async def drain(self) -> None:
        """Send everything that is due, each notice once."""
        while await self.round() or self._trying:
            await asyncio.wait(self._trying, return_when=asyncio.FIRST_COMPLETED)
            await self._gather()
        await asyncio.to_thread(self._settle)

    def cut_short(self) -> None:
        """Break off what is under way: its outcome is unknown, and it is tried again under the same Message-ID."""
        for task in self._trying:
            task.cancel()

    async def close(self) -> None:
        """Close the connections. What the database would not record until now is sent once more at the next start."""
        self._renewing.cancel()
        try:
            await asyncio.to_thread(self._settle)
            await asyncio.to_thread(self._claims.close)
        except DBAPIError as error:
            log.error("the fate of %d notices could not be recorded: %s", len(self._tried), error.orig)
        await self._sender.close()
        self._composer.close()

    async def round(self) -> int:
        """Settle what was tried, and hand out what is due. Gives how many were handed out.

        What the server said is kept until the database has it: a 250 that is forgotten is a second copy.
        """
        await asyncio.to_thread(self._settle)
        room = room_for(self._smtp.connections, len(self._trying), self._under_way)
        claimed = await asyncio.to_thread(self._claim, room) if room else []
        for notice, letter in claimed:
            task = asyncio.create_task(self._try(notice, letter))
            self._trying[task] = notice
            task.add_done_callback(self._was_tried)
        return len(claimed)

    def _was_tried(self, task: asyncio.Task[None]) -> None:
        del self._trying[task]
        self._due.set()

    async def _renew(self) -> None:
        """Others see that this daemon lives, and it sees who of them does not: what they had in hand is due again."""
        while not self._database.is_sqlite:
            try:
                if await asyncio.to_thread(self._claims.renew):
                    self._due.set()
            except DBAPIError as error:
                self._outage.met(f"{_NAME} lease", complaint(error))
            else:
                self._outage.over(f"{_NAME} lease")
            await asyncio.sleep(RENEW_EVERY)

    async def _try(self, notice: Notice, letter: Letter | None) -> None:
        """Raises nothing: the other notices are not to suffer from this one."""
        self._tried.append(await self._outcome(notice, letter))

    async def _outcome(self, notice: Notice, letter: Letter | None) -> Tried:
        try:
            async with self._door(notice.domain):
                self._under_way += 1
                try:
                    return await self._sent(notice, letter or await self._composer.composed(notice))
                finally:
                    self._under_way -= 1
        except asyncio.CancelledError:
            return _not_tried(notice, "broken off, because mailgate was stopped", unknown=True)
        except DATABASE_FAILS as error:
            return _not_tried(notice, str(error.orig), after=DATABASE_RETRY)
        except Exception as error:
            log.exception("notice %s for %s cannot be composed", notice.name, notice.reader)
            refused = Delivery(Result.REFUSED, Scope.MESSAGE, None, None, f"cannot be composed: {error}")
            return Tried(notice, self._settlement(notice, refused, None), datetime.now(UTC))

    def _door(self, domain: str) -> asyncio.Semaphore:
        """All connections but one: a domain whose server takes long leaves a way for the others."""
        door = self._doors.get(domain)
        if door is None:
            door = self._doors[domain] = asyncio.Semaphore(max(1, self._smtp.connections - 1))
        return door

    async def _sent(self, notice: Notice, letter: Letter) -> Tried:
        if not self._claims.is_ours(notice):
            return _not_tried(notice, "not tried: this daemon hung, and another may try it")
        delivery = await self._sender.send(letter.sender, notice.reader, letter.content)
        self._tally.sending(notice.name, delivery.result, delivery.scope)
        pause = self._pause.after(delivery, time.monotonic())
        if delivery.concerns_all:
            self._part.failed(f"nothing can be sent: {delivery.text}")
            if pause != self._pause:
                self._smtp_outage.met(_NAME, f"nothing can be sent: {delivery.text}", "; tried again, ever more slowly")
        else:
            self._smtp_outage.over(_NAME)
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

    def _claim(self, room: int) -> list[tuple[Notice, Letter | None]]:
        in_hand = Counter(notice.domain for notice in self._trying.values())
        share = queries.Share(self._smtp.connections * (IN_HAND - 1), in_hand)
        return list(self._composer.ahead(self._claims.make(datetime.now(UTC), room, share)))

    def _settle(self) -> None:
        """Instant 3, in one transaction; where that fails, and not for the database, one notice at a time."""
        tried = list(self._tried)
        if not tried:
            return
        try:
            self._record(tried)
        except DATABASE_FAILS:
            raise
        except Exception:
            for each in tried:
                self._record_alone(each)
        self.sent += sum(each.settlement.accepted for each in tried)
        self.failed += sum(not each.settlement.accepted for each in tried)
        self._claims.settled(each.notice for each in tried)
        del self._tried[: len(tried)]  # the loop appends to it meanwhile

    def _record(self, tried: list[Tried]) -> None:
        with self._database.write() as session:
            notices_settled(session, tried, self._desk(), self._holder)

    def _record_alone(self, each: Tried) -> None:
        """Whatever fails in what follows from it, a notice that was accepted is not sent again."""
        try:
            self._record([each])
        except DATABASE_FAILS:
            raise
        except Exception as fault:
            log.exception("what follows from notice %d could not be carried out", each.notice.id)
            with self._database.write() as session:
                keep_fate(session, each.notice.id, each.settlement, each.at, str(fault), self._holder)

    def _until_next(self) -> float:
        """Seconds until something is due; while something is in hand, its end is what is waited for."""
        if self._trying:
            return LOOK_EVERY
        with self._database.read() as session:
            due = queries.next_notice_at(session)
        now = datetime.now(UTC)
        left = (due - now).total_seconds() if due else LOOK_EVERY
        return min(max(left, LOOK_AGAIN, self._claims.capped_for(now)), LOOK_EVERY)

    async def _sleep(self, seconds: float, stopping: asyncio.Event) -> None:
        self._part.gets_on(seconds)
        waits = [asyncio.ensure_future(event.wait()) for event in (self._due, stopping)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await self._gather()

    async def _gather(self) -> None:
        """What ends within a moment is settled together."""
        if self._trying and self._tried:
            await asyncio.wait(self._trying, timeout=GATHERED)


def _not_tried(notice: Notice, why: str, *, after: float = 0.0, unknown: bool = False) -> Tried:
    now = datetime.now(UTC)
    again = now + timedelta(seconds=after)
    return Tried(notice, Settlement(False, again, charged=False, unknown=unknown, error=why), now)
