"""The journal: the first two of the four instants at which responsibility passes.

1. Taken: the bytes are committed here; only then may the server's copy be moved.
2. Decided: what became of the message, in one transaction with all that follows from it.

Three failures put a message in quarantine, and the next one goes on. The death of the process counts as one.
"""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from mailgate.desk.context import Desk
from mailgate.desk.message_arrived import message_arrived, set_aside
from mailgate.desk.reading import Opened, look_up_keys, open_mail
from mailgate.message import thread
from mailgate.message.fingerprint import fingerprint
from mailgate.store import queries
from mailgate.store.columns import Row
from mailgate.store.database import DATABASE_FAILS, Database
from mailgate.store.tables import Arrival, Mail
from mailgate.store.writing import row_of

log = logging.getLogger(__name__)
ATTEMPTS_MOST = 3
RACES_MOST = 10
_RACES = (StaleDataError, IntegrityError)
"""Another transaction was quicker; the next try sees what it wrote."""


Bytes = dict[int, tuple[bytes, int]]
"""Message -> its bytes, or its header's where it is over the size, and how large it is whole."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A message as it lies in a mailbox."""

    mailbox: str
    uidvalidity: int
    uid: int
    raw: bytes
    """Its header alone where the message is over the size."""
    size: int
    """Bytes of the whole message."""
    place: str = ""
    """Whose folder on which server the numbers are of."""


def take(session: Session, copies: Sequence[Copy], now: datetime) -> list[tuple[int, bool]]:
    """Instant 1, in the caller's transaction. Gives each message's id and whether it was never seen before.

    The same message is known again by its bytes, or by its Message-ID together with its content: then only the copy
    is noted.
    """
    mails = [_mail_row(copy, now) for copy in copies]
    new = queries.add_mails(session, mails)
    taken: list[tuple[int, bool]] = []
    raws: dict[int, bytes] = {}
    for copy, mail in zip(copies, mails, strict=True):
        mail_id = new.get(mail["sha256"]) or queries.same_mail(session, mail["sha256"], mail["fingerprint"])
        is_new = mail["sha256"] in new and mail_id not in raws
        if is_new:
            raws[mail_id] = copy.raw
        taken.append((mail_id, is_new))
    queries.add_raws(session, raws)
    queries.add_arrivals(
        session,
        [
            row_of(
                Arrival,
                mail_id=mail_id,
                mailbox=copy.mailbox,
                place=copy.place,
                uidvalidity=copy.uidvalidity,
                uid=copy.uid,
                taken_at=now,
            )
            for copy, (mail_id, _) in zip(copies, taken, strict=True)
        ],
    )
    return taken


def decide(
    database: Database, desk: Desk, mail_ids: Sequence[int], now: datetime, bytes_of: Bytes | None = None
) -> int:
    """Instant 2 for several messages in one transaction. Gives how many were decided.

    Where one of them fails, each is decided apart. Raises one of DATABASE_FAILS where the database itself fails:
    nothing was decided then, and nothing is lost. `bytes_of` has what the caller holds of them, until it is read.
    """
    opened = _opened(database, desk, mail_ids, bytes_of or {})
    try:
        with database.write() as session:
            _decide_all(session, desk, opened, mail_ids, now)
    except DATABASE_FAILS:
        raise
    except Exception:
        return _decide_apart(database, desk, opened, mail_ids, now)
    return len(mail_ids)


def again(
    database: Database,
    desk: Desk,
    now: datetime,
    *,
    besides: Collection[str] = (),
    in_hand: Set[int] = frozenset(),
    alone: Callable[[int], AbstractContextManager[bool]] = lambda _: nullcontext(True),
    after_crash: bool = False,
) -> int:
    """Decide what was taken and not decided: it failed before, or (`after_crash`) the process died.

    Mail of the mailboxes `besides` is in other hands, and so are the messages `in_hand`; `alone` takes one of the rest
    in hand, unless another thread was quicker.

    Gives how many were tried; those that failed for the third time are in quarantine now, and staff have a notice.
    Nobody knows which message the process died of, so each counts its failure just before its own try, and those that
    failed least come first: the others wait neither for it nor with it.
    """
    before = frozenset(in_hand)  # other threads take messages in hand, and are done with them, meanwhile
    with database.read() as session:
        undecided = queries.undecided(session, besides=besides)
    waiting = [mail_id for mail_id in undecided if mail_id not in before and mail_id not in in_hand]
    tried = 0
    for mail_id in waiting:
        with alone(mail_id) as is_ours:
            if not is_ours:
                continue
            if after_crash:
                _failed(database, desk, mail_id, "the process ended while it handled this message", now)
            decide(database, desk, [mail_id], now)
            tried += 1
    return tried


