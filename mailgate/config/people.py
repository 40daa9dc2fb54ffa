"""Who the desk knows: clients with their contacts, and staff; the shape of their files.

Why dataclasses with slots: a file of 100,000 contacts is read at every start, and its rows become at once what the desk
works with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from mailgate.config.addresses import ADDRESS, comparable
from mailgate.config.fields import STRICT, Line, MailAddress, Section
from mailgate.config.retention import PERIOD, Kept
from mailgate.config.targets import ClientTargets
from mailgate.rules.spelling import look, plain
from mailgate.rules.vocabulary import Language

Phone = Annotated[
    str,
    Field(max_length=60, pattern=r"^[^\p{Cc}]*[0-9][^\p{Cc}]*$", description='a phone number: "+375 29 123-45-67"'),
]


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


@dataclass(frozen=True, slots=True, config=STRICT)
class Contact:
    """A person who may write for the client, and from where (3.10)."""

    name: Line = Field(description='the name of the person: "Иван Петров"')
    """As notices and staff call him."""
    email: MailAddress = Field(description=ADDRESS)
    """From which he writes (3.10), and where notices go (3.7)."""
    phones: tuple[Phone, ...] = Field(default=(), description='phone numbers such as "+375 29 123-45-67"')
    """3.4: the authorised numbers; calls from others are not registered."""
    language: Language | None = None
    """Of his notices; unless named: the desk's."""
    client_id: str = Field(default="", init=False)
    """Whose contact he is; no key of the file."""


@dataclass(frozen=True, slots=True, config=STRICT)
class Client:
    """An organisation or person with a contract."""

    id: Line = Field(description='a short name that stays the same for good: "alfa"')
    """By it requests know their client, also after it was renamed."""
    name: Line = Field(description='the name of the client: "ОАО «Альфа»"')
    """As staff and the client's own people read it."""
    official_mailbox: MailAddress | None = Field(default=None, description=ADDRESS)
    """3.7: the client's general mailbox; a notice goes there where the contact's own is unavailable."""
    authorised_mailbox: MailAddress | None = Field(default=None, description=ADDRESS)
    """3.7: the client's mailbox for dealings with the desk; a notice goes there likewise."""
    preferred_fallback: Fallback = Fallback.AUTHORISED
    """3.7: which of the two is tried first."""
    contacts: tuple[Contact, ...] = Field(default=(), alias="contact", description="tables [[client.contact]]")
    authenticity: Policy | None = None
    """3.10: whether its contacts must be proven; unless named: as [authenticity] says."""
    targets: ClientTargets | None = Field(default=None, description="a table [client.targets]")
    retention: Kept | None = Field(default=None, description=PERIOD)
    """How long its requests are kept after they ended; unless named: as [retention] says."""

    def __post_init__(self) -> None:
        for contact in self.contacts:
            object.__setattr__(contact, "client_id", self.id)  # he is frozen, but comes out of the file without it


@dataclass(frozen=True, slots=True, config=STRICT)
class Staff:
    """Somebody who works on requests, from an ordinary mail client."""

    name: Line = Field(description='the name of the person: "Анна Ковалёва"')
    """As clients read it under an answer, and as `!assign` finds him."""
    email: MailAddress = Field(description=ADDRESS)
    """From which he answers, and where his notices go."""
    groups: tuple[Line, ...] = Field(default=(), description='a list of groups: ["support"]')
    """Whose mail he gets: that of the mailboxes whose group it is."""
    language: Language | None = None
    """Of his notices; unless named: the desk's."""


class ClientsFile(Section):
    """clients.toml, or what a CSV file comes to."""

    clients: tuple[Client, ...] = Field((), alias="client", description="tables [[client]], in double brackets")


class StaffFile(Section):
    """staff.toml."""

    staff: tuple[Staff, ...] = Field((), description="tables [[staff]], in double brackets")


class People:
    """Everybody, found by address. Addresses are compared lower-cased, with their domain in ASCII."""

    __slots__ = ("_contacts", "_staff", "clients")

    clients: Mapping[str, Client]

    def __init__(self, clients: Iterable[Client] = (), staff: Iterable[Staff] = ()) -> None:
        self.clients = MappingProxyType({client.id: client for client in clients})
        self._contacts = {contact.email: contact for client in self.clients.values() for contact in client.contacts}
        self._staff = {member.email: member for member in staff}

    @property
    def contacts(self) -> Collection[Contact]:
        """Everybody who may write, of all clients."""
        return self._contacts.values()

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

    def client_named(self, text: str) -> str | None:
        """The id that `!release` names, as people type it; None where it names no one client."""
        if text in self.clients:
            return text
        found = [client_id for client_id in self.clients if look(client_id) == look(text)]
        return found[0] if len(found) == 1 else None


def _begins(wanted: str, name: str) -> bool:
    words = plain(name).split()
    return all(any(word.startswith(part) for word in words) for part in wanted.split())
