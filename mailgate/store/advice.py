"""What an admin can do when the database cannot be used, beside what the database itself says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

_ADVICE = (
    (re.compile(r"disk is full|disk I/O error|No space left|could not extend", re.I), "make room on its disk"),
    (
        re.compile(r"read-?only", re.I),
        "it takes no writes: work as the user who runs mailgate, look at the rights of file and folder, "
        "or at which PostgreSQL server leads now",
    ),
    (re.compile(r"deleted or replaced"), "no mail is taken now: stop mailgate, restore a backup, start it"),
    (re.compile(r"locked", re.I), "another program holds the file for long: end it"),
    (re.compile(r"malformed|not a database", re.I), "run `mailgate db check`; restore a backup"),
    (re.compile(r"unable to open", re.I), "does its folder exist, and may mailgate write there?"),
    (
        re.compile(r"password|authentication|role .* does not exist", re.I),
        "look at user and password in its URL, and work as the user who runs mailgate",
    ),
    (re.compile(r"refused|timeout|no answer|could not translate|closed|terminat|starting up|shutting down", re.I),
     "is its server up, and can this host reach it?"),
)  # fmt: skip

_DRIVERS = ("sqlite3", "psycopg")
"""Of databases; where they are asked without SQLAlchemy, their own errors come here."""


def is_race(error: Exception) -> bool:
    """Whether another transaction was quicker: the next try sees what it wrote."""
    return isinstance(error, (StaleDataError, IntegrityError))


def is_fault(error: Exception) -> bool:
    """Whether an error is the database's, told by SQLAlchemy or by its driver."""
    return isinstance(error, DBAPIError) or type(error).__module__.partition(".")[0] in _DRIVERS


def complaint(error: Exception) -> str:
    """One line: what the database said, to SQLAlchemy or to its driver, and what to do."""
    said = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
    advice = next((words for pattern, words in _ADVICE if pattern.search(said)), None)
    return f"it cannot be used: {said}" + (f" ({advice})" if advice else "")


def refused_place(file: Path) -> str | None:
    """Why this user could not make or use SQLite's file there; None where nothing is in the way. Nothing stays behind.

    SQLite and the daemon's lock write beside the file. A trial is made, because rights alone do not tell: of file
    systems that take no writes, and to root.
    """
    folder = next(each for each in file.absolute().parents if each.exists())
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return f"nothing can be written in {folder} ({error.strerror})"
    beside = (file, *(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm", ".lock")))
    refused = next((each for each in beside if each.exists() and not os.access(each, os.R_OK | os.W_OK)), None)
    return f"{refused} belongs to somebody else and cannot be written to" if refused else None
