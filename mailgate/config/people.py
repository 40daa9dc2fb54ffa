"""Who the desk knows: clients with their contacts, and staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mailgate.config.addresses import comparable
from mailgate.config.retention import Period
from mailgate.config.targets import ClientTargets
from mailgate.rules.spelling import plain
from mailgate.rules.vocabulary import Language


class Policy(StrEnum):
    """3.10: what becomes of mail whose sender is known and not proven."""

    REQUIRE = "require"
    """It waits in quarantine; staff are told of the first in one name each day, and how many wait."""
    HOLD = "hold"
    """It waits in quarantine; staff are told of each, for where most of it is honest and little can be proven."""
    OFF = "off"
    """It is taken as if it were proven."""


class Fallback(StrEnum):
    """3.7: the client's mailbox that gets the notices where the contact's own is unavailable."""

    AUTHORISED = "authorised"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class Contact:
    """Who may write for a client (3.10); `email` is in its canonical form."""

    name: str
    email: str
    phones: tuple[str, ...]
    """As the file has them; 3.4 takes submissions from these numbers only."""
    language: Language | None
    """None: the desk's."""
    client_id: str


@dataclass(frozen=True, slots=True)
class Client:
    """An organisation or person with a contract."""

    id: str
    name: str
    official_mailbox: str | None
    authorised_mailbox: str | None
    preferred_fallback: Fallback
    contacts: tuple[Contact, ...]
    authenticity: Policy | None = None
    """What becomes of unproven mail of its contacts (3.10); None: the desk's policy."""
    targets: ClientTargets | None = None
    """3.9: its own service targets; None: the desk's."""
    retention: Period | None = None
    """How long its requests are kept after they ended; None: as the desk keeps them."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A responsible worker; `email` is in its canonical form."""

    name: str
    email: str
    groups: tuple[str, ...]
    language: Language | None
    """None: the desk's."""


class People:
    """Everybody, found by address. Addresses are compared lower-cased, with their domain in ASCII."""

    __slots__ = ("_contacts", "_staff", "clients")

    clients: Mapping[str, Client]

    def __init__(self, clients: Iterable[Client] = (), staff: Iterable[Staff] = ()) -> None:
        self.clients = MappingProxyType({client.id: client for client in clients})
        self._contacts = {contact.email: contact for client in self.clients.values() for contact in client.contacts}
        self._staff = {member.email: member for member in staff}

    def contact(self, addr: str) -> Contact | None:
        """The contact who writes from that address (3.10)."""
        return self._contacts.get(comparable(addr) or "")

    def staff(self, addr: str) -> Staff | None:
        """The staff member who writes from that address."""
        return self._staff.get(comparable(addr) or "")

    def everybody_on_staff(self) -> tuple[Staff, ...]:
        """All staff, in the order of the file."""
        return tuple(self._staff.values())

    def group(self, name: str) -> tuple[Staff, ...]:
        """The staff of a group, in the order of the file."""
        return tuple(member for member in self._staff.values() if name in member.groups)

    def staff_named(self, text: str) -> tuple[Staff, ...]:
        """Whom `!assign` names: by address, whole name, or beginnings of the words of the name in any order.

        None or several where the text does not name one person.
        """
        if member := self.staff(text.strip()):
            return (member,)
        wanted = plain(text)
        whole = tuple(member for member in self._staff.values() if plain(member.name) == wanted)
        return whole or tuple(member for member in self._staff.values() if wanted and _begins(wanted, member.name))


def _begins(wanted: str, name: str) -> bool:
    words = plain(name).split()
    return all(any(word.startswith(part) for word in words) for part in wanted.split())
