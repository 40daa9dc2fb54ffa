"""When messages that failed are tried once more, by whichever mailbox's thread gets there first."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

RETRY_EVERY = 20.0
"""Seconds: the third failure must reach staff within a minute."""


class Retries:
    """Shared by the mailboxes of one daemon, so that a failure is not followed by as many tries as there are."""

    def __init__(self) -> None:
        self.in_hand: set[int] = set()
        """Messages that were taken and are being decided by the thread that took them."""
        self._guard = threading.Lock()
        self._due = time.monotonic() + RETRY_EVERY
        self._is_awaited = False

    @contextmanager
    def holding(self, mail_ids: Collection[int]) -> Iterator[None]:
        """They are `in_hand` meanwhile: whoever tries what failed would else do the work of a burst a second time."""
        self.in_hand.update(mail_ids)
        try:
            yield
        finally:
            self.in_hand.difference_update(mail_ids)

    def needed(self, *, at_once: bool = False) -> None:
        """Something failed: it is tried again after a while, or at once where that was no fault of its own."""
        with self._guard:
            if at_once or not self._is_awaited:
                self._due = time.monotonic() + (0.0 if at_once else RETRY_EVERY)
            self._is_awaited = True

    def left(self) -> float:
        """Seconds until somebody has to be there for it; infinite where nothing is known to have failed."""
        return max(0.0, self._due - time.monotonic()) if self._is_awaited else math.inf

    def take_turn(self) -> bool:
        """Has the time come? Then it is the caller's to try, and nobody else's for a while.

        It comes also where nothing is known to have failed here: another daemon may have left something.
        """
        with self._guard:
            if time.monotonic() < self._due:
                return False
            self._due, self._is_awaited = time.monotonic() + RETRY_EVERY, False
            return True
