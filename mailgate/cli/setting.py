"""What most commands begin with: the configuration, the database, the desk."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mailgate.config import Config
    from mailgate.desk.context import Desk
    from mailgate.store.database import Database

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


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
        opened.require_schema()
        yield opened
    finally:
        opened.dispose()


def desk_of(config: Config, opened: Database) -> Desk:
    """The desk, for commands that do what staff do by mail."""
    from mailgate.desk.context import open_desk

    with opened.write() as session:
        return open_desk(session, config)


class OneLine(logging.Formatter):
    """One line an event, a traceback too: what servers and mail put into it can neither begin a line nor hide one."""

    def format(self, record: logging.LogRecord) -> str:
        """As the base class does it, with line ends as ` | ` and other controls as Python writes them."""
        return _CONTROLS.sub(_shown, super().format(record))


def _shown(control: re.Match[str]) -> str:
    return " | " if control[0] == "\n" else control[0].encode("unicode_escape").decode("ascii")


def log_to_stderr(level: int) -> None:
    """Lines for people."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine("%(asctime)s %(levelname)-7s %(threadName)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])
