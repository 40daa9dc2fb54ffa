"""The failure policy: what each reply, at each step, says about the session, server, message or recipient."""

from __future__ import annotations

import asyncio

import pytest

from mailgate.outbox import session as session_module
from mailgate.outbox.send import Result, Scope, Sender, judge
from mailgate.outbox.session import Reply, Step
from tests.outbox.scripted_smtp import CUT, DESK, IVAN, MESSAGE, SILENCE, ScriptedSmtp, one_try, settings, until

POLICY = [
    ("GREETING", "421 4.3.2 busy", Result.DEFERRED, Scope.SERVER, 421),
    ("GREETING", "450 later", Result.DEFERRED, Scope.SERVER, 450),
    ("GREETING", "554 no service", Result.DEFERRED, Scope.SESSION, 554),
    ("GREETING", CUT, Result.DEFERRED, Scope.SESSION, None),
    ("GREETING", "hello?", Result.DEFERRED, Scope.SESSION, None),
    ("EHLO", "502 what", Result.DEFERRED, Scope.SESSION, 502),
    ("MAIL", "421 closing", Result.DEFERRED, Scope.SERVER, 421),
    ("MAIL", "451 4.3.0 later", Result.DEFERRED, Scope.SERVER, 451),
    ("MAIL", "530 5.7.0 log in first", Result.DEFERRED, Scope.SESSION, 530),
    ("MAIL", "553 5.7.1 not yours", Result.DEFERRED, Scope.MESSAGE, 553),
    ("MAIL", "552 5.3.4 too large", Result.REFUSED, Scope.MESSAGE, 552),
    ("MAIL", "354 what", Result.DEFERRED, Scope.SERVER, None),
    ("MAIL", CUT, Result.DEFERRED, Scope.SERVER, None),
    ("RCPT", "421 closing", Result.DEFERRED, Scope.SERVER, 421),
    ("RCPT", "450 4.2.0 greylisted", Result.DEFERRED, Scope.RECIPIENT, 450),
    ("RCPT", "550 5.1.1 unknown", Result.REFUSED, Scope.RECIPIENT, 550),
    ("RCPT", CUT, Result.DEFERRED, Scope.SERVER, None),
    ("DATA", "451 later", Result.DEFERRED, Scope.MESSAGE, 451),
    ("DATA", "554 no", Result.REFUSED, Scope.MESSAGE, 554),
    ("DATA", "250 what", Result.DEFERRED, Scope.SERVER, None),
    ("DATA", CUT, Result.DEFERRED, Scope.SERVER, None),
    ("DOT", "421 closing", Result.DEFERRED, Scope.SERVER, 421),
    ("DOT", "452 4.3.1 disk full", Result.DEFERRED, Scope.MESSAGE, 452),
    ("DOT", "554 5.7.1 spam", Result.REFUSED, Scope.MESSAGE, 554),
    ("DOT", "252 perhaps", Result.ACCEPTED, Scope.MESSAGE, 252),
    ("DOT", "354 what", Result.UNKNOWN, Scope.MESSAGE, 354),
    ("DOT", "what", Result.UNKNOWN, Scope.MESSAGE, None),
    ("DOT", CUT, Result.UNKNOWN, Scope.MESSAGE, None),
]


@pytest.mark.parametrize("extensions", [[], ["PIPELINING"]], ids=["one by one", "in one piece"])
@pytest.mark.parametrize(("step", "reply", "result", "scope", "code"), POLICY)
async def test_policy(
    step: str, reply: str, result: Result, scope: Scope, code: int | None, extensions: list[str]
) -> None:
    async with ScriptedSmtp({step: reply}, extensions) as server:
        sender = Sender(settings(server.port))

        delivery = await sender.send(DESK, IVAN, MESSAGE)

        assert (delivery.result, delivery.scope, delivery.code) == (result, scope, code)
        assert delivery.text
        server.replies.clear()
        assert (await sender.send(DESK, IVAN, MESSAGE)).result is Result.ACCEPTED
        await sender.close()


async def test_r15_lost_250_is_unknown_and_the_next_try_is_the_same_letter() -> None:
    async with ScriptedSmtp({"DOT": [CUT, "250 2.0.0 queued"]}) as server:
        sender = Sender(settings(server.port))

        first = await sender.send(DESK, IVAN, MESSAGE)
        second = await sender.send(DESK, IVAN, MESSAGE)

    assert (first.result, first.concerns_all) == (Result.UNKNOWN, False)
    assert second.result is Result.ACCEPTED
    assert server.letters == [MESSAGE, MESSAGE]


