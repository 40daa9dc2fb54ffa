"""Access tokens: asked for when one is needed, kept while they last, renewed before they end.

Why a refusal is remembered here: mailboxes and the outbox share an application, each with its own pace of new tries,
and the token server must see few of them an hour (R14). What was changed meanwhile is tried at once.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mailgate.access import endpoint
from mailgate.access.keeping import alone_in, keep
from mailgate.config import Grant, SecretError
from mailgate.config.secrets import secret_in

if TYPE_CHECKING:
    from mailgate.config import Login, OAuth

log = logging.getLogger(__name__)
USUAL_SECONDS = 3600.0
EARLY_SECONDS = 300.0
"""How long before its end a token is renewed; a fifth of its life where it lives shorter."""
FIRST_PAUSE, LONGEST_PAUSE = 300.0, 3600.0
"""Seconds between tries after a refusal."""


class TokenUnavailable(SecretError):
    """The token server cannot be asked at this moment."""


class TokenRefused(SecretError):
    """The token server gives no token for what it is shown; that is for a person to mend."""


def access_token(login: Login, refused: str | None = None) -> str:
    """A token for an account with an application, good for at least a minute unless it lives shorter.

    `refused` is one that the mail server did not take: it is given no more. Raises SecretError.
    """
    application = login.application
    if application is None:
        raise ValueError(f"{login.called} logs in without tokens")
    try:
        return _tokens(application, login.token_file).current(refused)
    except endpoint.Unreachable as error:
        want = "check that this machine reaches it, and the addresses in [[oauth]]"
        raise TokenUnavailable("oauth", f"no access token: {error}", want) from None
    except Refusal as error:
        raise TokenRefused("oauth", f"no access token: {error}", _remedy(login, application)) from None


def _remedy(login: Login, application: OAuth) -> str:
    if application.grant is Grant.REFRESH_TOKEN:
        return f"run `mailgate auth login {login.called}`"
    return f'check tenant, client_id and client_secret of the application "{application.name}", and its rights'


class Refusal(Exception):
    """The server's words, without any secret."""


class Tokens:
    """The tokens of one application; with a file, of the account whose refresh token lies there. For any thread."""

    def __init__(self, application: OAuth, file: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._application, self._file, self._clock = application, file, clock
        self._lock = threading.Lock()
        self._token, self._early, self._ends = "", 0.0, 0.0
        self._unkept: dict[str, str] = {}
        """By the refresh token in the file, the one that came after it and could not be written there."""
        self._refused_form: dict[str, str] = {}
        self._refusal = ""
        self._not_before = self._pause = 0.0

    def current(self, refused: str | None = None) -> str:
        """The token, a new one where it ends soon or is `refused`. Raises SecretError, Refusal or Unreachable."""
        with self._lock:
            usable = self._token not in ("", refused)
            if usable and self._clock() < self._early:
                return self._token
            try:
                with alone_in(self._file):
                    return self._renewed()
            except endpoint.Unreachable:
                if usable and self._clock() < self._ends:
                    return self._token
                raise

    def _renewed(self) -> str:
        form = self._form()
        if form == self._refused_form and self._clock() < self._not_before:
            raise Refusal(self._refusal)
        now = self._clock()
        answer = endpoint.ask(self._application.place("token") or "", form)
        token = answer.text("access_token")
        if answer.status >= 300 or not token:
            self._remember(endpoint.described(answer, form), form)
            raise Refusal(self._refusal)
        lives = answer.seconds("expires_in", USUAL_SECONDS)
        self._token, self._ends = token, now + lives
        self._early = self._ends - min(EARLY_SECONDS, lives / 5)
        self._refused_form, self._pause = {}, 0.0
        if self._file and (rotated := answer.text("refresh_token")) and rotated != form["refresh_token"]:
            self._keep(self._file, rotated)
        return token

    def _keep(self, file: Path, rotated: str) -> None:
        try:
            keep(file, rotated)
        except OSError as error:
            self._unkept = {secret_in("token_file", file, "token"): rotated}
            log.error(
                "the new refresh token cannot be written to %s: %s; it is used until mailgate ends. "
                "Let mailgate write to that folder, then restart it",
                file,
                error.strerror,
            )

    def _remember(self, words: str, form: dict[str, str]) -> None:
        self._pause = min(LONGEST_PAUSE, self._pause * 2) if form == self._refused_form else FIRST_PAUSE
        self._refusal, self._refused_form = words, form
        self._not_before = self._clock() + self._pause

    def _form(self) -> dict[str, str]:
        """RFC 6749, sections 4.4.2 and 6. Read anew each time: secret and refresh token may be renewed by others."""
        form = {"grant_type": self._application.grant.value, "client_id": self._application.client_id}
        if client_secret := self._application.secret_value():
            form["client_secret"] = client_secret
        if self._file is None:
            return form | {"scope": self._application.scope}
        kept = secret_in("token_file", self._file, "token")
        return form | {"refresh_token": self._unkept.get(kept, kept)}


_tokens = functools.cache(Tokens)
"""One of each for the whole process, so that a mailbox and the outbox share a token."""
