"""Where a secret comes from: the table itself, a variable, a file of its own, or systemd's credentials.

Why read at use: a file or a credential may be renewed while the daemon runs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from mailgate.config.problems import SecretError, Wrong

SECRETS: Final = frozenset({"password", "client_secret"})
"""Keys whose values are shown to nobody. Each may also be given as KEY_file and KEY_env."""

OF_THE_SERVICE: Final = "/run/credentials/mailgate.service"
"""What systemd gave the running service; root and its user may read it, so that commands work beside it."""


def forms(table: BaseModel, name: str) -> list[str]:
    """The keys under which a table gives that secret. Raises Wrong where it gives it twice."""
    given = [key for key in (name, f"{name}_file", f"{name}_env") if getattr(table, key) is not None]
    if len(given) > 1:
        raise Wrong("one of them", f"{' and '.join(given)} are both given", given[-1])
    return given


def secret(table: BaseModel, name: str, called: str, owner: str) -> str | None:
    """The secret as it is at this moment; None where none is configured. Raises SecretError.

    `called` is systemd's name of it where the table has none; a fault of that one is shown at the key `owner`.
    """
    if (written := getattr(table, name)) is not None:
        return str(written.get_secret_value())
    if (variable := getattr(table, f"{name}_env")) is not None:
        return _from_environment(f"{name}_env", variable)
    if (file := getattr(table, f"{name}_file")) is not None:
        return secret_in(f"{name}_file", file, name.replace("_", " "))
    path = Path(os.environ.get("CREDENTIALS_DIRECTORY", OF_THE_SERVICE), called)
    return secret_in(owner, path, name.replace("_", " ")) if os.path.exists(path) else None


def credential(name: str) -> str:
    """How a message calls it, and who has it."""
    return f'systemd\'s credential "{name}" (while the service runs, root and its user have it as well)'


def secret_in(key: str, file: Path, what: str) -> str:
    """The text of a file that holds one secret, without the line's end. Raises SecretError, shown at `key`."""
    try:
        text = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        fault = f"the {what} file {file} cannot be read: {reason}"
        raise SecretError(key, fault, f"name a file that holds the {what}") from None
    if not text:
        raise SecretError(key, f"the {what} file {file} is empty", f"write the {what} into it")
    return text


def _from_environment(key: str, variable: str) -> str:
    if value := os.environ.get(variable):
        return value
    what = f'{key} = "{variable}": there is no such environment variable, or it is empty'
    raise SecretError(key, what, f"set {variable}, or use {key.removesuffix('_env')}_file")
