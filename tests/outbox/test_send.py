"""Sending and its failure policy, against a real server (aiosmtpd) and servers that do what no real one should."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from mailgate.config import Security, Smtp
from mailgate.outbox import send as sending
from mailgate.outbox import session as session_module
from mailgate.outbox.send import Delivery, Result, Scope, Sender, judge, probe
from mailgate.outbox.session import Reply, Step
from tests.outbox.scripted_smtp import CUT, SILENCE, ScriptedSmtp
from tests.rig.smtp import Sink

DESK = "support@desk.example"
IVAN = "ivan.petrov@alfa.example"
MESSAGE = b"Message-ID: <1@desk.example>\r\nSubject: test\r\n\r\nText\r\n"
PASSWORD = "correct horse battery"
PLAIN = b64encode(f"\0support\0{PASSWORD}".encode())


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


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of 127.0.0.1, signed by itself."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run([*new.split(), *files], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")


# --- accepted ---------------------------------------------------------------------------------------------------------


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


# --- a kept connection that is gone -----------------------------------------------------------------------------------


async def test_connection_closed_while_idle_is_replaced_and_nothing_counted() -> None:
    async with ScriptedSmtp() as server:
        sender = Sender(settings(server.port))
        await sender.send(DESK, IVAN, MESSAGE)

        server.hang_up()
        await asyncio.sleep(0.02)
        delivery = await sender.send(DESK, IVAN, MESSAGE)

    assert delivery.result is Result.ACCEPTED
    assert (server.connections, len(server.letters)) == (2, 2)


@pytest.mark.parametrize("goodbye", [CUT, "421 4.4.2 idle for too long", "421-4.4.2 idle\r\n421 too long"])
async def test_connection_that_ends_at_the_first_command_is_replaced(goodbye: str) -> None:
    async with ScriptedSmtp({"MAIL": ["250 ok", goodbye, "250 ok"]}) as server:
        sender = Sender(settings(server.port))
        await sender.send(DESK, IVAN, MESSAGE)

        delivery = await sender.send(DESK, IVAN, MESSAGE)

    assert delivery.result is Result.ACCEPTED
    assert (server.connections, len(server.letters)) == (2, 2)


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


# --- the failure policy -----------------------------------------------------------------------------------------------

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


@pytest.mark.parametrize(("step", "reply", "result", "scope", "code"), POLICY)
async def test_policy(step: str, reply: str, result: Result, scope: Scope, code: int | None) -> None:
    async with ScriptedSmtp({step: reply}) as server:
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


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT"])
async def test_421_closes_the_connection_even_if_the_server_does_not(step: str) -> None:
    async with ScriptedSmtp({step: ["421 4.3.2 closing"]}) as server:
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


# --- addresses and content --------------------------------------------------------------------------------------------


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


# --- TLS and login ----------------------------------------------------------------------------------------------------


def login(password: str | None = PASSWORD) -> dict[str, Any]:
    return {"username": "support", "password": password}


def secrets_in(heard: bytes) -> list[bytes]:
    forms = (PASSWORD.encode(), b64encode(PASSWORD.encode()), PLAIN, b64encode(b"support"), b"AUTH")
    return [form for form in forms if form in heard]


def checks_password(_: object, __: object, ___: object, ____: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data.login == b"support" and data.password == PASSWORD.encode(), handled=False)


@pytest.mark.usefixtures("trusted")
async def test_starttls_and_login_against_a_real_server(server_tls: ssl.SSLContext) -> None:
    sink = Sink(tls_context=server_tls, require_starttls=True, auth_required=True, authenticator=checks_password)
    sink.start()
    try:
        good = await one_try(sink.port, security="starttls", **login())
        bad = await one_try(sink.port, security="starttls", **login("wrong"))
    finally:
        sink.stop()

    assert good.result is Result.ACCEPTED
    assert (bad.result, bad.scope, bad.code) == (Result.DEFERRED, Scope.SESSION, 535)
    assert len(sink.received) == 1


@pytest.mark.usefixtures("trusted")
async def test_tls_from_the_start(server_tls: ssl.SSLContext) -> None:
    async with ScriptedSmtp(extensions=["AUTH PLAIN LOGIN"], replies={"AUTH": "235 ok"}, tls=server_tls) as server:
        delivery = await one_try(server.port, security="tls", **login())

    assert delivery.result is Result.ACCEPTED
    assert PLAIN in server.heard


@pytest.mark.usefixtures("trusted")
async def test_r14_wrong_password_is_tried_once_a_session_and_never_repeated_in_the_text(
    server_tls: ssl.SSLContext,
) -> None:
    echo = f"535 5.7.8 bad: AUTH PLAIN {PLAIN.decode()} {PASSWORD}"
    async with ScriptedSmtp(extensions=["AUTH CRAM-MD5 PLAIN LOGIN"], replies={"AUTH": echo}, tls=server_tls) as server:
        delivery = await one_try(server.port, security="tls", **login())

    assert (delivery.result, delivery.scope, delivery.enhanced) == (Result.DEFERRED, Scope.SESSION, "5.7.8")
    assert len(server.commands("AUTH")) == 1
    assert delivery.text == "5.7.8 bad: AUTH PLAIN *** ***"


async def test_s26_stripped_starttls_sends_no_credentials() -> None:
    async with ScriptedSmtp(extensions=["AUTH PLAIN LOGIN"], replies={"AUTH": "235 ok"}) as server:
        delivery = await one_try(server.port, security="starttls", **login())

    assert (delivery.result, delivery.scope) == (Result.DEFERRED, Scope.SESSION)
    assert "STARTTLS" in delivery.text
    assert secrets_in(server.heard) == []
    assert server.commands("MAIL") == []


@pytest.mark.parametrize("answer", ["454 4.7.0 not now", "220 go on\r\n235 2.7.0 welcome\r\n250 ok", CUT])
async def test_s26_starttls_that_comes_to_nothing_sends_no_credentials(answer: str) -> None:
    async with ScriptedSmtp(extensions=["STARTTLS", "AUTH PLAIN"], replies={"STARTTLS": answer}) as server:
        delivery = await one_try(server.port, security="starttls", **login())

    assert (delivery.result, delivery.concerns_all) == (Result.DEFERRED, True)
    assert secrets_in(server.heard) == []


async def test_s26_unknown_certificate_sends_no_credentials(server_tls: ssl.SSLContext) -> None:
    async with ScriptedSmtp(extensions=["AUTH PLAIN"], tls=server_tls) as server:
        delivery = await one_try(server.port, security="tls", **login())
    sink = Sink(tls_context=server_tls).start()
    other = await one_try(sink.port, security="starttls", **login())
    sink.stop()

    assert [one.scope for one in (delivery, other)] == [Scope.SESSION, Scope.SESSION]
    assert all("certificate" in one.text for one in (delivery, other))
    assert server.heard == b""


# --- probe ------------------------------------------------------------------------------------------------------------


async def test_probe_finds_nothing_wrong(sink: Sink) -> None:
    assert await probe(settings(sink.port), [DESK, "complaints@desk.example"]) == []
    assert sink.received == ()


async def test_probe_names_the_sender_that_is_not_accepted() -> None:
    async with ScriptedSmtp({f"MAIL FROM:<{IVAN}>": "553 5.7.1 not owned by user"}) as server:
        (problem,) = await probe(settings(server.port), [DESK, IVAN, DESK])

    assert problem.startswith(f"{IVAN} is not accepted as a sender (553 5.7.1 not owned by user)")
    assert server.connections == 1


@pytest.mark.parametrize(
    ("replies", "extensions", "more", "found", "advice"),
    [
        ({}, [], {"security": "starttls"}, "STARTTLS", "no password was sent"),
        ({}, [], login(), "AUTH", "leave smtp.username out"),
        ({"AUTH": "535 5.7.8 bad"}, ["AUTH PLAIN"], login(), "5.7.8 bad", "check smtp.username and its password"),
        ({"GREETING": "554 5.7.1 go away"}, [], {}, "5.7.1 go away", "its words"),
        ({"GREETING": CUT}, [], {}, "closed the connection", "check smtp.host and smtp.port"),
        ({}, [], {"security": "tls"}, "TLS failed", 'usually "tls" on port 465'),
        ({}, ["AUTH PLAIN"], login(password=None), "has no password", "password_file"),
        ({"AUTH": CUT}, ["AUTH PLAIN"], login(), "closed the connection", "check smtp.host"),
    ],
)
async def test_probe_says_what_is_wrong_and_what_to_do(
    replies: dict[str, str | list[str]], extensions: list[str], more: dict[str, Any], found: str, advice: str
) -> None:
    async with ScriptedSmtp(replies, extensions) as server:
        (problem,) = await probe(settings(server.port, **more), [DESK])

    assert found in problem
    assert advice in problem
    assert "\n" not in problem


async def test_probe_tells_a_certificate_that_is_not_trusted(server_tls: ssl.SSLContext) -> None:
    async with ScriptedSmtp(tls=server_tls) as server:
        (problem,) = await probe(settings(server.port, security="tls"), [DESK])

    assert "certificate was not accepted" in problem
    assert "SSL_CERT_FILE" in problem


async def test_probe_waits_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "OPEN_SECONDS", 0.05)
    async with ScriptedSmtp({"GREETING": SILENCE}) as server:
        (problem,) = await probe(settings(server.port), [DESK])

    assert "no answer in time" in problem
    assert "firewall" in problem
