"""What this daemon holds while others share its PostgreSQL: a mailbox is worked on by one of them at a time.

Why the very thread that works on a mailbox renews its lease: one that hangs, or cannot reach the database, renews
nothing and loses it; nobody needs to find out which of the two it was. On an SQLite file, which one daemon locks,
everything is held always, and nothing is written.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from sqlmodel import Session

from mailgate.store import queries
from mailgate.store.database import Database

log = logging.getLogger(__name__)
RENEW_EVERY = 6.0
"""Seconds; three times in `LEASE`, so that one that fails is not the end."""
LOOK_EVERY = 3.0
"""Seconds after which one who waits for a mailbox asks for it again."""

_MAILBOX = "mailbox "
_NEVER = float("-inf")


class LeaseLost(Exception):
    """It has lapsed, or is another's by now: stop before anything else is taken or settled."""


class Lease:
    """One name, held or not. `took_over` is called where its last holder did not give it up: he may have died."""

    def __init__(
        self, database: Database, name: str, holder: str, took_over: Callable[[], None] = lambda: None
    ) -> None:
        self._database, self._name, self._holder = database, name, holder
        self._took_over = took_over
        self._is_shared = not database.is_sqlite
        self._renewed_at = _NEVER
        self.other: str | None = None
        """Who held it when it was last asked for in vain."""

    def take(self) -> bool:
        """Take it if nobody else holds it."""
        if not self._is_shared:
            return True
        began = _clock()
        with self._database.write() as session:
            now_held_by, left_by = queries.take_lease(session, self._name, self._holder)
        if now_held_by != self._holder:
            self.other = now_held_by
            return False
        self.other, self._renewed_at = None, began
        if left_by not in (None, self._holder):
            log.warning("%s is taken over: nothing was heard of %s", self._name, left_by)
            self._took_over()
        return True

    def keep(self, session: Session) -> None:
        """Renew it in a transaction that does something under it, and holds it to its end. Raises LeaseLost."""
        if not self._is_shared:
            return
        began = _clock()
        if not queries.renew_lease(session, self._name, self._holder):
            self._renewed_at = _NEVER
            raise LeaseLost(f"{self._name} is another daemon's by now")
        self._renewed_at = began

    def hold(self, session: Session) -> None:
        """Take or renew one that nobody else would ever take, where its time has come."""
        if self._is_shared and (began := _clock()) - self._renewed_at >= LOOK_EVERY:
            queries.take_lease(session, self._name, self._holder)
            self._renewed_at = began

    def renew(self) -> None:
        """The same by itself. Raises LeaseLost."""
        if self._is_shared:
            with self._database.write() as session:
                self.keep(session)

    def renew_in_time(self) -> None:
        """The same, where it is held and its time has come; may be called often. Raises LeaseLost."""
        if self.is_held and _clock() - self._renewed_at >= RENEW_EVERY:
            self.renew()

    def is_fresh(self) -> bool:
        """Held for certain, without asking the database: for what no transaction can guard."""
        return not self._is_shared or _clock() - self._renewed_at < queries.LEASE.total_seconds()

    def hand_over(self, session: Session, to: str) -> None:
        """Another holds it from now on, who asks for it soon: nobody takes it before him. Raises LeaseLost."""
        self._renewed_at = _NEVER
        if not queries.hand_lease(session, self._name, self._holder, to):
            raise LeaseLost(f"{self._name} is another daemon's by now")

    def give_up(self) -> None:
        """Another may take it at once."""
        if self.is_held:
            self.leave()

    def leave(self) -> None:
        """The same, also where it was handed over to us and nobody here has noticed yet."""
        if self._is_shared:
            self._renewed_at = _NEVER
            with self._database.write() as session:
                queries.give_up_lease(session, self._name, self._holder)

    @property
    def is_held(self) -> bool:
        """As far as is known, and where others could hold it: never on SQLite."""
        return self._renewed_at > _NEVER


def mailbox_lease(mailbox: str) -> str:
    """The name of a mailbox's lease."""
    return _MAILBOX + mailbox


def wish_lease(mailbox: str) -> str:
    """The name of the lease by which a daemon asks to be handed a mailbox."""
    return f"wish {mailbox}"


def daemon_lease(holder: str) -> str:
    """The name of the lease by which others see that a daemon lives: what it has claimed is its own."""
    return f"daemon {holder}"


def held_by_others(database: Database, holder: str, but: str | None = None) -> frozenset[str]:
    """Names of the mailboxes that other daemons hold at this moment; with `but`, of all that are held but that one."""
    if database.is_sqlite:
        return frozenset()
    with database.read() as session:
        held = mailbox_holders(session)
    return frozenset(name for name, who in held.items() if name != but and (who != holder or but is not None))


def mailbox_holders(session: Session) -> dict[str, str]:
    """By name of the mailbox: who holds it at this moment. On SQLite, where nobody else could, it is not written."""
    held = {lease.name: lease.holder for lease in queries.leases(session)}
    return {name.removeprefix(_MAILBOX): who for name, who in held.items() if name.startswith(_MAILBOX)}


def _clock() -> float:
    """Seconds; goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
