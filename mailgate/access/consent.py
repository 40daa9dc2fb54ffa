"""A person lets mailgate use his mailbox: by a code typed in on any device (RFC 8628), or in a browser (RFC 8252)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailgate.access import endpoint

if TYPE_CHECKING:
    from mailgate.config import OAuth

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LANDING = "http://127.0.0.1:18765/"
"""Where the browser ends: nobody listens there, and its address line holds the code (RFC 8252 section 7.3)."""
_POLL_SECONDS, _SLOWER_SECONDS = 5.0, 5.0
_CODE_SECONDS = 900.0


class ConsentError(Exception):
    """There is no consent; the text says why, without any secret."""


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person types in, where, and how long that is possible. Times in seconds."""

    address: str
    user_code: str
    seconds: float
    device_code: str
    interval: float


def device_code(application: OAuth) -> DeviceCode:
    """RFC 8628 section 3.1. Raises ConsentError."""
    form = _client(application) | {"scope": application.scope}
    answer = _asked(application.place("device") or "", form)
    found = DeviceCode(
        answer.text("verification_uri") or answer.text("verification_url"),
        answer.text("user_code"),
        answer.seconds("expires_in", _CODE_SECONDS),
        answer.text("device_code"),
        answer.seconds("interval", _POLL_SECONDS),
    )
    if answer.status >= 300 or not (found.address and found.user_code and found.device_code):
        raise ConsentError(f"the server gives no code: {endpoint.described(answer, form)}")
    return found


def wait_for_consent(application: OAuth, code: DeviceCode, sleep: Callable[[float], None]) -> str:
    """The refresh token, once the code was typed in (section 3.4). Raises ConsentError."""
    form = _client(application) | {"grant_type": DEVICE_GRANT, "device_code": code.device_code}
    interval, left = max(1.0, code.interval), code.seconds
    while (left := left - interval) >= 0:
        sleep(interval)
        answer = _asked(application.place("token") or "", form)
        if answer.error == "slow_down":
            interval += _SLOWER_SECONDS
        elif answer.error != "authorization_pending":
            return _refresh_token(answer, form)
    raise ConsentError("nobody typed in the code in time; begin anew")


class BrowserConsent:
    """RFC 6749 section 4.1 with a proof of its own (RFC 7636): `address` is opened in a browser, anywhere."""

    def __init__(self, application: OAuth, username: str) -> None:
        self._application = application
        self._verifier, self._state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        digest = hashlib.sha256(self._verifier.encode()).digest()
        asked = {
            "client_id": application.client_id,
            "response_type": "code",
            "redirect_uri": LANDING,
            "scope": application.scope,
            "state": self._state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "login_hint": username,
            "access_type": "offline",
            "prompt": "consent",
        }
        self.address = f"{application.place('authorize')}?{urllib.parse.urlencode(asked)}"

    def refresh_token(self, landed: str) -> str:
        """The refresh token for the address at which the browser ended. Raises ConsentError."""
        found = dict(urllib.parse.parse_qsl(landed.strip().partition("?")[2].partition("#")[0]))
        if "error" in found:
            raise ConsentError(f"it was refused: {found['error']}")
        if not found.get("code") or found.get("state") != self._state:
            raise ConsentError(
                "that is not the address at which the browser ended; copy it whole, with code= and state="
            )
        form = _client(self._application) | {
            "grant_type": "authorization_code",
            "code": found["code"],
            "redirect_uri": LANDING,
            "code_verifier": self._verifier,
        }
        return _refresh_token(_asked(self._application.place("token") or "", form), form)


def _client(application: OAuth) -> dict[str, str]:
    secret = application.secret_value()
    return {"client_id": application.client_id} | ({"client_secret": secret} if secret else {})


def _asked(url: str, form: Mapping[str, str]) -> endpoint.Answer:
    try:
        return endpoint.ask(url, form)
    except endpoint.Unreachable as error:
        raise ConsentError(str(error)) from None


def _refresh_token(answer: endpoint.Answer, form: Mapping[str, str]) -> str:
    if answer.status >= 300:
        raise ConsentError(f"it was refused: {endpoint.described(answer, form)}")
    if token := answer.text("refresh_token"):
        return token
    raise ConsentError("the server gives no refresh token; the scopes of [[oauth]] may lack one for offline access")
