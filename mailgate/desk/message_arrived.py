"""A message has arrived: what becomes of it, in one transaction. `rules/intake` decides, here it is carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlmodel import Session

from mailgate.config import Mailbox
from mailgate.desk import client_wrote, loops, notify, quarantine
from mailgate.desk.arrived import SUBJECT_MOST, Arrived
from mailgate.desk.context import Desk
from mailgate.desk.notice_settled import notice_bounced, wrote_again
from mailgate.desk.notify import Reader, Telling
from mailgate.desk.reading import Opened, readings
from mailgate.desk.staff_commanded import StaffMail, staff_commanded
from mailgate.message import parse, thread
from mailgate.message.model import IncomingMessage, Kind
from mailgate.rules.intake import Decision
from mailgate.rules.vocabulary import Role
from mailgate.store import queries
from mailgate.store.tables import Mail

ONE_DAY = timedelta(days=1)
_ANSWERED = frozenset({"stranger", "revoked"})
"""Why a message is not registered of which its sender is told."""


def message_arrived(session: Session, mail: Mail, opened: Opened, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    """Decide what becomes of a taken message, and do it; `mail` keeps the verdict and the tests that led to it."""
    *complaints, (here, reading) = readings(session, opened, mailbox, desk)
    for box, complaint in complaints:
        client_wrote.register(Arrived(session, desk, box, mail, complaint, now))
    arrived = Arrived(session, desk, here, mail, reading, now)
    disposition = arrived.reading.disposition
    _keep_verdict(arrived)
    _CARRY_OUT[disposition.decision](arrived)
    if disposition.needs_a_look:
        quarantine.ask_for_a_look(session, desk, here, mail, now)


def set_aside(session: Session, mail: Mail, raw: bytes, mailbox: Mailbox, now: datetime, desk: Desk) -> None:
    """A message that could not be handled goes to quarantine, and staff are told."""
    with suppress(Exception):  # its header may be the very thing that cannot be read
        _keep_names(mail, parse.header_only(raw))
    mail.decision, mail.reason, mail.decided_at = Decision.QUARANTINE, "fault", now
    mail.tests = [["handled without a fault", False]]
    quarantine.ask_for_a_look(session, desk, mailbox, mail, now)


def _keep_verdict(arrived: Arrived) -> None:
    mail, disposition = arrived.mail, arrived.reading.disposition
    _keep_names(mail, arrived.reading.message)
    mail.decision, mail.reason = disposition.decision, disposition.reason
    mail.tests = [list(test) for test in disposition.tests]
    mail.decided_at = arrived.now


def _keep_names(mail: Mail, message: IncomingMessage) -> None:
    """What staff find a message by."""
    mail.message_id = message.message_id
    mail.from_addr = message.from_[0].addr if message.from_ else ""
    mail.subject = message.subject[:SUBJECT_MOST]


def _register(arrived: Arrived) -> None:
    wrote_again(arrived.session, arrived.reading.sender.addr)
    client_wrote.register(arrived)


def _append(arrived: Arrived) -> None:
    wrote_again(arrived.session, arrived.reading.sender.addr)
    client_wrote.append(arrived)


def _command(arrived: Arrived) -> None:
    reading, member = arrived.reading, arrived.desk.people.staff(arrived.writer.addr)
    assert member is not None, "the role says so"
    if reading.request is not None and reading.request.erased_at is None:
        arrived.mail.request_id = reading.request.id
    words = arrived.words(arrived.new_text)
    message = reading.message
    wrote = StaffMail(
        member, arrived.mailbox, reading.request, words, arrived.subject, message.message_id, thread.cited(message)
    )
    failures = staff_commanded(arrived.session, arrived.desk, wrote, arrived.now)
    if failures:
        language = notify.staff_reader(arrived.desk, member).language
        arrived.mail.error = "\n".join(each.said(language) for each in failures)


def _not_registered(arrived: Arrived) -> None:
    """3.10: one polite notice, never more than one a day to an address, never to a machine or an unproven sender."""
    session, desk, reading = arrived.session, arrived.desk, arrived.reading
    addr, name = arrived.writer.addr, arrived.writer.name
    if reading.disposition.reason not in _ANSWERED:
        return
    if queries.told_since(session, addr, "not_registered", arrived.now - ONE_DAY) or loops.goes_round(arrived):
        return
    reader = Reader(addr, name, Role.STRANGER, desk.config.desk.language)
    what = Telling("not_registered", answers=reading.message.message_id)
    notify.tell(session, desk, arrived.mailbox, None, reader, what, arrived.now)


def _ignore(arrived: Arrived) -> None:
    """Machines change nothing; what they say of a request is kept in it (4.4)."""
    reading = arrived.reading
    if reading.bounce is not None:
        arrived.mail.request_id = notice_bounced(arrived.session, arrived.desk, reading.bounce, arrived.now)
    elif reading.kind is Kind.AUTO_REPLY and reading.request is not None and reading.request.erased_at is None:
        client_wrote.keep_auto_reply(arrived, reading.request)


def _quarantine(arrived: Arrived) -> None:
    """Kept as it is; who has to look is told by `needs_a_look`."""


_CARRY_OUT: Mapping[Decision, Callable[[Arrived], None]] = MappingProxyType(
    {
        Decision.REGISTER: _register,
        Decision.APPEND: _append,
        Decision.COMMAND: _command,
        Decision.NOT_REGISTERED: _not_registered,
        Decision.IGNORE: _ignore,
        Decision.QUARANTINE: _quarantine,
    }
)
