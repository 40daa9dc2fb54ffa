"""What is said to a mail server with an access token: OAUTHBEARER (RFC 7628), and XOAUTH2, which came before it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mailgate.config import Imap, Smtp

MECHANISMS: Final = ("OAUTHBEARER", "XOAUTH2")


def best_of(offered: Collection[str]) -> str | None:
    """The mechanism to use of those that a server offers, in capitals; None where it takes no tokens."""
    return next((each for each in MECHANISMS if each in offered), None)


class Exchange:
    """One try with one token."""

    def __init__(self, mechanism: str, login: Imap | Smtp, token: str) -> None:
        self.mechanism, self.token, self._login = mechanism, token, login

    def first(self) -> bytes:
        """The client's first message."""
        user = self._login.username or ""
        if self.mechanism == "XOAUTH2":
            return f"user={user}\x01auth=Bearer {self.token}\x01\x01".encode()
        name = user.replace("=", "=3D").replace(",", "=2C")
        place = f"host={self._login.host}\x01port={self._login.port}"
        return f"n,a={name},\x01{place}\x01auth=Bearer {self.token}\x01\x01".encode()

    def answer(self, challenge: bytes) -> bytes:
        """To an empty challenge the token; to any other, which tells of a refusal, what lets the server end it."""
        if not challenge:
            return self.first()
        return b"" if self.mechanism == "XOAUTH2" else b"\x01"

    def hidden(self, text: str) -> str:
        """What a server said, without the token: some repeat what they refuse."""
        return text.replace(b64encode(self.first()).decode(), "***").replace(self.token, "***")
