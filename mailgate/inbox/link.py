"""A connection that is safe to log in on: TLS is verified, and nothing is sent on one that was tampered with (S26).

Why `_imap` is touched here and in idle.py: imapclient shows neither the greeting's state, nor the capabilities before
login without keeping them for after it, nor what its reader has buffered. Nowhere else.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, LoginError

from mailgate.config.problems import SecretError
from mailgate.inbox.errors import BUSY, InboxError, Insecure, LoginRefused, Throttled, said, translated

if TYPE_CHECKING:
    from mailgate.config.models import Imap

CONNECT_SECONDS = 15.0
READ_SECONDS = 30.0
"""A server that is silent for so long inside a command is gone (R11)."""
GOODBYE_SECONDS = 2.0


def open_link(imap: Imap) -> IMAPClient:
    """Connected, protected as configured, logged in. Raises InboxError, with the connection closed."""
    where = f"{imap.host}:{imap.port}"
    with translated(where):
        client = IMAPClient(
            imap.host,
            imap.port,
            ssl=imap.security == "tls",
            ssl_context=ssl.create_default_context() if imap.security == "tls" else None,
            timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
        )
    client._imap.debug = 0  # else imaplib formats every line and every password for a log that nobody reads
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # imaplib sends a literal and its end apart
    try:
        with translated(where):
            _protect(client, imap, where)
            _log_in(client, imap, where)
    except InboxError:
        cut(client)
        raise
    return client


def cut(client: IMAPClient) -> None:
    """Close at once; for a connection that may be dead."""
    with contextlib.suppress(OSError):
        client.shutdown()


def say_goodbye(client: IMAPClient) -> None:
    """LOGOUT, for two seconds at most."""
    try:
        client.socket().settimeout(GOODBYE_SECONDS)
        client.logout()
    except (client.Error, OSError):
        cut(client)


def _protect(client: IMAPClient, imap: Imap, where: str) -> None:
    if client._imap.state != "NONAUTH":
        raise Insecure(
            f"{where}: it greets with PREAUTH, so that nobody knows whose mailbox it shows. Nothing was sent."
        )
    if imap.security != "starttls":
        return
    if "STARTTLS" not in client._imap.capabilities:
        raise Insecure(
            f"{where}: it offers no STARTTLS, or something on the way removes it. No password was sent. "
            'Use security = "tls" and port 993, or repair the server.'
        )
    client.starttls(ssl.create_default_context())


def _log_in(client: IMAPClient, imap: Imap, where: str) -> None:
    """RFC 4616 where the server knows it: it takes every character, LOGIN takes only ASCII."""
    if "LOGINDISABLED" in client._imap.capabilities:
        raise Insecure(f'{where}: it takes no password without encryption. Use security = "tls" or "starttls".')
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
        _refused(error, username, where)


def _refused(error: LoginError, username: str, where: str) -> None:
    """Tell a broken connection and a busy server from a wrong password; imapclient calls all three LoginError."""
    if isinstance(error.__context__, IMAPClientAbortError):
        raise error.__context__
    if BUSY.search(words := said(error)):
        raise Throttled(f"{where}: the server asks to wait: {words}. Close other sessions of this account.") from error
    raise LoginRefused(
        f'{where}: the login of "{username}" was refused: {words}. Check username and password; '
        "some providers want a password of its own for each application."
    ) from error


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
