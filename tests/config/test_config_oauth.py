"""Tables [[oauth]] and the logins that name them."""

from __future__ import annotations

import pytest

from mailgate.config import ConfigError, Grant, load

TABLE = """\
[[oauth]]
name = "work"
provider = "microsoft"
tenant = "desk.example"
client_id = "0f0f"
client_secret = "canary"
"""


@pytest.fixture
def tokens(folder):
    """The support mailbox logs in with access tokens."""
    folder.replace("mailgate.toml", 'host = "127.0.0.1"\nport = 1143', 'host = "outlook.office365.com"\nport = 993')
    folder.replace("mailgate.toml", 'security = "none"\nusername = "support"', 'username = "support"')
    folder.replace("mailgate.toml", 'password_env = "MAILGATE_TEST_PASSWORD"', 'oauth = "work"\ntoken_file = "t"')
    folder.write("mailgate.toml", (folder.path / "mailgate.toml").read_text(encoding="utf-8") + TABLE)
    return folder


def test_microsoft_and_google_are_known(tokens):
    config = load(tokens.path / "mailgate.toml")
    work = config.mailboxes[0].imap.application

    assert work.grant is Grant.REFRESH_TOKEN
    assert work.place("token") == "https://login.microsoftonline.com/desk.example/oauth2/v2.0/token"
    assert work.place("device") == "https://login.microsoftonline.com/desk.example/oauth2/v2.0/devicecode"
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" in work.scope.split()
    assert "offline_access" in work.scope.split()
    assert config.mailboxes[1].imap.application is None

    tokens.replace("mailgate.toml", 'provider = "microsoft"\ntenant = "desk.example"', 'provider = "google"')
    google = load(tokens.path / "mailgate.toml").oauth[0]
    assert (google.place("device"), google.scope) == (None, "https://mail.google.com/")
    assert google.place("token") == "https://oauth2.googleapis.com/token"


def test_an_application_may_open_mailboxes_without_a_person(tokens):
    tokens.replace("mailgate.toml", 'client_id = "0f0f"', 'client_id = "0f0f"\ngrant = "client_credentials"')
    tokens.replace("mailgate.toml", '\ntoken_file = "t"', "")

    assert load(tokens.path / "mailgate.toml").oauth[0].scope == "https://outlook.office365.com/.default"


def test_a_changed_application_is_a_changed_mailbox(tokens):
    before = load(tokens.path / "mailgate.toml").mailboxes[0]
    assert before == load(tokens.path / "mailgate.toml").mailboxes[0]

    tokens.replace("mailgate.toml", '"0f0f"', '"0f1f"')

    assert before != load(tokens.path / "mailgate.toml").mailboxes[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('oauth = "work"', 'oauth = "home"', 'oauth = "home": there is no such table; name one of work'),
        ('oauth = "work"\ntoken_file = "t"', 'oauth = "work"', 'oauth = "work" without a token_file; say where'),
        ('oauth = "work"', 'password = "x"\noauth = "work"', "password and oauth are both given; write one of them"),
        ('oauth = "work"\n', "", "token_file without oauth; write the oauth that it belongs to"),
        ('host = "outlook.office365.com"', 'host = "mail.desk.example"\nsecurity = "none"', "would show access tokens"),
        ('tenant = "desk.example"\n', "", 'microsoft without a tenant; write the organisation\'s id or domain'),
        ('provider = "microsoft"', 'provider = "custom"', "no provider and no token_url; write where"),
        ('provider = "microsoft"', 'provider = "msn"', 'provider = "msn"; write one of microsoft, google, custom'),
        ('client_id = "0f0f"', 'client_id = "0f0f"\ntoken_url = "http://127.0.0.1/token"', 'write an address: "https:'),
        ('client_id = "0f0f"\n', "", '[[oauth]] has no "client_id"'),
        ('client_secret = "canary"', 'client_secret = ["canary"]', "client_secret = …; write the secret in double"),
        ('client_secret = "canary"', 'client_secret = "canary"\nclient_secret_env = "X"', "are both given; write"),
        (
            'provider = "microsoft"\ntenant = "desk.example"',
            'provider = "google"\ngrant = "client_credentials"',
            'google gives no mail for client credentials; write grant = "refresh_token"',
        ),
        (TABLE, TABLE + TABLE, 'name = "work" is already the name of an oauth'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_what_would_be_right(tokens, old, new, said):
    tokens.replace("mailgate.toml", old, new)

    problems = tokens.problems()

    assert [each for each in problems if said in each], problems
    assert "canary" not in "".join(problems)


def test_a_token_that_is_missing_is_told_to_what_logs_in(tokens):
    with pytest.raises(ConfigError, match=r"there is no refresh token in .*/t yet; run `mailgate auth login support`"):
        load(tokens.path / "mailgate.toml", secrets=True)


def test_a_missing_client_secret_is_told_to_what_logs_in(tokens, monkeypatch):
    tokens.write("t", "token")
    tokens.replace("mailgate.toml", 'client_secret = "canary"', 'grant = "client_credentials"')
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("MAILGATE_TEST_PASSWORD", "x")

    with pytest.raises(ConfigError, match=r'has no client_secret; .*credential "oauth.work"'):
        load(tokens.path / "mailgate.toml", secrets=True)

    tokens.write("oauth.work", "from systemd\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tokens.path))
    assert load(tokens.path / "mailgate.toml", secrets=True).oauth[0].secret_value() == "from systemd"
