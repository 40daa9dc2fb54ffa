"""What goes over the wire: an envelope of one recipient, and content that no server can read in two ways."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MAILBOX = re.compile(r"[^\s<>\x00-\x1f\x7f]+@[^\s<>@\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """An envelope and its content with CRLF line ends; `sender` is "" for the null reverse-path."""

    sender: str
    recipient: str
    content: bytes

    @classmethod
    def of(cls, sender: str, recipient: str, message: bytes) -> Letter:
        """ValueError where an address cannot stand in an SMTP command."""
        return cls(mailbox(sender) if sender else "", mailbox(recipient), crlf(message))

    @property
    def international(self) -> bool:
        """RFC 6531: an address that only SMTPUTF8 can carry."""
        return not (self.sender.isascii() and self.recipient.isascii())


def mailbox(address: str) -> str:
    """One bare address; beside an ASCII name, a domain in another script becomes its ASCII form (RFC 5890).

    ValueError where it cannot stand in an SMTP command.
    """
    if not _MAILBOX.fullmatch(address):
        raise ValueError(f"{address!r} is not an address that can stand in an SMTP command")
    name, _, domain = address.rpartition("@")
    if name.isascii() and not domain.isascii():
        return f"{name}@{domain.encode('idna').decode('ascii')}"
    return address


def crlf(message: bytes) -> bytes:
    """Every line end as CRLF, the last included: behind a bare CR or LF a dot ends the message for some servers."""
    rest = message.replace(b"\r\n", b"")
    if b"\n" in rest or b"\r" in rest:
        message = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def stuffed(content: bytes) -> bytes:
    """RFC 5321 4.5.2: a dot that begins a line is doubled; a lone one ends the message."""
    first = b"." if content.startswith(b".") else b""
    return b"".join((first, content.replace(b"\r\n.", b"\r\n.."), b".\r\n"))
