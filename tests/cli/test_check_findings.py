"""The mistakes that admins make: `check` names each, with what to do. Real servers; one mistake a test."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from mailgate.cli import main
from mailgate.inbox import link
from mailgate.outbox import session
from tests.rig.dovecot import Dovecot
from tests.rig.house import ANNA, COMPLAINTS, DESK, IVAN, House
from tests.rig.smtp import Sink
from tests.rig.tokens import TokenServer

Check = Callable[..., list[str]]


@pytest.fixture
def house(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> House:
    """A desk in which everything is right, until a test changes one thing."""
    return House(tmp_path, dovecot, sink)


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """What `check` finds wrong, as "what: problem"; a wrong configuration has none but its own lines."""

    def called(house: House, *words: str) -> list[str]:
        capsys.readouterr()
        main(["--config", str(house.config), "check", *words, "--json"])
        printed, said = capsys.readouterr()
        if not printed:
            return [line.removeprefix("mailgate: ") for line in said.splitlines()]
        return [f"{each['what']}: {each['problem']}" for each in json.loads(printed) if not each["ok"]]

    return called


def changed(house: House, old: str, new: str, count: int = 1) -> None:
    """Put one thing in mailgate.toml wrong, where it stands first."""
    text = house.config.read_text()
    assert old in text
    house.config.write_text(text.replace(old, new, count))


def only(found: list[str], *parts: str) -> None:
    """There is one finding, and it says all of this."""
    assert len(found) == 1, found
    assert [part for part in parts if part not in found[0]] == [], found


def test_nothing_is_wrong(house: House, check: Check) -> None:
    assert check(house) == []


# --- logging in -------------------------------------------------------------------------------------------------------


def test_a_wrong_password_for_imap(house: House, check: Check) -> None:
    changed(house, 'password = "sesam"', 'password = "wrong"')

    only(
        check(house),
        "IMAP ",
        "was refused",
        "Check username and password",
        "a password of its own for each application",
    )


def refuses(*_: object) -> AuthResult:
    """aiosmtpd's question whether a password is right."""
    return AuthResult(success=False, handled=False)


def test_a_wrong_password_for_smtp(house: House, check: Check) -> None:
    sink = Sink(auth_required=True, auth_require_tls=False, authenticator=refuses).start()
    changed(house, f"port = {house.sink.port}", f'port = {sink.port}\nusername = "support"\npassword = "wrong"')
    found = check(house)
    sink.stop()

    only(found, "SMTP ", "check smtp.username and its password")


def test_a_password_that_is_nowhere(house: House, check: Check) -> None:
    changed(house, 'password = "sesam"', "")

    only(check(house), "mailgate.toml:", "has no password", "name a password_file or password_env, or give systemd")


def test_nobody_has_signed_in_yet(house: House, check: Check, token_server: TokenServer) -> None:
    changed(house, 'password = "sesam"', 'oauth = "desk"\ntoken_file = "support.token"')
    house.config.write_text(house.config.read_text() + token_server.table())

    only(check(house), "there is no refresh token in ", "run `mailgate auth login support`")


def test_a_refresh_token_that_is_refused(house: House, check: Check, token_server: TokenServer) -> None:
    server = Dovecot(tokens=token_server)
    server.start()
    changed(house, f"port = {house.dovecot.port}", f"port = {server.port}")
    changed(house, 'password = "sesam"', 'oauth = "desk"\ntoken_file = "support.token"')
    house.config.write_text(house.config.read_text() + token_server.table())
    (house.folder / "support.token").write_text("an old one")
    found = check(house)
    server.close()

    only(found, "IMAP ", "no access token: invalid_grant", "run `mailgate auth login support`")


