"""The clock of the desk: APScheduler triggers, the deadlines are rows."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import DBAPIError

from mailgate.daemon.outage import Outage
from mailgate.daemon.signs import Part
from mailgate.store.advice import complaint

log = logging.getLogger(__name__)
TERMS_EVERY = 10
"""Seconds between two looks at the deadlines: each is right to the minute."""
CENSUS_EVERY = 3600
CENSUS_AGAIN = 300
"""Seconds, where the first look raised a suspicion."""
JUMP = 60.0
"""Seconds by which the wall clock may go another way than time does, before that is said."""
ERASING_EVERY, ERASED_AT_ONCE = 60, 20
"""Seconds between two turns of erasing what was kept for its term, and how many requests a turn may take."""


class Terms:
    """Looks at the deadlines every few seconds. The deadlines are rows: no job, and so no restart, can lose one."""

    def __init__(
        self,
        end_terms: Callable[[], int],
        take_census: Callable[[], bool],
        erase_kept: Callable[[int], None],
        left_notices: Callable[[], None],
        zone: ZoneInfo,
        outage: Outage,
        part: Part,
    ) -> None:
        self._end_terms, self._take_census, self._left_notices = end_terms, take_census, left_notices
        self._erase_kept, self._outage, self._part = erase_kept, outage, part
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
        soon = datetime.now(UTC) + timedelta(seconds=CENSUS_AGAIN)
        self._census = self._scheduler.add_job(self._count, "interval", seconds=CENSUS_EVERY, next_run_time=soon)
        self._scheduler.add_job(self._erase, "interval", seconds=ERASING_EVERY)
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
                self._part.failed(complaint(error))
                self._outage.met("the deadlines", complaint(error))
                return
            self._outage.over("the deadlines")
        self._part.went_well(TERMS_EVERY)
        if ended:
            self.ended += ended
            self._left_notices()

    async def _count(self) -> None:
        """In a thread that nobody waits for: a mail server may take its time, and the daemon is to stop at once."""
        threading.Thread(target=self._count_now, name="census", daemon=True).start()

    def _count_now(self) -> None:
        try:
            look_again = self._take_census()
        except DBAPIError as error:
            log.info("no census: %s", complaint(error))
        except Exception:
            log.exception("no census: a fault that nobody foresaw")
        else:
            self._left_notices()
            if look_again:
                self._census.modify(next_run_time=datetime.now(UTC) + timedelta(seconds=CENSUS_AGAIN))

    async def _erase(self) -> None:
        async with self._busy:
            try:
                await asyncio.to_thread(self._erase_kept, ERASED_AT_ONCE)
            except DBAPIError as error:
                log.info("nothing is erased: %s", complaint(error))

    async def _despite_the_clock(self) -> None:
        """The scheduler sleeps by the wall clock: one that is set back by a day would keep it asleep for a day."""
        shift = time.time() - time.monotonic()
        while True:
            await asyncio.sleep(TERMS_EVERY)
            jumped, shift = time.time() - time.monotonic() - shift, time.time() - time.monotonic()
            if abs(jumped) > JUMP:
                way = "back" if jumped < 0 else "ahead"
                log.warning("the clock of this machine was set %s by %s", way, timedelta(seconds=round(abs(jumped))))
            for job in self._scheduler.get_jobs():
                if job.next_run_time > datetime.now(UTC) + job.trigger.interval:
                    job.modify(next_run_time=datetime.now(UTC))
