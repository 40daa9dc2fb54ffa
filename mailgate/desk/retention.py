"""Personal data that was kept for its term is erased by itself: at night, a little at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session

from mailgate.config.retention import Period
from mailgate.desk import erasing
from mailgate.desk.context import Desk
from mailgate.desk.holdings import REMEMBERED
from mailgate.desk.record import BY_ITSELF
from mailgate.rules.intake import Decision
from mailgate.store import personal, queries

AT_ONCE = 100
"""Messages of no request, and notices about none, in one transaction."""
SMALL_HOURS = range(2, 5)
"""The night of a desk that always works."""
_KEPT = (None, Decision.COMMAND)
"""Not decided yet; or of staff, who may have registered a call or a letter by it."""
_MAILS_UNTIL, _NOTICES_UNTIL = "mail erased until", "notices erased until"
"""Under these keys the desk remembers the last row that it looked at."""


def is_night(now: datetime, desk: Desk) -> bool:
    """Outside working hours, when nobody waits for an answer."""
    works = desk.calendar.working_seconds(now, now + timedelta(seconds=1)) > 0
    return not works or now.astimezone(desk.config.desk.zone).hour in SMALL_HOURS


def erase_next(session: Session, now: datetime, desk: Desk) -> bool:
    """Erase one request, or some mail of no request, whose term is over. False where nothing is due."""
    for before, clients, but in _terms(now, desk):
        for request in personal.requests_ended_before(session, before, clients, but, limit=1):
            erasing.erase_request(session, request, BY_ITSELF, now)
            return True
    return _erase_unregistered(session, now, desk)


def _terms(now: datetime, desk: Desk) -> Iterator[tuple[datetime, list[str] | None, list[str]]]:
    """(ended before, whose, but whose): the terms of clients that have their own, then the desk's for all others."""
    own: dict[Period, list[str]] = defaultdict(list)
    for client in desk.people.clients.values():
        if client.retention is not None:
            own[client.retention].append(client.id)
    # 4.8: a late answer may still resume what was rejected.
    ended = desk.calendar.before(desk.config.deadlines.resume_rejected_within, now) - timedelta(days=1)
    for term, clients in own.items():
        yield min(term.before(now), ended), clients, []
    if desk.config.retention.ended is not None:
        yield min(desk.config.retention.ended.before(now), ended), None, [each for ids in own.values() for each in ids]


def _erase_unregistered(session: Session, now: datetime, desk: Desk) -> bool:
    """The journal and the outbox are gone through once, in their order: what is behind the mark was looked at."""
    if desk.config.retention.unregistered is None:
        return False
    before = desk.config.retention.unregistered.before(now)
    mails = personal.mails_behind(session, _mark(session, _MAILS_UNTIL), before, AT_ONCE)
    notices = personal.notices_behind(session, _mark(session, _NOTICES_UNTIL), before, AT_ONCE)
    for key, rows in ((_MAILS_UNTIL, mails), (_NOTICES_UNTIL, notices)):
        if rows:
            queries.change_setting(session, key, str(rows[-1].id))
    of_none = [mail for mail in mails if mail.request_id is None and mail.decision not in _KEPT]
    about_none = [notice for notice in notices if notice.request_id is None]
    erasing.erase_unregistered(session, of_none, about_none, now)
    personal.forget_dead(session, before)
    for prefix in REMEMBERED:
        personal.forget_settings(session, prefix, str(before.date()))
    return bool(mails or notices)


def _mark(session: Session, key: str) -> int:
    return int(queries.setting(session, key) or 0)
