"""The journal: the first two of the four instants at which responsibility passes.

1. Taken: the bytes are committed here; only then may the server's copy be moved.
2. Decided: what became of the message, in one transaction with all that follows from it.

Three failures put a message in quarantine, and the next one goes on. The death of the process counts as one.
"""

from __future__ import annotations

import hashlib
import logging
import traceback
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from mailgate.desk.context import Desk
from mailgate.desk.message_arrived import message_arrived, set_aside
from mailgate.desk.reading import look_up_keys
from mailgate.message.fingerprint import fingerprint
from mailgate.store import queries
from mailgate.store.database import DATABASE_FAILS, Database
from mailgate.store.tables import Arrival, Mail, RawMail

log = logging.getLogger(__name__)
ATTEMPTS_MOST = 3
RACES_MOST = 10
_RACES = (StaleDataError, IntegrityError)
"""Another transaction was quicker; the next try sees what it wrote."""


def take(
    session: Session, mailbox: str, uidvalidity: int, uid: int, raw: bytes, size: int, now: datetime
) -> tuple[int, bool]:
    """Instant 1, in the caller's transaction. Gives the message's id and whether it was never seen before.

    The same message is known again by its bytes, or by its Message-ID together with its content: then only the copy
    is noted. `raw` is the header alone where the message is over the size (`size` bytes).
    """
    whole = len(raw) >= size
    sha256 = hashlib.sha256(raw if whole else b"%d bytes\n" % size + raw).hexdigest()
    same = fingerprint(raw) if whole else None
    new_id = queries.add_unless_known(session, Mail(sha256=sha256, fingerprint=same, size=size, taken_at=now))
    if new_id is None:
        mail_id = queries.same_mail(session, sha256, same).id
    else:
        mail_id = new_id
        session.add(RawMail(mail_id=mail_id, raw=raw))
        session.flush()
    arrival = Arrival(mail_id=mail_id, mailbox=mailbox, uidvalidity=uidvalidity, uid=uid, taken_at=now)
    queries.add_unless_known(session, arrival)
    return mail_id, new_id is not None


def decide(database: Database, desk: Desk, mail_ids: Sequence[int], now: datetime) -> int:
    """Instant 2 for several messages in one transaction, each on a savepoint. Gives how many were decided.

    Raises one of DATABASE_FAILS where the database itself fails: nothing was decided then, and nothing is lost.
    """
    _look_up_keys(database, desk, mail_ids)
    faults = _decide_all(database, desk, mail_ids, now)
    for _ in range(RACES_MOST):
        raced = [mail_id for mail_id, fault in faults.items() if isinstance(fault, _RACES)]
        if not raced:
            break
        faults = {mail_id: fault for mail_id, fault in faults.items() if mail_id not in raced}
        faults |= _decide_all(database, desk, raced, now)
    for mail_id, fault in faults.items():
        log.error("message %d could not be handled", mail_id, exc_info=fault)
        _failed(database, desk, mail_id, "".join(traceback.format_exception_only(fault)).strip(), now)
    return len(mail_ids) - len(faults)


def again(database: Database, desk: Desk, now: datetime, *, after_crash: bool = False) -> int:
    """Decide what was taken and not decided: it failed before, or (`after_crash`) the process died.

    Gives how many were tried; those that failed for the third time are in quarantine now, and staff have a notice.
    Nobody knows which message the process died of, so each counts its failure just before its own try, and those that
    failed least come first: the others wait neither for it nor with it.
    """
    with database.read() as session:
        waiting = queries.undecided(session)
    for mail_id in waiting:
        if after_crash:
            _failed(database, desk, mail_id, "the process ended while it handled this message", now)
        decide(database, desk, [mail_id], now)
    return len(waiting)


def _look_up_keys(database: Database, desk: Desk, mail_ids: Sequence[int]) -> None:
    """DNS is asked before the transaction, which then waits for nobody."""
    if not desk.config.authenticity.asks_dns:
        return
    for mail_id in mail_ids:
        with database.read() as session:
            raw = queries.raw_mail(session, mail_id)
        look_up_keys(raw or b"", desk)


def _decide_all(database: Database, desk: Desk, mail_ids: Sequence[int], now: datetime) -> dict[int, Exception]:
    """One transaction; gives the faults of those messages that are not decided after it."""
    faults: dict[int, Exception] = {}
    with database.write() as session:
        for mail_id in mail_ids:
            try:
                with session.begin_nested():
                    _decide_one(session, desk, mail_id, now)
            except DATABASE_FAILS:
                raise
            except Exception as error:
                faults[mail_id] = error
    return faults


def _decide_one(session: Session, desk: Desk, mail_id: int, now: datetime) -> None:
    mail = session.get_one(Mail, mail_id, with_for_update=True)
    if mail.decision is not None:
        return
    raw = queries.raw_mail(session, mail_id)
    copies = queries.arrivals(session, mail_id)
    mailbox = desk.mailbox(copies[0].mailbox if copies else "")
    message_arrived(session, mail, raw or b"", mailbox, now, desk)
    session.flush()


def _failed(database: Database, desk: Desk, mail_id: int, fault: str, now: datetime) -> None:
    with database.write() as session:
        mail = session.get_one(Mail, mail_id, with_for_update=True)
        if mail.decision is not None:
            return
        mail.attempts += 1
        mail.error = fault
        if mail.attempts >= ATTEMPTS_MOST:
            copies = queries.arrivals(session, mail_id)
            raw = queries.raw_mail(session, mail_id) or b""
            set_aside(session, mail, raw, desk.mailbox(copies[0].mailbox if copies else ""), now, desk)
            log.error("message %d is in quarantine after %d failures", mail_id, mail.attempts)