def test_a_folder_of_tokens_that_cannot_be_written_to(
    house: House, check: Check, token_server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write anywhere, so the system's answer is another user's."""
    server = Dovecot(tokens=token_server)
    server.start()
    token_server.username = server.new_user()
    changed(house, f"port = {house.dovecot.port}", f"port = {server.port}")
    changed(house, f'username = "{house.users[DESK]}"', f'username = "{token_server.username}"')
    changed(house, 'password = "sesam"', 'oauth = "desk"\ntoken_file = "support.token"')
    house.config.write_text(house.config.read_text() + token_server.table())
    (house.folder / "support.token").write_text(token_server.new_refresh_token())
    assert check(house) == []
    asked = os.access
    monkeypatch.setattr("os.access", lambda path, mode, **more: path != house.folder and asked(path, mode, **more))
    found = check(house)
    server.close()

    only(found, f"folder of tokens {house.folder}", "no new refresh token can be kept; allow it, or name another")


# --- folders and rights -----------------------------------------------------------------------------------------------


def test_a_missing_folder(house: House, check: Check) -> None:
    changed(house, 'after = "move"', 'after = "move"\nfolder = "Requests"')

    only(check(house), "IMAP ", 'The folder "Requests" cannot be opened', "The account has: INBOX")


@pytest.fixture
def guarded() -> Iterator[Dovecot]:
    """A Dovecot with lists of rights (RFC 4314)."""
    server = Dovecot(rights=True)
    server.start()
    yield server
    server.close()


@pytest.mark.parametrize(
    ("folder", "rights", "said"),
    [
        ("INBOX", "lrwsip", 'Messages in "INBOX" cannot be moved: allow deleting, or use after = "seen"'),
        ("INBOX", "lrwsipt", 'Messages in "INBOX" cannot be moved: allow deleting, or use after = "seen"'),
        ("INBOX", "lr", 'The folder "INBOX" may only be read. Give this account the right to write'),
        ("Processed", "lrws", 'Messages cannot be moved to "Processed": allow inserting there, or name another'),
    ],
)
def test_no_rights_to_move(
    tmp_path: Path, guarded: Dovecot, sink: Sink, check: Check, folder: str, rights: str, said: str
) -> None:
    house = House(tmp_path, guarded, sink)
    assert check(house) == []
    guarded.restrict(house.users[DESK], folder, rights)

    only(check(house), "IMAP ", said)


def test_no_right_to_mark_as_seen(tmp_path: Path, guarded: Dovecot, sink: Sink, check: Check) -> None:
    house = House(tmp_path, guarded, sink)
    house.configure(after="seen")
    guarded.restrict(house.users[DESK], "INBOX", "lrwip")

    only(check(house), 'Messages in "INBOX" cannot be marked as seen: allow it, or use after = "move"')


def test_two_mailboxes_that_are_one_folder(house: House, check: Check) -> None:
    changed(house, house.users[COMPLAINTS], house.users[DESK])

    only(check(house), "is already watched by another mailbox (", "give each mailbox an account or a folder of its own")


def test_a_mailbox_that_fills_another(house: House, check: Check) -> None:
    changed(house, house.users[COMPLAINTS], house.users[DESK])
    text = house.config.read_text()
    before, after = text.rsplit('after = "move"', 1)
    house.config.write_text(f'{before}after = "move"\nfolder = "Processed"\nprocessed_folder = "Done"{after}')

    only(
        check(house), "would be taken by the mailbox that watches this folder", "name a folder that no mailbox watches"
    )


# --- TLS --------------------------------------------------------------------------------------------------------------

NOW = datetime.now(UTC)
CERTIFICATES = {
    "expired": {"names": ["127.0.0.1"], "not_after": NOW - timedelta(days=1)},
    "of another host": {"names": ["mail.desk.example"]},
    "of nobody": {"names": ["127.0.0.1"]},
}
SAID = {
    "expired": "certificate has expired",
    "of another host": "IP address mismatch",
    "of nobody": "unable to get local issuer certificate",
}


@pytest.fixture
def certificate(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """PEM files of a certificate with the fault that the test names, and of its key."""
    wrong = dict(CERTIFICATES[request.param])
    authority = trustme.CA()
    leaf = authority.issue_cert(*wrong.pop("names"), **wrong)
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    leaf.cert_chain_pems[0].write_to_path(str(files[0]))
    leaf.private_key_pem.write_to_path(str(files[1]))
    if request.param != "of nobody":
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return files


@pytest.mark.parametrize("certificate", CERTIFICATES, indirect=True)
@pytest.mark.parametrize("secured", ["tls", "starttls"])
def test_a_certificate_of_the_imap_server(
    tmp_path: Path,
    sink: Sink,
    check: Check,
    certificate: tuple[Path, Path],
    secured: str,
    request: pytest.FixtureRequest,
) -> None:
    server = Dovecot(tls=certificate)
    server.start()
    house = House(tmp_path, server, sink)
    if secured == "tls":
        changed(house, f"port = {server.port}", f"port = {server.tls_port}")
    changed(house, 'security = "none"', f'security = "{secured}"')
    found = check(house)
    server.close()

    kind = request.node.callspec.params["certificate"]
    only(
        found,
        "IMAP ",
        "its certificate is not accepted",
        SAID[kind],
        "Use the host name that stands in the certificate",
    )


@pytest.mark.parametrize("certificate", CERTIFICATES, indirect=True)
def test_a_certificate_of_the_smtp_server(
    house: House, check: Check, certificate: tuple[Path, Path], request: pytest.FixtureRequest
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    sink = Sink(tls_context=tls).start()
    changed(house, f'port = {house.sink.port}\nsecurity = "none"', f'port = {sink.port}\nsecurity = "starttls"')
    found = check(house)
    sink.stop()

    kind = request.node.callspec.params["certificate"]
    only(
        found,
        "SMTP ",
        "the certificate was not accepted",
        SAID[kind],
        "trust a private authority",
        "SSL_CERT_FILE",
    )


def test_a_plain_imap_port_that_is_spoken_to_in_tls(house: House, check: Check) -> None:
    changed(house, 'security = "none"', 'security = "tls"')

    only(check(house), "IMAP ", "no TLS", 'a TLS port, or meant for security = "starttls"?')


@pytest.mark.parametrize("certificate", ["of nobody"], indirect=True)
def test_a_tls_port_that_is_spoken_to_in_plain(
    tmp_path: Path, sink: Sink, check: Check, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(link, "READ_SECONDS", 0.5)
    server = Dovecot(tls=certificate)
    server.start()
    house = House(tmp_path, server, sink)
    changed(house, f"port = {server.port}", f"port = {server.tls_port}")
    found = check(house)
    server.close()

    only(found, "IMAP ", "no answer in time", 'a port that waits for TLS wants security = "tls"')


def test_a_plain_smtp_port_that_is_spoken_to_in_tls(house: House, check: Check) -> None:
    changed(house, f'port = {house.sink.port}\nsecurity = "none"', f"port = {house.sink.port}")

    only(check(house), "SMTP ", "TLS failed", 'smtp.security is usually "tls" on port 465 and "starttls" on ports 587')


@pytest.mark.parametrize("certificate", ["of nobody"], indirect=True)
def test_a_tls_port_of_smtp_that_is_spoken_to_in_plain(
    house: House, check: Check, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "OPEN_SECONDS", 0.5)
    server = Dovecot(tls=certificate)
    server.start()
    changed(house, f"port = {house.sink.port}", f"port = {server.tls_port}")
    found = check(house)
    server.close()

    only(found, "SMTP ", "no answer in time", 'a port that waits for TLS wants smtp.security = "tls"')


def test_a_server_without_starttls(house: House, check: Check) -> None:
    changed(house, 'security = "none"', 'security = "starttls"')

    only(check(house), "IMAP ", "it offers no STARTTLS", 'Use security = "tls" and port 993')


# --- addresses --------------------------------------------------------------------------------------------------------


def test_a_sender_that_the_smtp_server_refuses(house: House, check: Check) -> None:
    house.sink.faults.senders[COMPLAINTS] = "553 5.7.1 not owned by user"

    found = check(house)

    only(found, f"{COMPLAINTS} is not accepted as a sender (553 5.7.1 not owned by user)", "must be allowed to send")
    assert house.sink.received == ()


def edited(house: House, name: str, old: str, new: str) -> None:
    path = house.folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def test_a_contact_who_stands_twice(house: House, check: Check) -> None:
    edited(house, "clients.toml", "john.smith@beta.example", IVAN)

    only(check(house, "--offline"), "clients.toml:", "is already the address of a contact", "belongs to one client")


def test_staff_who_are_contacts_as_well(house: House, check: Check) -> None:
    edited(house, "clients.toml", "john.smith@beta.example", ANNA)

    only(
        check(house, "--offline"),
        "is already the address of a staff member",
        "either to a contact or to a staff member",
    )


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("clients.toml", IVAN),
        ("staff.toml", ANNA),
        ("clients.toml", "info@alfa.example"),
        ("clients.toml", "it@alfa.example"),
    ],
)
@pytest.mark.parametrize("own", [DESK, "portal@desk.example"])
def test_an_address_that_answers_itself(house: House, check: Check, name: str, old: str, own: str) -> None:
    house.configure('[[gateway]]\naddress = "portal@desk.example"\nchannel = "portal"')
    assert check(house, "--offline") == []
    edited(house, name, old, own)

    only(check(house, "--offline"), f"{name}:", own, "write an address that is not the desk's own")


def test_a_gateway_that_is_a_mailbox_of_the_desk(house: House, check: Check) -> None:
    house.configure(f'[[gateway]]\naddress = "{DESK}"\nchannel = "portal"')

    only(
        check(house, "--offline"), "is already the address of a mailbox", "write an address that is not the desk's own"
    )


def test_no_trusted_authserv_id(house: House, check: Check) -> None:
    changed(house, '["mx.desk.example"]', "[]")

    only(
        check(house, "--offline"), "authenticity: ", "no trusted_authserv_ids are named", "name your mail server as its"
    )


def test_a_template_with_an_unknown_name(house: House, check: Check) -> None:
    folder = house.folder / "own" / "ru"
    folder.mkdir(parents=True)
    (folder / "registered.txt.j2").write_text("{{ numbr }}")
    house.configure('[files]\ntemplates = "own"')

    only(check(house, "--offline"), "template ru/registered", "'numbr' is undefined")
