"""What a failure says to a person, and its exit code."""

from __future__ import annotations

import re
import sys

import typer

FAILED, WRONG = 1, 2
_MISWRITTEN: type[typer.BadParameter] = typer.BadParameter.mro()[1]
"""Whatever a command line can have wrong, by its name in the library that reads it."""
_PHRASES = (
    ("^Invalid value for ", ""),
    ("Value error, ", ""),
    ("Input should be a valid integer.*", "write a whole number"),
    (r"Input should be greater than or equal to (\d+)", r"write at least \1"),
    (r"Input should be less than or equal to (\d+)", r"write at most \1"),
)
"""What that library says otherwise than mailgate does."""


class Failed(Exception):
    """It failed: the text says what, and what to do. Exit code 1."""


class Wrong(Exception):
    """The command line is wrong: the text says what would be right. Exit code 2."""


def explain_failure(error: Exception) -> int:
    """Say an error on stderr and give its exit code. What nobody foresaw is raised again, with its traceback."""
    if isinstance(error, _MISWRITTEN):
        return _explain_miswritten(error)
    words, code = _verdict(error)
    print(f"mailgate: {words}", file=sys.stderr)
    return code


def _explain_miswritten(error: typer.BadParameter) -> int:
    """A group of commands without a command says all its help; anything else gets one line."""
    words = error.format_message()
    for pattern, better in _PHRASES:
        words = re.sub(pattern, better, words)
    if not words.startswith("Usage: "):
        command = error.ctx.command_path if error.ctx else "mailgate"
        words = f"mailgate: {words.rstrip('.')}; `{command} --help` tells what there is"
    print(words, file=sys.stderr)
    return error.exit_code


def _verdict(error: Exception) -> tuple[str, int]:
    """What to say, and the exit code; raises the error itself where it is a defect of the program."""
    if isinstance(error, (Failed, Wrong)):
        return str(error), WRONG if isinstance(error, Wrong) else FAILED
    if isinstance(error, typer.Abort):
        return "given up", FAILED
    from mailgate.config import ConfigError

    if isinstance(error, ConfigError):
        return "\nmailgate: ".join(map(str, error.problems)), WRONG
    if isinstance(error, OSError):
        return _of_system(error), FAILED
    return _of_library(error), FAILED


def _of_system(error: OSError) -> str:
    named = error.filename is not None and error.strerror is not None
    return f"{error.filename}: {error.strerror}" if named else error.strerror or str(error)


def _of_library(error: Exception) -> str:
    from mailgate.inbox import InboxError
    from mailgate.store.advice import complaint, is_fault, is_race
    from mailgate.store.schema import SchemaError

    match error:
        case InboxError() | SchemaError():
            return str(error)
        case _ if is_race(error):
            return "somebody else changed the same at this very moment, and nothing was done; try again"
        case _ if is_fault(error):
            return f"the database: {complaint(error)}"
        case ModuleNotFoundError() if (error.name or "").startswith("psycopg"):
            return "PostgreSQL needs its driver: pip install 'mailgate[postgres]'"
    raise error
