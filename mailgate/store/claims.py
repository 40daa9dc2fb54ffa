"""Who sends what: notices are claimed by row, and by turns of the mailboxes that they come from and of their readers'
domains, so that a burst in one place waits behind nobody else's single notice and nobody behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, null, select, update
from sqlmodel import Session, col

from mailgate.store.asking import any_of, ask, given
from mailgate.store.tables import Notice
from mailgate.store.writing import table_of

Turns = dict[str, str]
"""By mailbox: the domain whose turn was last; under "" the mailbox."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the outbox one domain may hold, lest a slow server there hold all of it."""

    most: int
    in_hand: Mapping[str, int] = field(default_factory=Counter)
    """Domain -> notices for it that are being tried."""

    def left(self, domain: str) -> int:
        """How many more notices for this domain may be claimed."""
        return max(0, self.most - self.in_hand.get(domain, 0))


_WAITING = col(Notice.state) == "waiting"


def _due(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Of what is due, the oldest first; what another daemon is claiming is left to it."""
    due = select(*columns).where(_WAITING, col(Notice.next_at) <= given("now"))
    return due.order_by(col(Notice.next_at), col(Notice.id)).with_for_update(skip_locked=True)


_DUE = _due(col(Notice.id), col(Notice.domain)).limit(given("limit"))
_DUE_THERE = _DUE.where(col(Notice.mailbox) == given("mailbox"), col(Notice.domain) == given("domain"))
_CLAIM = (
    update(table_of(Notice))
    .where(col(Notice.id).in_(any_of("ids")))
    .values({"claimed_by": given("holder"), "next_at": given("until")})
)
_BY_IDS = select(Notice).where(col(Notice.id).in_(any_of("ids")))


def claim_notices(
    session: Session,
    now: datetime,
    holder: str,
    until: datetime,
    limit: int,
    *,
    turns: Turns | None = None,
    share: Share | None = None,
) -> Sequence[Notice]:
    """Notices that are due, claimed by `holder`: nobody else tries them before `until`.

    Where as many are due as `limit`, or more, each mailbox gets its share, and in it each domain; `turns` is where the
    last call ended. No domain gets more than its `share`.
    """
    share = share or Share(limit)
    oldest = ask(session, _DUE, now=now, limit=limit).all()
    chosen: list[int] = []
    if len(oldest) == limit:
        chosen = list(_by_turns(session, now, limit, {} if turns is None else turns, share))
    if not chosen:
        chosen = list(_within(share, oldest))
    if not chosen:
        return []
    ask(session, _CLAIM, ids=chosen, holder=holder, until=until)
    by_id = {notice.id: notice for notice in session.scalars(_BY_IDS, {"ids": chosen})}
    return [by_id[notice_id] for notice_id in chosen]


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


def _within(share: Share, due: Iterable[Any]) -> Iterator[int]:
    """Ids of (id, domain), as many of each domain as may be claimed."""
    chosen: Counter[str] = Counter()
    for notice_id, domain in due:
        if chosen[domain] < share.left(domain):
            chosen[domain] += 1
            yield notice_id


def _by_turns(session: Session, now: datetime, limit: int, turns: Turns, share: Share) -> Iterator[int]:
    mailboxes = _next(session, turns, limit, now)
    a_mailbox = max(1, limit // len(mailboxes))
    chosen: Counter[str] = Counter()
    for mailbox in mailboxes:
        first_due = _next(session, turns, a_mailbox, now, mailbox)
        domains = [domain for domain in first_due if share.left(domain)]
        for domain in domains:
            most = min(share.left(domain) - chosen[domain], max(1, a_mailbox // len(domains)))
            if most > 1:
                found = ask(session, _DUE_THERE, now=now, limit=most, mailbox=mailbox, domain=domain).scalars().all()
            else:
                found = [due] if most and (due := first_due[domain]) else []
            chosen[domain] += len(found)
            yield from found


def _next(session: Session, turns: Turns, most: int, now: datetime, mailbox: str = "") -> dict[str, int | None]:
    """The mailboxes, or the domains of one, whose turn it is: after the last one comes the first again.

    With each domain the id of the notice that is due there first, if one is.
    """
    last, statement = turns.get(mailbox), _DOMAINS if mailbox else _MAILBOXES
    found = dict(ask(session, statement, now=now, above=last or "", most=most, mailbox=mailbox).tuples().all())
    if last is not None and len(found) < most:
        again = ask(session, statement, now=now, above="", most=most - len(found), mailbox=mailbox)
        found |= {each: due for each, due in again if each <= last}
    if found:
        turns[mailbox] = next(reversed(found))
    return found


def _walk(column: Any, *where: ColumnElement[bool]) -> CTE:
    """The different values of a column among waiting notices, ascending: one look into the index for each."""
    first = select(func.min(column).label("value")).where(_WAITING, column > given("above"), *where)
    found = first.cte("walk", recursive=True)
    beyond = select(func.min(column)).where(_WAITING, column > found.c.value, *where).scalar_subquery()
    return found.union_all(select(beyond).where(found.c.value.is_not(None)))


def _different(walk: CTE, due: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return select(walk.c.value, due).where(walk.c.value.is_not(None)).limit(given("most"))


_OF_MAILBOX = col(Notice.mailbox) == given("mailbox")
_MAILBOX, _DOMAIN = _walk(col(Notice.mailbox)), _walk(col(Notice.domain), _OF_MAILBOX)
_FIRST_DUE = _due(col(Notice.id)).where(_OF_MAILBOX, col(Notice.domain) == _DOMAIN.c.value).limit(1)
_MAILBOXES, _DOMAINS = _different(_MAILBOX, null()), _different(_DOMAIN, _FIRST_DUE.scalar_subquery())
