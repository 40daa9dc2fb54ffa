"""One SMTP connection (RFC 5321): opened, used for one letter after another, left. It judges nothing.

Why: aiosmtplib's `data` does not tell a failure before the final dot from one after it, and its patterns over the
whole message cost five times what plain searches cost; its `mail` and `rcpt` read addresses leniently; its `login`
tries method after method, so that one wrong password counts as two or three. Hence the commands are given here one by
one, over its connection, timeouts and replies.
"""

from __future__ import annotations

import asyncio
import functools
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from aiosmtplib.response import SMTPResponse

from mailgate.config import SecretError, Security, Smtp
from mailgate.outbox.letter import Letter, stuffed
from mailgate.outbox.login import TokenNotTaken, log_in

OPEN_SECONDS = 30
COMMAND_SECONDS = 300
"""RFC 5321 4.5.3.2.2-3."""
DOT_SECONDS = 600
"""RFC 5321 4.5.3.2.6; the time that the content takes comes on top."""
SLOWEST_LINK = 16_000
"""Octets a second."""
LETTERS_A_SESSION = 100
CLOSING = 421

_FAULTS = (SMTPException, OSError, ValueError, SecretError)


class Step(StrEnum):
    """How far a letter came before the reply that settles it."""

    ADDRESS = "address"
    CONNECT = "connect"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said at a step; without a code it said nothing, and `text` is our own word for the fault."""

    step: Step
    code: int | None
    text: str


class SessionError(Exception):
    """No session could be opened; `advice` says what an admin can do about it."""

    def __init__(self, reply: Reply, advice: str) -> None:
        super().__init__(f"{reply.text}: {advice}")
        self.reply = reply
        self.advice = advice


class Session:
    """An open and logged-in connection, for one task at a time."""

    def __init__(self, client: SMTP) -> None:
        self._client = client
        self._offers = frozenset(client.esmtp_extensions)
        self._letters = 0
        self._midway = False

    @classmethod
    async def open(cls, smtp: Smtp, tls: ssl.SSLContext | None) -> Session:
        """Connects, never without the TLS that `smtp.security` names, and logs in. Raises SessionError."""
        client = await _client(smtp, tls)
        step = Step.CONNECT
        try:
            await client.connect()
            await client.ehlo()
            step = Step.LOGIN
            await log_in(client, smtp)
        except _FAULTS as fault:
            client.close()
            raise SessionError(_failed(step, fault, smtp), _advice(step, fault)) from fault
        except BaseException:
            client.close()
            raise
        return cls(client)

    @property
    def usable(self) -> bool:
        """It may carry another letter."""
        return self._client.is_connected and self._letters < LETTERS_A_SESSION

    def gone(self, reply: Reply) -> bool:
        """The reply only shows that the server had closed this connection since its last letter: nothing was sent."""
        return self._letters > 1 and reply.step is Step.MAIL and reply.code in (None, CLOSING)

    async def transact(self, letter: Letter) -> Reply:
        """RFC 5321 3.3: MAIL, RCPT, DATA, content. Raises nothing; after a fault the session is not `usable`."""
        self._letters += 1
        if refusal := self._unwritable(letter.sender, letter.recipient):
            return refusal
        step = Step.MAIL
        try:
            await self._reset()
            for step, command in self._commands(letter):
                reply = await self._command(command)
                if reply.code >= 400:
                    return Reply(step, *reply)
                self._midway = True
            step = Step.DOT
            return Reply(step, *await self._content(letter.content))
        except _FAULTS as fault:
            self.drop()
            return Reply(step, None, _words(fault))
        except BaseException:
            self.drop()
            raise

    async def asked(self, sender: str) -> Reply:
        """What the server says to MAIL from that address; nothing is sent."""
        if refusal := self._unwritable(sender):
            return refusal
        try:
            await self._reset()
            reply = await self._command(f"MAIL FROM:<{sender}>".encode())
        except _FAULTS as fault:
            return Reply(Step.MAIL, None, _words(fault))
        self._midway = reply.code < 400
        return Reply(Step.MAIL, *reply)

    def leave(self) -> None:
        """QUIT, without waiting for the answer."""
        if self._client.protocol is not None and self._client.protocol.is_connected:
            self._client.protocol.write(b"QUIT\r\n")
        self._client.close()

    def drop(self) -> None:
        """Cuts the connection: what the system still holds of a message stays unsent."""
        if isinstance(self._client.transport, asyncio.WriteTransport):
            self._client.transport.abort()
        self._client.close()

    def _unwritable(self, *addresses: str) -> Reply | None:
        for address in addresses:
            if not address.isascii() and "smtputf8" not in self._offers:
                text = f"{address} is not ASCII, and the mail server does not offer SMTPUTF8 (RFC 6531)"
                return Reply(Step.ADDRESS, None, text)
        return None

    def _commands(self, letter: Letter) -> Iterator[tuple[Step, bytes]]:
        yield Step.MAIL, f"MAIL FROM:<{letter.sender}>{self._options(letter)}".encode()
        yield Step.RCPT, f"RCPT TO:<{letter.recipient}>".encode()
        yield Step.DATA, b"DATA"

    def _options(self, letter: Letter) -> str:
        size = f" SIZE={len(letter.content)}" if "size" in self._offers else ""
        body = " BODY=8BITMIME" if "8bitmime" in self._offers and not letter.content.isascii() else ""
        return size + body + (" SMTPUTF8" if letter.international else "")

    async def _reset(self) -> None:
        """Ends a transaction that the server broke off."""
        if self._midway and (await self._command(b"RSET")).code >= 400:
            raise SMTPException("the server refused RSET")
        self._midway = False

    async def _command(self, command: bytes) -> SMTPResponse:
        reply = await self._client.execute_command(command, timeout=COMMAND_SECONDS)
        if reply.code < 400 and reply.code // 100 != (3 if command == b"DATA" else 2):
            raise SMTPException(f"the server is out of step: {reply.code} to {command[:4].decode()}")
        return reply

    async def _content(self, content: bytes) -> SMTPResponse:
        protocol = self._client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        protocol.write(stuffed(content))
        reply = await protocol.read_response(timeout=DOT_SECONDS + len(content) / SLOWEST_LINK)
        self._midway = False
        if reply.code == CLOSING:
            self._client.close()
        return reply


@functools.cache
def _own_name() -> str:
    """Our name for EHLO, looked up once: where reverse DNS is broken it takes seconds."""
    return socket.getfqdn()


async def _client(smtp: Smtp, tls: ssl.SSLContext | None) -> SMTP:
    return SMTP(
        hostname=smtp.host,
        port=smtp.port,
        local_hostname=await asyncio.to_thread(_own_name),
        timeout=OPEN_SECONDS,
        use_tls=smtp.security is Security.TLS,
        start_tls=smtp.security is Security.STARTTLS,
        tls_context=tls,
    )


def _failed(step: Step, fault: Exception, smtp: Smtp) -> Reply:
    code = fault.code if isinstance(fault, SMTPResponseException) and fault.code > 0 else None
    return Reply(step, code, _words(fault) if code else f"{smtp.host}:{smtp.port}: {_words(fault)}")


def _root(fault: BaseException) -> BaseException:
    """The system's error where the library wrapped one."""
    cause = fault.__cause__
    return cause if isinstance(cause, OSError) and not isinstance(cause, SMTPException) else fault


