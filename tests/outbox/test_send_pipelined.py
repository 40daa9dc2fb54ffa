"""MAIL, RCPT and DATA in one piece (RFC 2920), and a server that answers as it likes."""

from __future__ import annotations

import asyncio

import pytest

from mailgate.outbox.send import Result, Scope, Sender
from tests.outbox.scripted_smtp import DESK, IVAN, MESSAGE, ScriptedSmtp, one_try, settings

REFUSED = "550 5.1.1 no such user"


class InPieces:
    """A server that keeps what each read gave it, and writes its replies in the pieces that a test names."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces
        self.read: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 pieces.example\r\n")
        await reader.readline()
        writer.write(b"250-pieces.example\r\n250 PIPELINING\r\n")
        for piece in self.pieces:
            if piece == b"":
                self.read.append(await reader.read(10_000))
                continue
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.close()


async def tried(server: InPieces) -> tuple[Result, int | None, str]:
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        delivery = await one_try(listening.sockets[0].getsockname()[1])
    return delivery.result, delivery.code, delivery.text


async def test_the_envelope_goes_in_one_piece_where_the_server_offers_it() -> None:
    server = InPieces(b"", b"250 a\r\n250 b\r\n354 c\r\n", b"", b"250 2.0.0 queued\r\n")

    assert await tried(server) == (Result.ACCEPTED, 250, "2.0.0 queued")
    assert server.read == [
        f"MAIL FROM:<{DESK}>\r\nRCPT TO:<{IVAN}>\r\nDATA\r\n".encode(),
        MESSAGE + b".\r\n",
    ]


async def test_elsewhere_each_command_waits_for_its_answer() -> None:
    async with ScriptedSmtp({"MAIL": REFUSED}) as server:
        await one_try(server.port)

    assert server.commands("RCPT") == server.commands("DATA") == []


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([b"2", b"50 a\r", b"\n250 b\r\n35", b"4 c\r\n", b"", b"250-2.0.0 o", b"k\r\n250", b" 7\r\n"], "2.0.0 ok 7"),
        ([b"250-a\r\n250-b\r\n250 c\r\n250 d\r\n", b"354 e\r\n", b"", b"250 2.0.0 queued\n"], "2.0.0 queued"),
    ],
)  # fmt: skip
async def test_replies_are_read_however_they_are_cut(pieces: list[bytes], text: str) -> None:
    assert await tried(InPieces(b"", *pieces)) == (Result.ACCEPTED, 250, text)


async def test_what_is_no_reply_ends_the_session() -> None:
    result, code, text = await tried(InPieces(b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"))

    assert (result, code) == (Result.DEFERRED, None)
    assert text == "the server does not speak SMTP: HTTP/1.1 400 Bad Request"


async def test_a_reply_without_end_is_not_kept() -> None:
    result, code, text = await tried(InPieces(b"", *[b"250-" + b"x" * 8000] * 10))

    assert (result, code, text) == (Result.DEFERRED, None, "the server's reply has no end")


async def test_a_refused_recipient_costs_neither_the_connection_nor_the_next_letter() -> None:
    replies: dict[str, str | list[str]] = {"RCPT": [REFUSED], "DATA": ["554 5.5.1 no valid recipients", "354 go on"]}
    async with ScriptedSmtp(replies, ["PIPELINING"]) as server:
        sender = Sender(settings(server.port))
        first = await sender.send(DESK, IVAN, MESSAGE)
        second = await sender.send(DESK, IVAN, MESSAGE)
        await sender.close()

    assert (first.result, first.scope, first.text) == (Result.REFUSED, Scope.RECIPIENT, "5.1.1 no such user")
    assert (second.result, server.connections, server.letters) == (Result.ACCEPTED, 1, [MESSAGE])


async def test_a_letter_whose_sender_was_refused_left_nothing_to_be_reset() -> None:
    replies: dict[str, str | list[str]] = {"MAIL": [REFUSED], "RCPT": ["503 5.5.1 no"], "DATA": ["503 5.5.1 no"]}
    async with ScriptedSmtp(replies, ["PIPELINING"]) as server:
        sender = Sender(settings(server.port))
        for _ in range(2):
            await sender.send(DESK, IVAN, MESSAGE)
        await sender.close()

    assert (server.connections, server.letters, server.commands("RSET")) == (1, [MESSAGE], [])


async def test_a_server_that_wants_a_message_for_nobody_gets_none() -> None:
    async with ScriptedSmtp({"RCPT": [REFUSED]}, ["PIPELINING"]) as server:
        sender = Sender(settings(server.port))
        first = await sender.send(DESK, IVAN, MESSAGE)
        second = await sender.send(DESK, IVAN, MESSAGE)
        await sender.close()

    assert (first.result, first.scope) == (Result.REFUSED, Scope.RECIPIENT)
    assert (second.result, server.connections, server.letters) == (Result.ACCEPTED, 2, [MESSAGE])


async def test_what_the_server_says_between_two_letters_is_taken_for_no_answer() -> None:
    async with ScriptedSmtp({"DOT": ["250 2.0.0 queued\r\n250 2.0.0 queued"]}, ["PIPELINING"]) as server:
        sender = Sender(settings(server.port))
        first = await sender.send(DESK, IVAN, MESSAGE)
        await asyncio.sleep(0.05)
        second = await sender.send(DESK, IVAN, MESSAGE)
        await sender.close()

    assert (first.result, second.result) == (Result.ACCEPTED, Result.ACCEPTED)
    assert (server.connections, server.letters) == (2, [MESSAGE, MESSAGE])
