"""What a failure says to a person, and its exit code."""

from __future__ import annotations

import sys

FAILED, WRONG = 1, 2
_DRIVERS = ("sqlite3", "psycopg")
"""Of databases; where they are asked without SQLAlchemy, their own errors come here."""


class Failed(Exception):
    """It failed: the text says what, and what to do. Exit code 1."""


class Wrong(Exception):
    """The command line is wrong: the text says what would be right. Exit code 2."""


def explain_failure(error: Exception) -> int:
    """Say an error on stderr and give its exit code. What nobody foresaw is raised again, with its traceback."""
    words, code = _verdict(error)
    print(f"mailgate: {words}", file=sys.stderr)
    return code


def _verdict(error: Exception) -> tuple[str, int]:
    """What to say, and the exit code; raises the error itself where it is a defect of the program."""
    if isinstance(error, (Failed, Wrong)):
        return str(error), WRONG if isinstance(error, Wrong) else FAILED
    from mailgate.config import ConfigError

    if isinstance(error, ConfigError):
        return str(error), WRONG
    if isinstance(error, OSError):
        return _of_system(error), FAILED
    return _of_library(error), FAILED


def _of_system(error: OSError) -> str:
    named = error.filename is not None and error.strerror is not None
    return f"{error.filename}: {error.strerror}" if named else str(error)


def _of_library(error: Exception) -> str:
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.orm.exc import StaleDataError

    from mailgate.inbox import InboxError
    from mailgate.store.advice import complaint
    from mailgate.store.schema import SchemaError

    match error:
        case InboxError() | SchemaError():
            return str(error)
        case DBAPIError():
            return f"the database: {complaint(error)}"
        case _ if type(error).__module__.partition(".")[0] in _DRIVERS:
            return f"the database: {complaint(error)}"
        case StaleDataError():
            return "somebody else changed the request at this very moment, and nothing was done; try again"
        case ModuleNotFoundError() if (error.name or "").startswith("psycopg"):
            return "PostgreSQL needs its driver: pip install 'mailgate[postgres]'"
    raise error
