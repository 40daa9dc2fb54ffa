"""Where personal data stands: the rows of one address, of one request, and those that were kept long enough.

Why some of these look at every row: nobody is found by his address while mail passes, so no index is kept up for it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Text, cast, delete, or_, select
from sqlmodel import Session, col

from mailgate.rules.intake import Decision
from mailgate.rules.vocabulary import Role
from mailgate.store.settings import Setting
from mailgate.store.tables import DeadAddress, Entry, Event, Mail, Notice, Participant, RawMail, Request, Undo
from mailgate.store.writing import remembered


def requests_sent_by(session: Session, addr: str) -> Sequence[Request]:
    """Requests whose sender he is, oldest first."""
    return session.scalars(select(Request).where(col(Request.contact_addr) == addr).order_by(col(Request.id))).all()


def requests_joined_by(session: Session, addr: str) -> Sequence[Request]:
    """Requests of somebody else into which he wrote, whose notices he gets, or in whose history he stands (who wrote
    to a closed one got one of his own), oldest first."""
    acted = select(col(Event.request_id)).where(col(Event.by) == f"client:{addr}")
    reads = select(col(Participant.request_id)).where(col(Participant.addr) == addr)
    wrote = select(col(Mail.request_id)).where(col(Mail.from_addr) == addr, col(Mail.request_id).is_not(None))
    joined = or_(*(col(Request.id).in_(each) for each in (reads, wrote, acted)))
    return session.scalars(
        select(Request).where(joined, col(Request.contact_addr) != addr).order_by(col(Request.id))
    ).all()


def requests_ended_before(
    session: Session, before: datetime, clients: Collection[str] | None, but: Collection[str], limit: int
) -> Sequence[Request]:
    """Requests that ended before a moment and were not erased, of these clients (None: of all), `but` some."""
    wanted = select(Request).where(col(Request.erased_at).is_(None), col(Request.ended_at) < before)
    if clients is not None:
        wanted = wanted.where(col(Request.client_id).in_(list(clients)))
    if but:
        wanted = wanted.where(or_(col(Request.client_id).is_(None), col(Request.client_id).not_in(list(but))))
    wanted = wanted.order_by(col(Request.ended_at), col(Request.id)).limit(limit)
    return session.scalars(wanted.with_for_update(skip_locked=True)).all()


def mails_from(session: Session, addr: str) -> Sequence[Mail]:
    """Everything that came from this address, and what became of it."""
    return session.scalars(select(Mail).where(col(Mail.from_addr) == addr).order_by(col(Mail.id))).all()


def commands_naming(session: Session, addr: str) -> Sequence[Mail]:
    """Mail of staff about no request that names this address: an answer about quarantine, a call not registered."""
    of_none = col(Mail.request_id).is_(None), col(Mail.decision) == Decision.COMMAND
    named = (text.icontains(addr, autoescape=True) for text in (col(Mail.subject), col(Mail.error)))
    return session.scalars(select(Mail).where(*of_none, or_(*named)).order_by(col(Mail.id))).all()


def mails_of(session: Session, request_id: int) -> Sequence[Mail]:
    """The messages of a request: those that belong to it, and those whose text stands in it."""
    kept = session.scalars(
        select(col(Entry.mail_id)).where(col(Entry.request_id) == request_id, col(Entry.mail_id).is_not(None))
    ).all()
    belongs = session.scalars(select(Mail).where(col(Mail.request_id) == request_id)).all()
    others = set(kept) - {mail.id for mail in belongs}
    return [*belongs, *(session.get_one(Mail, mail_id) for mail_id in sorted(filter(None, others)))]


def mails_behind(session: Session, mail_id: int, before: datetime, limit: int) -> Sequence[Mail]:
    """The next messages of the journal behind this one, as long as they were taken before a moment."""
    wanted = select(Mail).where(col(Mail.id) > mail_id, col(Mail.taken_at) < before)
    return session.scalars(wanted.order_by(col(Mail.id)).limit(limit)).all()


def notices_behind(session: Session, notice_id: int, before: datetime, limit: int) -> Sequence[Notice]:
    """The next notices behind this one, as long as they were written before a moment."""
    wanted = select(Notice).where(col(Notice.id) > notice_id, col(Notice.created_at) < before)
    return session.scalars(wanted.order_by(col(Notice.id)).limit(limit)).all()


def notices_of(session: Session, request_id: int) -> Sequence[Notice]:
    """Every notice about a request, to clients and to staff."""
    return session.scalars(select(Notice).where(col(Notice.request_id) == request_id).order_by(col(Notice.id))).all()


def notices_to(session: Session, addr: str) -> Sequence[Notice]:
    """Every notice to this reader."""
    return session.scalars(select(Notice).where(col(Notice.reader) == addr).order_by(col(Notice.id))).all()


def notices_naming(session: Session, words: Collection[str]) -> Sequence[Notice]:
    """Notices to staff about no single request (a queue, a digest, quarantine) in which one of these words stands."""
    text = cast(col(Notice.facts), Text)
    about_none = select(Notice).where(col(Notice.request_id).is_(None), col(Notice.role) == Role.STAFF)
    found: dict[int, Notice] = {}
    for word in words:
        named = session.scalars(about_none.where(text.contains(word, autoescape=True)))
        found |= {notice.id: notice for notice in named}
    return [found[notice_id] for notice_id in sorted(found)]


def taking_part(session: Session, request_id: int) -> Sequence[Participant]:
    """Who takes part in a request beside its sender, and since when; the caller may change these rows."""
    remembered(session).pop((Participant, request_id), None)
    return session.scalars(select(Participant).where(col(Participant.request_id) == request_id)).all()


def undos(session: Session, request_id: int) -> Sequence[Undo]:
    """What could still be taken back in a request."""
    return session.scalars(select(Undo).where(col(Undo.request_id) == request_id)).all()


def forget_raw(session: Session, mail_ids: Collection[int]) -> int:
    """The bytes of these messages are gone; gives of how many."""
    raws = [raw for mail_id in mail_ids if (raw := session.get(RawMail, mail_id, with_for_update=True))]
    for raw in raws:
        session.delete(raw)
    return len(raws)


def forget_dead(session: Session, before: datetime) -> None:
    """Mailboxes found unavailable before a moment are tried again."""
    session.execute(delete(DeadAddress).where(col(DeadAddress.since) < before))


def forget_settings(session: Session, prefix: str, before: str) -> None:
    """What the desk remembers under keys that begin so, where the value (a day) lies before this one."""
    old = col(Setting.key).startswith(prefix, autoescape=True), col(Setting.value) < before
    session.execute(delete(Setting).where(*old))
