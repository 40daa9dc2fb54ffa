"""What `init` has to know: from its flags, on a terminal by asking for the rest, else by the likeliest value."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mailgate.cli.failure import Wrong
from mailgate.cli.providers import OWN, PROVIDERS, Provider, named, own_host, provider_of

if TYPE_CHECKING:
    from mailgate.config import Problem

_CLIENT = re.compile(r"([^:]+):(.+)")
Ask = Callable[..., Any]
"""A question, its likeliest answer, and what reads the answer or raises Wrong; gives what was read."""


@dataclass(frozen=True, slots=True)
class Person:
    """A staff member, or a contact of a client."""

    name: str
    email: str
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a configuration is made from; "" and () until it is known."""

    folder: Path
    address: str
    complaints: str
    provider: str
    imap_host: str
    smtp_host: str
    username: str
    tenant: str
    client_id: str
    organisation: str
    name: str
    language: str
    timezone: str
    staff: tuple[Person, ...]
    clients: tuple[Person, ...]

    @property
    def who(self) -> Provider:
        """The provider's row."""
        return named(self.provider) or OWN


def person(text: str) -> Person:
    """`Name <address>`. Raises Wrong."""
    name, address = parseaddr(text)
    if not name or "@" not in address:
        raise Wrong(f'{text!r}: write a name and an address: "Анна Ковалёва <a.kovaleva@desk.example>"')
    return Person(name, address)


def contact(text: str) -> Person:
    """`Client: Name <address>`. Raises Wrong."""
    if not (found := _CLIENT.fullmatch(text)):
        raise Wrong(f'{text!r}: write client and contact: "ОАО «Альфа»: Иван Петров <ivan.petrov@alfa.example>"')
    return replace(person(found[2]), client=found[1].strip())


def completed(given: Answers, mx_of: Callable[[str], Sequence[str]], *, on_terminal: bool) -> Answers:
    """Everything that was not given: asked for on a terminal, else taken for the likeliest. Raises Wrong.

    `mx_of` tells the servers that take mail for a domain.
    """
    if not on_terminal:
        _demand(given, "address", "organisation", "staff")
    ask = _ask if on_terminal else _likeliest
    address = _address(given.address) if given.address else ask("The mailbox that requests come to", "", _address)
    answers = replace(given, address=address)
    answers = _with_servers(answers, mx_of, ask)
    if answers.who.oauth and not on_terminal:
        _demand(answers, "client_id")
    return _with_people(answers, ask)


def _with_servers(known: Answers, mx_of: Callable[[str], Sequence[str]], ask: Ask) -> Answers:
    domain = known.address.rpartition("@")[2]
    row = _provider(known.provider) if known.provider else None
    mx = () if row and row != OWN else mx_of(domain)
    row = row or ask("The provider", provider_of(domain, mx).name, _provider)
    imap_host = known.imap_host or row.imap_host or ask("The IMAP server", own_host(domain, mx))
    return replace(
        known,
        provider=row.name,
        imap_host=imap_host,
        smtp_host=known.smtp_host or row.smtp_host or ask("The SMTP server", imap_host),
        username=known.username or ask("The account's name", known.address),
        tenant=known.tenant or (ask("The organisation's domain in Microsoft 365", domain) if row.oauth else ""),
        client_id=known.client_id or (ask("The Application (client) ID", "") if row.oauth else ""),
    )


def _with_people(known: Answers, ask: Ask) -> Answers:
    called, usual = "What the desk is called", "Служба поддержки пользователей"
    return replace(
        known,
        organisation=known.organisation or ask("The organisation that runs the desk", "", _desk("organisation")),
        name=known.name or ask(called, usual, _desk("name")),
        language=known.language or ask("Its language: ru, be or en", "ru", _desk("language")),
        timezone=known.timezone or ask("Its time zone", "Europe/Minsk", _desk("timezone")),
        staff=known.staff or (ask("One of the staff: Name <address>", "", person),),
    )


def _desk(key: str) -> Callable[[str], str]:
    """Reads an answer as the configuration will read it under that key of [desk]."""

    def read(text: str) -> str:
        from mailgate.config.models import Desk
        from mailgate.config.sources import TomlSource
        from mailgate.config.validation import validated

        problems: list[Problem] = []
        validated(Desk, TomlSource(Path("mailgate.toml"), {"organisation": "-", key: text}, ""), problems, {})
        for each in problems:
            raise Wrong(f"{each.what}; {each.want}")
        return text

    return read


def _provider(name: str) -> Provider:
    if (row := named(name)) is None:
        names = ", ".join(each.name for each in PROVIDERS)
        raise Wrong(f"there is no provider {name!r}; there are: {names}")
    return row


def _address(text: str) -> str:
    from mailgate.config import comparable

    if (address := comparable(text)) is None:
        raise Wrong(f'{text!r} is no address; write one such as "support@desk.example"')
    return address


def _demand(given: Answers, *needed: str) -> None:
    missing = [f"--{key.replace('_', '-')}" for key in needed if not getattr(given, key)]
    if missing:
        raise Wrong(f"nobody can be asked here, as there is no terminal; give {' and '.join(missing)}")


def _ask(question: str, likeliest: str, read: Callable[[str], Any] = str) -> Any:
    """Until the answer is right: who has answered nine questions does not begin anew for the tenth."""
    while True:
        try:
            return read(str(typer.prompt(question, default=likeliest or None)).strip())
        except Wrong as error:
            typer.echo(str(error), err=True)


def _likeliest(question: str, likeliest: str, read: Callable[[str], Any] = str) -> Any:
    return read(likeliest)
