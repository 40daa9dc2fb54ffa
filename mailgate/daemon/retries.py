"""When messages that failed are tried once more, by whichever mailbox's thread gets there first."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

RETRY_EVERY = 20.0
"""Seconds: the third failure must reach staff within a minute."""

Hold = Callable[[Collection[int]], None]
"""Puts messages in hand."""


class Retries:
    """Shared by the mailboxes of one daemon, so that a failure is not followed by as many tries as there are."""

    def __init__(self) -> None:
        self.in_hand: set[int] = set()
        """Messages that are taken and decided by one thread: before others can see them, until they are decided."""
        self._guard = threading.Lock()
        self._due = time.monotonic() + RETRY_EVERY
        self._is_awaited = False

    @contextmanager
    def holding(self) -> Iterator[Hold]:
        """To the end of the block messages can be put `in_hand`: whoever tries what failed would else do the work of a
        burst a second time."""
        held: set[int] = set()

        def hold(mail_ids: Collection[int]) -> None:
            held.update(mail_ids)
            self.in_hand.update(mail_ids)

        try:
            yield hold
        finally:
            self.in_hand.difference_update(held)

    @contextmanager
    def alone(self, mail_id: int) -> Iterator[bool]:
        """To the end of the block this message is `in_hand`; False where another thread has it.

        After a crash the thread of each mailbox looks at what was left: one try is not to count as two.
        """
        with self._guard:
            is_free = mail_id not in self.in_hand
            self.in_hand.add(mail_id)
        try:
            yield is_free
        finally:
            if is_free:
                self.in_hand.discard(mail_id)

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