def _words(fault: BaseException) -> str:
    match _root(fault):
        case SecretError() as error:
            return error.what
        case ssl.SSLCertVerificationError() as error:
            return f"the certificate was not accepted: {error.verify_message}"
        case ssl.SSLError() as error:
            return f"TLS failed: {error.reason or error}"
        case SMTPResponseException() as error:
            return error.message
        case TimeoutError():
            return "no answer in time"
        case ConnectionError(errno=None):
            return "the server closed the connection"
        case OSError(errno=int(number)) if number > 0:
            return os.strerror(number)
        case socket.gaierror() as error:
            return f"the name is not known: {error.strerror}"
        case error:
            return str(error) or type(error).__name__


def _advice(step: Step, fault: Exception) -> str:
    match step, _root(fault):
        case _, SecretError() as error:
            return error.want
        case _, ssl.SSLCertVerificationError():
            return "smtp.host must be a name in the certificate; a private authority goes into SSL_CERT_FILE"
        case _, ssl.SSLError():
            return 'smtp.security is usually "tls" on port 465 and "starttls" on ports 587 and 25'
        case _, TokenNotTaken():
            return "check that smtp.username is the account that signed in, and that the application may send mail"
        case _, SMTPAuthenticationError():
            return "check smtp.username and its password; many providers want an application password"
        case _, SMTPResponseException():
            return "the server turns us away: its words above say why"
        case _, TimeoutError():
            return 'check smtp.host, smtp.port and the firewall; a port that waits for TLS wants smtp.security = "tls"'
        case _, OSError() | ValueError():
            return "check smtp.host and smtp.port, and that the firewall lets us out"
        case Step.LOGIN, _:
            return "the server offers no login here: leave smtp.username out, or use the submission port with TLS"
        case _:
            return 'no password was sent; smtp.security = "tls" fits port 465; lost STARTTLS may mean an attack'
