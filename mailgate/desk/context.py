"""What every order and fact is carried out with: the configuration in force and the key of our Message-IDs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from mailgate.config import Config, Gateway, Mailbox, People, Policy, Staff
from mailgate.message.signatures import Lookup
from mailgate.rules.calendar import WorkingCalendar
from mailgate.rules.vocabulary import Purpose, Role
from mailgate.store import queries
from mailgate.store.tables import Request

_KEY = "message_id_key"
_PURPOSES = "purposes"
"""Under this the desk remembers what each mailbox was for: what came to it stays that when it is renamed."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A snapshot: replaced as a whole when the configuration is read anew."""

    config: Config
    key: bytes
    """Of the HMAC in our Message-IDs (256 bits); kept in the database, so that a restored desk knows its own mail."""
    calendar: WorkingCalendar
    hold: timedelta
    """How long what staff write to a client waits in the outbox, so that they can take it back."""
    purposes: Mapping[str, Purpose]
    """Of every mailbox that was ever configured, by its name."""
    txt: Lookup
    """Asks DNS for the keys of DKIM signatures, where the configuration wants them checked."""

    @property
    def people(self) -> People:
        """Clients, their contacts, and staff."""
        return self.config.people

    def mailbox(self, name: str, purpose: Purpose | None = None) -> Mailbox:
        """The desk's mailbox of that name and purpose; where the configuration has it no more, the first of its kind.

        Where none of its kind is left, it writes from the first one's address, and its requests are worked on by the
        first one's group; but complaints by the group that has them by default, never by another (6.4).
        Without `purpose`: as it is, or last was, configured.
        """
        purpose = purpose or self.purposes.get(name, Purpose.REQUESTS)
        alike = [box for box in self.config.mailboxes if box.purpose is purpose]
        if alike:
            return next((box for box in alike if box.name == name), alike[0])
        first = self.config.mailboxes[0]
        group = first.group if purpose is Purpose.REQUESTS else None
        return first.model_copy(update={"name": name, "purpose": purpose, "staff_group": group})

    def home(self, request: Request) -> Mailbox:
        """The mailbox in which a request lives: one of its own kind, whatever became of the one that it came to."""
        return self.mailbox(request.mailbox, Purpose(request.kind))

    def gateway(self, addr: str) -> Gateway | None:
        """The gateway that writes from that address (3.1)."""
        return next((gateway for gateway in self.config.gateways if gateway.address == addr), None)

    def policy(self, addr: str) -> Policy:
        """3.10: what becomes of unproven mail from that address: by its client's policy, else by the desk's."""
        contact = self.people.contact(addr) if self.role(addr) is Role.CONTACT else None
        own = self.people.clients[contact.client_id].authenticity if contact else None
        return own or self.config.authenticity.policy

    def role(self, addr: str) -> Role:
        """Who an address is to the desk. Staff comes before contact: `check` forbids to be both."""
        if any(box.address == addr for box in self.config.mailboxes):
            return Role.OWN
        if self.gateway(addr) is not None:
            return Role.GATEWAY
        if self.people.staff(addr) is not None:
            return Role.STAFF
        return Role.CONTACT if self.people.contact(addr) is not None else Role.STRANGER

    def handles(self, member: Staff, request: Request) -> bool:
        """6.4: whether a request is that staff member's business: a complaint is its group's and its assignee's."""
        is_theirs = self.home(request).group in member.groups or request.assignee == member.email
        return is_theirs or request.kind != Purpose.COMPLAINTS

    def serves(self, member: Staff, mailbox: Mailbox) -> bool:
        """6.4: whether mail to a mailbox is that staff member's business: what may be a complaint is its group's."""
        return mailbox.group in member.groups or mailbox.purpose is not Purpose.COMPLAINTS


def no_names(name: str) -> bytes | None:
    """DNS for one who asks nobody."""
    return None


def open_desk(session: Session, config: Config, *, hold: bool = True, txt: Lookup = no_names) -> Desk:
    """The desk of this database; its key is made at the first call. Without `hold`, nothing is held back."""
    if queries.setting(session, _KEY) is None:
        queries.keep_setting(session, _KEY, secrets.token_hex(32))
    queries.change_setting(session, _PURPOSES, json.dumps(_purposes(session, config), sort_keys=True))
    return read_desk(session, config, hold=hold, txt=txt)


def read_desk(session: Session | None, config: Config, *, hold: bool = True, txt: Lookup = no_names) -> Desk:
    """The desk for one who only reads; where there is no key yet, no Message-ID can be ours."""
    key = queries.setting(session, _KEY) if session is not None else None
    return Desk(
        config=config,
        key=bytes.fromhex(key) if key else secrets.token_bytes(32),
        calendar=config.calendar.working(config.desk.zone),
        hold=config.outbox.hold if hold else timedelta(0),
        purposes=_purposes(session, config),
        txt=txt,
    )


def _purposes(session: Session | None, config: Config) -> dict[str, Purpose]:
    """Of the mailboxes that were, then of those that are."""
    known = json.loads(queries.setting(session, _PURPOSES) or "{}") if session is not None else {}
    before = {name: Purpose(value) for name, value in known.items()}
    return before | {box.name: box.purpose for box in config.mailboxes}