def _opened(database: Database, desk: Desk, mail_ids: Sequence[int], bytes_of: Bytes) -> dict[int, Opened]:
    """Each message read, and DNS asked for it, before the transaction, which then holds up nobody for long.

    One that cannot be read is left out: its fault shows, and counts, when it is to be decided.
    """
    taken = {mail_id: bytes_of.pop(mail_id) for mail_id in mail_ids if mail_id in bytes_of}
    if rest := [mail_id for mail_id in mail_ids if mail_id not in taken]:
        with database.read() as session:
            taken |= queries.undecided_as_taken(session, rest)
    opened: dict[int, Opened] = {}
    while taken:
        mail_id, (raw, size) = taken.popitem()
        with suppress(Exception):
            opened[mail_id] = _open(raw, size, desk)
    return opened


def _open(raw: bytes, size: int, desk: Desk) -> Opened:
    if desk.config.authenticity.asks_dns:
        look_up_keys(raw, desk)
    return open_mail(raw, size, desk)


def _decide_apart(
    database: Database, desk: Desk, opened: Mapping[int, Opened], mail_ids: Sequence[int], now: datetime
) -> int:
    """Each on a savepoint, so that those which fail keep none of the others."""
    faults = _faults(database, desk, opened, mail_ids, now)
    for _ in range(RACES_MOST):
        raced = [mail_id for mail_id, fault in faults.items() if isinstance(fault, _RACES)]
        if not raced:
            break
        faults = {mail_id: fault for mail_id, fault in faults.items() if mail_id not in raced}
        faults |= _faults(database, desk, opened, raced, now)
    for mail_id, fault in faults.items():
        log.error("message %d could not be handled", mail_id, exc_info=fault)
        _failed(database, desk, mail_id, "".join(traceback.format_exception_only(fault)).strip(), now)
    return len(mail_ids) - len(faults)


def _faults(
    database: Database, desk: Desk, opened: Mapping[int, Opened], mail_ids: Sequence[int], now: datetime
) -> dict[int, Exception]:
    """One transaction; gives the faults of those messages that are not decided after it."""
    faults: dict[int, Exception] = {}
    with database.write() as session:
        for mail_id in mail_ids:
            try:
                with session.begin_nested():
                    _decide_all(session, desk, opened, [mail_id], now)
            except DATABASE_FAILS:
                raise
            except Exception as error:
                faults[mail_id] = error
    return faults


def _decide_all(
    session: Session, desk: Desk, opened: Mapping[int, Opened], mail_ids: Sequence[int], now: datetime
) -> None:
    mails = queries.undecided_of(session, mail_ids)
    mailboxes = queries.first_mailboxes(session, mail_ids)
    read = [opened[mail_id].message for mail_id in mail_ids if mail_id in opened]
    queries.look_up_dead(session, {sender.addr for each in read for sender in each.from_})
    requests = queries.look_up_cited(session, {cited for each in read for cited in thread.cited(each)})
    queries.look_up_participants(session, requests)
    for mail in mails:
        mailbox = desk.mailbox(mailboxes.get(mail.id, ""))
        message = opened.get(mail.id) or _open(queries.raw_mail(session, mail.id) or b"", mail.size, desk)
        message_arrived(session, mail, message, mailbox, now, desk)
        queries.keep_decision(session, mail)


def _failed(database: Database, desk: Desk, mail_id: int, fault: str, now: datetime) -> None:
    with database.write() as session:
        mail = session.get_one(Mail, mail_id, with_for_update=True)
        if mail.decision is not None:
            return
        mail.attempts += 1
        mail.error = fault
        if mail.attempts >= ATTEMPTS_MOST:
            raw = queries.raw_mail(session, mail_id) or b""
            mailbox = queries.first_mailboxes(session, [mail_id]).get(mail_id, "")
            set_aside(session, mail, raw, desk.mailbox(mailbox), now, desk)
            log.error("message %d is in quarantine after %d failures", mail_id, mail.attempts)


def _mail_row(copy: Copy, now: datetime) -> Row:
    whole = len(copy.raw) >= copy.size
    sha256 = hashlib.sha256(copy.raw if whole else b"%d bytes\n" % copy.size + copy.raw).hexdigest()
    same = fingerprint(copy.raw) if whole else None
    return row_of(Mail, sha256=sha256, fingerprint=same, size=copy.size, taken_at=now)
