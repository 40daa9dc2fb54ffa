"""Machines that answer our answers and do not say that they are machines (RFC 3834 knows only those that do).

Why: such a loop can only be told by its pace, so automatic answers are counted for an hour, by address, by request and
in all. Over a limit the mail is taken as ever, without an answer, and staff are told once a day. Mail that is older
than those answers, such as a backlog, answers none of them and is no part of a loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from mailgate.desk import notify
from mailgate.desk.arrived import Arrived
from mailgate.desk.notify import Telling
from mailgate.rules.notices import ANSWERS
from mailgate.rules.vocabulary import Role
from mailgate.store import queries
from mailgate.store.tables import Request

COUNTED_FOR = timedelta(hours=1)
ALL = "*"
TOLD_OF_LOOP = "loop of "
"""Under this and whose loop it was, the desk remembers the day on which it told staff."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A limit that is reached: whose it is (an address, a number, or `*`), and how many answers have gone out."""

    whose: str
    sent: int


def goes_round(arrived: Arrived, request: Request | None = None) -> bool:
    """Whether an answer to this mail, about `request` where there is one, would feed a loop; staff are told of it."""
    if arrived.reading.role is Role.GATEWAY:  # its contact did not write himself
        return False
    loop = _found(arrived, request)
    if loop is not None:
        _tell_staff_once(arrived, request, loop)
    return loop is not None


def _found(arrived: Arrived, request: Request | None) -> Loop | None:
    limits, addr = arrived.desk.config.loops, arrived.writer.addr
    until = arrived.came_at
    if until <= arrived.now - COUNTED_FOR:
        return None
    sent = queries.count_written(
        arrived.session, ANSWERS, arrived.now - COUNTED_FOR, until, addr, request.id if request else None
    )
    names = (addr, request.number if request else "", ALL)
    most = (limits.per_sender, limits.per_request, limits.in_all)
    counted = zip(names, sent, most, strict=True)
    return next((Loop(whose, count) for whose, count, limit in counted if count >= limit), None)


def _tell_staff_once(arrived: Arrived, request: Request | None, loop: Loop) -> None:
    session, desk = arrived.session, arrived.desk
    today = str(arrived.now.astimezone(desk.config.desk.zone).date())
    if not queries.change_setting(session, TOLD_OF_LOOP + loop.whose, today):
        return
    detail = {
        "to": arrived.writer.addr,
        "notice": None,
        "reason": "loop",
        "fallback": None,
        "sent": loop.sent,
        "in_all": loop.whose == ALL,
    }
    what = Telling("staff_undeliverable", detail=detail)
    for reader in notify.staff_readers(desk, arrived.mailbox, request):
        notify.tell(session, desk, arrived.mailbox, request, reader, what, arrived.now)
