"""What a failure says to a person, and its exit code."""

from __future__ import annotations

import sys

FAILED, WRONG = 1, 2


class Failed(Exception):
    """It failed: the text says what, and what to do. Exit code 1."""


class Wrong(Exception):
    """The command line is wrong: the text says what would be right. Exit code 2."""


def explain_failure(error: Exception) -> int:
    """Say an error on stderr and give its exit code. What nobody foresaw is raised again, with its traceback."""
    code = _code(error)
    if code is None:
        raise error
    print(f"mailgate: {_words(error)}", file=sys.stderr)
    return code


def _code(error: Exception) -> int | None:
    from sqlalchemy.exc import OperationalError

    from mailgate.config import ConfigError
    from mailgate.inbox import InboxError
    from mailgate.store.database import SchemaError

    if isinstance(error, (Wrong, ConfigError)):
        return WRONG
    return FAILED if isinstance(error, (Failed, InboxError, SchemaError, OperationalError, OSError)) else None


def _words(error: Exception) -> str:
    from sqlalchemy.exc import OperationalError

    return f"the database cannot be used: {error.orig}" if isinstance(error, OperationalError) else str(error)
