"""Logging in to the SMTP server (RFC 4954): with a password, or with an access token and, if refused, a new one."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode

from aiosmtplib import SMTP
from aiosmtplib.errors import SMTPAuthenticationError, SMTPResponseException
from aiosmtplib.response import SMTPResponse

from mailgate.access import access_token
from mailgate.access.bearer import Exchange, best_of
from mailgate.config import SecretError, Security, Smtp

_MORE, _DONE = 334, 235


class TokenNotTaken(SMTPAuthenticationError):
    """The server refused an access token that was given out just now."""


async def log_in(client: SMTP, smtp: Smtp) -> None:
    """Raises SMTPException or SecretError. Without a username nobody logs in."""
    if smtp.application is not None:
        await _with_token(client, smtp)
    elif smtp.username:
        await _with_password(client, smtp, smtp.username)


async def _with_password(client: SMTP, smtp: Smtp, username: str) -> None:
    """PLAIN inside TLS, so that a wrong password is tried once; without TLS whatever the server has."""
    smtp.demand_secret()
    password = smtp.password_value() or ""
    plain = smtp.security is not Security.NONE and "plain" in client.server_auth_methods
    try:
        await (client.auth_plain if plain else client.login)(username, password)
    except SMTPResponseException as refusal:
        text = _without_secrets(refusal.message, username, password)
        raise SMTPAuthenticationError(refusal.code, text) from None


async def _with_token(client: SMTP, smtp: Smtp) -> None:
    """A token that the server does not take is renewed once: it may have been revoked before its end."""
    mechanism = best_of([name.upper() for name in client.server_auth_methods])
    if mechanism is None:
        raise SecretError(
            "oauth", "the server takes no access tokens", "leave smtp.oauth out, and name a password_file"
        )
    exchange = Exchange(mechanism, smtp, await asyncio.to_thread(access_token, smtp))
    reply = await _tried(client, exchange)
    if reply.code // 100 == 5:
        exchange = Exchange(mechanism, smtp, await asyncio.to_thread(access_token, smtp, exchange.token))
        reply = await _tried(client, exchange)
    if reply.code != _DONE:
        raise TokenNotTaken(reply.code, exchange.hidden(reply.message))


async def _tried(client: SMTP, exchange: Exchange) -> SMTPResponse:
    first = b64encode(exchange.first())
    reply = await client.execute_command(b"AUTH", exchange.mechanism.encode(), first)
    if reply.code == _MORE:
        challenge = b64decode(reply.message) or b"{}"
        reply = await client.execute_command(b64encode(exchange.answer(challenge)))
    return reply


def _without_secrets(text: str, username: str, password: str) -> str:
    """Some servers repeat the command that they refuse."""
    raw = password.encode()
    tokens = (b64encode(b"\0%b\0%b" % (username.encode(), raw)).decode(), b64encode(raw).decode(), password)
    for token in filter(None, tokens):
        text = text.replace(token, "***")
    return text
