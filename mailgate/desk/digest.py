"""4.1: the digest of their queue that staff get at the start of every working day, if there is something to say."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailgate.config import Staff
from mailgate.desk import asked, notify, targets
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.store import queries
from mailgate.store.tables import Request

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
    waiting, queues = queries.count_waiting(session), _queues(session, desk)
    for member in desk.people.everybody_on_staff():
        _tell(session, desk, member, queues.get(member.email, []), waiting, now)
    return True


def _queues(session: Session, desk: Desk) -> dict[str, list[Request]]:
    """Staff member -> what is open and his: who hears of a request has it in his queue, so that it is in somebody's."""
    queues: dict[str, list[Request]] = {}
    for request in queries.working_order(session, only_open=True):
        for reader in notify.staff_readers(desk, desk.home(request), request):
            queues.setdefault(reader.addr, []).append(request)
    return queues


def _tell(session: Session, desk: Desk, member: Staff, theirs: list[Request], waiting: int, now: datetime) -> None:
    """One staff member's own queue: what is assigned to him, and what nobody on staff has taken in his groups.

    3.10: and how many messages wait in quarantine, for they are told of only once a day.
    """
    boxes = [box for box in desk.config.mailboxes if box.group in member.groups]
    if not theirs and not (waiting and boxes):
        return
    mailbox = boxes[0] if boxes else desk.home(theirs[0])
    detail = asked.queue_of(desk, targets.most_pressing_first(desk, theirs, now), now) | {"waiting": waiting}
    notify.tell(
        session, desk, mailbox, None, notify.staff_reader(desk, member), Telling("staff_digest", detail=detail), now
    )
