"""How mailgate logs in to a server: with a password, or with access tokens."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address
from typing import Self

from pydantic import Field, PrivateAttr, SecretStr, model_validator

from mailgate.config.fields import Host, Name, RelativePath, Section, Text
from mailgate.config.oauth import Grant, OAuth
from mailgate.config.problems import SecretError, Wrong
from mailgate.config.secrets import credential, forms, secret


class Security(StrEnum):
    """How a connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Login(Section):
    """A server and an account on it. At most one of the three forms of the password is given, or oauth."""

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
    oauth: Name | None = Field(None, description="the name of a table [[oauth]], in double quotes")
    """Log in with access tokens of that application instead of a password (RFC 7628)."""
    token_file: RelativePath | None = Field(None, description="a path, relative to this file")
    """Where the refresh token is kept, in a folder that mailgate may write to; `mailgate auth login` makes it."""

    _called: str = PrivateAttr("smtp")
    """What `mailgate auth login` and systemd's credential call it: by its mailbox's name, or "smtp"."""
    _application: OAuth | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [*forms(self, "password"), *(["oauth"] if self.oauth else [])]
        if len(given) > 1:
            raise Wrong("one of them", f"{' and '.join(given)} are both given", given[-1])
        if given and self.username is None:
            raise Wrong("the username that it belongs to", f"{given[0]} without a username", given[0])
        if self.token_file and not self.oauth:
            raise Wrong("the oauth that it belongs to", "token_file without oauth", "token_file")
        if self.oauth and self.security is Security.NONE and not _is_here(self.host):
            what = f'security = "none" would show access tokens on the way to {self.host}'
            raise Wrong('"tls" or "starttls"', what, "security")
        return self

    @property
    def called(self) -> str:
        """The name of its mailbox, or "smtp"."""
        return self._called

    @property
    def application(self) -> OAuth | None:
        """In whose name access tokens are asked for; None where it logs in with a password."""
        return self._application

    def password_value(self) -> str | None:
        """The password as it is at this moment; None where none is configured. Raises SecretError."""
        return secret(self, "password", self._called, "username")

    def demand_secret(self) -> None:
        """Raises SecretError where a login would lack its password, or what access tokens are asked for with."""
        if self.application is not None:
            self._demand_token(self.application)
        elif self.username is not None and self.password_value() is None:
            want = f"name a password_file or password_env, or give {credential(self._called)}"
            raise SecretError("username", f'username = "{self.username}" has no password', want)

    def _demand_token(self, application: OAuth) -> None:
        if application.grant is Grant.REFRESH_TOKEN and self.token_file and not self.token_file.exists():
            what = f"there is no refresh token in {self.token_file} yet"
            raise SecretError("token_file", what, f"run `mailgate auth login {self._called}`")


def _is_here(host: str) -> bool:
    """Whether what is sent to that host stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