async def test_silence_after_the_final_dot_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "DOT_SECONDS", 0.05)
    async with ScriptedSmtp({"DOT": SILENCE}) as server:
        delivery = await one_try(server.port)

    assert delivery.result is Result.UNKNOWN


async def test_silence_before_it_is_only_a_deferral(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "COMMAND_SECONDS", 0.05)
    async with ScriptedSmtp({"RCPT": SILENCE}) as server:
        delivery = await one_try(server.port)

    assert (delivery.result, delivery.scope) == (Result.DEFERRED, Scope.SERVER)


async def test_r16_mixed_recipients_each_hears_his_own_reply() -> None:
    replies = {"good": "250 2.1.5 ok", "late": "450 4.2.0 later", "gone": "550 5.1.1 unknown", "busy": "421 4.3.2 bye"}
    async with ScriptedSmtp({f"RCPT TO:<{name}@alfa.example>": text for name, text in replies.items()}) as server:
        sender = Sender(settings(server.port, connections=1))
        sent = [await sender.send(DESK, f"{name}@alfa.example", MESSAGE) for name in [*replies, "good"]]
        await sender.close()

    assert [(one.result, one.code) for one in sent] == [
        (Result.ACCEPTED, 250),
        (Result.DEFERRED, 450),
        (Result.REFUSED, 550),
        (Result.DEFERRED, 421),
        (Result.ACCEPTED, 250),
    ]
    assert [one.enhanced for one in sent] == ["2.0.0", "4.2.0", "5.1.1", "4.3.2", "2.0.0"]
    assert [one.concerns_all for one in sent] == [False, False, False, True, False]
    assert (len(server.letters), server.connections) == (2, 2)


async def test_nobody_listens() -> None:
    async with ScriptedSmtp() as server:
        port = server.port

    delivery = await one_try(port)

    assert (delivery.result, delivery.scope) == (Result.DEFERRED, Scope.SESSION)
    assert delivery.text == f"127.0.0.1:{port}: Connection refused"


async def test_a_cancelled_letter_leaves_no_half_used_connection() -> None:
    async with ScriptedSmtp({"DATA": SILENCE}) as server:
        sender = Sender(settings(server.port, connections=1))
        task = asyncio.create_task(sender.send(DESK, IVAN, MESSAGE))
        await until(lambda: server.commands("DATA"))

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        server.replies.clear()
        assert (await sender.send(DESK, IVAN, MESSAGE)).result is Result.ACCEPTED
        assert (server.connections, len(server.letters)) == (2, 1)


async def test_a_letter_cancelled_on_its_way_does_not_arrive_behind_our_back() -> None:
    async with ScriptedSmtp() as server:
        server.reading.clear()
        sender = Sender(settings(server.port))
        task = asyncio.create_task(sender.send(DESK, IVAN, b"x" * 12_000_000))
        await until(lambda: server.commands("DATA"))
        await asyncio.sleep(0.05)

        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        server.reading.set()
        await asyncio.sleep(0.2)
        assert server.letters == []


@pytest.mark.parametrize("extensions", [[], ["PIPELINING"]], ids=["one by one", "in one piece"])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
async def test_421_closes_the_connection_even_if_the_server_does_not(step: str, extensions: list[str]) -> None:
    async with ScriptedSmtp({step: ["421 4.3.2 closing"]}, extensions) as server:
        sender = Sender(settings(server.port))

        for _ in range(2):
            delivery = await sender.send(DESK, IVAN, MESSAGE)

    assert (delivery.result, server.connections) == (Result.ACCEPTED, 2)


def test_reply_text_becomes_one_clean_line() -> None:
    text = "5.1.1 <x>\x1b[31m\n5.1.1 no\x00 such\u2028\u202euser \udcff" + "я" * 10_000

    delivery = judge(Reply(Step.RCPT, 550, text))

    assert delivery.text.startswith("5.1.1 <x> [31m 5.1.1 no such user ?я")
    assert len(delivery.text) == 500
    assert delivery.enhanced == "5.1.1"
