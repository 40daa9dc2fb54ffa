"""TLS and login: no credentials where they could be read; and what `mailgate check` says about them."""

from __future__ import annotations

import ssl
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from mailgate.outbox import session as session_module
from mailgate.outbox.send import Result, Scope, probe
from tests.outbox.scripted_smtp import CUT, DESK, IVAN, SILENCE, ScriptedSmtp, one_try, settings
from tests.rig.smtp import Sink

PASSWORD = "correct horse battery"
PLAIN = b64encode(f"\0support\0{PASSWORD}".encode())


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


@pytest.mark.usefixtures("trusted")
async def test_s26_a_certificate_for_another_host_sends_no_credentials(server_tls: ssl.SSLContext) -> None:
    async with ScriptedSmtp(extensions=["AUTH PLAIN"], replies={"AUTH": "235 ok"}, tls=server_tls) as server:
        delivery = await one_try(server.port, security="tls", host="localhost", **login())
    sink = Sink(tls_context=server_tls, auth_required=True, authenticator=checks_password).start()
    other = await one_try(sink.port, security="starttls", host="localhost", **login())
    sink.stop()

    assert [one.scope for one in (delivery, other)] == [Scope.SESSION, Scope.SESSION]
    assert all("certificate" in one.text for one in (delivery, other))
    assert server.heard == b""
    assert sink.received == ()


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
