"""The door to the database: sessions that write, sessions that read, the schema's state.

Why two engines on SQLite: a writer begins with BEGIN IMMEDIATE, because a transaction that reads first and
writes later loses updates or fails with "database is locked"; readers must not wait for it.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError, InternalError, OperationalError
from sqlmodel import Session

from mailgate.store.listing import BUSY_SECONDS
from mailgate.store.schema import MIGRATIONS, REVISION, SchemaError, head, is_missing, require, require_known
from mailgate.store.turnstile import Turnstile
from mailgate.store.writing import Writing

log = logging.getLogger(__name__)
WIPE_SECONDS = 5
DATABASE_FAILS = (OperationalError, InternalError)
"""The database itself is at fault: it is gone, full, takes no writes, or two transactions locked each other."""
_as_json: Callable[[Any], str] = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Database:
    """One database, by its URL (`sqlite:///…` or `postgresql+psycopg://…`).

    With `patience` (PostgreSQL alone) nobody waits for ever: the server ends a transaction whose process hangs, and
    with it its locks; a call whose answer does not come in four times that, because it was swallowed, fails.
    """

    def __init__(self, url: str, *, patience: timedelta | None = None) -> None:
        self.url = make_url(url)
        self._patience = patience
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn: AbstractContextManager[object] = Turnstile() if self.is_sqlite else nullcontext()
        self._file: tuple[int, int] | None = None

    @property
    def called(self) -> str:
        """Its URL without the password, which may also stand among its parameters."""
        return self.url.difference_update_query(("password",)).render_as_string(hide_password=True)

    @cached_property
    def writer(self) -> Engine:
        """Transactions that may write."""
        return _sqlite_engine(self, begin="BEGIN IMMEDIATE") if self.is_sqlite else _engine(self, self._patience)

    @cached_property
    def reader(self) -> Engine:
        """Transactions that only read."""
        return _sqlite_engine(self, begin="BEGIN") if self.is_sqlite else self.writer

    @contextmanager
    def write(self) -> Iterator[Writing]:
        """One transaction: committed at the end, rolled back by an exception.

        Why by turns on SQLite: its own wait for the lock sleeps and asks again, so that a thread that writes much would
        starve the others.
        """
        with self._turn, Writing(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent view."""
        with Session(self.reader, expire_on_commit=False) as session:
            yield session

    def exists(self) -> bool:
        """Is there a file? Asked of SQLite only: opening it would make one."""
        return bool(self.url.database) and Path(str(self.url.database)).exists()

    def upgrade(self) -> bool:
        """Bring the schema to this version's. True if anything had to be done.

        Raises SchemaError where a newer mailgate worked on it: nothing is changed then.
        """
        if self.is_sqlite and self.url.database:
            Path(self.url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # people's letters
        found = self.revision()
        if found == head():
            return False
        require_known(found)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        from alembic import command

        with self.writer.begin() as connection:
            if not self.is_sqlite:  # where BEGIN IMMEDIATE holds others off
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('mailgate: upgrade'))"))
            command.upgrade(alembic_config(connection), "head")
        log.info("the database is at schema %s now", head())
        return True

    def revision(self) -> str | None:
        """The revision that the database stands at; None where there is no schema yet."""
        if self.is_sqlite and not self.exists():
            return None
        try:
            with self.reader.connect() as connection:
                return connection.execute(text(REVISION)).scalar()
        except DatabaseError as error:
            if is_missing(error.orig):
                return None
            raise

    def require_schema(self) -> None:
        """Raise SchemaError unless the schema is this version's."""
        require(self.revision())

    def check(self) -> list[str]:
        """Faults of the file and of its foreign keys; PostgreSQL keeps both by itself. Empty when sound."""
        if not self.is_sqlite:
            return []
        with self.reader.connect() as connection:
            found = [row[0] for row in connection.execute(text("PRAGMA integrity_check"))]
            strays = connection.execute(text("PRAGMA foreign_key_check")).all()
        faults = [line for line in found if line != "ok"]
        return faults + [f"{row[0]} row {row[1]} refers to a missing {row[2]}" for row in strays]

    def backup(self, target: Path) -> None:
        """An online copy into the new file `target`, for its owner alone (SQLite; PostgreSQL has pg_dump).

        Of any schema: one wants it before `upgrade`. A copy that fails leaves no file.
        """
        if not self.is_sqlite:
            raise SchemaError("for PostgreSQL use pg_dump: it makes an online backup of the whole database")
        if self.revision() is None:
            require(None)
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise FileExistsError(f"{target} exists already; name a new file") from None
        try:
            with closing(sqlite3.connect(str(self.url.database))) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
        except BaseException:
            target.unlink()
            raise

    def wipe_log(self) -> bool:
        """SQLite's write-ahead log still holds pages as they were: write them back and empty it.

        False where somebody has been reading it for seconds: then it stays as it is until the next try. PostgreSQL's
        log, and what its VACUUM has yet to clear, are the server's own business.
        """
        if not self.is_sqlite:
            return True
        with closing(sqlite3.connect(str(self.url.database), timeout=WIPE_SECONDS)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def note_file(self) -> None:
        """Which SQLite file was opened: all connections must have the same."""
        self._file = self._file or self._file_there()

    def require_file(self) -> None:
        """Raise OperationalError where another file, or none, stands in the place of the one that was opened.

        Why: what is written into a file without a name is gone when the process ends, and nothing else would tell.
        """
        if self._file is not None and self._file_there() != self._file:
            error = sqlite3.OperationalError("its file was deleted or replaced while mailgate worked on it")
            raise OperationalError(None, None, error)

    def _file_there(self) -> tuple[int, int] | None:
        try:
            found = os.stat(str(self.url.database))
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def dispose(self) -> None:
        """Close every connection."""
        for name in ("writer", "reader"):
            if name in self.__dict__:
                self.__dict__[name].dispose()
        self._file = None


def alembic_config(connection: Any) -> Any:
    """Alembic's configuration, bound to a connection that is in a transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _engine(database: Database, patience: timedelta | None) -> Engine:
    engine = create_engine(
        database.url,
        json_serializer=_as_json,
        hide_parameters=True,  # they are people's letters, and an error with them would stand in the log
        pool_pre_ping=True,
        pool_use_lifo=True,  # few of them are used, and these know the statements already
        pool_size=10,
        max_overflow=10,
    )
    event.listen(engine, "handle_error", _leave_out_the_row)
    from mailgate.store.at_once import hasten  # the driver is an extra

    hasten(engine)
    if patience is not None:
        from mailgate.store.patience import make_impatient

        make_impatient(engine, patience)
    return engine


def _leave_out_the_row(context: ExceptionContext) -> None:
    """PostgreSQL shows the row that it refuses, and what it could not read: people's letters, too."""
    error, told = context.original_exception, context.sqlalchemy_exception
    said, in_short = str(error), getattr(getattr(error, "diag", None), "message_primary", None)
    if in_short and told:
        error.args = (in_short,)
        told.args = tuple(str(each).replace(said, in_short) for each in told.args)


def _sqlite_engine(database: Database, begin: str) -> Engine:
    engine = create_engine(
        database.url,
        json_serializer=_as_json,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def before_connecting(*_: Any) -> None:
        database.require_file()  # or an empty one would be made

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        pragmas = (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_SECONDS * 1000}",
            "secure_delete=ON",  # what is written over leaves nothing behind, or an erasure would be none
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        database.note_file()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Any) -> None:
        database.require_file()
        connection.exec_driver_sql(begin)

    return engine
