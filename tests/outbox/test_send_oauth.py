"""Sending after a login with access tokens (RFC 7628 over RFC 4954)."""

from __future__ import annotations

import ssl
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from mailgate.access import tokens
from mailgate.config import Smtp
from mailgate.config.oauth import OAuth
from mailgate.outbox.send import Delivery, Result, Scope, Sender, probe
from tests.outbox.scripted_smtp import DESK, IVAN, MESSAGE, ScriptedSmtp
from tests.rig.smtp import Sink
from tests.rig.tokens import CLIENT, SECRET, TokenServer


class TokenSink(Sink):
    """Takes the tokens of the token server, and notes what it was shown."""

    def __init__(self, tokens: TokenServer, **options: Any) -> None:
        super().__init__(auth_required=True, auth_require_tls=False, **options)
        self.shown: list[bytes] = []
        self._tokens = tokens

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        return await self._taken(server, args, b'{"status":"400"}')

    async def auth_OAUTHBEARER(self, server: SMTP, args: list[str]) -> AuthResult:
        return await self._taken(server, args, b'{"status":"invalid_token"}')

    async def _taken(self, server: SMTP, args: list[str], refusal: bytes) -> AuthResult:
        self.shown.append(b64decode(args[1]))
        token = self.shown[-1].partition(b"Bearer ")[2].partition(b"\x01")[0].decode()
        if token in self._tokens.valid:
            return AuthResult(success=True)
        self.shown.append(await server.challenge_auth(refusal))
        return AuthResult(success=False, handled=False)


def smtp(server: TokenServer, port: int, **more: Any) -> Smtp:
    usual = {"host": "127.0.0.1", "port": port, "security": "none", "username": "support", "oauth": "desk"}
    found = Smtp(**usual | more)
    found._application = OAuth(
        name="desk", client_id=CLIENT, client_secret=SECRET, grant="client_credentials", token_url=server.url("token")
    )
    tokens._tokens.cache_clear()
    return found


async def sent(settings: Smtp) -> Delivery:
    sender = Sender(settings)
    try:
        return await sender.send(DESK, IVAN, MESSAGE)
    finally:
        await sender.close()


@pytest.mark.parametrize(
    ("left_out", "first"),
    [("XOAUTH2", b"n,a=support,\x01host=127.0.0.1\x01port="), ("OAUTHBEARER", b"user=support\x01auth=Bearer access")],
)
async def test_a_token_logs_in(token_server: TokenServer, left_out: str, first: bytes) -> None:
    sink = TokenSink(token_server, auth_exclude_mechanism=[left_out, "PLAIN", "LOGIN"])
    sink.start()
    delivery = await sent(smtp(token_server, sink.port))
    sink.stop()

    assert delivery.result is Result.ACCEPTED
    assert len(sink.received) == 1
    assert sink.shown[0].startswith(first)


@pytest.mark.parametrize(("left_out", "end"), [("XOAUTH2", b"\x01"), ("OAUTHBEARER", b"")])
async def test_a_revoked_token_is_renewed_once(token_server: TokenServer, left_out: str, end: bytes) -> None:
    sink = TokenSink(token_server, auth_exclude_mechanism=[left_out])
    sink.start()
    settings = smtp(token_server, sink.port)
    await sent(settings)
    token_server.valid.clear()
    delivery = await sent(settings)
    sink.stop()

    assert delivery.result is Result.ACCEPTED
    assert len(token_server.asked) == 2
    assert sink.shown[2] == end


async def test_r14_a_token_that_is_never_taken_holds_the_outbox_up(token_server: TokenServer) -> None:
    async with ScriptedSmtp(extensions=["AUTH XOAUTH2"], replies={"AUTH": "535 5.7.139 not allowed"}) as server:
        settings = smtp(token_server, server.port)
        delivery = await sent(settings)
        (problem,) = await probe(settings, [DESK])

    assert (delivery.result, delivery.scope, delivery.code) == (Result.DEFERRED, Scope.SESSION, 535)
    assert len(server.commands("AUTH")) == 4
    assert "check that smtp.username is the account that signed in" in problem


async def test_s28_a_server_that_repeats_the_token_does_not_bring_it_into_the_text(token_server: TokenServer) -> None:
    class Echo(ScriptedSmtp):
        def _reply(self, *keys: str) -> str:
            if not keys[0].startswith("AUTH"):
                return super()._reply(*keys)
            shown = keys[0].split()[-1]
            return f"535 no {shown} {b64decode(shown).decode().split()[1].strip(chr(1))}"

    async with Echo(extensions=["AUTH XOAUTH2"]) as server:
        delivery = await sent(smtp(token_server, server.port))

    assert delivery.text == "no *** ***"
    assert b64encode(b"user=support")[:12] in server.heard


async def test_a_token_server_that_refuses_holds_the_outbox_up_and_says_what_to_do(token_server: TokenServer) -> None:
    token_server.refusal = (400, {"error": "unauthorized_client"})
    async with ScriptedSmtp(extensions=["AUTH XOAUTH2"]) as server:
        settings = smtp(token_server, server.port)
        delivery = await sent(settings)
        (problem,) = await probe(settings, [DESK])

    assert (delivery.result, delivery.scope) == (Result.DEFERRED, Scope.SESSION)
    assert delivery.text.endswith("no access token: unauthorized_client: no reason given")
    assert 'check tenant, client_id and client_secret of the application "desk"' in problem
    assert server.commands("AUTH") == []
    assert len(token_server.asked) == 1


async def test_a_server_that_takes_no_tokens_hears_none(token_server: TokenServer) -> None:
    async with ScriptedSmtp(extensions=["AUTH PLAIN LOGIN"]) as server:
        (problem,) = await probe(smtp(token_server, server.port), [DESK])

    assert "the server takes no access tokens" in problem
    assert server.commands("AUTH") == []
    assert token_server.asked == []


async def test_s26_a_stripped_starttls_gets_no_token(token_server: TokenServer) -> None:
    async with ScriptedSmtp(extensions=["AUTH XOAUTH2"]) as server:
        delivery = await sent(smtp(token_server, server.port, security="starttls"))

    assert "STARTTLS" in delivery.text
    assert server.commands("AUTH") == []
    assert token_server.asked == []


async def test_a_token_goes_through_starttls(
    token_server: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    both = tmp_path / "both.pem"
    both.write_bytes(token_server.authority.read_bytes() + authority.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(both))
    sink = TokenSink(token_server, tls_context=tls, require_starttls=True)
    sink.start()
    delivery = await sent(smtp(token_server, sink.port, security="starttls"))
    sink.stop()

    assert delivery.result is Result.ACCEPTED
