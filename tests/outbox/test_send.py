"""Sending over kept connections: a real server (aiosmtpd), and one that hangs up."""

from __future__ import annotations

import asyncio

import pytest

from mailgate.outbox import send as sending
from mailgate.outbox import session as session_module
from mailgate.outbox.send import Result, Scope, Sender
from tests.outbox.scripted_smtp import CUT, DESK, IVAN, MESSAGE, ScriptedSmtp, one_try, settings, until
from tests.rig.smtp import Sink


async def test_accepted_by_a_real_server_as_it_was_written(sink: Sink) -> None:
    message = b".first: a dot\r\n\r\n.\r\n..two\r\nend\r\n."

    delivery = await one_try(sink.port, message=message)

    assert (delivery.result, delivery.code, delivery.enhanced) == (Result.ACCEPTED, 250, "2.0.0")
    (received,) = sink.received
    assert (received.sender, received.recipients) == (DESK, (IVAN,))
    assert received.raw == message + b"\r\n"


async def test_few_connections_carry_many_letters(sink: Sink) -> None:
    sender = Sender(settings(sink.port, connections=3))

    deliveries = await asyncio.gather(*(sender.send(DESK, f"c{n}@alfa.example", MESSAGE) for n in range(60)))
    await sender.close()

    assert {delivery.result for delivery in deliveries} == {Result.ACCEPTED}
    assert sorted(one.recipients for one in sink.received) == sorted((f"c{n}@alfa.example",) for n in range(60))
    assert sink.connections <= 3


async def test_null_sender_size_and_8bitmime_are_announced_where_offered() -> None:
    async with ScriptedSmtp(extensions=["SIZE 1000", "8BITMIME"]) as server:
        sender = Sender(settings(server.port))
        await sender.send("", IVAN, "Привет\r\n".encode())
        await sender.close()

    assert server.commands("MAIL") == ["MAIL FROM:<> SIZE=14 BODY=8BITMIME"]


async def test_a_session_is_left_after_its_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "LETTERS_A_SESSION", 2)
    async with ScriptedSmtp() as server:
        sender = Sender(settings(server.port))
        for _ in range(5):
            await sender.send(DESK, IVAN, MESSAGE)
        await sender.close()
        await until(lambda: len(server.commands("QUIT")) == 3)

    assert server.connections == 3


async def test_an_idle_session_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "IDLE_SECONDS", 0.02)
    async with ScriptedSmtp() as server:
        sender = Sender(settings(server.port))

        await sender.send(DESK, IVAN, MESSAGE)

        await until(lambda: server.commands("QUIT"))
        assert (await sender.send(DESK, IVAN, MESSAGE)).result is Result.ACCEPTED
        assert server.connections == 2


async def test_a_session_in_use_does_not_grow_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "IDLE_SECONDS", 0.5)
    async with ScriptedSmtp() as server:
        sender = Sender(settings(server.port))
        for _ in range(3):
            await sender.send(DESK, IVAN, MESSAGE)
            await asyncio.sleep(0.3)
        await sender.close()

    assert server.connections == 1


async def test_close_lets_the_letter_at_work_be_settled() -> None:
    async with ScriptedSmtp() as server:
        server.reading.clear()
        sender = Sender(settings(server.port))
        task = asyncio.create_task(sender.send(DESK, IVAN, MESSAGE))
        await until(lambda: server.commands("DATA"))

        await sender.close()
        server.reading.set()

        assert (await task).result is Result.ACCEPTED
        await until(lambda: server.commands("QUIT"))


async def test_connection_closed_while_idle_is_replaced_and_nothing_counted() -> None:
    async with ScriptedSmtp() as server:
        sender = Sender(settings(server.port))
        await sender.send(DESK, IVAN, MESSAGE)

        server.hang_up()
        await asyncio.sleep(0.02)
        delivery = await sender.send(DESK, IVAN, MESSAGE)

    assert delivery.result is Result.ACCEPTED
    assert (server.connections, len(server.letters)) == (2, 2)


async def test_connection_closed_while_idle_still_knows_what_the_server_offers() -> None:
    async with ScriptedSmtp(extensions=["SMTPUTF8"]) as server:
        sender = Sender(settings(server.port))
        await sender.send(DESK, IVAN, MESSAGE)

        server.hang_up()
        await asyncio.sleep(0.02)
        delivery = await sender.send(DESK, "иван@почта.бел", MESSAGE)

    assert delivery.result is Result.ACCEPTED
    assert server.connections == 2


@pytest.mark.parametrize("goodbye", [CUT, "421 4.4.2 idle for too long", "421-4.4.2 idle\r\n421 too long"])
async def test_connection_that_ends_at_the_first_command_is_replaced(goodbye: str) -> None:
    async with ScriptedSmtp({"MAIL": ["250 ok", goodbye, "250 ok"]}) as server:
        sender = Sender(settings(server.port))
        await sender.send(DESK, IVAN, MESSAGE)

        delivery = await sender.send(DESK, IVAN, MESSAGE)

    assert delivery.result is Result.ACCEPTED
    assert (server.connections, len(server.letters)) == (2, 2)


