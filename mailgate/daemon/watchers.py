"""The watchers of all mailboxes: who begins when the configuration changes, and who ends."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from mailgate.config import Mailbox
from mailgate.daemon.watcher import Watcher
from mailgate.desk.context import Desk

log = logging.getLogger(__name__)
FINISH_SECONDS = 8.0
"""How long mailboxes may take to finish their batches once they are told to stop."""


class Watchers:
    """The watchers of all configured mailboxes."""

    def __init__(self, desk: Callable[[], Desk], watcher: Callable[[Mailbox], Watcher]) -> None:
        self._desk, self._watcher = desk, watcher
        self._running: list[Watcher] = []
        self._taken_before = 0

    @property
    def taken(self) -> int:
        """How many messages were taken, by all of them."""
        return self._taken_before + sum(watcher.taken for watcher in self._running)

    @property
    def read_until(self) -> Mapping[str, datetime | None]:
        """Mailbox -> until when its mail was read and decided here; None: not yet."""
        never = dict.fromkeys((mailbox.name for mailbox in self._desk().config.mailboxes), None)
        return never | {watcher.mailbox.name: watcher.read_until for watcher in list(self._running)}

    def look_again(self, mailboxes: Collection[str]) -> None:
        """Soon, where mail is waited for."""
        for watcher in list(self._running):
            if watcher.mailbox.name in mailboxes:
                watcher.look_again()

    def adjust(self) -> None:
        """Watch what is configured now: a mailbox whose settings changed is left and entered anew."""
        wanted = self._desk().config.mailboxes
        self._end([watcher for watcher in self._running if watcher.mailbox not in wanted])
        for watcher in self._running:
            watcher.hurry()
        watched = [watcher.mailbox for watcher in self._running]
        for mailbox in wanted:
            if mailbox not in watched:
                watcher = self._watcher(mailbox)
                self._running.append(watcher)
                watcher.start()
        log.info("watching %s", ", ".join(mailbox.name for mailbox in wanted))

    def stop(self) -> None:
        """End all of them; each may finish its batch."""
        self._end(list(self._running))

    def _end(self, some: Sequence[Watcher]) -> None:
        for watcher in some:
            watcher.stop()
        end = time.monotonic() + FINISH_SECONDS
        for watcher in some:
            watcher.join(max(0.0, end - time.monotonic()))
            self._taken_before += watcher.taken
            self._running.remove(watcher)
