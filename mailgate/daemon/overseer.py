"""What looks after a running desk: its pulse, its figures, its configuration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from mailgate.daemon.listener import Listener, Page, health
from mailgate.daemon.pulse import Pulse
from mailgate.daemon.reloading import Reloadable, Reloading
from mailgate.daemon.signs import Signs
from mailgate.store.database import DATABASE_FAILS, Database

if TYPE_CHECKING:
    from mailgate.daemon.metrics import Figures

log = logging.getLogger(__name__)


class Overseer:
    """Started when the desk stands, stopped while it ends."""

    def __init__(
        self,
        running: Reloadable,
        signs: Signs,
        adopted: Callable[[], Awaitable[None]],
        left_notices: Callable[[], None],
    ) -> None:
        """`adopted` is called when another configuration is in force, `left_notices` when staff have been told."""
        self._running, self._signs, self._tell_others = running, signs, adopted
        self.reloading = Reloading(running, self._adopted, left_notices)
        self._pulse = Pulse(signs, running.database, running.holder, self._condition)
        self._listener = Listener({"/healthz": partial(health, signs), "/metrics": self._metrics})
        _count_errors(running.database, signs)

    def start(self) -> None:
        """Begin. Raises OSError where the place for figures is taken."""
        self._listener.adjust(self._running.desk().config.metrics.place)
        self._tasks = [asyncio.create_task(work) for work in (self._pulse.run(), self.reloading.run())]

    async def stop(self) -> None:
        """The desk is told to end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._listener.close()
        await self._pulse.stop()

    async def _adopted(self) -> None:
        await self._tell_others()
        try:
            await asyncio.to_thread(self._listener.adjust, self._running.desk().config.metrics.place)
        except OSError as error:
            log.error("%s; figures are where they were before", error)

    def _condition(self) -> str:
        names = ", ".join(mailbox.name for mailbox in self._running.desk().config.mailboxes)
        fault = self.reloading.fault.partition("\n")[0]
        refused = f"the new configuration is not used: {fault}; still " if fault else ""
        troubles = (f"; {part.name}: {part.trouble}" for part in self._signs.parts() if part.trouble)
        return " ".join(f"{refused}watching {names}{''.join(troubles)}".split())  # one line, for sd_notify

    def _metrics(self) -> Page:
        return self._figures.page()

    @cached_property
    def _figures(self) -> Figures:
        from mailgate.daemon.metrics import Figures  # needs the extra `metrics`, which is asked for only with a place

        return Figures(self._running.database, self._running.desk, self._signs, self.reloading)


def _count_errors(database: Database, signs: Signs) -> None:
    def failed(context: Any) -> None:
        if isinstance(context.sqlalchemy_exception, DATABASE_FAILS):
            signs.tally.database_failed()

    for engine in {database.writer, database.reader}:
        event.listen(engine, "handle_error", failed)
