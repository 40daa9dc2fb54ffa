"""`auth login`: a person signs in once, by a code or in a browser."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.conftest import CommandLine, replaced
from tests.rig.tokens import SECRET, TokenServer


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the command slept between its questions; it does not."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


@pytest.fixture
def token_file(cli: CommandLine, token_server: TokenServer) -> Path:
    """Where the token of the support mailbox goes; it logs in with tokens by the code of a device."""
    configure(cli, token_server.table(device_url=token_server.url("device")))
    return cli.config.with_name("support.token")


def configure(cli: CommandLine, table: str) -> None:
    replaced(cli.config, 'password_env = "SUPPORT_PASSWORD"', 'oauth = "desk"\ntoken_file = "support.token"')
    cli.config.write_text(cli.config.read_text() + table)


def test_the_code_of_a_device(
    cli: CommandLine, token_server: TokenServer, token_file: Path, pauses: list[float]
) -> None:
    token_server.waits = ["authorization_pending", "slow_down", "authorization_pending"]

    said = cli("auth", "login", "support")

    assert token_server.url("enter") in said
    assert "ABCD-EFGH" in said
    assert pauses == [5, 5, 10, 10]
    assert {token_file.read_text().strip()} == token_server.refresh_tokens
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    assert "canary" not in said + cli.said


def test_what_was_kept_opens_the_mailbox(cli: CommandLine, token_server: TokenServer, token_file: Path) -> None:
    from mailgate.access import access_token
    from mailgate.config import load

    cli("auth", "login", "support")

    assert access_token(load(cli.config).mailboxes[0].imap) in token_server.valid


@pytest.fixture(autouse=True)
def _at_once(pauses: list[float]) -> None:
    """No test waits."""


@pytest.mark.parametrize(
    ("word", "said"), [("access_denied", "it was refused: access_denied"), ("expired_token", "expired_token")]
)
def test_a_person_who_refuses(
    cli: CommandLine, token_server: TokenServer, token_file: Path, word: str, said: str
) -> None:
    token_server.waits = [word]

    cli("auth", "login", "support", expect=1)

    assert said in cli.said
    assert not token_file.exists()


def test_a_code_that_nobody_enters(cli: CommandLine, token_server: TokenServer, token_file: Path) -> None:
    token_server.waits = ["authorization_pending"] * 100

    cli("auth", "login", "support", expect=1)

    assert "nobody typed in the code in time" in cli.said
    assert len(token_server.asked) == 1 + 60 // 5


@pytest.mark.parametrize("said", ["expires_in", "interval"])
@pytest.mark.parametrize("seconds", [10**400, "NaN", "Infinity", -1])
def test_a_time_that_is_none_is_the_usual_one(
    cli: CommandLine, token_server: TokenServer, pauses: list[float], said: str, seconds: object, token_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    usual = token_server._codes()[1]
    monkeypatch.setattr(token_server, "_codes", lambda: (200, {**usual, said: seconds}))
    token_server.waits = ["authorization_pending"]

    cli("auth", "login", "support")

    assert pauses == [5, 5]


def test_an_old_token_stays_until_the_new_one_is_there(
    cli: CommandLine, token_server: TokenServer, token_file: Path
) -> None:
    token_file.write_text("the old one")
    token_server.waits = ["access_denied"]
    cli("auth", "login", "support", expect=1)
    assert token_file.read_text() == "the old one"

    cli("auth", "login", "support")
    assert token_file.read_text() != "the old one"


def test_in_a_browser(cli: CommandLine, token_server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(cli, token_server.table(authorize_url=token_server.url("authorize")))
    asked: dict[str, str] = {}

    def browser(*_: object) -> str:
        address = next(line for line in cli._capture.readouterr().out.splitlines() if line.startswith("https://"))
        asked.update({name: values[0] for name, values in parse_qs(urlsplit(address).query).items()})
        return f"{asked['redirect_uri']}?state={asked['state']}&code=code-canary&scope=mail"

    monkeypatch.setattr("typer.prompt", browser)
    cli("auth", "login", "support")

    assert {cli.config.with_name("support.token").read_text().strip()} == token_server.refresh_tokens
    assert asked["login_hint"] == "support"
    (question,) = token_server.asked
    assert question["grant_type"] == "authorization_code"
    assert question["redirect_uri"] == asked["redirect_uri"]
    assert proof_of(question["code_verifier"]) == asked["code_challenge"]


def proof_of(verifier: str) -> str:
    """RFC 7636 section 4.2."""
    import base64
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("landed", "said"),
    [
        ("http://127.0.0.1:18765/?code=code-canary&state=somebody-else", "that is not the address"),
        ("http://127.0.0.1:18765/?code=code-canary", "that is not the address"),
        ("nonsense", "that is not the address"),
        ("http://[127.0.0.1/?code=code-canary", "that is not the address"),
        ("http://127.0.0.1:18765/?code=code-canary&state=состояние", "that is not the address"),
        ("http://127.0.0.1:18765/?error=access_denied", "it was refused: access_denied"),
    ],
)
def test_a_browser_that_ended_elsewhere(
    cli: CommandLine, token_server: TokenServer, monkeypatch: pytest.MonkeyPatch, landed: str, said: str
) -> None:
    configure(cli, token_server.table(authorize_url=token_server.url("authorize")))
    monkeypatch.setattr("typer.prompt", lambda *_: landed)

    cli("auth", "login", "support", expect=1)

    assert said in cli.said
    assert token_server.asked == []


@pytest.mark.parametrize(
    ("mailbox", "said"),
    [("sales", "there are: smtp, support, complaints"), ("complaints", "logs in with a password")],
)
def test_whom_nobody_can_sign_in_for(cli: CommandLine, token_file: Path, mailbox: str, said: str) -> None:
    assert said in cli.error("auth", "login", mailbox, expect=2)


def test_an_application_that_needs_nobody(cli: CommandLine, token_server: TokenServer) -> None:
    configure(cli, token_server.table(grant="client_credentials"))

    assert "nobody has to sign in" in cli.error("auth", "login", "support", expect=2)


def test_an_application_without_a_way_to_sign_in(cli: CommandLine, token_server: TokenServer) -> None:
    configure(cli, token_server.table())

    assert "neither a device_url nor an authorize_url" in cli.error("auth", "login", "support", expect=2)


def test_a_folder_that_is_missing_is_told_before_anybody_signs_in(
    cli: CommandLine, token_server: TokenServer, token_file: Path
) -> None:
    replaced(cli.config, '"support.token"', '"nowhere/support.token"')

    assert "no folder that can be written to" in cli.error("auth", "login", "support", expect=1)
    assert token_server.asked == []


def test_a_wrong_client_secret_is_said_without_it(
    cli: CommandLine, token_server: TokenServer, token_file: Path
) -> None:
    replaced(cli.config, SECRET, "another-secret")

    said = cli.error("auth", "login", "support", expect=1)

    assert "invalid_client: not ***" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_writes_belongs_to_whom_the_folder_belongs(cli: CommandLine, token_file: Path) -> None:
    os.chown(token_file.parent, 65534, 65534)

    cli("auth", "login", "support")

    assert (token_file.stat().st_uid, token_file.stat().st_gid) == (65534, 65534)
