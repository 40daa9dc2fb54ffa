"""`check`: what an admin wants to know before he starts the daemon."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailgate.cli.setting import configuration, refused_place

if TYPE_CHECKING:
    from mailgate.config import Config
    from mailgate.store.database import Database


CLOCKS_APART = timedelta(minutes=1)
ROOM = 200 * 2**20
"""Bytes; less is gone with a few large messages."""


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
    if offline:
        return findings
    return [*findings, *_tokens(config), *_database(config), *_mailboxes(config), *_smtp(config)]


def _files(config: Config) -> Iterator[Finding]:
    yield Finding(f"configuration {config.path}")
    clients, contacts = config.people.clients, len(config.people.contacts)
    yield Finding(
        f"clients {config.files.clients}: {_counted(len(clients), 'client', 'clients')}, "
        f"{_counted(contacts, 'contact', 'contacts')}"
    )
    staff = len(config.people.everybody_on_staff())
    yield Finding(f"staff {config.files.staff}: {_counted(staff, 'person', 'people')}")
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
    of_staff = ": From is trusted, and staff have to answer a notice with their orders" if asks.policy == "off" else ""
    yield Finding(f"authenticity{of_staff}", problem if needed else None, is_configuration=True)


def _templates(config: Config) -> Iterator[Finding]:
    from mailgate.cli.previews import templates_of, unusable
    from mailgate.outbox.trial import faults
    from mailgate.rules.notices import NOTICES
    from mailgate.rules.vocabulary import Language

    own, templates = config.files.templates, templates_of(config)
    yield Finding(f"templates: {len(NOTICES)} notices in {len(Language)} languages")
    for file, problem in unusable(own, templates) if own else ():
        yield Finding(f"template {file}", problem, is_configuration=True)
    for notice, language, problem in faults(templates, thoroughly=own is not None):
        yield Finding(f"template {language}/{notice}", problem, is_configuration=True)


def _tokens(config: Config) -> Iterator[Finding]:
    """A server may give a new refresh token at any use: who cannot keep it is shut out at the next start."""
    logins = [config.smtp, *(mailbox.imap for mailbox in config.mailboxes)]
    for folder in sorted({login.token_file.parent for login in logins if login.token_file}):
        problem = "mailgate cannot write to it, so that no new refresh token can be kept; allow it, or name another"
        yield Finding(f"folder of tokens {folder}", None if os.access(folder, os.W_OK | os.X_OK) else problem)


def _database(config: Config) -> Iterator[Finding]:
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    from mailgate.store.advice import complaint
    from mailgate.store.database import Database
    from mailgate.store.schema import SchemaError, require

    database = Database(config.database.url)
    what = f"database {database.called}"
    if problem := refused_place(config):
        yield Finding(what, str(problem), is_configuration=True)
        return
    try:
        found = database.revision()
        if found is None:
            yield Finding(f"{what}: empty, `run` makes the schema")
        else:
            require(found)
            yield Finding(what)
            yield from _use(database)
            yield from _left_behind(database, config)
    except SchemaError as error:
        yield Finding(what, str(error))
    except DBAPIError as error:
        yield Finding(what, complaint(error))
    except SQLAlchemyError as error:
        yield Finding(what, str(error))
    finally:
        database.dispose()


def _use(database: Database) -> Iterator[Finding]:
    """May it be written to, is there room, who works on it, and what time does it think it is?"""
    from sqlmodel import Session

    from mailgate.daemon.lease import mailbox_holders
    from mailgate.daemon.lock import who_holds
    from mailgate.store import queries

    with Session(database.writer) as session:  # and nothing of it is committed
        queries.keep_setting(session, "check", "may be written")
        clock = queries.database_clock(session)
        holders, boxes = {lease.holder for lease in queries.leases(session)}, mailbox_holders(session)
    if abs(apart := datetime.now(UTC) - clock) > CLOCKS_APART:
        yield Finding("clock", f"this host's differs by {apart} from that of the database; set it (chrony, ntpd)")
    if database.is_sqlite:
        path = Path(str(database.url.database))
        if process := who_holds(path):
            yield Finding(f"a daemon works on it: process {process}")
        if (free := shutil.disk_usage(path.parent).free) < ROOM:
            yield Finding(f"disk of {path}", f"only {free // 2**20} MiB are free; make room before it is full")
    for holder in sorted(holders):
        held = ", ".join(name for name, who in boxes.items() if who == holder) or "no mailbox"
        yield Finding(f"a daemon works on it: {holder} holds {held}")


def _left_behind(database: Database, config: Config) -> Iterator[Finding]:
    from mailgate.desk.configuration_read import left_behind, without_client
    from mailgate.desk.context import read_desk

    with database.read() as session:
        desk = read_desk(session, config)
        found, ownerless = left_behind(session, desk), without_client(session, desk)
    yield from map(Finding, ownerless)
    for each in found:
        problem = (
            f"nobody of the staff is in that group; add somebody to it in {config.files.staff}, or name the mailbox"
        )
        yield Finding(str(each), None if each.is_served else problem, is_configuration=True)


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


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
