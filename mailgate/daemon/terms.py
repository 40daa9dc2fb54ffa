"""The clock of the desk: APScheduler triggers, the deadlines are rows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import DBAPIError

from mailgate.daemon.signs import Part

log = logging.getLogger(__name__)
TERMS_EVERY = 5
"""Seconds between two looks at the deadlines: each is right to the minute."""


class Terms:
    """Looks at the deadlines every few seconds. The deadlines are rows: no job, and so no restart, can lose one."""

    def __init__(
        self, end_terms: Callable[[], int], left_notices: Callable[[], None], zone: ZoneInfo, part: Part
    ) -> None:
        self._end_terms, self._left_notices, self._part = end_terms, left_notices, part
        self._busy = asyncio.Lock()
        self.ended = 0
        self._scheduler = AsyncIOScheduler(
            timezone=zone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Look now, and every few seconds from now on."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._job = self._scheduler.add_job(
            self._look, "interval", seconds=TERMS_EVERY, next_run_time=datetime.now(UTC)
        )
        self._scheduler.start()
        self._steady = asyncio.create_task(self._despite_the_clock())

    async def stop(self) -> None:
        """Look no more; the look in hand is finished first, because the scheduler would cancel it."""
        self._steady.cancel()
        self._scheduler.pause()
        async with self._busy:
            self._scheduler.shutdown(wait=False)

    async def _look(self) -> None:
        async with self._busy:
            try:
                ended = await asyncio.to_thread(self._end_terms)
            except DBAPIError as error:
                self._part.failed(f"the database cannot be used: {error.orig}")
                log.warning("the deadlines wait: the database cannot be used: %s", error.orig)
                return
        self._part.went_well(TERMS_EVERY)
        if ended:
            self.ended += ended
            self._left_notices()

    async def _despite_the_clock(self) -> None:
        """The scheduler sleeps by the wall clock: one that is set back by a day would keep it asleep for a day."""
        while True:
            await asyncio.sleep(TERMS_EVERY)
            if self._job.next_run_time > datetime.now(UTC) + timedelta(seconds=TERMS_EVERY):
                self._job.modify(next_run_time=datetime.now(UTC))
