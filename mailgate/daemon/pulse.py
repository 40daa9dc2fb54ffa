"""The pulse: every few seconds systemd and the database hear how the daemon is.

Why: the watchdog is fed only while every part gets on, so that one thread that hangs has the whole restarted; the
database holds what `mailgate status` shows, and what other hosts may know.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import DBAPIError

from mailgate.daemon.holder import has_ended
from mailgate.daemon.signs import Signs
from mailgate.daemon.supervisor import tell, watchdog_seconds
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.heartbeats import Heartbeat
from mailgate.store.writing import write

log = logging.getLogger(__name__)
BEAT_EVERY = 3.0
"""Seconds between two beats: who asks for the status after a reload sees what came of it."""
WRITE_EVERY = 30.0
"""Seconds between two writings of the heartbeats where nothing is new; several fit into what counts as silence."""
_FIRST_EVERY = 1.0
"""Seconds between two beats until every part has done something: `status` is asked right after a start."""
_FORGOTTEN_AFTER = timedelta(days=1)
_LOOP_MOST = 60.0


class Pulse:
    """Beats in the daemon's loop, which is a part like the others: if it hangs, nothing is fed either."""

    def __init__(self, signs: Signs, database: Database, holder: str, condition: Callable[[], str]) -> None:
        """`condition` says in a line what the desk does, or what is wrong."""
        self._signs, self._database, self._holder, self._condition = signs, database, holder, condition
        self._told, self._hanging = "", tuple[str, ...]()
        self._written, self._written_at = tuple[object, ...](), 0.0
        self._writing: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Beat until cancelled."""
        loop = self._signs.part("loop", _LOOP_MOST)
        limit = watchdog_seconds()
        every = min(BEAT_EVERY, limit / 3 if limit else BEAT_EVERY)
        while True:
            loop.went_well(every)
            self._beat(feeds=limit is not None)
            await asyncio.sleep(every if all(part.has_begun for part in self._signs.parts()) else _FIRST_EVERY)

    async def stop(self) -> None:
        """The daemon ends well: nobody is to look for it."""
        tell("STOPPING=1")
        if self._writing is not None:
            await self._writing
        await asyncio.to_thread(self._unless_the_database_fails, self._forget)

    def _beat(self, *, feeds: bool) -> None:
        hanging = self._signs.hanging()
        if hanging != self._hanging:
            log.error("no progress: %s", ", ".join(hanging)) if hanging else log.info("all parts get on again")
            self._hanging = hanging
        if feeds and not hanging:
            tell("WATCHDOG=1")
        condition = f"hangs: {', '.join(hanging)}" if hanging else self._condition()
        if condition != self._told:
            self._told = condition
            tell(f"STATUS={condition}")
        self._write()

    def _write(self) -> None:
        """In a thread, so that a database that hangs does not keep the watchdog from its food."""
        told = tuple((part.name, part.has_begun, part.hangs, part.failed_at) for part in self._signs.parts())
        is_due = told != self._written or time.monotonic() >= self._written_at + WRITE_EVERY
        if not is_due or (self._writing is not None and not self._writing.done()):
            return
        self._written, self._written_at = told, time.monotonic()
        writing = asyncio.to_thread(self._unless_the_database_fails, self._keep)
        self._writing = asyncio.ensure_future(writing)

    def _unless_the_database_fails(self, work: Callable[[], None]) -> None:
        """Those who need it say that it fails."""
        try:
            work()
        except DBAPIError as error:
            log.debug("the heartbeats were not written: %s", error.orig)

    def _keep(self) -> None:
        now = datetime.now(UTC)
        with self._database.write() as session:
            for gone in filter(has_ended, queries.heartbeat_holders(session)):
                queries.forget_heartbeats(session, gone, now - _FORGOTTEN_AFTER)
            queries.forget_heartbeats(session, self._holder, now - _FORGOTTEN_AFTER)
            for part in self._signs.parts():
                write(
                    session,
                    Heartbeat,
                    holder=self._holder,
                    part=part.name,
                    at=now,
                    looked_at=part.looked_at,
                    hangs=part.hangs,
                    error=part.error,
                    failed_at=part.failed_at,
                )

    def _forget(self) -> None:
        with self._database.write() as session:
            queries.forget_heartbeats(session, self._holder, datetime.now(UTC) - _FORGOTTEN_AFTER)
