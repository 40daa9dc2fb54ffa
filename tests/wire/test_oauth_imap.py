"""Logging in to Dovecot with access tokens that it asks the token server about (RFC 7628, RFC 7662)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailgate.access import tokens
from mailgate.config import Imap, Security, load
from mailgate.inbox import LoginRefused, Unreachable, probe
from mailgate.inbox.link import open_link, say_goodbye
from tests.rig.dovecot import Dovecot
from tests.rig.scripted import ScriptedServer
from tests.rig.tokens import TokenServer


@pytest.fixture
def server(token_server: TokenServer) -> Iterator[Dovecot]:
    """A Dovecot that knows the token server."""
    dovecot = Dovecot(tokens=token_server)
    dovecot.start()
    token_server.username = dovecot.new_user()
    yield dovecot
    dovecot.close()


@pytest.fixture
def imap(tmp_path: Path, token_server: TokenServer, server: Dovecot) -> Imap:
    return configured(tmp_path, token_server, server.port, token_server.username)


def configured(folder: Path, token_server: TokenServer, port: int, username: str, table: str = "") -> Imap:
    """The login of a mailbox, as the configuration file gives it."""
    for name in ("clients", "staff"):
        (folder / f"{name}.toml").write_text("")
    (folder / "support.token").write_text(token_server.new_refresh_token())
    (folder / "mailgate.toml").write_text(
        f"""
[desk]
organisation = "ООО «Пример»"
[database]
url = "sqlite:///mailgate.db"
[smtp]
host = "smtp.desk.example"
[[mailbox]]
name = "support"
address = "support@desk.example"
[mailbox.imap]
host = "127.0.0.1"
port = {port}
security = "none"
username = "{username}"
oauth = "desk"
token_file = "support.token"
"""
        + (table or token_server.table())
    )
    tokens._tokens.cache_clear()
    return load(folder / "mailgate.toml", secrets=True).mailboxes[0].imap


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_a_token_opens_the_mailbox(
    imap: Imap, server: Dovecot, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailgate.access.bearer.MECHANISMS", (mechanism,))

    client = open_link(imap)

    assert client.folder_exists("INBOX")
    assert f"method={mechanism}" in server.log()
    say_goodbye(client)


def test_the_application_itself_opens_the_mailbox(tmp_path: Path, token_server: TokenServer, server: Dovecot) -> None:
    table = token_server.table(grant="client_credentials")
    say_goodbye(open_link(configured(tmp_path, token_server, server.port, token_server.username, table)))

    assert [each["grant_type"] for each in token_server.asked] == ["client_credentials"]


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_a_revoked_token_is_renewed_once(
    imap: Imap, token_server: TokenServer, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailgate.access.bearer.MECHANISMS", (mechanism,))
    say_goodbye(open_link(imap))
    token_server.valid.clear()

    say_goodbye(open_link(imap))
    say_goodbye(open_link(imap))

    assert len(token_server.asked) == 2


def test_r14_tokens_of_somebody_else_are_not_asked_for_again_and_again(
    imap: Imap, token_server: TokenServer, server: Dovecot
) -> None:
    token_server.username = "somebody-else"

    with pytest.raises(LoginRefused, match=r"the access token for .* was refused") as refused:
        open_link(imap)

    assert "Check that username is the account that signed in" in str(refused.value)
    assert len(token_server.asked) == 2
    assert "canary" not in str(refused.value)


def test_a_refused_refresh_token_is_one_clear_line(imap: Imap, token_server: TokenServer) -> None:
    token_server.refresh_tokens.clear()

    for _ in range(3):
        with pytest.raises(LoginRefused, match="run `mailgate auth login support`"):
            open_link(imap)

    assert len(token_server.asked) == 1


def test_a_token_server_that_is_away_is_tried_again_soon(imap: Imap, token_server: TokenServer) -> None:
    token_server.refusal = (503, "")

    with pytest.raises(Unreachable, match="it answers 503"):
        open_link(imap)


def test_a_server_that_takes_no_tokens_hears_none(tmp_path: Path, token_server: TokenServer, dovecot: Dovecot) -> None:
    imap = configured(tmp_path, token_server, dovecot.port, dovecot.new_user())

    with pytest.raises(LoginRefused, match="it takes no access tokens"):
        open_link(imap)

    assert token_server.asked == []


def test_s26_without_tls_no_token_is_asked_for_or_sent(
    tmp_path: Path, token_server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(tag: str, command: str) -> bytes:
        return f"* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER\r\n{tag} OK done\r\n".encode()

    server = ScriptedServer(b"* OK ready\r\n", answer)
    imap = configured(tmp_path, token_server, server.port, "support").model_copy(update={"security": Security.STARTTLS})
    problems = probe_of(imap)
    server.close()

    assert "STARTTLS" in problems
    assert token_server.asked == []
    assert not any("AUTHENTICATE" in line for line in server.lines)


def test_s28_a_server_that_repeats_the_token_does_not_bring_it_into_the_log(
    tmp_path: Path, token_server: TokenServer, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []

    def answer(tag: str, command: str) -> bytes:
        if command == "CAPABILITY":
            return f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n{tag} OK done\r\n".encode()
        if command.startswith("AUTHENTICATE"):
            said.append(tag)
            return b"+ \r\n"
        if said:
            return f"{said.pop()} NO no such token: {tag} {list(token_server.valid)[-1]}\r\n".encode()
        return f"{tag} OK\r\n".encode()

    caplog.set_level(1)
    server = ScriptedServer(b"* OK ready\r\n", answer)
    problem = probe_of(configured(tmp_path, token_server, server.port, "support"))
    server.close()

    assert "no such token: *** ***" in problem
    assert "canary" not in caplog.text + problem


def probe_of(imap: Imap) -> str:
    """What `check` says of a mailbox."""
    from mailgate.config import Mailbox

    (problem,) = probe(Mailbox.model_construct(name="support", imap=imap))
    return problem
