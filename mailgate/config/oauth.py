"""Applications in whose name access tokens are asked for (RFC 6749), and where large providers give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from mailgate.config.fields import Name, RelativePath, Section, Text
from mailgate.config.problems import Problem, SecretError, Wrong
from mailgate.config.secrets import credential, forms, secret
from mailgate.config.sources import Source
from mailgate.config.toml_lines import Loc


class Provider(StrEnum):
    """Who gives the tokens."""

    MICROSOFT = "microsoft"
    GOOGLE = "google"
    CUSTOM = "custom"


class Grant(StrEnum):
    """What a token is given for (RFC 6749, sections 4.4 and 6)."""

    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH_TOKEN = "refresh_token"


Place = Literal["token", "device", "authorize"]

_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
_PLACES: Mapping[Provider, Mapping[Place, str]] = {
    Provider.MICROSOFT: {
        "token": f"{_MICROSOFT}/token",
        "device": f"{_MICROSOFT}/devicecode",
        "authorize": f"{_MICROSOFT}/authorize",
    },
    # Google has a device flow too, but gives no mail in it.
    Provider.GOOGLE: {
        "token": "https://oauth2.googleapis.com/token",
        "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
    },
    Provider.CUSTOM: {},
}
_SCOPES: Mapping[tuple[Provider, Grant], tuple[str, ...]] = {
    (Provider.MICROSOFT, Grant.CLIENT_CREDENTIALS): ("https://outlook.office365.com/.default",),
    (Provider.MICROSOFT, Grant.REFRESH_TOKEN): (
        "https://outlook.office.com/IMAP.AccessAsUser.All",
        "https://outlook.office.com/SMTP.Send",
        "offline_access",
    ),
    (Provider.GOOGLE, Grant.REFRESH_TOKEN): ("https://mail.google.com/",),
}

Https = Annotated[str, Field(pattern=r"^https://[^\s/?#@\p{Cc}]+[^\s#\p{Cc}]*$")]
_HTTPS = 'an address: "https://login.example.org/token"'


class OAuth(Section):
    """An application that was registered with whoever runs the mail server."""

    name: Name
    """What logins call it: `oauth = "work"`."""
    provider: Provider = Provider.CUSTOM
    """Knows the addresses and scopes below; "custom" is any other server of RFC 6749."""
    tenant: Name | None = Field(None, description='the id or the domain of your organisation: "desk.example"')
    """The organisation in Microsoft's directory."""
    client_id: Text
    """The id that the application got when it was registered."""
    client_secret: SecretStr | None = Field(None, description="the secret in double quotes; better client_secret_file")
    """The secret itself; whoever can read this file then knows it."""
    client_secret_file: RelativePath | None = Field(None, description="a path, relative to this file")
    """The file that holds the secret."""
    client_secret_env: Text | None = Field(None, description="the name of an environment variable, in double quotes")
    """The environment variable that holds the secret."""
    grant: Grant = Grant.REFRESH_TOKEN
    """"refresh_token": somebody signs in once for each account, with `mailgate auth login`; "client_credentials": the
    application itself may open the mailboxes."""
    token_url: Https | None = Field(None, description=_HTTPS)
    """Where tokens are asked for."""
    device_url: Https | None = Field(None, description=_HTTPS)
    """RFC 8628: where `mailgate auth login` asks for a code that is typed in on any device."""
    authorize_url: Https | None = Field(None, description=_HTTPS)
    """Where it sends the browser if there is no device_url (RFC 8252)."""
    scopes: tuple[Text, ...] = Field((), description='a list of scopes: ["https://mail.google.com/"]')
    """What tokens are asked for; unless named, what the provider wants for mail."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        forms(self, "client_secret")
        if self.provider is Provider.MICROSOFT and self.tenant is None:
            raise Wrong('the organisation\'s id or domain: tenant = "desk.example"', "microsoft without a tenant")
        if self.provider is Provider.CUSTOM and self.token_url is None:
            raise Wrong('where tokens are given: token_url = "https://…"', "no provider and no token_url")
        if self.provider is Provider.GOOGLE and self.grant is Grant.CLIENT_CREDENTIALS:
            raise Wrong('grant = "refresh_token"', "google gives no mail for client credentials")
        return self

    def place(self, place: Place) -> str | None:
        """The address for tokens, for codes of devices, or for browsers; None where the provider has none."""
        usual = _PLACES[self.provider].get(place, "").format(tenant=self.tenant)
        written: str | None = getattr(self, f"{place}_url")
        return written or usual or None

    @property
    def scope(self) -> str:
        """What is asked for, as RFC 6749 section 3.3 writes it."""
        return " ".join(self.scopes or _SCOPES.get((self.provider, self.grant), ()))

    def secret_value(self) -> str | None:
        """The client's secret; None for an application that has none. Raises SecretError."""
        return secret(self, "client_secret", f"oauth.{self.name}", "client_id")

    def demand_secret(self) -> None:
        """Raises SecretError where the client's secret is named and missing, or needed and not named."""
        if self.secret_value() is None and self.grant is Grant.CLIENT_CREDENTIALS:
            want = f"name a client_secret_file or client_secret_env, or give {credential(f'oauth.{self.name}')}"
            raise SecretError("client_id", f'the application "{self.name}" has no client_secret', want)


def unresolved(settings: Source) -> Iterator[Problem]:
    """Logins that name no table [[oauth]], or lack the file that its grant needs.

    Why from the data as written: a file with other problems is searched as well.
    """
    tables = settings.data.get("oauth")
    tables = tables if isinstance(tables, list) else []
    known = {str(table.get("name")): table for table in tables if isinstance(table, dict)}
    for loc, login in _logins(settings.data):
        if not isinstance(name := login.get("oauth"), str):
            continue
        if name not in known:
            want = f"name one of {', '.join(known)}" if known else "write a table [[oauth]] with that name"
            yield settings.problem((*loc, "oauth"), f'oauth = "{name}": there is no such table', want)
        elif known[name].get("grant", "refresh_token") == "refresh_token" and "token_file" not in login:
            want = f'say where the token is kept: token_file = "{name}.token", in a folder that mailgate may write to'
            yield settings.problem((*loc, "oauth"), f'oauth = "{name}" without a token_file', want)


def _logins(data: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    if isinstance(smtp := data.get("smtp"), dict):
        yield ("smtp",), smtp
    boxes = data.get("mailbox")
    for index, box in enumerate(boxes if isinstance(boxes, list) else ()):
        if isinstance(box, dict) and isinstance(imap := box.get("imap"), dict):
            yield ("mailbox", index, "imap"), imap
