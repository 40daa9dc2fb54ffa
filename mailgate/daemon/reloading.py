"""Reading the configuration anew: at once on SIGHUP, and by itself when its files have changed and lie still.

All or nothing: one mistake in one file, and what was in force stays; the log, systemd and staff hear of it once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Protocol

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from mailgate.config import Config, ConfigError, load
from mailgate.daemon.files import Stamps, require_templates, stamps
from mailgate.daemon.supervisor import reloading, tell
from mailgate.desk import configuration_read
from mailgate.desk.context import Desk
from mailgate.store.database import Database

log = logging.getLogger(__name__)
LOOK_EVERY = 3.0
"""Seconds between two looks at the files: so long they must have been still before they are read."""
RETRY_EVERY = 60.0
"""Seconds until a configuration that was refused is tried again: what it lacked may stand in a file not looked at."""


class Reloadable(Protocol):
    """A running desk, as far as its configuration goes."""

    @property
    def holder(self) -> str:
        """Its name among others."""

    @property
    def database(self) -> Database:
        """Where it is kept."""

    def desk(self) -> Desk:
        """As it is configured now."""

    def adopt(self, config: Config) -> None:
        """Take another configuration over; ConfigError where that takes a restart."""


class Reloading:
    """Keeps the desk and its files together."""

    def __init__(
        self, running: Reloadable, adopted: Callable[[], Awaitable[None]], left_notices: Callable[[], None]
    ) -> None:
        """`adopted` is called when another configuration is in force, `left_notices` when staff have been told."""
        self._running, self._adopted, self._left_notices = running, adopted, left_notices
        self.fault = ""
        """Why the files as they are now are not used; empty where they are."""
        self.adopted_at = datetime.now(UTC)
        self._asked = asyncio.Event()
        self._read: Stamps = stamps(running.desk().config)
        self._before = self._read
        self._retry_at = 0.0

    def ask(self) -> None:
        """SIGHUP: read the files now."""
        self._asked.set()

    async def run(self) -> None:
        """Watch the files until cancelled. Whatever fails once, the files of tomorrow are to be read."""
        await asyncio.to_thread(self._accepted)
        while True:
            try:
                await self._look()
            except Exception as defect:
                log.exception("reading the configuration anew failed; what was in force stays")
                self.fault, self._read = f"{type(defect).__name__}: {defect}", self._before

    async def _look(self) -> None:
        asked = await self._asked_within(LOOK_EVERY)
        found = await asyncio.to_thread(stamps, self._running.desk().config)
        is_still, self._before = found == self._before, found
        if asked:
            tell(reloading())
            try:
                await self._reload(found, asked=True)
            finally:
                tell("READY=1")
        elif is_still and (found != self._read or (self.fault and time.monotonic() >= self._retry_at)):
            await self._reload(found, asked=False)

    async def _asked_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._asked.wait(), seconds)
        except TimeoutError:
            return False
        self._asked.clear()
        return True

    async def _reload(self, found: Stamps, *, asked: bool) -> None:
        self._retry_at = time.monotonic() + RETRY_EVERY
        try:
            await asyncio.to_thread(self._take_over)
        except ConfigError as error:
            self._read = found
            await asyncio.to_thread(self._refused, error, asked=asked)
        except DBAPIError as error:
            self._read = {}
            log.warning("the configuration is not read anew yet: the database cannot be used: %s", error.orig)
        else:
            await self._in_force(found)

    def _take_over(self) -> None:
        config = load(self._running.desk().config.path, secrets=True)
        require_templates(config)
        self._running.adopt(config)

    async def _in_force(self, found: Stamps) -> None:
        self.fault, self.adopted_at = "", datetime.now(UTC)
        log.info("the configuration was read anew")
        now = await asyncio.to_thread(stamps, self._running.desk().config)
        # What changed while it was read differs from its stamp, and is read once more.
        self._read = now | {path: stamp for path, stamp in found.items() if path in now}
        await self._adopted()
        await asyncio.to_thread(self._accepted)

    def _accepted(self) -> None:
        self._tell_staff(configuration_read.accepted)
        with suppress(DBAPIError), self._running.database.read() as session:
            desk = self._running.desk()
            found = configuration_read.left_behind(session, desk), configuration_read.without_client(session, desk)
            for each in chain(*found):
                log.warning("%s", each)

    def _refused(self, error: ConfigError, *, asked: bool) -> None:
        if asked or str(error) != self.fault:
            log.error("the new configuration is not used; what was in force stays:\n%s", error)
        self.fault = str(error)
        self._tell_staff(partial(configuration_read.refused, problems=[str(each) for each in error.problems]))

    def _tell_staff(self, tell_them: Callable[[Session, Desk, datetime], None]) -> None:
        try:
            with self._running.database.write() as session:
                tell_them(session, self._running.desk(), datetime.now(UTC))
        except DBAPIError as error:
            log.warning("staff are not told of the configuration: the database cannot be used: %s", error.orig)
        else:
            self._left_notices()
