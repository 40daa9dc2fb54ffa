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
from mailgate.config.targets import ClientTargets
from mailgate.rules.vocabulary import Language

Phone = Annotated[
    str,
    Field(max_length=60, pattern=r"^[^\p{Cc}]*[0-9][^\p{Cc}]*$", description='a phone number: "+375 29 123-45-67"'),
]


class ContactEntry(Section):
    """`[[client.contact]]`."""

    name: Line = Field(description='the name of the person: "Иван Петров"')
    email: MailAddress
    phones: tuple[Phone, ...] = Field((), description='phone numbers such as "+375 29 123-45-67"')
    language: Language | None = None


class ClientEntry(Section):
    """`[[client]]`."""

    id: Line = Field(description='a short name that stays the same for good: "alfa"')
    name: Line = Field(description='the name of the client: "ОАО «Альфа»"')
    official_mailbox: MailAddress | None = Field(None, description=ADDRESS)
    authorised_mailbox: MailAddress | None = Field(None, description=ADDRESS)
    preferred_fallback: Fallback = Fallback.AUTHORISED
    authenticity: Policy | None = None
    targets: ClientTargets | None = Field(None, description="a table [client.targets]")
    contacts: tuple[ContactEntry, ...] = Field((), alias="contact", description="tables [[client.contact]]")


class ClientsFile(Section):
    """clients.toml, or what a CSV file comes to."""

    clients: tuple[ClientEntry, ...] = Field((), alias="client", description="tables [[client]], in double brackets")


class StaffEntry(Section):
    """`[[staff]]`."""

    name: Line = Field(description='the name of the person: "Анна Ковалёва"')
    email: MailAddress
    groups: tuple[Line, ...] = Field((), description='a list of groups: ["support"]')
    language: Language | None = None


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
        )
        for entry in file.clients
    )


def staff_of(file: StaffFile) -> tuple[Staff, ...]:
    """The staff of a valid file."""
    return tuple(Staff(entry.name, entry.email, entry.groups, entry.language) for entry in file.staff)
