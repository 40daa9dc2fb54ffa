"""The wait of a request and the notices that tell the client of it: which is outdated, which starts its clock.

Why: a notice has a fate of its own, and a request moves on meanwhile, or is moved back by `!undo`. So what a clock is
to be is asked of the notices that stand, never of what was noted of it before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from mailgate.desk import clocks, notify
from mailgate.desk.context import Desk
from mailgate.rules.notices import ASKS, ENDINGS, TELLS_STATUS
from mailgate.rules.vocabulary import OPEN, Waiting
from mailgate.store import queries
from mailgate.store.tables import Notice, Request

LIVE = ("waiting", "accepted")
"""The states of a notice that its reader has, or is about to get."""


def is_outdated(session: Session, request: Request, notice: Notice) -> bool:
    """It asks for what is not awaited any more, or tells of an ending that was taken back: nobody is to read it now.

    It is not as long as the notice of what happened since has not been tried: that one follows it, or is undone.
    """
    if not _is_past(request, notice):
        return False
    follow = (queries.untried(session, request.id) & TELLS_STATUS) - {notice.name}
    return not (follow - ASKS.keys() if notice.name in ENDINGS else follow)


def _is_past(request: Request, notice: Notice) -> bool:
    waiting = ASKS.get(notice.name)
    if waiting is None:
        return notice.name in ENDINGS and request.status in OPEN
    return not clocks.is_of(request, waiting) or _names_another_end(request, notice)


def _names_another_end(request: Request, notice: Notice) -> bool:
    """What starts a clock is told its end when it is sent; the others name the one that ran when they were written."""
    end = (notice.facts.get("request") or {}).get("deadline_at")
    return end is not None and not notice.starts and request.deadline_at != datetime.fromisoformat(end)


def carrier(session: Session, desk: Desk, request: Request, notice: Notice) -> Notice | None:
    """3.7: the same notice to another mailbox in which the client reads: its reader has it, or is about to get it."""
    ways = notify.ways_to(desk, request)
    others = [each for each in same(session, notice) if each.reader in ways and each.state in LIVE]
    return others[-1] if others else None


def same(session: Session, notice: Notice) -> Iterator[Notice]:
    """What tells other readers the same, oldest first."""
    for other in queries.notices_named(session, notice.request_id, notice.name):
        is_same = _said(other) == _said(notice) and other.term == notice.term
        if is_same and other.reader != notice.reader:
            yield other


def _said(notice: Notice) -> tuple[object, object]:
    return notice.facts.get("text"), notice.facts.get("request")


def hand_on(session: Session, notice: Notice, other: Notice) -> bool:
    """4.6, 5.1: the clock that `notice` was to start is the other's; True where its reader has been told already."""
    session.refresh(other, with_for_update=True)
    other.starts, notice.starts = notice.starts, None
    session.flush()
    return other.state == "accepted"


def promised_end(session: Session, desk: Desk, request: Request, now: datetime) -> datetime | None:
    """4.6, 5.1: the end of the term that runs; while its notice still waits, the end if that went out now."""
    if request.deadline_at is not None:
        return request.deadline_at
    asks = session.get(Notice, queries.last_to_start(session, request.id) or 0)
    if asks is None or asks.starts is None or asks.state != "waiting":
        return None
    waiting = Waiting(asks.starts)
    return clocks.ends(desk, waiting, asks.term, now) if clocks.is_of(request, waiting) else None


def restore_clock(session: Session, desk: Desk, request: Request, since: datetime) -> None:
    """After `!undo` of a mail written at `since`, the clock is that of the notice that now is the last to start one.

    What was noted of the clock before that mail stands where that notice had been accepted by then.
    """
    asks = session.get(Notice, queries.last_to_start(session, request.id) or 0)
    if asks is None or asks.starts is None or not clocks.is_of(request, waiting := Waiting(asks.starts)):
        return
    if asks.state not in LIVE and (other := carrier(session, desk, request, asks)) is not None:
        hand_on(session, asks, other)
        asks = other
    told_at = asks.accepted_at if asks.state == "accepted" else None
    if told_at is not None and told_at < since and request.deadline_at is not None:
        return
    clocks.stop(session, request)
    if told_at is not None:
        clocks.start(session, desk, request, waiting, asks.term, told_at)
