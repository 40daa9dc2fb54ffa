"""The files of clients and staff: their shape, and the people they make.

Why: a file of 100,000 contacts is read at every start, so its rows become validated models and then plain
dataclasses in one pass each, and the lines of its keys are asked for only where something is wrong.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mailgate.config.addresses import ADDRESS
from mailgate.config.fields import Line, MailAddress, Section
from mailgate.config.people import Client, Contact, Fallback, Policy, Staff
from mailgate.config.retention import PERIOD, Kept
from mailgate.config.targets import ClientTargets
from mailgate.rules.vocabulary import Language

Phone = Annotated[
    str,
    Field(max_length=60, pattern=r"^[^\p{Cc}]*[0-9][^\p{Cc}]*$", description='a phone number: "+375 29 123-45-67"'),
]


class ContactEntry(Section):
    """A person who may write for the client, and from where (3.10)."""

    name: Line = Field(description='the name of the person: "Иван Петров"')
    """As notices and staff call him."""
    email: MailAddress
    """From which he writes (3.10), and where notices go (3.7)."""
    phones: tuple[Phone, ...] = Field((), description='phone numbers such as "+375 29 123-45-67"')
    """3.4: the authorised numbers; calls from others are not registered."""
    language: Language | None = None
    """Of his notices; unless named: the desk's."""


class ClientEntry(Section):
    """An organisation or person with a contract."""

    id: Line = Field(description='a short name that stays the same for good: "alfa"')
    """By it requests know their client, also after it was renamed."""
    name: Line = Field(description='the name of the client: "ОАО «Альфа»"')
    """As staff and the client's own people read it."""
    official_mailbox: MailAddress | None = Field(None, description=ADDRESS)
    """3.7: the client's general mailbox; a notice goes there where the contact's own is unavailable."""
    authorised_mailbox: MailAddress | None = Field(None, description=ADDRESS)
    """3.7: the client's mailbox for dealings with the desk; a notice goes there likewise."""
    preferred_fallback: Fallback = Fallback.AUTHORISED
    """3.7: which of the two is tried first."""
    authenticity: Policy | None = None
    """3.10: whether its contacts must be proven; unless named: as [authenticity] says."""
    targets: ClientTargets | None = Field(None, description="a table [client.targets]")
    retention: Kept | None = Field(None, description=PERIOD)
    """How long its requests are kept after they ended; unless named: as [retention] says."""
    contacts: tuple[ContactEntry, ...] = Field((), alias="contact", description="tables [[client.contact]]")


class ClientsFile(Section):
    """clients.toml, or what a CSV file comes to."""

    clients: tuple[ClientEntry, ...] = Field((), alias="client", description="tables [[client]], in double brackets")


class StaffEntry(Section):
    """Somebody who works on requests, from an ordinary mail client."""

    name: Line = Field(description='the name of the person: "Анна Ковалёва"')
    """As clients read it under an answer, and as `!assign` finds him."""
    email: MailAddress
    """From which he answers, and where his notices go."""
    groups: tuple[Line, ...] = Field((), description='a list of groups: ["support"]')
    """Whose mail he gets: that of the mailboxes whose group it is."""
    language: Language | None = None
    """Of his notices; unless named: the desk's."""


class StaffFile(Section):
    """staff.toml."""

    staff: tuple[StaffEntry, ...] = Field((), description="tables [[staff]], in double brackets")


def clients_of(file: ClientsFile) -> tuple[Client, ...]:
    """The clients of a valid file."""
    return tuple(
        Client(
            entry.id,
            entry.name,
            entry.official_mailbox,
            entry.authorised_mailbox,
            entry.preferred_fallback,
            tuple(Contact(each.name, each.email, each.phones, each.language, entry.id) for each in entry.contacts),
            entry.authenticity,
            entry.targets,
            entry.retention,
        )
        for entry in file.clients
    )


def staff_of(file: StaffFile) -> tuple[Staff, ...]:
    """The staff of a valid file."""
    return tuple(Staff(entry.name, entry.email, entry.groups, entry.language) for entry in file.staff)
