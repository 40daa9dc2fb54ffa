"""A real SMTP server that keeps what it is given, and refuses, stalls or hangs up where a test asks for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Received:
    """One message that the server took."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: float
    """Seconds since the epoch at which the final dot had been read."""


@dataclass(slots=True)
class Faults:
    """What goes wrong, until it is set back. A reply is `CODE text`; one of 421 also closes the connection."""

    senders: dict[str, str] = field(default_factory=dict)
    """Replies to MAIL FROM, by address; "*" is every sender."""
    recipients: dict[str, str] = field(default_factory=dict)
    """Replies to RCPT TO, by address; "*" is every recipient."""
    final_reply: str | None = None
    """The reply after the final dot; what was sent is then not kept."""
    lose_replies: int = 0
    """So many times more the message is kept, but the connection dies without a reply (R15)."""
    slow_domains: dict[str, float] = field(default_factory=dict)
    """Seconds that RCPT TO takes, by the domain of the recipient."""
    delay: float = 0.0
    """Seconds between the final dot and its reply."""


class Sink:
    """Listens on `host`:`port` from `start()` to `stop()`; `options` go to `aiosmtpd.smtp.SMTP` as they are."""

    def __init__(self, **options: Any) -> None:
        self.host, self.port = "127.0.0.1", 0
        self.faults = Faults()
        self.connections = 0
        self.slow = 0
        """How many recipients were made to wait."""
        self._received: list[Received] = []
        self._arrival = threading.Condition()
        self._options: dict[str, Any] = {"hostname": "sink.example", "enable_SMTPUTF8": True, "data_size_limit": 2**28}
        self._options |= options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-sink", daemon=True)

    def start(self) -> Sink:
        """Return when the port is open."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(self.port), self._loop).result(5)
        return self

    def stop(self) -> None:
        """Close the port and every connection."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    @property
    def received(self) -> tuple[Received, ...]:
        """Everything taken so far, oldest first."""
        with self._arrival:
            return tuple(self._received)

    def wait_for(self, predicate: Callable[[Received], bool], timeout: float = 10) -> Received:
        """The first message that fits, as soon as it is there; AssertionError after `timeout` seconds."""
        end = time.monotonic() + timeout
        with self._arrival:
            while True:
                match = next((one for one in self._received if predicate(one)), None)
                if match is not None:
                    return match
                if not self._arrival.wait(max(0.0, end - time.monotonic())):
                    raise AssertionError(f"no such mail within {timeout} s; {len(self._received)} others arrived")

    def wait_count(self, count: int, timeout: float = 10) -> tuple[Received, ...]:
        """Everything, as soon as there are `count` messages; AssertionError after `timeout` seconds."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self._received) >= count, timeout):
                raise AssertionError(f"{len(self._received)} of {count} messages within {timeout} s")
            return tuple(self._received)

    def clear(self) -> None:
        """Forget what was received and heal every fault."""
        with self._arrival:
            self._received.clear()
        self.faults = Faults()

    # --- in the server's thread; the handle_ names are aiosmtpd's hooks ------------------------------------------

    async def handle_EHLO(
        self, server: SMTP, session: Session, _: Envelope, hostname: str, replies: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [replies[0], "250-PIPELINING", *replies[1:]]

    async def handle_MAIL(self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        reply = self.faults.senders.get(address) or self.faults.senders.get("*")
        if reply is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self._said(server, reply)

    async def handle_RCPT(self, server: SMTP, _: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if seconds := self.faults.slow_domains.get(address.rpartition("@")[2], 0.0):
            self.slow += 1
            await asyncio.sleep(seconds)
        reply = self.faults.recipients.get(address) or self.faults.recipients.get("*")
        if reply is None:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return self._said(server, reply)

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:
        faults = self.faults
        await asyncio.sleep(faults.delay)
        if faults.final_reply is None:
            self._keep(envelope)
        if faults.lose_replies > 0:
            faults.lose_replies -= 1
            self._transport(server).abort()
        return self._said(server, faults.final_reply)

    def _said(self, server: SMTP, reply: str | None) -> str:
        if reply is not None and reply.startswith("421"):
            self._loop.call_later(0.02, self._transport(server).close)
        return reply or "250 2.0.0 OK"

    @staticmethod
    def _transport(server: SMTP) -> asyncio.Transport:
        assert isinstance(server.transport, asyncio.Transport)
        return server.transport

    def _keep(self, envelope: Envelope) -> None:
        self._took(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")

    def _took(self, sender: str, recipients: Sequence[str], raw: bytes) -> None:
        with self._arrival:
            self._received.append(Received(sender, tuple(recipients), raw, time.time()))
            self._arrival.notify_all()

    def _session(self) -> asyncio.Protocol:
        self.connections += 1
        return SMTP(self, loop=self._loop, **self._options)

    async def _listen(self, port: int) -> None:
        self._server = await self._loop.create_server(self._session, self.host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _hang_up(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class QuickSink(Sink):
    """Takes whatever it is given, at a tenth of the cost: for what is measured on the same machine."""

    def _session(self) -> asyncio.Protocol:
        self.connections += 1
        return _Quick(self._took)


class _Quick(asyncio.Protocol):
    """RFC 5321 with PIPELINING as far as mailgate speaks it; a message is searched for its end, not read by lines."""

    def __init__(self, took: Callable[[str, Sequence[str], bytes], None]) -> None:
        self._took = took
        self._unread = bytearray()
        self._searched = 0
        self._sender, self._recipients = "", list[str]()
        self._in_message = self._leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example\r\n")

    def data_received(self, data: bytes) -> None:
        self._unread += data
        replies = []
        while (reply := self._message() if self._in_message else self._command()) is not None:
            replies.append(reply)
        self._transport.write(b"".join(replies))
        if self._leaving:
            self._transport.close()

    def _message(self) -> bytes | None:
        end = self._unread.find(b"\r\n.\r\n", self._searched)
        if end < 0:
            self._searched = max(0, len(self._unread) - 4)
            return None
        raw = bytes(self._unread[: end + 2]).replace(b"\r\n..", b"\r\n.")
        del self._unread[: end + 5]
        self._searched, self._in_message = 0, False
        self._took(self._sender, self._recipients, raw)
        return b"250 2.0.0 OK\r\n"

    def _command(self) -> bytes | None:
        end = self._unread.find(b"\r\n")
        if end < 0:
            return None
        line = self._unread[:end].decode()
        del self._unread[: end + 2]
        address = line.partition("<")[2].partition(">")[0]
        match line[:4].upper():
            case "EHLO":
                return b"250-sink.example\r\n250-SIZE 268435456\r\n250-8BITMIME\r\n250 PIPELINING\r\n"
            case "MAIL":
                self._sender, self._recipients = address, []
            case "RCPT":
                self._recipients.append(address)
            case "DATA":
                self._in_message = True
                return b"354 go on\r\n"
            case "QUIT":
                self._leaving = True
                return b"221 2.0.0 Bye\r\n"
        return b"250 2.0.0 OK\r\n"
