"""`check`: what an admin wants to know before he starts the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from mailgate.cli.setting import configuration

if TYPE_CHECKING:
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
    if not offline and not any(finding.problem for finding in findings):
        findings += [*_database(config), *_mailboxes(config), *_smtp(config)]
    return findings


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
    needed = config.authenticity.policy == "require" and not config.authenticity.trusted_authserv_ids
    problem = (
        'policy is "require", but no trusted_authserv_ids are named, so that nobody could be proven; '
        'name your mail server as its Authentication-Results do, e.g. ["mx.desk.example"]'
    )
    yield Finding("authenticity", problem if needed else None, is_configuration=True)


def _templates(config: Config) -> Iterator[Finding]:
    from mailgate import assets
    from mailgate.outbox.compose import environment, html_of, subject_of, text_of
    from mailgate.outbox.samples import sample
    from mailgate.rules.notices import NOTICES
    from mailgate.rules.vocabulary import Language

    own = config.files.templates
    templates = environment(*((own,) if own else ()), assets.templates(), zone=config.desk.zone)
    for language in Language:
        for name in NOTICES:
            try:
                draft = sample(name, language)
                for part in (subject_of, text_of, html_of):
                    part(draft, templates)
            except Exception as error:
                yield Finding(f"template {language}/{name}", f"{type(error).__name__}: {error}", is_configuration=True)
    yield Finding(f"templates: {len(NOTICES)} notices in {len(Language)} languages")


def _database(config: Config) -> Iterator[Finding]:
    from sqlalchemy.exc import SQLAlchemyError

    from mailgate.store.database import Database, head

    database = Database(config.database.url)
    what = f"database {database.url.render_as_string(hide_password=True)}"
    try:
        found = database.revision()
        behind = None if found in (None, head()) else f"it is at schema {found}; run `mailgate db upgrade`"
        yield Finding(what if found else f"{what}: empty, `run` makes the schema", behind)
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
