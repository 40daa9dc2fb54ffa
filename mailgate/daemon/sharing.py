"""Mailboxes shared out among daemons: one that holds fewer asks for one, and its holder hands it over between batches.

Why it is asked for, and not given away: only who waits for a mailbox can find out that it is reached from there, and
that the password is right. Why it comes to rest: a mailbox leaves only one who holds two more than the other, so that
each change makes the shares more even.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable

from sqlmodel import Session

from mailgate.daemon.lease import LOOK_EVERY, Lease, mailbox_holders, wish_lease
from mailgate.store import queries
from mailgate.store.database import Database

log = logging.getLogger(__name__)


class Sharing:
    """One mailbox among all that are held; `lease` is this daemon's hold on it."""

    def __init__(self, database: Database, mailbox: str, holder: str, lease: Lease) -> None:
        self._database, self._mailbox, self._holder, self._lease = database, mailbox, holder, lease
        self._wish = Lease(database, wish_lease(mailbox), holder)
        self._look_at = 0.0
        self._asked_by: str | None = None

    def ask(self, reach: Callable[[], None]) -> None:
        """Ask whoever holds it, where that would make the shares more even and nobody else has asked.

        `reach` is called first; what it raises where the mailbox cannot be worked on from here is passed on.
        """
        with self._database.read() as session:
            held, asked_by = mailbox_holders(session), queries.lease_holder(session, wish_lease(self._mailbox))
        other = held.get(self._mailbox)
        if other is None or not _evens(held, other, self._holder):
            self.ask_no_more()
            return
        if asked_by is None:
            reach()
        self._wish.take()

    def ask_no_more(self) -> None:
        """It is held now, or is not to be."""
        self._wish.give_up()

    def look(self) -> bool:
        """True where it is found that another daemon asks for it; nobody looks more often than every few seconds."""
        if not self._lease.is_held or time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + LOOK_EVERY
        with self._database.read() as session:
            asks = queries.lease_holder(session, wish_lease(self._mailbox))
        self._asked_by = asks if asks != self._holder else None
        return self._asked_by is not None

    def hand_over(self) -> bool:
        """To the daemon that asks for it, if any does; to be called while nothing of the mailbox is in hand, and often.

        What is undecided stays with the one who took it.
        """
        self.look()
        to, self._asked_by = self._asked_by, None
        if to is None:
            return False
        with self._database.write() as session:
            if not self._may_go(session, to):
                return False
            self._lease.hand_over(session, to)
        log.info("mailbox %s: handed over to %s, which held fewer", self._mailbox, to)
        return True

    def _may_go(self, session: Session, to: str) -> bool:
        queries.one_hands_over_at_a_time(session)
        is_even = not _evens(mailbox_holders(session), self._holder, to)
        return not is_even and self._mailbox not in queries.undecided_by_mailbox(session)


def _evens(held: dict[str, str], giver: str, taker: str) -> bool:
    """Would one mailbox from hand to hand make the shares more even?"""
    shares = Counter(held.values())
    return shares[giver] - shares[taker] >= 2
