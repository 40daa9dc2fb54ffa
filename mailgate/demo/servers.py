"""The mail world of the demo: an IMAP and an SMTP server on free loopback ports, in one thread, without root."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailgate.demo.imap_server import ImapAccounts

HOST = "127.0.0.1"
AUTHSERV_ID = "mx.desk.example"
"""The name under which this server tells what it has verified (RFC 8601, section 2.5)."""
PATIENCE_SECONDS = 10.0

_FIELD = re.compile(rb"\r?\n(?![ \t])")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_FROM = re.compile(rb"^from[ \t]*:", re.I)
_OURS = re.compile(rb"authentication-results[ \t]*:\s*" + re.escape(AUTHSERV_ID.encode()) + rb"(?![\w.-])", re.I)


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message as one recipient got it; a recipient without an account is a stranger."""

    sender: str
    recipient: str
    raw: bytes
    stranger: bool


class MailServers:
    """Every mail that the SMTP server takes lies in its recipients' INBOX at once.

    It bears `Authentication-Results: mx.desk.example; dmarc=pass` where its From is the account that logged in or where
    it came through `deliver`, and `dmarc=fail` for everybody else. SMTP asks for no login, as an MX does not.
    """

    def __init__(self) -> None:
        self.imap = self.smtp = (HOST, 0)
        self._delivered: list[Delivered] = []
        self._arrival = threading.Condition()
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo-mail", daemon=True)

    def start(self, folder: Path, accounts: Mapping[str, str]) -> None:
        """Open both ports. `accounts`: address -> password; `folder` gets a copy of each delivered mail as a file."""
        self._folder, self._passwords = folder, {address.lower(): word for address, word in accounts.items()}
        folder.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        self._run(self._listen())

    def stop(self) -> None:
        """Close the ports and every connection; what was delivered can still be asked for."""
        self._run(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def deliver(self, raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Mail of a sender whose domain vouches for it; returns when it lies in the mailboxes."""
        self._run(self._accept(raw, sender, recipients, proven=True))

    @property
    def delivered(self) -> tuple[Delivered, ...]:
        """Everything so far, oldest first, also what went to strangers."""
        with self._arrival:
            return tuple(self._delivered)

    def wait_for(self, predicate: Callable[[Delivered], bool], timeout: float) -> Delivered | None:
        """The first delivery that fits, as soon as it is there; None after `timeout` seconds."""
        end = time.monotonic() + timeout
        with self._arrival:
            while True:
                match = next((one for one in self._delivered if predicate(one)), None)
                if match is not None or not self._arrival.wait(max(0.0, end - time.monotonic())):
                    return match

    # --- in the servers' thread; the handle_ name is aiosmtpd's hook ----------------------------------------------

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        account = str(session.auth_data) if session.authenticated else None
        proven = account is not None and _authors(_fields(raw)) == [account]
        await self._accept(raw, envelope.mail_from or "", envelope.rcpt_tos, proven=proven)
        return "250 2.0.0 Delivered"

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        account = data.login.decode("utf-8", "replace").lower()
        known = self._passwords.get(account)
        right = known is not None and known.encode() == data.password
        return AuthResult(success=right, handled=False, auth_data=account)

    async def _accept(self, raw: bytes, sender: str, recipients: Sequence[str], *, proven: bool) -> None:
        stamped = _stamped(raw, proven=proven)
        for recipient in recipients:
            address = recipient.lower()
            text = f"Return-Path: <{sender}>\r\n".encode() + stamped
            if address in self._passwords:
                await self._mailboxes.append(address, text)
            self._keep(Delivered(sender, recipient, text, stranger=address not in self._passwords))

    def _keep(self, one: Delivered) -> None:
        with self._arrival:
            self._delivered.append(one)
            number = len(self._delivered)
            self._arrival.notify_all()
        recipient = re.sub(r"[^\w.@+-]", "_", one.recipient)[:100]
        (self._folder / f"{number:04d}-{recipient}.eml").write_bytes(one.raw)

    def _session(self) -> SMTP:
        return SMTP(
            self,
            hostname=AUTHSERV_ID,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=self._loop,
        )

    async def _listen(self) -> None:
        self._mailboxes = ImapAccounts(self._passwords)
        imap = await self._mailboxes.listen(HOST)
        smtp = await self._loop.create_server(self._session, HOST, 0)
        self._servers = [imap, smtp]
        self.imap, self.smtp = ((HOST, int(one.sockets[0].getsockname()[1])) for one in self._servers)

    async def _hang_up(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)


def _fields(raw: bytes) -> list[bytes]:
    """The header fields, each with its folded lines."""
    return _FIELD.split(_HEADER_END.split(raw, maxsplit=1)[0])


def _authors(fields: Sequence[bytes]) -> list[str]:
    """The bare addresses of every From field."""
    values = [value for field in fields if (value := _FROM.sub(b"", field)) != field]
    return [address.lower() for _, address in getaddresses([value.decode("utf-8", "replace") for value in values])]


def _stamped(raw: bytes, *, proven: bool) -> bytes:
    """The message under our own verdict; older ones in our name are forged and go (RFC 8601, section 5)."""
    fields = [field for field in _fields(raw) if not _OURS.match(field)]
    domain = next(iter(_authors(fields)), "").rpartition("@")[2] or "unknown"
    verdict = f"Authentication-Results: {AUTHSERV_ID}; dmarc={'pass' if proven else 'fail'} header.from={domain}"
    end = _HEADER_END.search(raw)
    return b"\r\n".join([verdict.encode("ascii", "replace"), *fields]) + (raw[end.start() :] if end else b"")
