"""What most commands begin with: the configuration, the database, the desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from mailgate.cli.failure import Failed, Wrong

if TYPE_CHECKING:
    from mailgate.config import Config, Problem
    from mailgate.desk.context import Desk
    from mailgate.store.database import Database

KNOWN_SHOWN = 20
ID_MOST = 2**63 - 1
"""The largest id that a row can have."""


def configuration(context: typer.Context, *, secrets: bool = False, people: bool = True) -> Config:
    """The configuration that `--config` names, or the first of the usual places. Raises ConfigError.

    With `secrets` it must have every password; without `people` nobody is known, which is quicker.
    """
    from mailgate.config import find, load

    return load(find(context.obj, os.environ), secrets=secrets, people=people)


def configuration_if_any(context: typer.Context) -> Config | None:
    """The same, but None where none is named and none lies in the usual places; a wrong one is still an error."""
    from mailgate.config import ConfigError, find, load

    try:
        path = find(context.obj, os.environ)
    except ConfigError:
        if context.obj is not None or os.environ.get("MAILGATE_CONFIG"):
            raise
        return None
    return load(path)


@contextmanager
def database(config: Config) -> Iterator[Database]:
    """The configured database, with the schema that this version needs. Raises SchemaError."""
    from mailgate.store.database import Database

    opened = Database(config.database.url)
    try:
        with telling_which(config):
            opened.require_schema()
            yield opened
    finally:
        opened.dispose()


@contextmanager
def telling_which(config: Config) -> Iterator[None]:
    """A fault of the configured database is told with its name. Raises Failed."""
    try:
        yield
    except Exception as error:
        from mailgate.store.advice import complaint, is_fault, is_race
        from mailgate.store.database import Database

        if is_race(error) or not is_fault(error):
            raise
        raise Failed(f"the database {Database(config.database.url).called}: {complaint(error)}") from error


def refused_place(config: Config) -> Problem | None:
    """Why the SQLite file that the configuration names could be neither made nor written to by this user."""
    from sqlalchemy import make_url

    from mailgate.config.sources import read_toml
    from mailgate.store import advice

    url = make_url(config.database.url)
    if url.get_backend_name() != "sqlite" or not (why := advice.refused_place(Path(str(url.database)))):
        return None
    want = "name a place where the user who runs mailgate may write, or give it to him (chown)"
    return read_toml(config.path).problem(("database", "url"), f"url: {why}", want)


def require_place(config: Config) -> None:
    """Raise ConfigError where the daemon could not work on the SQLite file that the configuration names."""
    from mailgate.config import ConfigError

    if problem := refused_place(config):
        raise ConfigError([problem])


def require_client(config: Config, option: str, client: str) -> None:
    """Raise Wrong where an option names a client that nobody knows."""
    known = config.people.clients
    if client not in known:
        some = ", ".join(list(known)[:KNOWN_SHOWN])
        raise Wrong(f"{option} {client}: no client has this id in {config.files.clients}; known are {some}")


def desk_of(config: Config, opened: Database) -> Desk:
    """The desk, for commands that do what staff do by mail."""
    from mailgate.desk.context import open_desk

    with opened.write() as session:
        return open_desk(session, config)
