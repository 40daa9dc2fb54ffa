"""Sums for who watches the desk: each reads what is open or waits, never what is done with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from mailgate.rules.vocabulary import OPEN
from mailgate.store.journal import UNREGISTERED
from mailgate.store.tables import Arrival, Deadline, Mail, Notice, Request


def undecided_by_mailbox(session: Session) -> dict[str, tuple[int, datetime]]:
    """By mailbox: how many messages were taken and not yet decided, and when the oldest of them was taken."""
    counted = (
        select(col(Arrival.mailbox), func.count(col(Mail.id).distinct()), func.min(col(Mail.taken_at)))
        .join(Arrival, col(Arrival.mail_id) == col(Mail.id))
        .where(col(Mail.decision).is_(None))
        .group_by(col(Arrival.mailbox))
    )
    return {mailbox: (messages, oldest) for mailbox, messages, oldest in session.execute(counted)}


def newest_mail(session: Session) -> int:
    """Id of the message that was taken last; 0 where there is none."""
    return session.scalar(select(func.max(col(Mail.id)))) or 0


def decided_since(session: Session, mail_id: int) -> tuple[int, Sequence[tuple[str, str, int]]]:
    """(id, [(mailbox, decision, messages)]) of what was taken after that message, up to the first undecided one.

    The id is that of the last message counted: where the next count begins.
    """
    later = col(Mail.id) > mail_id
    stop = session.scalar(select(func.min(col(Mail.id))).where(later, col(Mail.decision).is_(None)))
    counted = later if stop is None else later & (col(Mail.id) < stop)
    of_first_copy = select(col(Arrival.mailbox)).where(col(Arrival.mail_id) == col(Mail.id)).order_by(col(Arrival.id))
    mailbox = of_first_copy.limit(1).scalar_subquery().label("mailbox")
    found = session.execute(
        select(mailbox, col(Mail.decision), func.count(), func.max(col(Mail.id)))
        .where(counted)
        .group_by(mailbox, col(Mail.decision))
    ).all()
    return max((row[3] for row in found), default=mail_id), [(row[0], row[1], row[2]) for row in found]


def unregistered(session: Session) -> dict[str, int]:
    """How many messages wait that were neither released nor dropped: `quarantine`, at which staff should look, and
    `not_registered`, of strangers and machines."""
    waiting = select(col(Mail.decision), func.count()).where(
        col(Mail.decision).in_(UNREGISTERED), col(Mail.freed).is_(None)
    )
    counted = session.execute(waiting.group_by(col(Mail.decision)))
    return dict.fromkeys(UNREGISTERED, 0) | {row[0]: row[1] for row in counted}


def outbox_by_state(session: Session) -> dict[str, int]:
    """How many notices wait, failed, or came back."""
    states = ("waiting", "failed", "bounced")
    counted = select(col(Notice.state), func.count()).where(col(Notice.state).in_(states)).group_by(col(Notice.state))
    return dict.fromkeys(states, 0) | {row[0]: row[1] for row in session.execute(counted)}


def oldest_overdue_notice_at(session: Session, now: datetime) -> datetime | None:
    """When the oldest notice was written that is not sent although it was due once; None where nothing waits.

    What staff may still take back was never due.
    """
    waiting = select(func.min(col(Notice.created_at))).where(col(Notice.state) == "waiting")
    return session.scalar(waiting.where((col(Notice.next_at) <= now) | (col(Notice.attempts) > 0)))


def deadlines_by_due(session: Session, now: datetime) -> tuple[int, int]:
    """(ahead, overdue): how many deadlines run, and how many should have been carried out by `now`."""
    overdue = select(func.count()).select_from(Deadline).where(col(Deadline.due_at) <= now)
    ahead = select(func.count()).select_from(Deadline).where(col(Deadline.due_at) > now)
    return session.scalar(ahead) or 0, session.scalar(overdue) or 0


def next_deadlines(session: Session, limit: int) -> Sequence[tuple[str, str, datetime]]:
    """(number, trigger, due) of the deadlines that fall due first."""
    first = (
        select(col(Request.number), col(Deadline.trigger), col(Deadline.due_at))
        .join(Request, col(Request.id) == col(Deadline.request_id))
        .order_by(col(Deadline.due_at), col(Deadline.id))
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(first)]


def open_requests(session: Session) -> dict[tuple[str, int], int]:
    """By (status, rank of the priority): how many requests are open."""
    counted = (
        select(col(Request.status), col(Request.priority_rank), func.count())
        .where(col(Request.status).in_(sorted(OPEN)))
        .group_by(col(Request.status), col(Request.priority_rank))
    )
    return {(row[0], row[1]): row[2] for row in session.execute(counted)}


def open_by_client(session: Session) -> list[tuple[str, int]]:
    """(id, how many): whose the open requests are, without those of no client."""
    client = col(Request.client_id)
    counted = select(client, func.count()).where(col(Request.status).in_(sorted(OPEN)), client.is_not(None))
    return [(row[0], row[1]) for row in session.execute(counted.group_by(client).order_by(client))]


def open_by_mailbox(session: Session) -> list[tuple[str, str, int]]:
    """(mailbox, kind, how many): where the open requests live."""
    where = col(Request.mailbox), col(Request.kind)
    counted = (
        select(*where, func.count()).where(col(Request.status).in_(sorted(OPEN))).group_by(*where).order_by(*where)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(counted)]
