"""Access tokens against a token server over TLS: kept, renewed, refused; and no secret in what is said."""

from __future__ import annotations

import logging
import re
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from mailgate.access import TokenRefused, TokenUnavailable, access_token, endpoint, tokens
from mailgate.access.endpoint import Unreachable
from mailgate.access.tokens import FIRST_PAUSE, LONGEST_PAUSE, Refusal, Tokens
from mailgate.config import Config, SecretError, load
from mailgate.config.oauth import OAuth
from tests.rig.tokens import CLIENT, SECRET, TokenServer


class Clock:
    """Seconds, put forward by a test."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def application(server: TokenServer, **more: Any) -> OAuth:
    usual = {"name": "desk", "client_id": CLIENT, "client_secret": SECRET, "token_url": server.url("token")}
    return OAuth(**usual | {"grant": "client_credentials", "scopes": ("mail",)} | more)


@pytest.fixture
def file(tmp_path: Path, token_server: TokenServer) -> Path:
    """The file of a valid refresh token."""
    path = tmp_path / "support.token"
    path.write_text(token_server.new_refresh_token() + "\n")
    return path


def by_refresh(server: TokenServer, file: Path, clock: Clock) -> Tokens:
    return Tokens(application(server, grant="refresh_token"), file, clock)


def test_client_credentials_are_asked_for_as_rfc_6749_says(token_server: TokenServer, clock: Clock) -> None:
    token = Tokens(application(token_server), None, clock).current()

    assert token in token_server.valid
    assert token_server.asked == [
        {
            "path": "/token", "grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET,
            "scope": "mail",
        }
    ]  # fmt: skip


def test_a_token_is_kept_and_renewed_before_it_ends(token_server: TokenServer, clock: Clock) -> None:
    kept = Tokens(application(token_server), None, clock)
    first = kept.current()
    clock.now += 3299
    again = kept.current()
    clock.now += 2
    renewed = kept.current()

    assert first == again != renewed
    assert len(token_server.asked) == 2


def test_a_token_that_lives_a_minute_is_still_kept_a_while(token_server: TokenServer, clock: Clock) -> None:
    token_server.lives = "60"
    kept = Tokens(application(token_server), None, clock)
    first = kept.current()
    clock.now += 47
    assert kept.current() == first
    clock.now += 2
    assert kept.current() != first


def test_a_refused_token_is_given_no_more(token_server: TokenServer, clock: Clock) -> None:
    kept = Tokens(application(token_server), None, clock)
    first = kept.current()

    assert kept.current(refused=first) != first
    assert kept.current(refused="one of another time") != first
    assert len(token_server.asked) == 2


def test_while_the_server_is_away_a_token_serves_to_its_end(token_server: TokenServer, clock: Clock) -> None:
    kept = Tokens(application(token_server), None, clock)
    first = kept.current()
    token_server.refusal = (503, "")
    clock.now += 3599

    assert kept.current() == first
    clock.now += 2
    with pytest.raises(Unreachable, match="it answers 503"):
        kept.current()


def test_a_rotated_refresh_token_is_kept_for_its_owner_alone(
    token_server: TokenServer, file: Path, clock: Clock
) -> None:
    token_server.rotates = True
    kept = by_refresh(token_server, file, clock)
    for _ in range(3):
        kept.current()
        clock.now += 4000

    assert {file.read_text().strip()} == token_server.refresh_tokens
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert len(token_server.asked) == 3


def test_a_rotated_refresh_token_that_cannot_be_written_is_used_and_told(
    token_server: TokenServer,
    file: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    token_server.rotates = True
    kept = by_refresh(token_server, file, clock)
    monkeypatch.setattr("mailgate.access.keeping.os.replace", full)
    for _ in range(3):
        assert kept.current() in token_server.valid
        clock.now += 4000

    assert "No space left on device" in caplog.text
    assert "canary" not in caplog.text
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_two_processes_that_rotate_at_once_do_not_lose_the_token(
    token_server: TokenServer, file: Path, clock: Clock
) -> None:
    token_server.rotates = True
    several = [by_refresh(token_server, file, clock) for _ in range(8)]
    given: list[str] = []
    threads = [threading.Thread(target=lambda each=each: given.append(each.current())) for each in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(given) == 8
    assert {file.read_text().strip()} == token_server.refresh_tokens


def test_r14_a_refusal_is_asked_about_few_times_an_hour(token_server: TokenServer, file: Path, clock: Clock) -> None:
    token_server.refresh_tokens.clear()
    kept = by_refresh(token_server, file, clock)

    for _ in range(720):
        with pytest.raises(Refusal):
            kept.current()
        clock.now += 5

    assert len(token_server.asked) == 4
    clock.now += LONGEST_PAUSE
    for _ in range(20):
        with pytest.raises(Refusal):
            kept.current()
        clock.now += FIRST_PAUSE
    assert len(token_server.asked) <= 4 + 3


def test_a_new_refresh_token_ends_the_pause_at_once(token_server: TokenServer, file: Path, clock: Clock) -> None:
    token_server.refresh_tokens.clear()
    kept = by_refresh(token_server, file, clock)
    with pytest.raises(Refusal):
        kept.current()
    file.write_text(token_server.new_refresh_token())

    assert kept.current() in token_server.valid


# --- what a person is told --------------------------------------------------------------------------------------------

CONFIG = """\
[desk]
organisation = "ООО «Пример»"
[database]
url = "sqlite:///mailgate.db"
[[mailbox]]
name = "support"
address = "support@desk.example"
[mailbox.imap]
host = "imap.desk.example"
username = "support"
oauth = "desk"
token_file = "support.token"
[smtp]
host = "smtp.desk.example"
username = "support"
oauth = "desk"
token_file = "support.token"
"""


@pytest.fixture
def config(tmp_path: Path, token_server: TokenServer, file: Path) -> Config:
    (tmp_path / "mailgate.toml").write_text(CONFIG + token_server.table())
    for name in ("clients", "staff"):
        (tmp_path / f"{name}.toml").write_text("")
    tokens._tokens.cache_clear()
    return load(tmp_path / "mailgate.toml")


def test_a_mailbox_and_the_outbox_share_a_token(config: Config, token_server: TokenServer) -> None:
    assert access_token(config.mailboxes[0].imap) == access_token(config.smtp)
    assert len(token_server.asked) == 1


def test_a_refused_refresh_token_says_what_to_do(config: Config, token_server: TokenServer) -> None:
    token_server.refresh_tokens.clear()

    with pytest.raises(TokenRefused) as refused:
        access_token(config.mailboxes[0].imap)

    assert str(refused.value) == (
        "no access token: invalid_grant: not valid: *** sorry; run `mailgate auth login support`"
    )


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ((503, ""), "it answers 503"),
        ((429, {"error": "slow_down"}), "it answers 429"),
        ((200, "<html>"), "it answers 200 without JSON; is the address right?"),
        ((200, "[]"), "it answers 200 without JSON; is the address right?"),
        ((307, ""), "it answers 307 without JSON; is the address right?"),
        ((200, "[" * 200_000), "it answers 200 without JSON; is the address right?"),
    ],
)
def test_a_server_that_cannot_answer_is_no_refusal(
    config: Config, token_server: TokenServer, refusal: Any, said: str
) -> None:
    token_server.refusal = refusal

    for _ in range(2):
        with pytest.raises(TokenUnavailable, match="check that this machine reaches it") as unavailable:
            access_token(config.smtp)

    assert said in str(unavailable.value)
    assert [each["path"] for each in token_server.asked] == ["/token", "/token"]


@pytest.mark.parametrize(
    "body", [{}, {"access_token": ""}, {"access_token": "a\x01b"}, {"access_token": 7}, {"error": 7}]
)
def test_an_answer_without_a_usable_token_is_a_refusal(config: Config, token_server: TokenServer, body: Any) -> None:
    token_server.refusal = (200, body)

    with pytest.raises(TokenRefused):
        access_token(config.smtp)


def test_a_server_whose_certificate_is_not_trusted_hears_no_secret(
    config: Config, token_server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(TokenUnavailable, match="its certificate is not accepted"):
        access_token(config.smtp)

    assert token_server.asked == []


def test_a_server_that_is_not_there(config: Config, token_server: TokenServer) -> None:
    token_server.close()

    with pytest.raises(TokenUnavailable, match=f"127.0.0.1:{token_server.port}: Connection refused"):
        access_token(config.smtp)


@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_that_is_cut_off(config: Config, token_server: TokenServer, status: int) -> None:
    token_server.refusal, token_server.cuts = (status, {"error": "invalid_grant"}), True

    with pytest.raises(TokenUnavailable, match=f"127.0.0.1:{token_server.port}: "):
        access_token(config.smtp)


@pytest.mark.parametrize("host", ["[desk.example", "desk..example", "desk.example:a"])
def test_an_address_that_is_none(config: Config, host: str) -> None:
    with pytest.raises(endpoint.Unreachable, match=re.escape(host)):
        endpoint.ask(f"https://{host}/token", {})


def test_a_missing_refresh_token_is_named_with_its_file(config: Config, file: Path) -> None:
    file.unlink()

    with pytest.raises(SecretError, match=r"the token file .*support\.token cannot be read"):
        access_token(config.smtp)


def test_s28_no_secret_is_logged_or_said(
    config: Config, token_server: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    access_token(config.smtp)
    token_server.refusal = (400, {"error": "invalid_client", "error_description": f"{SECRET} {token_server.asked}"})

    with pytest.raises(TokenRefused) as refused:
        access_token(config.smtp, access_token(config.smtp))

    assert "canary" not in caplog.text
    assert "client-secret" not in str(refused.value)
    assert "refresh-canary" not in str(refused.value)
