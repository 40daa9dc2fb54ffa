"""The line to an SMTP server once it is open: commands out, replies in, each in its order (RFC 5321 4.2, RFC 2920).

Why: aiosmtplib reads one reply for each command that it wrote and forgets any more, so that three commands cannot go in
one piece. It opens the connection, and from then on the transport speaks to this protocol.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from aiosmtplib.errors import SMTPException, SMTPServerDisconnected
from aiosmtplib.response import SMTPResponse

CLOSING: Final = 421
"""RFC 5321 3.8: whatever it answers, the server closes the connection."""
REPLY_MOST: Final = 64 * 1024
"""Octets of one reply."""


class Line(asyncio.Protocol):
    """Takes over an open transport, for one task at a time."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._unread = bytearray()
        self._replies: deque[SMTPResponse] = deque()
        self._fault: SMTPException | None = None
        self._news: asyncio.Future[None] | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Neither side has closed it."""
        return self._fault is None and not self._transport.is_closing()

    @property
    def has_reply(self) -> bool:
        """Is there a reply that nobody has read?"""
        return bool(self._replies)

    def write(self, octets: bytes) -> None:
        """Send them, line ends included. Raises SMTPServerDisconnected."""
        if self._transport.is_closing():
            raise self._fault or SMTPServerDisconnected("the server closed the connection")
        self._transport.write(octets)

    async def reply(self, seconds: float) -> SMTPResponse:
        """The next reply. Raises TimeoutError, SMTPServerDisconnected, or SMTPException for what is no reply."""
        if not self._replies and self._fault is None:
            self._news = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(seconds):
                await self._news
        if self._replies:
            reply = self._replies.popleft()
            if reply.code == CLOSING:
                self.close()
            return reply
        raise self._fault or SMTPServerDisconnected("the server closed the connection")

    def close(self) -> None:
        """What was written still goes out."""
        self._transport.close()

    def cut(self) -> None:
        """What was written and is still here does not go out."""
        self._transport.abort()

    # --- what the transport calls ---------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Octets came in: perhaps the end of a reply, perhaps of several."""
        self._unread += data
        try:
            while (end := self._end_of_reply()) is not None:
                self._replies.append(_parsed(bytes(self._unread[:end])))
                del self._unread[:end]
            if len(self._unread) > REPLY_MOST:
                raise SMTPException("the server's reply has no end")
        except SMTPException as fault:
            self._failed(fault)
            self._transport.abort()
        if self._replies:
            self._tell()

    def eof_received(self) -> None:
        """The server closed the connection."""
        self._failed(SMTPServerDisconnected("the server closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed; `exc` where that was not in order."""
        fault = SMTPServerDisconnected("the server closed the connection")
        fault.__cause__ = exc
        self._failed(fault)

    def _end_of_reply(self) -> int | None:
        """Behind the first line whose code is not followed by a hyphen."""
        start = 0
        while (end := self._unread.find(b"\n", start) + 1) > 0:
            if self._unread[start + 3 : start + 4] != b"-":
                return end
            start = end
        return None

    def _failed(self, fault: SMTPException) -> None:
        self._fault = self._fault or fault
        self._tell()

    def _tell(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


def _parsed(octets: bytes) -> SMTPResponse:
    lines = octets.splitlines()
    code = lines[-1][:3]
    if not code.isdigit() or any(line[:3] != code for line in lines):
        raise SMTPException(f"the server does not speak SMTP: {lines[-1][:80].decode('ascii', 'replace')}")
    text = b"\n".join(line[4:].strip(b" \t") for line in lines)
    return SMTPResponse(int(code), text.decode("utf-8", "surrogateescape"))
