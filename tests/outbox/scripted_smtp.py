"""An SMTP server of few lines that says what a test wrote for it and keeps every octet, and how tests send to it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Self

from mailgate.config import Security, Smtp
from mailgate.outbox.send import Delivery, Sender

DESK = "support@desk.example"
IVAN = "ivan.petrov@alfa.example"
MESSAGE = b"Message-ID: <1@desk.example>\r\nSubject: test\r\n\r\nText\r\n"

CUT = "cut"
"""In place of a reply: the connection dies."""
SILENCE = "silence"
"""In place of a reply: nothing, for as long as the client waits."""

_USUAL = {"GREETING": "220 scripted.example", "QUIT": "221 2.0.0 Bye", "DATA": "354 go on", "STARTTLS": "220 go on"}


class ScriptedSmtp:
    """`replies` maps GREETING, DOT, a verb or a whole command to one reply, or to a list used up one by one."""

    def __init__(
        self,
        replies: dict[str, str | list[str]] | None = None,
        extensions: Sequence[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.replies = replies or {}
        self.heard = b""
        self.letters: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.reading = asyncio.Event()
        """While it is cleared, no letter is read off the wire."""
        self.reading.set()
        self._greeting = "250-" + "\r\n250-".join(["scripted.example", *extensions]) + "\r\n250 HELP"
        self._tls = tls
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls, limit=2**24)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.hang_up()

    def commands(self, verb: str) -> list[str]:
        """Every command of that verb, in order, the lines of letters among them."""
        lines = self.heard.decode("utf-8", "replace").split("\r\n")
        return [line for line in lines if line.upper().startswith(verb)]

    def hang_up(self) -> None:
        """Close every connection from this side."""
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        alive = await self._say(writer, self._reply("GREETING"))
        while alive and (line := await reader.readline()):
            self.heard += line
            command = line.decode().strip()
            verb = command.partition(" ")[0].upper()
            reply = self._reply(command, verb)
            alive = await self._say(writer, reply) and verb != "QUIT"
            if reply.startswith("354"):
                alive = await self._take(reader, writer)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await self.reading.wait()
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        letter = await reader.readuntil(b"\r\n.\r\n")
        self.heard += letter
        self.letters.append(letter.removesuffix(b".\r\n"))
        return await self._say(writer, self._reply("DOT"))

    def _reply(self, *keys: str) -> str:
        for key in keys:
            match self.replies.get(key):
                case str(reply):
                    return reply
                case [_, *_] as replies:
                    return replies.pop(0)
        return self._greeting if keys[-1] == "EHLO" else _USUAL.get(keys[-1], "250 2.0.0 OK")

    async def _say(self, writer: asyncio.StreamWriter, reply: str) -> bool:
        if reply == SILENCE:
            await asyncio.Event().wait()
        if reply == CUT:
            writer.transport.abort()
            return False
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        return True


def settings(port: int, **more: Any) -> Smtp:
    usual: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": Security.NONE, "connections": 2}
    return Smtp(**usual | more)


async def one_try(port: int, recipient: str = IVAN, message: bytes = MESSAGE, **more: Any) -> Delivery:
    sender = Sender(settings(port, **more))
    try:
        return await sender.send(DESK, recipient, message)
    finally:
        await sender.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)
