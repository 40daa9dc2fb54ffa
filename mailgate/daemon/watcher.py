"""One thread a mailbox: the whole way of its mail, from the server's bytes to the commit, straight through."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from mailgate.config import Mailbox
from mailgate.daemon.lease import LOOK_EVERY, Lease, LeaseLost, held_by_others, mailbox_lease
from mailgate.daemon.outage import Outage
from mailgate.daemon.retries import Hold, Retries
from mailgate.daemon.sharing import Sharing
from mailgate.daemon.signs import Signs
from mailgate.desk import journal
from mailgate.desk.context import Desk
from mailgate.inbox import Backoff, Batch, Inbox, InboxError, RawMessage, Unreachable
from mailgate.inbox.watch import RENEWAL_SECONDS
from mailgate.store import queries
from mailgate.store.advice import complaint
from mailgate.store.database import Database

log = logging.getLogger(__name__)
DATABASE_RETRY = 5.0
"""Seconds until a database that failed is asked again; the mail waits on the server meanwhile."""
CERTAIN_AFTER = 3.0
"""Seconds of waiting for mail after which a fault of the server counts as over, unless some is taken before: there are
servers that let in, and hang up as soon as they are waited for."""


class Watcher(threading.Thread):
    """Takes the mail of one mailbox until `stop` is called, as long as no other daemon holds the mailbox."""

    def __init__(
        self,
        mailbox: Mailbox,
        database: Database,
        desk: Callable[[], Desk],
        left_notices: Callable[[], None],
        holder: str,
        outage: Outage,
        signs: Signs,
        retries: Retries,
    ) -> None:
        super().__init__(name=f"mailbox-{mailbox.name}", daemon=True)
        self.mailbox = mailbox
        self.taken = 0
        self.read_until: datetime | None = None
        """What came before was taken and decided."""
        self._database, self._desk, self._left_notices, self._holder = database, desk, left_notices, holder
        self._lease = Lease(database, mailbox_lease(mailbox.name), holder, self._decide_what_was_left)
        self._sharing = Sharing(database, mailbox.name, holder, self._lease)
        self._database_outage, self._outage = outage, Outage(f"mailbox {mailbox.name}")
        self._signs, self._part = signs, signs.part(f"mailbox {mailbox.name}")
        self._stopping, self._hurried, self._idles = threading.Event(), threading.Event(), threading.Event()
        self._bell, self._rope = socket.socketpair()
        self._backoff, self._retries = Backoff(), retries
        self._told_of: str | None = None
        self._ask_at = 0.0

    def stop(self) -> None:
        """End after the batch in hand; may be called from any thread."""
        self._stopping.set()
        self._rope.send(b"!")

    def hurry(self) -> None:
        """Try again soon where a fault is being waited out: what caused it may be mended. From any thread."""
        self._ask_at = 0.0
        self._hurried.set()

    def look_again(self) -> None:
        """Where mail is waited for, look whether there is any; else it is looked for anyway. From any thread."""
        if self._idles.is_set():
            self._rope.send(b"!")

    def run(self) -> None:
        """Hold the mailbox, connect, take what waits, wait for more; after any fault again, with back-off."""
        while not self._stopping.is_set():
            with contextlib.suppress(DBAPIError, LeaseLost):  # the next attempt will meet it again
                self._rest(self._attempt())
        with contextlib.suppress(DBAPIError):
            self._sharing.ask_no_more()
            self._lease.leave()
        self._signs.ended(self._part)

    def once(self) -> int:
        """Take all that waits now, unless another daemon does. Gives how many were taken; raises InboxError."""
        if not self._lease.take():
            log.warning("mailbox %s: %s takes its mail", self.mailbox.name, self._lease.other)
            return 0
        try:
            with closing(self._inbox()) as inbox:
                inbox.connect()
                self._take_waiting(inbox)
        finally:
            self._lease.give_up()
        return self.taken

    def _attempt(self) -> float:
        """Watch until something goes wrong. Gives the seconds until the next attempt."""
        try:
            if not self._lease.take():
                self._note_other()
                self._ask_for_it()
                return LOOK_EVERY
            self._note_own()
            self._watch()
        except LeaseLost as lost:
            log.warning("%s", lost)
            return LOOK_EVERY
        except InboxError as error:
            seconds = self._failed(error)
            if isinstance(error, Unreachable):
                self._lease.give_up()  # perhaps another daemon reaches it
            return seconds
        except DBAPIError as error:
            self._retries.needed(at_once=True)  # what was not decided is to wait no longer than the database does
            self._part.failed(complaint(error))
            self._database_outage.met(self.name, complaint(error))
            return DATABASE_RETRY
        except Exception as error:
            log.exception("mailbox %s: a fault that nobody foresaw", self.mailbox.name)
            self._retries.needed()
            self._part.failed(f"{type(error).__name__}: {error}")
            return self._backoff.next(error)
        return 0.0

    def _failed(self, error: InboxError) -> float:
        """Say so. Gives the seconds until the next try."""
        seconds = self._backoff.next(error)
        self._part.failed(str(error))
        self._outage.met(self.name, str(error), f" Tried again in {seconds:.0f} s, then ever more slowly.")
        return seconds

    def _rest(self, seconds: float) -> None:
        """A pause during which the mailbox stays ours: a wrong password is not to be tried by each daemon in turn."""
        end = time.monotonic() + seconds
        self._hurried.clear()
        while not (self._stopping.is_set() or self._hurried.is_set()) and (left := end - time.monotonic()) > 0:
            self._stopping.wait(min(left, LOOK_EVERY))
            self._get_on()

    def _note_other(self) -> None:
        self._database_outage.over(self.name)
        if self._lease.other != self._told_of:
            self._told_of = self._lease.other
            log.info("mailbox %s: %s takes its mail", self.mailbox.name, self._lease.other)

    def _note_own(self) -> None:
        self._sharing.ask_no_more()
        if self._told_of is not None:
            log.info("mailbox %s: its mail is taken here now", self.mailbox.name)
            self._told_of = None

    def _ask_for_it(self) -> None:
        """Where the other holds too many; but who cannot reach it does not take it from one who can."""
        if time.monotonic() < self._ask_at:
            return
        try:
            self._sharing.ask(self._reach)
        except InboxError as error:
            self._ask_at = time.monotonic() + self._failed(error)

    def _reach(self) -> None:
        with closing(self._inbox()) as inbox:
            inbox.connect()
        self._outage.over(self.name)

    def _goes_on(self) -> bool:
        """Between two batches: is there more to do for this daemon?"""
        return not (self._stopping.is_set() or self._sharing.hand_over())

    def _inbox(self) -> Inbox:
        return Inbox(self.mailbox, self._desk().config.limits.size, self._bell, self._get_on)

    def _get_on(self) -> None:
        """Between two steps of what may take long."""
        self._part.gets_on()
        self._lease.renew_in_time()
        if self._sharing.look():
            self._rope.send(b"!")  # wait for mail no longer

    def _watch(self) -> None:
        with closing(self._inbox()) as inbox:
            inbox.connect()
            taken, has_waited = self.taken, False
            while self._take_waiting(inbox):
                self._part.went_well(RENEWAL_SECONDS)
                self._database_outage.over(self.name)
                if has_waited or self.taken > taken:
                    self._all_is_well()
                self._try_failed_again()
                self._wait(inbox)
                has_waited = True

    def _wait(self, inbox: Inbox) -> None:
        self._idles.set()
        try:
            # On SQLite there is no lease to be renewed meanwhile, and the longest wait is announced.
            seconds = CERTAIN_AFTER if self._backoff.is_in_trouble else RENEWAL_SECONDS
            inbox.wait(min(seconds, self._retries.left()), quietly=self._database.is_sqlite)
        finally:
            self._idles.clear()

    def _all_is_well(self) -> None:
        self._backoff.reset()
        self._outage.over(self.name)

    def _take_waiting(self, inbox: Inbox) -> bool:
        """All that waits now; False where this daemon has nothing more to do with the mailbox."""
        begun, all_decided = datetime.now(UTC), True
        for batch in inbox.waiting(self._known):
            refs = [*batch.known, *(message.ref for message in batch.messages)]
            start = time.monotonic()
            with self._retries.holding() as hold:
                count, bytes_of = self._take(batch, hold)
                del batch  # so that what was read is held no longer
                if not self._decide(bytes_of):
                    all_decided = False
                    self._retries.needed()
            if count:
                self._signs.tally.took(time.monotonic() - start, count)
            self._lease.renew()
            inbox.settle(refs)
            if not self._goes_on():
                return False
        if all_decided:
            self.read_until = begun
        return self._goes_on()

    def _take(self, batch: Batch, hold: Hold) -> tuple[int, journal.Bytes]:
        """Instant 1: how many messages, and the bytes of those that were never seen before."""
        if not batch.messages:
            return 0, {}
        copies = [self._copy(message) for message in batch.messages]
        with self._database.write() as session:
            self._lease.keep(session)
            taken = journal.take(session, copies, datetime.now(UTC))
            new = {
                mail_id: (copy.raw, copy.size) for copy, (mail_id, is_new) in zip(copies, taken, strict=True) if is_new
            }
            hold(new)
        self.taken += len(taken)
        return len(taken), new

    def _decide(self, bytes_of: journal.Bytes) -> bool:
        """Instant 2; the caller settles the server's copies only after it. False where some failed."""
        if not bytes_of:
            return True
        self._get_on()
        mail_ids = list(bytes_of)
        decided = journal.decide(self._database, self._desk(), mail_ids, datetime.now(UTC), bytes_of)
        self._left_notices()
        return decided == len(mail_ids)

    def _known(self, uidvalidity: int, uids: Sequence[int]) -> set[int]:
        with self._database.read() as session:
            return queries.known_uids(session, self.mailbox.name, self.mailbox.imap.place, uidvalidity, uids)

    def _copy(self, message: RawMessage) -> journal.Copy:
        ref, raw = message.ref, message.header if message.raw is None else message.raw
        return journal.Copy(ref.mailbox, ref.uidvalidity, ref.uid, raw, message.size, self.mailbox.imap.place)

    def _try_failed_again(self) -> None:
        if self._retries.take_turn():
            self._try_again(held_by_others(self._database, self._holder))

    def _decide_what_was_left(self) -> None:
        """The daemon that held the mailbox before may have died of a message that it had in hand."""
        self._try_again(held_by_others(self._database, self._holder, but=self.mailbox.name), after_crash=True)

    def _try_again(self, besides: Collection[str], *, after_crash: bool = False) -> None:
        if journal.again(
            self._database,
            self._desk(),
            datetime.now(UTC),
            besides=besides,
            in_hand=self._retries.in_hand,
            alone=self._retries.alone,
            after_crash=after_crash,
        ):
            self._retries.needed()  # for what failed once more
            self._left_notices()
