"""A connection that is safe to log in on: TLS is verified, and nothing is sent on one that was tampered with (S26).

Why `_imap` is touched here, in login.py, probe.py and idle.py: imapclient shows neither the greeting's state, nor the
capabilities before login without keeping them for after it, nor our rights, nor what its reader has buffered.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

from imapclient import IMAPClient, SocketTimeout

from mailgate.inbox.errors import InboxError, Insecure, translated
from mailgate.inbox.login import log_in

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
            log_in(client, imap, where)
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
