"""One mailbox, in one thread: what waits in it, settling what was taken, and waiting for more."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imapclient import DELETED, SEEN, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mailgate.inbox import fetch, idle
from mailgate.inbox.errors import InboxError, Unreachable, translated
from mailgate.inbox.fetch import Batch, ImapRef, Listed
from mailgate.inbox.folders import create, folders, select, uidvalidity
from mailgate.inbox.link import cut, open_link, say_goodbye

if TYPE_CHECKING:
    from mailgate.config.models import Mailbox

RENEWAL_SECONDS = 45.0
"""How long one IDLE lasts: with the read time-out of 30 s a link that died silently is noticed within 90 (R11)."""
LATE_SECONDS = 5.0
"""The same on a server that looks for mail seldom during an IDLE (Courier, once a minute), and always at its end."""
UIDS_AT_ONCE = 500
"""Fits into a command line of 8192 bytes (RFC 7162, section 4) and into one query of the journal."""
SEARCH_WINDOW = 50_000
"""Messages that one SEARCH answers for: imaplib takes no line above 1,000,000 bytes."""

Known = Callable[[int, Sequence[int]], Collection[int]]
"""The journal's answer: which of these UIDs, under this UIDVALIDITY, were taken before."""


class Inbox:
    """The mailbox of one `[[mailbox]]` table. Every method may raise InboxError; the connection is then closed.

    `size_limit` in bytes. `wake` is one end of a socket pair; a byte written to the other ends `wait` at once.
    `alive` is called every few seconds by what takes long.
    """

    def __init__(
        self, mailbox: Mailbox, size_limit: int, wake: socket.socket, alive: Callable[[], None] = lambda: None
    ) -> None:
        self._name, self._imap = mailbox.name, mailbox.imap
        self._size_limit, self._wake, self._alive = size_limit, wake, alive
        self._client: IMAPClient | None = None
        self._folder = self._processed = ""
        self._uidvalidity = self._count = 0
        self._low = 1
        self._was_quiet = self._tells_late = False

    def connect(self) -> None:
        """Log in and open the folder, on a new connection; the next `waiting` looks at the whole folder."""
        self.close()
        client = open_link(self._imap)
        self._client, self._low, self._was_quiet = client, 1, False
        with self._guarded("open the folder"):
            names = folders(client)
            self._folder, self._processed = map(names.name, (self._imap.folder, self._imap.processed_folder))
            self._select()

    def close(self) -> None:
        """Log out, in two seconds at most; without a connection do nothing."""
        if self._client is not None:
            say_goodbye(self._client)
            self._client = None

    def waiting(self, known: Known) -> Iterator[Batch]:
        """What lies in the folder, oldest first. A batch is done with when the next one is asked for.

        What `known` names is not read again: it comes back in `Batch.known`, for settling. After an InboxError, and
        after `connect`, ask anew.
        """
        for uids in fetch.chunks(self._candidates(), UIDS_AT_ONCE):
            taken = set(known(self._uidvalidity, uids))
            if taken:
                self._trust_numbers()
            if unsettled := self._unsettled([uid for uid in uids if uid in taken]):
                yield Batch(known=tuple(map(self._ref, unsettled)))
            with self._guarded("ask for the sizes of messages"):
                sizes = fetch.listed(self._live, [uid for uid in uids if uid not in taken])
            for portion in fetch.portions(sizes):
                yield self._read(portion)  # under no name: a large message is not held while others work on it
            self._low = uids[-1] + 1

    def untaken(self, known: Known) -> frozenset[int]:
        """UIDs of the messages that lie in the folder and that `known` does not name; none is read."""
        uids = fetch.chunks(self._candidates(), UIDS_AT_ONCE)
        return frozenset(uid for some in uids for uid in set(some).difference(known(self._uidvalidity, some)))

    def settle(self, refs: Sequence[ImapRef]) -> None:
        """Move them away, or mark them as seen: the journal has them for good.

        What is gone meanwhile is settled. So is what has another UIDVALIDITY: such a UID names another message now.
        """
        uids = [ref.uid for ref in refs if ref.mailbox == self._name and ref.uidvalidity == self._uidvalidity]
        action = self._mark_seen if self._keeps else self._move
        with self._guarded("settle messages"):
            for some in fetch.chunks(sorted(uids), UIDS_AT_ONCE):
                self._despite_gaps(action, some)

    def wait(self, timeout: float, *, quietly: bool = False) -> bool:
        """Return when there may be something new (True), when `wake` is written to, or after `timeout` seconds.

        `quietly`: the thread is not woken to call `alive`.

        Some servers tell what came before an IDLE only at its end: the first ones are short where mail was found just
        now, because more of it may have come while that was read. Where a longer one ends so, none is long any more.
        """
        with self._guarded("wait for mail"):
            idles = self._live.has_capability("IDLE")
            longest = min(LATE_SECONDS if self._tells_late else RENEWAL_SECONDS, self._imap.poll.total_seconds())
            one_round = idle.idle if idles else idle.doze
            seconds = longest if self._was_quiet or not idles else 0.0
            alive = None if quietly else self._alive
            end = time.monotonic() + timeout
            while not idle.news(self._live) and (left := end - time.monotonic()) > 0:
                began, length = time.monotonic(), min(left, seconds)
                if one_round(self._live, self._wake, length, alive):
                    break
                lasted = time.monotonic() - began
                self._tells_late |= idles and lasted >= length >= LATE_SECONDS and idle.news(self._live)
                seconds = min(longest, 2 * seconds + 1)
            return idle.news(self._live)

    # --- what waits ---------------------------------------------------------------------------------------------

    def _candidates(self) -> list[int]:
        """UIDs, ascending. Where messages stay in the folder, only those above the ones seen on this connection."""
        with self._guarded("search the folder"):
            idle.forget_news(self._live)
            found = sorted(self._searched())
            self._was_quiet = not found
            return found

    def _searched(self) -> set[int]:
        if self._keeps and self._low > 1:  # "n:*" always names the last message, even when its UID is below n
            found = {uid for uid in self._live.search(["UID", f"{self._low}:*"]) if uid >= self._low}
            if not found:
                self._trust_numbers()
            return found
        if self._count > SEARCH_WINDOW:
            self._select()  # its count must be exact
        return {uid for some in _windows(self._count) for uid in self._live.search(some)}

    def _trust_numbers(self) -> None:
        """Some servers number a folder anew beneath an open connection, and say nothing: a UID names other mail then.

        Why not SELECT again: all mail of the folder would look like news.
        """
        with self._guarded("ask for the numbering of messages"):
            if uidvalidity(self._live, self._folder) not in (None, self._uidvalidity):
                raise InboxError(
                    f"{self._name}: the server has numbered its messages anew (UIDVALIDITY). All are looked at again."
                )

    def _read(self, portion: Sequence[Listed]) -> Batch:
        with self._guarded("read messages"):
            self._alive()
            return Batch(tuple(fetch.read(self._live, portion, self._ref, self._size_limit, self._alive)))

    def _unsettled(self, uids: list[int]) -> list[int]:
        """Of messages that were taken, those that do not look like it on the server."""
        if not self._keeps or not uids:
            return uids
        with self._guarded("search the folder"):
            return sorted(set(uids).intersection(self._live.search(["UID", _uid_set(uids), "UNSEEN"])))

    # --- settling -----------------------------------------------------------------------------------------------

    def _mark_seen(self, uids: list[int]) -> None:
        self._live.add_flags(uids, [SEEN], silent=True)

    def _move(self, uids: list[int]) -> None:
        move = self._live.move if self._live.has_capability("MOVE") else self._copy_and_delete
        try:
            move(uids, self._processed)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            if self._live.folder_exists(self._processed):
                raise
            create(self._live, self._processed)
            move(uids, self._processed)

    def _copy_and_delete(self, uids: list[int], folder: str) -> None:
        r"""RFC 3501's way to move. What is \Deleted was copied before a crash, or by somebody else's move."""
        flags = self._live.get_flags(uids)
        here = [uid for uid in uids if uid in flags and DELETED not in flags[uid]]
        if here:
            self._live.copy(here, folder)
            self._live.add_flags(here, [DELETED], silent=True)
        if self._live.has_capability("UIDPLUS"):  # a plain EXPUNGE would take other people's messages too
            self._live.uid_expunge(uids)

    def _despite_gaps(self, action: Callable[[list[int]], None], uids: list[int]) -> None:
        """Some servers refuse the whole command when one of its messages is gone: then only what is left of them.

        People go on deleting meanwhile, and a server need not say at once what is gone: hence NOOP, and again.
        """
        while uids:
            try:
                action(uids)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                self._live.noop()
                left = sorted(self._live.search(["UID", _uid_set(uids)]))
                if left == uids:
                    raise
                uids = left
            else:
                return

    # --- the connection -----------------------------------------------------------------------------------------

    def _select(self) -> None:
        opened = select(self._live, self._folder)
        self._uidvalidity, self._count = opened[b"UIDVALIDITY"], opened[b"EXISTS"]

    @property
    def _keeps(self) -> bool:
        return self._imap.after == "seen"

    @property
    def _live(self) -> IMAPClient:
        if self._client is None:
            raise Unreachable(f"{self._name}: not connected.")
        return self._client

    def _ref(self, uid: int) -> ImapRef:
        return ImapRef(self._name, self._uidvalidity, uid)

    @contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        """After any error nobody knows what the server will say next on this connection: it is cut."""
        try:
            with translated(f"{self._name}: cannot {what} on {self._imap.host}:{self._imap.port}"):
                yield
        except InboxError:
            if self._client is not None:
                cut(self._client)
                self._client = None
            raise


def _windows(count: int) -> list[str]:
    """Search keys that together name every message of a folder. The last come first: what somebody expunges
    meanwhile shifts the others down, into a window that is still to be searched."""
    if count <= SEARCH_WINDOW:
        return ["ALL"]
    *firsts, last = range(1, count + 1, SEARCH_WINDOW)
    return [f"{last}:*", *(f"{first}:{first + SEARCH_WINDOW - 1}" for first in reversed(firsts))]


def _uid_set(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))
