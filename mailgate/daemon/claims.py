"""The claims of one daemon on notices: made by turns, within the provider's cap, and its own only while it lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from mailgate.daemon import cap
from mailgate.daemon.holder import has_ended
from mailgate.daemon.lease import Lease, daemon_lease
from mailgate.daemon.outage import Outage
from mailgate.desk.context import Desk
from mailgate.desk.entitled import still_to_send
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Notice

IN_HAND = 8
"""Notices claimed for each connection: what is composed, sent and not yet settled."""
CLAIM = timedelta(minutes=30)
"""How long a claimed notice is left to a claimer who lives; longer than any one try takes (RFC 5321 4.5.3.2)."""


class Claims:
    """What `holder` has in hand. On PostgreSQL a lease under its own name tells the others that it lives."""

    def __init__(self, database: Database, holder: str, desk: Callable[[], Desk]) -> None:
        self._database, self._holder, self._desk = database, holder, desk
        self._lease = Lease(database, daemon_lease(holder), holder)
        self._turns: queries.Turns = {}
        self._ours: set[int] = set()
        self._cap = Outage("[smtp]")
        self._capped_until: datetime | None = None

    def make(self, now: datetime, most: int, share: queries.Share | None = None) -> list[Notice]:
        """Claim up to `most` notices that are due and may still be read, of each domain no more than its share."""
        with self._database.write() as session:
            self._live_on(session)
            most = min(most, self._room(session, now, most))
            if most == 0:
                return []
            until = now + CLAIM
            found = queries.claim_notices(session, now, self._holder, until, most, turns=self._turns, share=share)
            kept = still_to_send(session, found, now, self._desk())
        self._ours.update(notice.id for notice in kept)
        return kept if kept or not found else self.make(now, most, share)

    def is_ours(self, notice: Notice) -> bool:
        """May it be tried? Not where this process hung for so long that another may have it in hand."""
        return self._lease.is_fresh() and notice.id in self._ours

    def settled(self, notices: Iterable[Notice]) -> None:
        """They are in nobody's hand any more."""
        self._ours.difference_update(notice.id for notice in notices)

    def renew(self) -> bool:
        """Live on, and free what others had in hand who do not. True where there was anything."""
        with self._database.write() as session:
            self._live_on(session)
            return free_what_the_dead_hold(session, datetime.now(UTC))

    def capped_for(self, now: datetime) -> float:
        """Seconds until the provider's cap lets another notice through."""
        return max(0.0, (self._capped_until - now).total_seconds()) if self._capped_until else 0.0

    def close(self) -> None:
        """Nothing is in hand any more; another daemon sends what is left."""
        with self._database.write() as session:
            queries.release_claims(session, datetime.now(UTC), self._holder)
            queries.give_up_lease(session, daemon_lease(self._holder), self._holder)

    def _live_on(self, session: Session) -> None:
        if not self._lease.is_fresh():
            self._ours.clear()
        self._lease.hold(session)

    def _room(self, session: Session, now: datetime, most: int) -> int:
        """How many notices the provider takes at this moment."""
        allowed = cap.allowed(session, self._desk().config.smtp, now)
        self._capped_until = allowed.again_at if allowed.notices == 0 else None
        if allowed.notices < most and (due := queries.count_due(session, now)) > allowed.notices:
            self._cap.met(
                self._holder, f"{allowed.setting} is reached", f": {due} notices wait and go out as it allows"
            )
        elif allowed.notices >= most:
            self._cap.over(self._holder)
        return allowed.notices


def free_what_the_dead_hold(session: Session, now: datetime) -> bool:
    """The claims and mailboxes of daemons that have ended, or whose lease has lapsed. True where there were claims."""
    alive = {lease.holder for lease in queries.leases(session) if lease.name == daemon_lease(lease.holder)}
    for holder in filter(has_ended, queries.lease_holders(session)):
        queries.lapse_leases_of(session, holder)
        alive.discard(holder)
    dead = [holder for holder in queries.claim_holders(session) if holder not in alive]
    for holder in dead:
        queries.release_claims(session, now, holder)
        queries.give_up_lease(session, daemon_lease(holder), holder)
    return bool(dead)


def room_for(connections: int, in_hand: int, under_way: int) -> int:
    """How many more notices to claim; 0 also where a few are better claimed later, with others, because a claim costs
    about as much for one as for a dozen.

    `under_way` are those in hand that wait behind no other of their domain. While they keep all connections busy,
    nobody waits for a claim.
    """
    whole = connections * IN_HAND
    fewest = whole // 2 if under_way >= connections else connections
    return whole - in_hand if whole - in_hand >= fewest else 0
