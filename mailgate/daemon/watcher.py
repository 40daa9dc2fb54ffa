"""One thread a mailbox: the whole way of its mail, from the server's bytes to the commit, straight through."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from mailgate.config import Mailbox
from mailgate.desk import journal
from mailgate.desk.context import Desk
from mailgate.inbox import Backoff, Batch, Inbox, InboxError, RawMessage
from mailgate.store import queries
from mailgate.store.database import Database

log = logging.getLogger(__name__)
DATABASE_RETRY = 5.0
"""Seconds until a database that failed is asked again; the mail waits on the server meanwhile."""
RETRY_EVERY = 20.0
"""Seconds after which messages that failed are tried once more: the third failure must reach staff within a minute."""


FINISH_SECONDS = 8.0
"""How long mailboxes may take to finish their batches once they are told to stop."""


class Watcher(threading.Thread):
    """Takes the mail of one mailbox until `stop` is called."""

    def __init__(
        self, mailbox: Mailbox, database: Database, desk: Callable[[], Desk], left_notices: Callable[[], None]
    ) -> None:
        super().__init__(name=f"mailbox-{mailbox.name}", daemon=True)
        self.mailbox = mailbox
        self.taken = 0
        self._database, self._desk, self._left_notices = database, desk, left_notices
        self._stopping = threading.Event()
        self._bell, self._rope = socket.socketpair()
        self._backoff = Backoff()
        self._retry_at = time.monotonic() + RETRY_EVERY

    def stop(self) -> None:
        """End after the batch in hand; may be called from any thread."""
        self._stopping.set()
        self._rope.send(b"!")

    def run(self) -> None:
        """Connect, take what waits, wait for more; after any fault again, with back-off."""
        while not self._stopping.is_set():
            try:
                self._watch()
            except InboxError as error:
                self._pause(self._backoff.next(error), str(error))
            except DBAPIError as error:
                self._retry_at = 0.0  # what was taken and not decided is to wait no longer than the database does
                self._pause(DATABASE_RETRY, f"the database cannot be used: {error.orig}")
            except Exception as error:
                log.exception("mailbox %s: a fault that nobody foresaw", self.mailbox.name)
                self._pause(self._backoff.next(error), f"{type(error).__name__}: {error}")

    def once(self) -> int:
        """Take all that waits now. Gives how many messages were taken; raises InboxError."""
        with closing(self._inbox()) as inbox:
            inbox.connect()
            self._take_waiting(inbox)
        return self.taken

    def _inbox(self) -> Inbox:
        return Inbox(self.mailbox, self._desk().config.limits.size, self._bell)

    def _watch(self) -> None:
        with closing(self._inbox()) as inbox:
            inbox.connect()
            while not self._stopping.is_set():
                self._take_waiting(inbox)
                self._backoff.reset()
                self._try_failed_again()
                inbox.wait(RETRY_EVERY)

    def _take_waiting(self, inbox: Inbox) -> None:
        for batch in inbox.waiting(self._known):
            self._take(batch)
            inbox.settle([*batch.known, *(message.ref for message in batch.messages)])
            if self._stopping.is_set():
                return

    def _take(self, batch: Batch) -> None:
        """Instants 1 and 2; the caller settles the server's copies only after them."""
        if not batch.messages:
            return
        now = datetime.now(UTC)
        with self._database.write() as session:
            taken = journal.take(session, [_copy(message) for message in batch.messages], now)
        journal.decide(self._database, self._desk(), [mail_id for mail_id, is_new in taken if is_new], now)
        self.taken += len(taken)
        self._left_notices()

    def _known(self, uidvalidity: int, uids: Sequence[int]) -> set[int]:
        with self._database.read() as session:
            return queries.known_uids(session, self.mailbox.name, uidvalidity, uids)

    def _try_failed_again(self) -> None:
        if time.monotonic() < self._retry_at:
            return
        self._retry_at = time.monotonic() + RETRY_EVERY
        if journal.again(self._database, self._desk(), datetime.now(UTC)):
            self._left_notices()

    def _pause(self, seconds: float, why: str) -> None:
        log.warning("mailbox %s: %s; again in %.0f s", self.mailbox.name, why, seconds)
        self._stopping.wait(seconds)


def _copy(message: RawMessage) -> journal.Copy:
    ref, raw = message.ref, message.header if message.raw is None else message.raw
    return journal.Copy(ref.mailbox, ref.uidvalidity, ref.uid, raw, message.size)


class Watchers:
    """The watchers of all configured mailboxes."""

    def __init__(self, database: Database, desk: Callable[[], Desk], left_notices: Callable[[], None]) -> None:
        self._database, self._desk, self._left_notices = database, desk, left_notices
        self._running: list[Watcher] = []
        self._taken_before = 0

    @property
    def taken(self) -> int:
        """How many messages were taken, by all of them."""
        return self._taken_before + sum(watcher.taken for watcher in self._running)

    def adjust(self) -> None:
        """Watch what is configured now: a mailbox whose settings changed is left and entered anew."""
        wanted = self._desk().config.mailboxes
        self._end([watcher for watcher in self._running if watcher.mailbox not in wanted])
        watched = [watcher.mailbox for watcher in self._running]
        for mailbox in wanted:
            if mailbox not in watched:
                watcher = Watcher(mailbox, self._database, self._desk, self._left_notices)
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
