"""What `db check` finds: rows that contradict each other. None can come about by mailgate's own work, or by a crash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from mailgate.rules import vocabulary
from mailgate.rules.intake import Decision
from mailgate.rules.vocabulary import OPEN
from mailgate.store.tables import Arrival, Deadline, Event, Link, Mail, Notice, RawMail, Request

_SHOWN = 5
Faulty = Select[int]


def contradictions(session: Session, forgotten_before: datetime) -> list[str]:
    """A line each, with the numbers of the first rows. A message that was taken before that moment must be decided."""
    checks = {**_CHECKS, "messages were taken and never decided": _undecided(forgotten_before)}
    return [
        f"{number} {words}: {_first(session, faulty)}"
        for words, faulty in checks.items()
        if (number := session.scalar(select(func.count()).select_from(faulty.subquery())) or 0)
    ]


def _first(session: Session, faulty: Faulty) -> str:
    found = session.scalars(faulty.limit(_SHOWN + 1)).all()
    return ", ".join(map(str, found[:_SHOWN])) + (", …" if len(found) > _SHOWN else "")


def _undecided(before: datetime) -> Faulty:
    return select(col(Mail.id)).where(col(Mail.decision).is_(None), col(Mail.taken_at) < before)


def _one_sided_links() -> Faulty:
    back = aliased(Link)
    reverse = exists().where(back.request_id == Link.other_id, back.other_id == Link.request_id)  # type: ignore[arg-type]
    return select(col(Link.id)).where(~reverse)


def _without_bytes() -> Faulty:
    """Personal data that was erased has none, and is known by what went with it, or by the history of its request."""
    erased_with_request = exists().where(
        col(Event.request_id) == col(Mail.request_id), col(Event.event) == vocabulary.Event.ERASED
    )
    has_words = or_(col(Mail.subject) != "", col(Mail.message_id).is_not(None), col(Mail.decision).is_(None))
    has_raw = exists().where(col(RawMail.mail_id) == col(Mail.id))
    return select(col(Mail.id)).where(~has_raw, has_words, ~erased_with_request)


_REGISTERED = (Decision.REGISTER, Decision.APPEND)
_CHECKS: dict[str, Faulty] = {
    "messages have lost their bytes": _without_bytes(),
    "bytes belong to no message": select(col(RawMail.mail_id)).where(~exists().where(col(Mail.id) == RawMail.mail_id)),
    "messages lay in no mailbox": select(col(Mail.id)).where(~exists().where(col(Arrival.mail_id) == col(Mail.id))),
    "messages were registered, and belong to no request": select(col(Mail.id)).where(
        col(Mail.decision).in_(_REGISTERED), col(Mail.request_id).is_(None)
    ),
    "requests have no history": select(col(Request.id)).where(
        ~exists().where(col(Event.request_id) == col(Request.id))
    ),
    "deadlines wait for requests that have ended": select(col(Deadline.id))
    .join(Request, col(Request.id) == col(Deadline.request_id))
    .where(col(Request.status).not_in(list(OPEN))),
    "notices were accepted at no time": select(col(Notice.id)).where(
        col(Notice.state) == "accepted", col(Notice.accepted_at).is_(None)
    ),
    "notices that met their fate are still in somebody's hand": select(col(Notice.id)).where(
        col(Notice.state) != "waiting", col(Notice.claimed_by).is_not(None)
    ),
    "links are seen from one side only": _one_sided_links(),
}