async def test_a_server_that_counts_the_letters_of_a_session_gets_another() -> None:
    """OpenSMTPD 6.8 with `smtp limit max-mails`; it keeps the connection open and refuses every further letter."""
    full = "452 4.5.3 Too many recipients: Too many messages sent"
    async with ScriptedSmtp({"MAIL": ["250 2.0.0 Ok", full, "250 2.0.0 Ok", full, full, "250 2.0.0 Ok"]}) as server:
        sender = Sender(settings(server.port))

        sent = [await sender.send(DESK, IVAN, MESSAGE) for _ in range(4)]

    assert [each.result for each in sent] == [Result.ACCEPTED, Result.ACCEPTED, Result.DEFERRED, Result.ACCEPTED]
    assert server.connections == 3


async def test_a_reply_on_a_kept_connection_is_a_reply() -> None:
    async with ScriptedSmtp({"MAIL": ["250 ok", "451 4.3.0 later"]}) as server:
        sender = Sender(settings(server.port))
        await sender.send(DESK, IVAN, MESSAGE)

        delivery = await sender.send(DESK, IVAN, MESSAGE)

    assert (delivery.result, delivery.code, server.connections) == (Result.DEFERRED, 451, 1)


async def test_connection_that_ends_at_rset_is_replaced() -> None:
    async with ScriptedSmtp({"RCPT": ["550 no", "250 ok"], "RSET": CUT}) as server:
        sender = Sender(settings(server.port))
        await sender.send(DESK, IVAN, MESSAGE)

        delivery = await sender.send(DESK, IVAN, MESSAGE)

    assert delivery.result is Result.ACCEPTED
    assert server.connections == 2


async def test_rset_only_after_a_transaction_that_was_broken_off() -> None:
    async with ScriptedSmtp({"RCPT": ["250 ok", "550 no", "250 ok", "250 ok"]}) as server:
        sender = Sender(settings(server.port))
        for _ in range(4):
            await sender.send(DESK, IVAN, MESSAGE)
        await sender.close()

    verbs = [line[:4] for line in server.heard.decode().split("\r\n") if line[:4] in ("MAIL", "RSET")]
    assert verbs == ["MAIL", "MAIL", "RSET", "MAIL", "MAIL"]
    assert server.connections == 1


async def test_smtputf8_where_offered(sink: Sink) -> None:
    delivery = await one_try(sink.port, recipient="иван@почта.бел")

    assert delivery.result is Result.ACCEPTED
    assert sink.received[0].recipients == ("иван@почта.бел",)


async def test_non_ascii_name_without_smtputf8_is_refused_in_clear_words() -> None:
    async with ScriptedSmtp() as server:
        delivery = await one_try(server.port, recipient="иван@почта.бел")

    assert (delivery.result, delivery.scope, delivery.code) == (Result.REFUSED, Scope.RECIPIENT, None)
    assert "SMTPUTF8" in delivery.text
    assert server.commands("RCPT") == []


async def test_non_ascii_domain_needs_no_smtputf8() -> None:
    async with ScriptedSmtp() as server:
        assert (await one_try(server.port, recipient="ivan@почта.бел")).result is Result.ACCEPTED

    assert server.commands("RCPT") == ["RCPT TO:<ivan@xn--80a1acny.xn--90ais>"]


@pytest.mark.parametrize(
    "address",
    [
        "x@good.example>\r\nRCPT TO:<evil@bad.example",
        "x@good.example> NOTIFY=NEVER",
        "x@good.example (c) <evil@bad.example>",
        "x\x00@good.example",
        "nobody",
        "x@" + "я" * 70 + ".example",
        "",
    ],
)
async def test_s11_address_that_would_be_more_than_an_address_is_refused(address: str) -> None:
    async with ScriptedSmtp() as server:
        delivery = await one_try(server.port, recipient=address)

    assert (delivery.result, delivery.scope) == (Result.REFUSED, Scope.RECIPIENT)
    assert server.heard == b""


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n.\r\n"])
async def test_s27_smuggled_end_of_data_stays_one_message(sink: Sink, end: bytes) -> None:
    smuggled = (
        b"MAIL FROM:<boss@desk.example>\r\nRCPT TO:<victim@alfa.example>\r\nDATA\r\nSubject: 2\r\n\r\nevil\r\n.\r\n"
    )
    async with ScriptedSmtp() as scripted:
        await one_try(scripted.port, message=MESSAGE + b"text" + end + smuggled)
    delivery = await one_try(sink.port, message=MESSAGE + b"text" + end + smuggled)

    assert delivery.result is Result.ACCEPTED
    (received,) = sink.received
    assert received.recipients == (IVAN,)
    assert received.raw.endswith(b"text\r\n.\r\n" + smuggled)
    (letter,) = scripted.letters
    assert letter.count(b"\n") == letter.count(b"\r") == letter.count(b"\r\n")
    assert b"\r\n.\r\n" not in letter
