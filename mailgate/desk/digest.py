"""4.1: the digest of their queue that staff get at the start of every working day, if there is something to say."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailgate.config import Staff
from mailgate.desk import asked, notify, targets
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.store import queries

_SENT = "digest_of"
"""Under this key the desk remembers the day of the last digest."""


def send_digest(session: Session, now: datetime, desk: Desk) -> bool:
    """Write today's digest once its hour has come; False where it has not, or was written already.

    The day is remembered in the same transaction, so that a restart neither repeats nor skips it.
    """
    today = now.astimezone(desk.config.desk.zone)
    opens = desk.calendar.opens
    if not desk.config.desk.digest or not desk.calendar.is_working(today.date()) or today.time() < opens:
        return False
    day = str(today.date())
    if queries.setting(session, _SENT) == day or not queries.change_setting(session, _SENT, day):
        return False
    waiting = queries.count_waiting(session)
    for member in desk.people.everybody_on_staff():
        _tell(session, desk, member, waiting, now)
    return True


def _tell(session: Session, desk: Desk, member: Staff, waiting: int, now: datetime) -> None:
    """One staff member's own queue: what is assigned to him, and what nobody has taken in his groups.

    3.10: and how many messages wait in quarantine, for they are told of only once a day.
    """
    boxes = {box.name: box for box in desk.config.mailboxes if box.group in member.groups}
    theirs = [
        request
        for request in queries.working_order(session, only_open=True)
        if request.assignee == member.email or (request.assignee is None and request.mailbox in boxes)
    ]
    if not theirs and not (waiting and boxes):
        return
    mailbox = next(iter(boxes.values()), desk.mailbox(theirs[0].mailbox if theirs else ""))
    detail = asked.queue_of(desk, targets.most_pressing_first(desk, theirs, now), now) | {"waiting": waiting}
    notify.tell(
        session, desk, mailbox, None, notify.staff_reader(desk, member), Telling("staff_digest", detail=detail), now
    )
