"""The journal: what was taken, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Executable, func, insert, select, update
from sqlmodel import Session, col

from mailgate.store.asking import AS_BYTES, any_of, ask, given
from mailgate.store.columns import Row
from mailgate.store.inserting import insert_of
from mailgate.store.tables import Arrival, Mail, RawMail
from mailgate.store.writing import NEW, collect, table_of

UNREGISTERED = ("quarantine", "not_registered")


_KNOWN_UIDS = select(col(Arrival.uid)).where(
    col(Arrival.mailbox) == given("mailbox"),
    col(Arrival.place).in_(any_of("places")),
    col(Arrival.uidvalidity) == given("uidvalidity"),
    col(Arrival.uid).in_(any_of("uids")),
)


def known_uids(session: Session, mailbox: str, place: str, uidvalidity: int, uids: Collection[int]) -> set[int]:
    """Which of these UIDs were taken before, from that place; one that was not noted yet is believed to be this."""
    found: set[int] = set()
    wanted = list(uids)
    numbered: Row = {"mailbox": mailbox, "places": ["", place], "uidvalidity": uidvalidity}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        found.update(ask(session, _KNOWN_UIDS, **numbered, uids=some).scalars())
    return found


_SAME_BYTES = select(col(Mail.id)).where(col(Mail.sha256) == given("sha256"))
_SAME_CONTENT = select(col(Mail.id)).where(col(Mail.fingerprint) == given("fingerprint"))


def same_mail(session: Session, sha256: str, fingerprint: str | None) -> int:
    """Id of the message as it was taken before: the same bytes, or the same Message-ID with the same content."""
    found = ask(session, _SAME_BYTES, sha256=sha256).scalar()
    return int(found or ask(session, _SAME_CONTENT, fingerprint=fingerprint).scalar_one())


@cache
def _new_mails(dialect: str) -> Executable:
    return insert_of(dialect, Mail).on_conflict_do_nothing().returning(col(Mail.sha256), col(Mail.id))


# What these two give PostgreSQL's driver is of no use; but for it SQLAlchemy sends all rows in one statement.
@cache
def _new_raws(dialect: str) -> Executable:
    added = insert(table_of(RawMail))
    return added if dialect == "sqlite" else added.returning(col(RawMail.mail_id))


@cache
def _new_arrivals(dialect: str) -> Executable:
    return insert_of(dialect, Arrival).on_conflict_do_nothing().returning(col(Arrival.id))


def add_mails(session: Session, rows: Sequence[Row]) -> dict[str, int]:
    """Insert messages, without those that are known by their bytes or their content. Gives SHA-256 -> id of the new.

    Another daemon may be inserting the same at this moment: then PostgreSQL waits until that one has ended.
    """
    added = session.connection().execute(_new_mails(session.get_bind().dialect.name), list(rows))
    return {row[0]: row[1] for row in added}


def add_arrivals(session: Session, rows: Sequence[Row]) -> None:
    """Insert copies, without those that are known by where they lie."""
    session.connection().execute(_new_arrivals(session.get_bind().dialect.name), list(rows))


def add_raws(session: Session, raws: Mapping[int, bytes]) -> None:
    """Keep the bytes of new messages."""
    if raws:
        rows = [{"mail_id": mail_id, "raw": raw} for mail_id, raw in raws.items()]
        session.connection().execute(_new_raws(session.get_bind().dialect.name), rows)


_UNDECIDED = (
    select(col(Mail.id), col(Mail.attempts))
    .where(col(Mail.decision).is_(None))
    .order_by(col(Mail.id))
    .limit(given("limit"))
)
_ELSEWHERE = select(col(Arrival.id)).where(
    col(Arrival.mail_id) == col(Mail.id), col(Arrival.mailbox).in_(any_of("besides"))
)
_UNDECIDED_HERE = _UNDECIDED.where(~_ELSEWHERE.exists())


def undecided(session: Session, limit: int = 1000, *, besides: Collection[str] = ()) -> Sequence[int]:
    """Ids of messages that were taken and not yet decided: those that failed least come first, then the oldest.

    Those that lie in one of the mailboxes `besides` are somebody else's work.
    """
    found = (
        ask(session, _UNDECIDED_HERE, limit=limit, besides=list(besides))
        if besides
        else ask(session, _UNDECIDED, limit=limit)
    ).all()
    return [mail_id for mail_id, attempts in sorted(found, key=lambda row: row[1])]


def undecided_since(session: Session, before: datetime) -> tuple[int, datetime | None]:
    """How many messages were taken before that moment and are not decided; when the oldest was taken."""
    waiting = select(func.count(), func.min(Mail.taken_at)).where(
        col(Mail.decision).is_(None), col(Mail.taken_at) < before
    )
    found = session.execute(waiting).one()
    return found[0], found[1]


_RAW_MAIL = (
    select(col(RawMail.raw)).where(col(RawMail.mail_id) == given("mail_id")).execution_options(**{AS_BYTES: True})
)


def raw_mail(session: Session, mail_id: int) -> bytes | None:
    """The bytes of a message; None where they were erased."""
    found: bytes | None = ask(session, _RAW_MAIL, mail_id=mail_id).scalar()
    return found


_AS_TAKEN = (
    select(col(Mail.id), col(RawMail.raw), col(Mail.size))
    .join(RawMail, col(RawMail.mail_id) == col(Mail.id))
    .where(col(Mail.id).in_(any_of("mail_ids")), col(Mail.decision).is_(None))
    .execution_options(**{AS_BYTES: True})
)


def undecided_as_taken(session: Session, mail_ids: Sequence[int]) -> dict[int, tuple[bytes, int]]:
    """Those of these messages that nobody has decided: their bytes, or their headers where they were over the size, and
    how large each whole is."""
    return {row[0]: (row[1], row[2]) for row in ask(session, _AS_TAKEN, mail_ids=list(mail_ids))}


_OPEN_MAILS = (
    select(Mail)
    .where(col(Mail.id).in_(any_of("mail_ids")), col(Mail.decision).is_(None))
    .order_by(col(Mail.id))
    .with_for_update()
)


def undecided_of(session: Session, mail_ids: Sequence[int]) -> Sequence[Mail]:
    """Those of these messages that nobody has decided yet, oldest first; locked until the transaction ends.

    What becomes of them is written by `keep_decision` alone.
    """
    found = session.scalars(_OPEN_MAILS, {"mail_ids": list(mail_ids)}).all()
    for mail in found:
        session.expunge(mail)
    return found


_DECIDED = ("message_id", "from_addr", "subject", "decision", "reason", "tests", "decided_at", "request_id", "error")
_KEEP_DECISION = (
    update(table_of(Mail))
    .where(col(Mail.id) == given("mail_id"))
    .values({name: given(NEW + name) for name in _DECIDED})
)


def keep_decision(session: Session, mail: Mail) -> None:
    """What became of a message."""
    values = {NEW + name: getattr(mail, name) for name in _DECIDED}
    collect(session, _KEEP_DECISION, {"mail_id": mail.id, **values})


_FIRST_MAILBOXES = (
    select(col(Arrival.mail_id), col(Arrival.mailbox))
    .where(col(Arrival.mail_id).in_(any_of("mail_ids")))
    .order_by(col(Arrival.id).desc())
)


def first_mailboxes(session: Session, mail_ids: Sequence[int]) -> dict[int, str]:
    """Message -> the mailbox in which its first copy arrived."""
    return {row[0]: row[1] for row in ask(session, _FIRST_MAILBOXES, mail_ids=list(mail_ids))}


def arrivals(session: Session, mail_id: int) -> Sequence[Arrival]:
    """Every copy of a message, in the order of arrival."""
    return session.scalars(select(Arrival).where(col(Arrival.mail_id) == mail_id).order_by(col(Arrival.id))).all()


def mail_by_message_id(session: Session, message_id: str) -> Sequence[Mail]:
    """Every different message that came in under this Message-ID."""
    return session.scalars(select(Mail).where(col(Mail.message_id) == message_id).order_by(col(Mail.id))).all()


def every_mail(session: Session) -> Iterable[Mail]:
    """The whole journal in the order of taking, a few at a time."""
    return session.scalars(select(Mail).order_by(col(Mail.id)).execution_options(yield_per=100))


def quarantined(session: Session) -> Sequence[Mail]:
    """Mail that was not registered and that nobody released or dropped, oldest first."""
    return session.scalars(
        select(Mail).where(col(Mail.decision).in_(UNREGISTERED), col(Mail.freed).is_(None)).order_by(col(Mail.id))
    ).all()


def count_waiting(session: Session, sender: str | None = None, *, before: int | None = None) -> int:
    """How many messages wait in quarantine for somebody's decision: all, or those of a sender that came before one."""
    counted = select(func.count()).where(col(Mail.decision) == "quarantine", col(Mail.freed).is_(None))
    if sender is not None:
        counted = counted.where(col(Mail.from_addr) == sender)
    if before is not None:
        counted = counted.where(col(Mail.id) < before)
    return session.scalar(counted) or 0


def outcomes(session: Session, since: datetime | None) -> Sequence[tuple[str | None, str | None, int]]:
    """How many messages met each (decision, reason)."""
    counted = select(col(Mail.decision), col(Mail.reason), func.count()).group_by(col(Mail.decision), col(Mail.reason))
    if since is not None:
        counted = counted.where(col(Mail.taken_at) >= since)
    return [(row[0], row[1], row[2]) for row in session.execute(counted.order_by(col(Mail.decision), col(Mail.reason)))]


def count_taken(session: Session, since: datetime | None) -> tuple[int, int]:
    """(different messages, copies) taken."""
    mails, copies = select(func.count()).select_from(Mail), select(func.count()).select_from(Arrival)
    if since is not None:
        mails = mails.where(col(Mail.taken_at) >= since)
        copies = copies.where(col(Arrival.taken_at) >= since)
    return session.scalar(mails) or 0, session.scalar(copies) or 0
