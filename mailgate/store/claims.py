"""Who sends what: notices are claimed by row, and by turns of the mailboxes that they come from and of their readers'
domains, so that a burst in one place waits behind nobody else's single notice and nobody behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlmodel import Session, col

from mailgate.store.tables import Notice

Turns = dict[str, str]
"""By mailbox: the domain whose turn was last; under "" the mailbox."""


def claim_notices(
    session: Session,
    now: datetime,
    holder: str,
    until: datetime,
    limit: int,
    *,
    turns: Turns | None = None,
    crowded: Collection[str] = (),
) -> Sequence[Notice]:
    """Notices that are due, claimed by `holder`: nobody else tries them before `until`.

    Where more are due than `limit`, each mailbox gets its share, and in it each domain; `turns` is where the last call
    ended. Domains that are `crowded` get none.
    """
    oldest = session.scalars(_due(now).limit(limit)).all()
    chosen: Sequence[Notice] = [notice for notice in oldest if notice.domain not in crowded]
    if len(oldest) == limit:
        chosen = list(_by_turns(session, now, limit, {} if turns is None else turns, crowded)) or chosen
    for notice in chosen:
        notice.claimed_by, notice.next_at = holder, until
    return chosen


def claim_holders(session: Session) -> Sequence[str]:
    """Who has notices in hand."""
    held = select(col(Notice.claimed_by)).where(col(Notice.claimed_by).is_not(None))
    return [holder for holder in session.scalars(held.distinct()) if holder is not None]


def release_claims(session: Session, now: datetime, holder: str) -> None:
    """After a crash: what `holder` had in hand is due again at once."""
    session.execute(update(Notice).where(col(Notice.claimed_by) == holder).values(claimed_by=None, next_at=now))


def next_notice_at(session: Session) -> datetime | None:
    """When the next notice falls due, or its claim lapses; None where nothing waits."""
    return session.scalars(
        select(col(Notice.next_at)).where(col(Notice.state) == "waiting").order_by(col(Notice.next_at)).limit(1)
    ).first()


def accepted_since(session: Session, since: datetime) -> int:
    """How many notices servers accepted at or after `since`."""
    return session.scalar(select(func.count()).where(col(Notice.accepted_at) >= since)) or 0


def nth_last_accepted(session: Session, number: int) -> datetime | None:
    """When the `number`-th last notice was accepted; None where there were not so many."""
    times = select(col(Notice.accepted_at)).where(col(Notice.accepted_at).is_not(None))
    return session.scalars(times.order_by(col(Notice.accepted_at).desc()).offset(number - 1).limit(1)).first()


def count_claimed(session: Session) -> int:
    """How many notices somebody has in hand."""
    return session.scalar(select(func.count()).where(col(Notice.claimed_by).is_not(None))) or 0


def count_due(session: Session, now: datetime) -> int:
    """How many notices are due and in nobody's hand."""
    return session.scalar(select(func.count()).where(col(Notice.state) == "waiting", col(Notice.next_at) <= now)) or 0


def one_claimer_at_a_time(session: Session) -> None:
    """To the end of the transaction; on SQLite there is but one writer anyway."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext("mailgate: claim"))))


def _due(now: datetime) -> Select[Notice]:
    return (
        select(Notice)
        .where(col(Notice.state) == "waiting", col(Notice.next_at) <= now)
        .order_by(col(Notice.next_at), col(Notice.id))
        .with_for_update(skip_locked=True)
    )


def _by_turns(session: Session, now: datetime, limit: int, turns: Turns, crowded: Collection[str]) -> Iterator[Notice]:
    mailboxes = _next(session, turns, "mailbox", limit)
    share = max(1, limit // len(mailboxes))
    for mailbox in mailboxes:
        domains = [domain for domain in _next(session, turns, "domain", share, mailbox) if domain not in crowded]
        for domain in domains:
            theirs = _due(now).where(col(Notice.mailbox) == mailbox, col(Notice.domain) == domain)
            yield from session.scalars(theirs.limit(max(1, share // len(domains))))


def _next(session: Session, turns: Turns, column: str, most: int, mailbox: str = "") -> list[str]:
    """The mailboxes, or the domains of one, whose turn it is: after the last one comes the first again."""
    last = turns.get(mailbox)
    found = _different(session, column, most, mailbox, above=last)
    if last is not None and len(found) < most:
        found += [each for each in _different(session, column, most - len(found), mailbox) if each <= last]
    if found:
        turns[mailbox] = found[-1]
    return found


def _different(session: Session, column: str, most: int, mailbox: str = "", *, above: str | None = None) -> list[str]:
    """Different mailboxes of waiting notices, or domains of one of them: one look into the index for each."""
    waiting = select(func.min(getattr(Notice, column))).where(col(Notice.state) == "waiting")
    if mailbox:
        waiting = waiting.where(col(Notice.mailbox) == mailbox)
    found: list[str] = []
    while len(found) < most:
        value = session.scalar(waiting if above is None else waiting.where(getattr(Notice, column) > above))
        if value is None:
            break
        found.append(value)
        above = value
    return found
