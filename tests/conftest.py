"""Servers that many tests share. Each is real; a missing one fails the test and says how to install it."""

from __future__ import annotations

import gc
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.cli import GARBAGE
from mailgate.store.database import Database
from tests.rig import sqlite
from tests.rig.dovecot import Dovecot
from tests.rig.postgres import Postgres, empty
from tests.rig.smtp import Sink
from tests.rig.tokens import TokenServer


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often the faults of tests/faults strike, and how much the attackers of tests/security send."""
    words = "all counts in full, or so many per cent of the faults; writes docs/reliability.md and docs/security.md"
    parser.addoption("--full", nargs="?", const=100, type=int, default=0, metavar="PERCENT", help=words)


def pytest_collection_finish() -> None:
    """Thousands of tests lie in memory from now on: whoever looks for garbage is not to go through them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """One server for the whole run; tests ask for `dovecot`."""
    server = Dovecot()
    yield server
    server.close()


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """The shared server, running whatever a test before did to it; take users from `new_user()`."""
    dovecot_server.start()
    return dovecot_server


@pytest.fixture
def token_server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenServer]:
    """An authorization server of the test's own, trusted by this process and those that it starts."""
    server = TokenServer(tmp_path_factory.mktemp("tokens"))
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    yield server
    server.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """An SMTP server of the test's own."""
    server = Sink().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One server for the whole run; tests ask for `postgres`."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def postgres(postgres_server: Postgres) -> Iterator[Postgres]:
    """The shared server, running whatever a test before did to it; take databases from `new_database()`."""
    postgres_server.start()
    yield postgres_server
    postgres_server.start()
    postgres_server.drop_databases()


@pytest.fixture(scope="session")
def postgres_database(postgres_server: Postgres) -> Iterator[Database]:
    """One database for the whole run, because making one takes ten times as long as emptying it."""
    postgres_server.start()
    database = Database(postgres_server.new_database(keep=True))
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """One object for the whole run: it keeps the statements it put together. Tests ask for `sqlite_database`."""
    return Database(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'mailgate.db'}")


@pytest.fixture
def sqlite_database(sqlite_server: Database) -> Iterator[Database]:
    """A database with mailgate's schema and nothing in it, in a file."""
    sqlite.renew(Path(str(sqlite_server.url.database)))
    yield sqlite_server
    sqlite_server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with mailgate's schema and nothing in it, on each of the two."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres")
        database: Database = request.getfixturevalue("postgres_database")
        yield database
        empty(database)
    else:
        yield request.getfixturevalue("sqlite_database")


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    """The socket of a supervisor, named in the environment as systemd does."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.settimeout(30)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    return listener
