"""What can go wrong with a mailbox: each error tells an admin what to do, and knows how soon a new try makes sense."""

from __future__ import annotations

import random
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

BUSY = re.compile(
    r"too many|\[(?:LIMIT|UNAVAILABLE|INUSE|ALERT\] Exceeded)|not connected|throttl|rate limit|try again|temporar", re.I
)
"""How servers say "not now": RFC 5530 response codes, and the words of large providers that send none."""

_BYTES_REPR = re.compile(r"""\bb(['"])(.*?)\1""")


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds before the first new try, doubled at each further failure, never above `cap`."""

    first: float
    cap: float


class InboxError(Exception):
    """A mailbox cannot be worked with at this moment; the connection is closed."""

    pace = Pace(1, 60)


class Unreachable(InboxError):
    """No connection, or it broke."""


class Throttled(InboxError):
    """The server is there and asks for patience (R13)."""

    pace = Pace(30, 900)


class LoginRefused(InboxError):
    """Wrong user name or password: few logins an hour, for some providers prolong a block at each (R14)."""

    pace = Pace(300, 3600)


class FolderMissing(InboxError):
    """The folder does not exist, or may not be written to."""

    pace = Pace(30, 900)


class Insecure(InboxError):
    """The connection is not as safe as the configuration demands; no credential was sent (S26)."""

    pace = Pace(60, 900)


class Backoff:
    """How long to wait before the next connection to one mailbox.

    `spread(low, high)` gives the jitter. Call `reset` when mail was taken or waited for, not at login, nor after a look
    that found nothing: a server that lets in and hangs up would be hammered.
    """

    def __init__(self, spread: Callable[[float, float], float] = random.uniform) -> None:
        self._spread = spread
        self._pace = InboxError.pace
        self._failures = 0

    def next(self, error: Exception) -> float:
        """Seconds to wait after this error; errors that are not of the mailbox go at its ordinary pace."""
        pace = error.pace if isinstance(error, InboxError) else InboxError.pace
        if pace != self._pace:
            self._pace, self._failures = pace, 0
        seconds = min(pace.cap, pace.first * 2.0**self._failures)
        self._failures = min(self._failures + 1, 30)
        return seconds * self._spread(0.75, 1.0)

    @property
    def is_in_trouble(self) -> bool:
        """Has something failed since all was well?"""
        return self._failures > 0

    def reset(self) -> None:
        """All is well: the next failure is a first one."""
        self._pace, self._failures = InboxError.pace, 0


@contextmanager
def translated(where: str) -> Iterator[None]:
    """What imapclient, imaplib and the socket raise inside becomes an InboxError that names `where`."""
    try:
        yield
    except (IMAPClientError, OSError, ValueError) as error:
        raise _translation(error, where) from error


def said(error: Exception) -> str:
    """The words of an error without the marks that bytes leave in them, and without the full stop."""
    return _BYTES_REPR.sub(r"\2", str(error)).rstrip(".") or type(error).__name__


def _translation(error: Exception, where: str) -> InboxError:
    words = said(error)
    match error:
        case ssl.SSLCertVerificationError():
            return Unreachable(
                f"{where}: its certificate is not accepted: {error.verify_message}. "
                "Use the host name that stands in the certificate, renew it, "
                "have this machine trust its authority (update-ca-certificates), or name that in SSL_CERT_FILE."
            )
        case ssl.SSLError():
            return Unreachable(
                f'{where}: no TLS: {words}. Is "{where}" a TLS port, or meant for security = "starttls"?'
            )
        case TimeoutError():
            return Unreachable(
                f"{where}: no answer in time. Check host, port and the way to the server; "
                'a port that waits for TLS wants security = "tls".'
            )
        case OSError():
            return Unreachable(f"{where}: {words}. Check host and port, and that the server runs.")
        case ValueError():
            return InboxError(f"{where}: the server's answer cannot be read: {words}.")
        case _ if BUSY.search(words):
            return Throttled(f"{where}: the server asks to wait: {words}. Close other sessions of this account.")
        case IMAPClientAbortError():
            return Unreachable(f"{where}: the connection broke: {words}.")
    return InboxError(f"{where}: the server refused: {words}.")
