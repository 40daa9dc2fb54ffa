"""A message in hand: read, with all that is needed to carry out what was decided of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlmodel import Session

from mailgate.config import Mailbox
from mailgate.desk import correspondence, gateways
from mailgate.desk.context import Desk
from mailgate.desk.notify import Words
from mailgate.desk.reading import Reading
from mailgate.message import body, headers
from mailgate.message.model import Address, IncomingMessage
from mailgate.rules.vocabulary import Role
from mailgate.store.tables import Mail, Request

SUBJECT_MOST = 250
"""Characters of a subject that are kept."""


@dataclass(frozen=True)
class Arrived:
    """One message of the journal while it is decided."""

    session: Session
    desk: Desk
    mailbox: Mailbox
    mail: Mail
    reading: Reading
    now: datetime

    @cached_property
    def new_text(self) -> str:
        """What the writer newly wrote, without quotes and signature."""
        message, is_staff = self.reading.message, self.reading.role is Role.STAFF
        return body.certain_text(message, self.writer.name) if is_staff else body.new_text(message)

    @cached_property
    def writer(self) -> Address:
        """Who wrote: the sender, or the contact for whom a gateway hands it over (3.1); named as our own books do."""
        message, people = self.reading.message, self.desk.people
        handed_over = gateways.contact(message) if self.reading.role is Role.GATEWAY else None
        sender = Address("", handed_over) if handed_over else message.from_[0]
        known = people.staff(sender.addr) or people.contact(sender.addr)
        return Address(known.name, sender.addr) if known and known.name else sender

    @cached_property
    def came_at(self) -> datetime:
        """When it came in, though it may have waited for us since: what the Rules set a term for came then."""
        return written_at(self.reading.message, self.now)

    @cached_property
    def came_surely_at(self) -> datetime | None:
        """The earlier of both: no clock that is wrong ends a term before his word; None where nobody says."""
        return min(_said(self.reading.message), default=None)

    @property
    def by(self) -> str:
        """The writer as the history names him."""
        return f"{'staff' if self.reading.role is Role.STAFF else 'client'}:{self.writer.addr}"

    @property
    def subject(self) -> str:
        """The mail's own subject, capped."""
        return self.reading.message.subject[:SUBJECT_MOST]

    def words(self, text: str) -> Words:
        """What the writer wrote, with what he attached, to be carried to somebody else."""
        return Words(self.writer.addr, self.writer.name, text, self.reading.message.attachments, self.mail.id)

    def keep(self, request: Request, kind: str) -> None:
        """4.4: the message stands in the request's correspondence from now on."""
        message = self.reading.message
        self.mail.request_id = request.id
        correspondence.correspond(
            self.session,
            request,
            kind,
            (self.writer.addr, self.writer.name),
            [each.addr for each in (*message.to, *message.cc)],
            message.text,
            self.now,
            new_text=self.new_text,
            message_id=message.message_id,
            mail_id=self.mail.id,
            attachments=message.attachments,
            internal=self.reading.role is Role.STAFF,
        )


def written_at(message: IncomingMessage, now: datetime) -> datetime:
    """When the mail was written or, by our mail server's clock, came in: the later; `now` where nobody says."""
    return min(max(_said(message), default=now), now)


def _said(message: IncomingMessage) -> list[datetime]:
    received = headers.moment((message.header("Received") or "").rpartition(";")[2].strip())
    return [moment for moment in (message.date, received) if moment is not None]
