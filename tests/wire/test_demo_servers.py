"""The embedded mail servers of the demo, and the inbox on an IMAP server that is not Dovecot."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from imapclient import IMAPClient

from mailgate.demo.servers import MailServers
from mailgate.inbox import Inbox, LoginRefused, probe
from tests.wire.test_inbox import LIMIT, Imap, Journal, Mailbox, mail

ACCOUNTS = {"support@desk.example": "s3cret", "ivan@alfa.example": "ivan"}


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[MailServers]:
    world = MailServers()
    world.start(tmp_path / "mail", ACCOUNTS)
    yield world
    world.stop()


@pytest.fixture
def bell() -> Iterator[tuple[socket.socket, socket.socket]]:
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def mailbox(servers: MailServers, **imap: object) -> Mailbox:
    return Mailbox(Imap(*servers.imap, "support@desk.example", "s3cret", **imap))


def verdicts(raw: bytes) -> list[bytes]:
    return [line for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n") if b"authentication-results" in line.lower()]


def submit(servers: MailServers, raw: bytes, sender: str, *recipients: str, password: str | None = None) -> None:
    with smtplib.SMTP(*servers.smtp, timeout=5) as smtp:
        if password is not None:
            smtp.login(sender, password)
        smtp.sendmail(sender, recipients, raw)


RAW = (
    b"From: Ivan <ivan@alfa.example>\r\nTo: support@desk.example\r\nSubject: =?utf-8?B?0L8=?=\r\n\r\n\xd0\xbf\r\n.\r\n"
)
PASS = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=alfa.example"
FAIL = b"Authentication-Results: mx.desk.example; dmarc=fail header.from=alfa.example"


def test_ready_within_three_seconds_and_gone_after_stop(tmp_path: Path):
    world = MailServers()
    began = time.monotonic()

    world.start(tmp_path, ACCOUNTS)

    elapsed = time.monotonic() - began
    with IMAPClient(*world.imap, ssl=False) as client:
        client.login("support@desk.example", "s3cret")
        assert {b"IDLE", b"MOVE", b"UIDPLUS"} <= set(client.capabilities())
    world.stop()
    print(f"\nready in {elapsed:.2f} s")
    assert elapsed < 3
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(world.imap, 1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(world.smtp, 1)


def test_mail_of_a_logged_in_sender_is_proven(servers: MailServers):
    submit(servers, RAW, "ivan@alfa.example", "support@desk.example", password="ivan")

    (one,) = servers.delivered
    assert verdicts(one.raw) == [PASS]
    assert one.raw == b"Return-Path: <ivan@alfa.example>\r\n" + PASS + b"\r\n" + RAW


@pytest.mark.parametrize(
    ("sender", "password"),
    [("ivan@alfa.example", None), ("support@desk.example", "s3cret")],
    ids=["anybody", "another"],
)
def test_a_forger_fails(servers: MailServers, sender: str, password: str | None):
    submit(servers, RAW, sender, "support@desk.example", password=password)

    assert verdicts(servers.delivered[0].raw) == [FAIL]


def test_two_authors_are_not_proven(servers: MailServers):
    twice = b"From: boss@alfa.example\r\n" + RAW
    submit(servers, twice, "ivan@alfa.example", "support@desk.example", password="ivan")

    assert verdicts(servers.delivered[0].raw) == [FAIL]


def test_the_wrong_password_is_refused(servers: MailServers):
    with pytest.raises(smtplib.SMTPAuthenticationError):
        submit(servers, RAW, "ivan@alfa.example", "support@desk.example", password="wrong")


def test_forged_results_in_our_name_are_removed_and_others_stay(servers: MailServers):
    forged = b"authentication-RESULTS :\r\n  MX.desk.example; dmarc=pass header.from=alfa.example\r\n"
    other = b"Authentication-Results: mx.desk.example.evil.example; dmarc=pass\r\n"

    submit(servers, forged + other + RAW, "evil@evil.example", "support@desk.example")

    assert verdicts(servers.delivered[0].raw) == [FAIL, other.strip()]


def test_trusted_delivery_is_proven_and_reaches_everybody(servers: MailServers, tmp_path: Path):
    servers.deliver(RAW, "ivan@alfa.example", ["Support@desk.example", "nobody@else.example"])

    to_desk, to_stranger = servers.delivered
    assert (to_desk.stranger, to_stranger.stranger) == (False, True)
    assert verdicts(to_stranger.raw) == [PASS]
    assert sorted(path.name for path in (tmp_path / "mail").iterdir()) == [
        "0001-Support@desk.example.eml",
        "0002-nobody@else.example.eml",
    ]
    assert servers.wait_for(lambda one: one.stranger, 1) == to_stranger
    assert servers.wait_for(lambda one: False, 0.1) is None


def test_an_idling_inbox_wakes_at_once_and_settles(servers: MailServers, bell):
    inbox, journal = Inbox(mailbox(servers), LIMIT, bell[0]), Journal()
    inbox.connect()
    journal.drain(inbox)
    threading.Timer(0.2, servers.deliver, [RAW, "ivan@alfa.example", ["support@desk.example"]]).start()
    began = time.monotonic()

    assert inbox.wait(5)
    journal.drain(inbox)

    print(f"\nfrom delivery to taken and moved: {time.monotonic() - began - 0.2:.3f} s")
    assert time.monotonic() - began < 0.6
    assert journal.texts == [servers.delivered[0].raw]
    assert journal.drain(inbox) == []
    inbox.close()
    with IMAPClient(*servers.imap, ssl=False) as client:
        client.login("support@desk.example", "s3cret")
        client.select_folder("Processed")
        assert len(client.search()) == 1


@pytest.mark.parametrize("after", ["move", "seen"])
def test_the_inbox_works_with_a_server_that_is_not_dovecot(servers: MailServers, bell, after: str):
    assert probe(mailbox(servers, after=after)) == []
    for number in range(70):
        servers.deliver(mail(number), "a@alfa.example", ["support@desk.example"])
    servers.deliver(mail(70, 3 * 2**20), "a@alfa.example", ["support@desk.example"])
    inbox, journal = Inbox(mailbox(servers, after=after), LIMIT, bell[0]), Journal()
    inbox.connect()

    journal.drain(inbox)

    assert journal.texts == [one.raw for one in servers.delivered]
    assert inbox.wait(0.2) is False
    servers.deliver(mail(71), "a@alfa.example", ["support@desk.example"])
    assert inbox.wait(5) is True
    journal.drain(inbox)
    assert len(journal.texts) == 72
    inbox.close()
    assert Journal(refs=journal.refs).drain(_reconnected(inbox)) == []
    inbox.close()


def _reconnected(inbox: Inbox) -> Inbox:
    inbox.connect()
    return inbox


def test_a_wrong_password_is_told_apart_here_too(servers: MailServers, bell):
    imap = Imap(*servers.imap, "support@desk.example", "wrong")

    with pytest.raises(LoginRefused, match="Check username and password"):
        Inbox(Mailbox(imap), LIMIT, bell[0]).connect()
