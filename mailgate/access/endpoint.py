"""One question to an authorization server (RFC 6749): a form over TLS, JSON back.

Why: redirections are not followed. What is sent holds secrets, and is meant for the address that was configured.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

TIMEOUT_SECONDS = 15.0
_LONGEST = 2**20
"""Bytes of an answer."""
_LONGEST_SECONDS = 366 * 86_400.0
_SHOWN = 300
_SECRETS = ("client_secret", "refresh_token", "device_code", "code", "code_verifier")
"""Fields of a form whose values some servers repeat in what they say."""


class Unreachable(Exception):
    """The server gave no answer that can be used; the text says why, without any secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `data` is its JSON object."""

    status: int
    data: Mapping[str, Any]

    @property
    def error(self) -> str:
        """The code of RFC 6749 section 5.2; "" where it is none."""
        code = self.data.get("error")
        return code if isinstance(code, str) and self.status >= 400 else ""

    def text(self, name: str) -> str:
        """A value that is printable ASCII without spaces, as tokens and codes are; "" where it is not."""
        value = self.data.get(name)
        return value if isinstance(value, str) and re.fullmatch(r"[\x21-\x7e]+", value) else ""

    def seconds(self, name: str, usual: float) -> float:
        """A number of seconds, which some servers write as text."""
        try:
            seconds = float(self.data.get(name, usual))
        except (TypeError, ValueError, OverflowError):
            return usual
        return seconds if 0 <= seconds <= _LONGEST_SECONDS else usual  # JSON as Python reads it has NaN and Infinity


class _AsItCame(urllib.request.HTTPErrorProcessor):
    """A refusal is an answer too."""

    def https_response(self, request: urllib.request.Request, response: Any) -> Any:
        return response


def ask(url: str, form: Mapping[str, str]) -> Answer:
    """POST a form. Raises Unreachable, also for an answer that is not the server's own (5xx, 429, no JSON)."""
    host = url.partition("://")[2].partition("/")[0]
    secure = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    headers = {"Accept": "application/json", "User-Agent": "mailgate"}
    try:
        request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), headers)
        with urllib.request.build_opener(secure, _AsItCame).open(request, timeout=TIMEOUT_SECONDS) as reply:
            return _answer(host, reply.status, reply)
    except (OSError, ValueError, http.client.HTTPException) as error:  # ValueError: of an address that is none
        raise Unreachable(f"{host}: {_words(error)}") from None


def described(answer: Answer, form: Mapping[str, str]) -> str:
    """A refusal in the server's words, on one line, without anything secret that was sent."""
    words = f"{answer.error or answer.status}: {answer.data.get('error_description') or 'no reason given'}"
    for value in filter(None, map(form.get, _SECRETS)):
        for shape in (value, urllib.parse.quote_plus(value)):
            words = words.replace(shape, "***")
    return " ".join("".join(char if char.isprintable() else " " for char in words).split())[:_SHOWN]


def _answer(host: str, status: int, reply: IO[bytes]) -> Answer:
    if status >= 500 or status == http.HTTPStatus.TOO_MANY_REQUESTS:
        raise Unreachable(f"{host}: it answers {status}")
    try:
        data = json.loads(reply.read(_LONGEST))
    except (ValueError, RecursionError):  # brackets in brackets
        data = None
    if not isinstance(data, dict):
        raise Unreachable(f"{host}: it answers {status} without JSON; is the address right?")
    return Answer(status, data)


def _words(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    match reason:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted: {reason.verify_message}"
        case TimeoutError():
            return "no answer in time"
        case OSError(strerror=str(words)):
            return words
    return str(reason) or type(reason).__name__
