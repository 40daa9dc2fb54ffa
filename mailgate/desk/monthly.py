"""The report of a month, which the staff of the group `leads` get on the first working day of the next."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from mailgate.desk import notify
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.report import Figures, Month, figures_of
from mailgate.report.telling import detail
from mailgate.store import queries
from mailgate.store.database import Database

LEADS = "leads"
"""The group of staff who get it."""
_SENT = "report_of"
"""Under this key the desk remembers the month of the last report."""


def send_report(database: Database, now: datetime, desk: Desk) -> bool:
    """Write the report of the month before once its hour has come; False where it has not, or nothing is to be told.

    Why sessions of its own: the month is read before anything is locked. It is remembered together with the notices, so
    that a restart neither repeats nor skips it.
    """
    month = Month.of(now, desk.config.desk.zone)
    if not desk.people.group(LEADS) or now < _hour(desk, month):
        return False
    last = str(month.before)
    with database.read() as session:
        if queries.setting(session, _SENT) == last:
            return False
        figures = figures_of(session, desk.config, month.before, now)
    with database.write() as session:
        is_ours = queries.change_setting(session, _SENT, last)
        return is_ours and not figures.is_empty and tell_leads(session, desk, figures, now) > 0


def tell_leads(session: Session, desk: Desk, figures: Figures, now: datetime) -> int:
    """A notice to each of the leads; gives how many there are."""
    names = {client.id: client.name for client in desk.people.clients.values()}
    what = Telling("report", detail=detail(figures, names))
    leads = desk.people.group(LEADS)
    for member in leads:
        notify.tell(session, desk, desk.config.mailboxes[0], None, notify.staff_reader(desk, member), what, now)
    return len(leads)


def _hour(desk: Desk, month: Month) -> datetime:
    """When working hours begin on the first working day of the month."""
    midnight, _ = month.bounds(desk.config.desk.zone)
    return desk.calendar.next_opening(midnight)
