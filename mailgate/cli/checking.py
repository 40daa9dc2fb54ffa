"""`check`: what an admin wants to know before he starts the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from mailgate.cli.setting import configuration

if TYPE_CHECKING:
    from pathlib import Path

    from mailgate.config import Config


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `problem` says what is wrong and what to do, None where it is right."""

    what: str
    problem: str | None = None
    is_configuration: bool = False
    """The configuration cannot be used (exit code 2), rather than a server (1)."""


def check(context: typer.Context, *, offline: bool) -> list[Finding]:
    """Look at everything; the servers too, unless `offline`. Raises ConfigError, which names every mistake."""
    config = configuration(context, secrets=not offline)
    findings = [*_files(config), *_templates(config)]
    return findings if offline else [*findings, *_database(config), *_mailboxes(config), *_smtp(config)]


def _files(config: Config) -> Iterator[Finding]:
    yield Finding(f"configuration {config.path}")
    clients = config.people.clients
    contacts = sum(len(client.contacts) for client in clients.values())
    yield Finding(f"clients {config.files.clients}: {len(clients)} clients, {contacts} contacts")
    yield Finding(f"staff {config.files.staff}: {len(config.people.everybody_on_staff())} people")
    for mailbox in config.mailboxes:
        empty = not config.people.group(mailbox.group)
        problem = f'nobody of the staff is in the group "{mailbox.group}"; add it to groups in {config.files.staff}'
        yield Finding(f"mailbox {mailbox.name} <{mailbox.address}>", problem if empty else None, is_configuration=True)
    asks = config.authenticity
    needed = asks.policy != "off" and not asks.trusted_authserv_ids and not asks.dkim
    problem = (
        f'policy is "{asks.policy}", but no trusted_authserv_ids are named, so that nobody could be proven; '
        'name your mail server as its Authentication-Results do, e.g. ["mx.desk.example"]'
    )
    yield Finding("authenticity", problem if needed else None, is_configuration=True)


def _templates(config: Config) -> Iterator[Finding]:
    from mailgate.cli.previews import templates_of
    from mailgate.outbox.trial import faults
    from mailgate.rules.notices import NOTICES
    from mailgate.rules.vocabulary import Language

    yield Finding(f"templates: {len(NOTICES)} notices in {len(Language)} languages")
    own = config.files.templates
    if own is not None:
        yield from _misnamed(own)
    for notice, language, problem in faults(templates_of(config)):
        yield Finding(f"template {language}/{notice}", problem, is_configuration=True)


def _misnamed(own: Path) -> Iterator[Finding]:
    """A template of the admin's that takes nobody's place is never used; one that begins with "_" serves others."""
    from mailgate import assets

    built_in = {str(path.relative_to(assets.templates())) for path in assets.templates().rglob("*.j2")}
    for path in sorted(own.rglob("*.j2")):
        name = str(path.relative_to(own))
        if name not in built_in and not path.name.startswith("_"):
            problem = "there is no notice of that name, so it is never used; rename it, or delete it"
            yield Finding(f"template {path}", problem, is_configuration=True)


def _database(config: Config) -> Iterator[Finding]:
    from sqlalchemy.exc import SQLAlchemyError

    from mailgate.store.database import Database, head

    database = Database(config.database.url)
    what = f"database {database.url.render_as_string(hide_password=True)}"
    try:
        found = database.revision()
        if found is None:
            yield Finding(f"{what}: empty, `run` makes the schema")
        else:
            with database.writer.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
            yield Finding(what, None if found == head() else f"it is at schema {found}; run `mailgate db upgrade`")
    except SQLAlchemyError as error:
        yield Finding(what, f"{getattr(error, 'orig', error)}; does it exist, and may mailgate write there?")
    finally:
        database.dispose()


def _mailboxes(config: Config) -> Iterator[Finding]:
    from mailgate.inbox import probe

    for mailbox in config.mailboxes:
        what = f"IMAP {mailbox.imap.username} at {mailbox.imap.host}:{mailbox.imap.port}"
        problems = probe(mailbox)
        yield from (Finding(what, problem) for problem in problems)
        if not problems:
            yield Finding(what)


def _smtp(config: Config) -> Iterator[Finding]:
    from mailgate.outbox.send import probe

    what = f"SMTP {config.smtp.host}:{config.smtp.port}"
    problems = asyncio.run(probe(config.smtp, [mailbox.address for mailbox in config.mailboxes]))
    yield from (Finding(what, problem) for problem in problems)
    if not problems:
        yield Finding(what)
