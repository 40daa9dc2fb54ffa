"""A real SMTP server that keeps what it is given, and refuses, stalls or hangs up where a test asks for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
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
        raw = envelope.original_content or b""
        with self._arrival:
            self._received.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw, time.time()))
            self._arrival.notify_all()

    def _session(self) -> SMTP:
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
