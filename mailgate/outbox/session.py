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
from mailgate.outbox.line import CLOSING, Line
from mailgate.outbox.login import TokenNotTaken, log_in

OPEN_SECONDS = 30
COMMAND_SECONDS = 300
"""RFC 5321 4.5.3.2.2-3."""
DOT_SECONDS = 600
"""RFC 5321 4.5.3.2.6; the time that the content takes comes on top."""
SLOWEST_LINK = 16_000
"""Octets a second."""
LETTERS_A_SESSION = 100
_TOO_MANY = "4.5.3"  # RFC 3463: too many recipients; to MAIL, OpenSMTPD says it of the letters of a session
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

    def __init__(self, line: Line, offers: frozenset[str]) -> None:
        self._line, self._offers = line, offers
        self._letters = 0
        self._step = Step.MAIL
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
        assert isinstance(client.transport, asyncio.Transport), "it is connected"
        return cls(Line(client.transport), frozenset(client.esmtp_extensions))

    @property
    def usable(self) -> bool:
        """It may carry another letter."""
        return self._line.is_open and self._letters < LETTERS_A_SESSION

    def spent(self, reply: Reply) -> bool:
        """The reply only shows that the server has closed this connection, or takes no more on it: nothing was sent."""
        ended = reply.code in (None, CLOSING) or reply.text.startswith(_TOO_MANY)
        return ended and self._letters > 1 and reply.step is Step.MAIL

    async def transact(self, letter: Letter) -> Reply:
        """RFC 5321 3.3: MAIL, RCPT, DATA, content. Raises nothing; after a fault the session is not `usable`."""
        self._letters += 1
        if refusal := self._unwritable(letter.sender, letter.recipient):
            return refusal
        self._step = Step.MAIL
        try:
            await self._reset()
            return await self._envelope(letter) or Reply(self._step, *await self._content(letter.content))
        except _FAULTS as fault:
            self.drop()
            return Reply(self._step, None, _words(fault))
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
        if self._line.is_open:
            self._line.write(b"QUIT\r\n")
        self._line.close()

    def drop(self) -> None:
        """Cuts the connection: what the system still holds of a message stays unsent."""
        self._line.cut()

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
        if self._line.has_reply:  # between two letters: it goes, or it is out of step
            raise SMTPServerDisconnected("the server closed the connection")
        if self._midway and (await self._command(b"RSET")).code >= 400:
            raise SMTPException("the server refused RSET")
        self._midway = False

    async def _envelope(self, letter: Letter) -> Reply | None:
        """MAIL, RCPT and DATA: in one piece where the server allows it (RFC 2920). Gives the first refusal."""
        commands = list(self._commands(letter))
        for some in [commands] if "pipelining" in self._offers else [[each] for each in commands]:
            self._line.write(b"".join(b"%s\r\n" % command for _, command in some))
            if refusal := await self._refusal(some):
                return refusal
        self._step = Step.DOT
        return None

    async def _refusal(self, some: list[tuple[Step, bytes]]) -> Reply | None:
        """Reads the reply to each of some commands."""
        refusal: Reply | None = None
        for step, command in some:
            if refusal is None:
                self._step = step
                reply = await self._answer(command)
                if reply.code >= 400:
                    refusal = Reply(step, *reply)
                else:
                    self._midway = True
            elif not await self._refuses_too():
                self.drop()  # it waits for a message to nobody, or it has gone
                break
        return refusal

    async def _refuses_too(self) -> bool:
        """A command behind one that was refused is refused as well, and the connection is in order."""
        try:
            return (await self._line.reply(COMMAND_SECONDS)).code // 100 == 5
        except _FAULTS:
            return False

    async def _command(self, command: bytes) -> SMTPResponse:
        self._line.write(command + b"\r\n")
        return await self._answer(command)

    async def _answer(self, command: bytes) -> SMTPResponse:
        reply = await self._line.reply(COMMAND_SECONDS)
        if reply.code < 400 and reply.code // 100 != (3 if command == b"DATA" else 2):
            raise SMTPException(f"the server is out of step: {reply.code} to {command[:4].decode()}")
        return reply

    async def _content(self, content: bytes) -> SMTPResponse:
        self._line.write(stuffed(content))
        reply = await self._line.reply(DOT_SECONDS + len(content) / SLOWEST_LINK)
        self._midway = False
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
            trust = "have this machine trust a private authority (update-ca-certificates), or name it in SSL_CERT_FILE"
            return f"smtp.host must be a name in the certificate; {trust}"
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
