"""One daemon to one SQLite file: the second says so and ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(OSError):
    """Another mailgate works on this database; the text says which, and what to do."""


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold the lock beside the database file; the kernel frees it when the process ends, however it ends."""
    path = _lock_of(database)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise AlreadyRunning(
                f"another mailgate (process {holder}) works on {database}; stop it first, or use PostgreSQL for several"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def who_holds(database: Path) -> str | None:
    """The number of the process that works on it; None where none does."""
    path = _lock_of(database)
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read().strip() or "unknown"
    return None


def _lock_of(database: Path) -> Path:
    return database.with_name(database.name + ".lock")
