"""How mailgate logs in to a server, and where the password comes from."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr, SecretStr, model_validator

from mailgate.config.fields import Host, RelativePath, Section, Text
from mailgate.config.problems import SecretError, Wrong


class Security(StrEnum):
    """How a connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Login(Section):
    """A server and an account on it. At most one of the three forms of the password is given."""

    host: Host
    """The server; its certificate is to bear this name."""
    security: Security = Security.TLS
    """TLS from the first byte, STARTTLS before anything else is said, or none, which is for loopback."""
    username: Text | None = Field(None, description="the name of the account, in double quotes")
    """Unless named, nobody logs in."""
    password: SecretStr | None = Field(None, description="the password in double quotes; better password_file")
    """The password itself; whoever can read this file then knows it."""
    password_file: RelativePath | None = Field(None, description="a path, relative to this file")
    """The file that holds the password: its text, without the line's end."""
    password_env: Text | None = Field(None, description="the name of an environment variable, in double quotes")
    """The environment variable that holds the password."""

    _credential: str = PrivateAttr("smtp")
    """The name of systemd's credential that holds the password where the file names none."""

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        given = [key for key in ("password", "password_file", "password_env") if getattr(self, key) is not None]
        if len(given) > 1:
            raise Wrong("one of them", f"{' and '.join(given)} are both given")
        if given and self.username is None:
            raise Wrong("the username that it belongs to", f"{given[0]} without a username")
        return self

    def password_value(self) -> str | None:
        """The password as it is at this moment; None where none is configured. Raises SecretError.

        Why at use: a password file or a credential may be renewed while the daemon runs.
        """
        if self.password is not None:
            return self.password.get_secret_value()
        if self.password_env is not None:
            return self._from_environment(self.password_env)
        if self.password_file is not None:
            return _from_file("password_file", self.password_file)
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        credential = Path(folder, self._credential) if folder else None
        return _from_file("username", credential) if credential and credential.exists() else None

    def demand_password(self) -> None:
        """Raises SecretError where a login would lack its password."""
        if self.username is not None and self.password_value() is None:
            want = f'name a password_file or password_env, or give systemd\'s credential "{self._credential}"'
            raise SecretError("username", f'username = "{self.username}" has no password', want)

    @staticmethod
    def _from_environment(variable: str) -> str:
        if value := os.environ.get(variable):
            return value
        what = f'password_env = "{variable}": there is no such environment variable, or it is empty'
        raise SecretError("password_env", what, f"set {variable}, or use password_file")


def _from_file(key: str, file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        what = f"the password file {file} cannot be read: {reason}"
        raise SecretError(key, what, "name a file that holds the password") from None
    if not text:
        raise SecretError(key, f"the password file {file} is empty", "write the password into it")
    return text
