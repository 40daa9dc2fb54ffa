"""Letters composed in threads: most of them together, ahead of their turn; the others when it has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

from mailgate.daemon.letters import Letter, attached_bytes, letter_of, may_wait, templates
from mailgate.desk.context import Desk
from mailgate.store.database import Database
from mailgate.store.tables import Notice

LARGE = 1_000_000
"""Bytes of attachments that take long to compose, and more than are kept in memory ahead of their turn."""


class Composer:
    """Composes for one courier, by the templates that were in force when it was made or told to `reload`."""

    def __init__(self, database: Database, desk: Callable[[], Desk]) -> None:
        self._database, self._desk = database, desk
        self._templates = templates(desk())
        # One each, because more would only wait for each other; two, so that nobody waits for a large letter.
        self._thread, self._thread_of_large = ThreadPoolExecutor(1, "composer"), ThreadPoolExecutor(1, "large")

    def reload(self) -> None:
        """The configuration was read anew."""
        self._templates = templates(self._desk())

    def ahead(self, notices: Iterable[Notice]) -> Iterator[tuple[Notice, Letter | None]]:
        """In the thread of the caller, because the way into another and back costs a tenth of a letter.

        None where it has to wait for its turn; also where it cannot be composed, which shows when it is tried.
        """
        room = float(LARGE)
        for notice in notices:
            letter = None
            if may_wait(notice) and (size := attached_bytes(notice)) <= room:
                with suppress(Exception):
                    letter = self._letter(notice)
                    room -= size
            yield notice, letter

    async def composed(self, notice: Notice) -> Letter:
        """One whose turn has come. Raises what `letter_of` raises."""
        thread = self._thread_of_large if attached_bytes(notice) > LARGE else self._thread
        return await asyncio.get_running_loop().run_in_executor(thread, self._letter, notice)

    def close(self) -> None:
        """Nothing more is composed."""
        self._thread.shutdown(wait=False)
        self._thread_of_large.shutdown(wait=False)

    def _letter(self, notice: Notice) -> Letter:
        return letter_of(self._database, self._desk(), self._templates, notice, datetime.now(UTC))
