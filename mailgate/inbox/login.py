"""Logging in to a mailbox: with a password, or with an access token and, if that was refused, a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, LoginError

from mailgate.access import TokenUnavailable, access_token
from mailgate.access.bearer import Exchange, best_of
from mailgate.config.problems import SecretError
from mailgate.inbox.errors import BUSY, Insecure, LoginRefused, Throttled, Unreachable, said

if TYPE_CHECKING:
    from mailgate.config.models import Imap


def log_in(client: IMAPClient, imap: Imap, where: str) -> None:
    """Raises InboxError, or what imapclient raises where the connection breaks."""
    if "LOGINDISABLED" in client._imap.capabilities:
        raise Insecure(f'{where}: it takes no password without encryption. Use security = "tls" or "starttls".')
    way = _with_password if imap.application is None else _with_token
    way(client, imap, where)


def _with_password(client: IMAPClient, imap: Imap, where: str) -> None:
    """RFC 4616 where the server knows it: it takes every character, LOGIN takes only ASCII."""
    username, password = _credentials(imap, where)
    try:
        if "AUTH=PLAIN" in client._imap.capabilities:
            client.plain_login(username, password)
        else:
            client.login(_quoted(username), password)
    except UnicodeEncodeError:
        raise LoginRefused(
            f"{where}: it takes only ASCII in user name and password. Choose another password."
        ) from None
    except LoginError as error:
        _refused(
            error, said(error), f'{where}: the login of "{username}" was refused',
            "Check username and password; some providers want a password of its own for each application.",
        )  # fmt: skip


def _with_token(client: IMAPClient, imap: Imap, where: str) -> None:
    """A token that the server does not take is renewed once: it may have been revoked before its end."""
    mechanism = best_of([name.removeprefix("AUTH=") for name in client._imap.capabilities])
    if mechanism is None:
        raise LoginRefused(
            f"{where}: it takes no access tokens. Leave oauth out, and name a password_file. Nothing was sent."
        )
    token = _token(imap, where)
    try:
        _show(client, imap, Exchange(mechanism, imap, token), where)
    except LoginRefused:
        _show(client, imap, Exchange(mechanism, imap, _token(imap, where, token)), where)


def _show(client: IMAPClient, imap: Imap, exchange: Exchange, where: str) -> None:
    try:
        client.sasl_login(exchange.mechanism, exchange.answer)
    except LoginError as error:
        _refused(
            error, exchange.hidden(said(error)), f'{where}: the access token for "{imap.username}" was refused',
            "Check that username is the account that signed in, and that the application may use IMAP there.",
        )  # fmt: skip


def _refused(error: LoginError, words: str, what: str, remedy: str) -> NoReturn:
    """Tell a broken connection and a busy server from a wrong password; imapclient calls all three LoginError."""
    if isinstance(error.__context__, IMAPClientAbortError):
        raise error.__context__
    if BUSY.search(words):
        raise Throttled(f"{what}: the server asks to wait: {words}. Close other sessions of this account.") from error
    raise LoginRefused(f"{what}: {words}. {remedy}") from error


def _token(imap: Imap, where: str, refused: str | None = None) -> str:
    try:
        return access_token(imap, refused)
    except TokenUnavailable as error:
        raise Unreachable(f"{where}: {error}. Nothing was sent.") from None
    except SecretError as error:
        raise LoginRefused(f"{where}: {error}. Nothing was sent.") from None


def _credentials(imap: Imap, where: str) -> tuple[str, str]:
    try:
        password = imap.password_value()
    except SecretError as error:
        raise LoginRefused(f"{where}: {error}") from error
    if imap.username is None or password is None:
        raise LoginRefused(f"{where}: username and password are not configured. Nothing was sent.")
    return imap.username, password


def _quoted(text: str) -> str:
    """A quoted string of RFC 3501, section 4.3: imaplib quotes the password only."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
