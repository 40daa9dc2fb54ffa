"""The inbox and what Courier 5.0 and Cyrus 3.6 said to it, played again: what they do otherwise than Dovecot."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest
from imapclient import IMAPClient

from mailgate.inbox import ImapRef, Inbox, InboxError, watch
from tests.rig.scripted import ScriptedServer
from tests.wire.test_inbox import LIMIT, Imap, Journal, Mailbox, mail

COURIER = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT SORT QUOTA IDLE ACL ACL2=UNION ENABLE UTF8=ACCEPT"
CYRUS = "IMAP4rev1 LITERAL+ ID ENABLE ACL CONDSTORE MOVE NAMESPACE QRESYNC SPECIAL-USE UIDPLUS LOGINDISABLED IDLE"
LOGGED_IN = "LOGINDISABLED "
"""Cyrus says it of further logins."""
RAW = mail(1)


class Server(ScriptedServer):
    """A folder of the messages `uids`, on a server with these capabilities; its folders lie below INBOX."""

    def __init__(self, capabilities: str = COURIER) -> None:
        self.capabilities = capabilities.replace(LOGGED_IN, "")
        self._later = capabilities
        self.uids = [1]
        self.uidvalidity = self.asked = 7
        """The latter is what STATUS says."""
        self.refused, self.refusal = "", ""
        """The beginning of a command, and what is answered to it instead."""
        self.at_done = b""
        """What is told at the end of an IDLE."""
        self._tag = ""
        super().__init__(f"* OK [CAPABILITY {self.capabilities}] ready\r\n".encode(), self.say)

    def say(self, tag: str, command: str) -> bytes | None:
        if command == "IDLE":
            self._tag = tag
            return b"+ entering idle mode\r\n"
        if tag == "DONE":
            return self.at_done + f"{self._tag} OK IDLE completed\r\n".encode()
        if self.refused and command.startswith(self.refused):
            return f"{tag} {self.refusal}\r\n".encode()
        return self.told(command) + f"{tag} OK done.\r\n".encode()

    def told(self, command: str) -> bytes:
        words = command.replace("UID ", "UID-").split()
        match words[0].upper():
            case "CAPABILITY":
                return f"* CAPABILITY {self.capabilities}\r\n".encode()
            case "LOGIN":
                self.capabilities = self._later
            case "NAMESPACE":
                return b'* NAMESPACE (("INBOX." ".")) NIL (("#shared." ".")("shared." "."))\r\n'
            case "SELECT":
                return f"* {len(self.uids)} EXISTS\r\n* OK [UIDVALIDITY {self.uidvalidity}] Ok\r\n".encode()
            case "STATUS":
                return f'* STATUS "INBOX" (UIDVALIDITY {self.asked})\r\n'.encode()
            case "UID-SEARCH":
                return f"* SEARCH{''.join(f' {uid}' for uid in self.uids)}\r\n".encode()
            case "UID-FETCH" if "FLAGS" in command:
                return b"".join(b"* 1 FETCH (UID %d FLAGS (\\Recent))\r\n" % uid for uid in self.uids)
            case "UID-FETCH":
                told = b"* 1 FETCH (UID %d RFC822.SIZE %d BODY[] {%d}\r\n%s)\r\n"
                return b"".join(told % (uid, len(RAW), len(RAW), RAW) for uid in self.uids)
            case "UID-EXPUNGE":
                self.uids = []
                return b"* 1 EXPUNGE\r\n* 0 EXISTS\r\n* 0 RECENT\r\n"
        return b""


@pytest.fixture
def courier() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def open_inbox() -> Iterator[Callable[..., Inbox]]:
    near, far = socket.socketpair()
    inboxes = []

    def connected(server: Server, after: str = "move") -> Inbox:
        inboxes.append(Inbox(Mailbox(Imap(server.host, server.port, "support", after=after)), LIMIT, near))
        inboxes[-1].connect()
        return inboxes[-1]

    yield connected
    for inbox in inboxes:
        inbox.close()
    near.close()
    far.close()


def test_without_move_below_inbox_what_was_taken_is_copied_and_expunged(
    courier: Server, open_inbox: Callable[..., Inbox]
):
    inbox, journal = open_inbox(courier), Journal()

    journal.drain(inbox)

    done = [line.partition(" ")[2] for line in courier.lines if "Processed" in line or "EXPUNGE" in line]
    assert (journal.texts, done) == ([RAW], ['UID COPY 1 "INBOX.Processed"', "UID EXPUNGE 1"])


class Beside(Server):
    """Somebody deletes a message before each of our moves, and of that the server tells only at a NOOP."""

    def __init__(self) -> None:
        super().__init__("IMAP4rev1 IDLE MOVE NAMESPACE UIDPLUS")
        self.uids, self.untold = [1, 2, 3], list[int]()

    def say(self, tag: str, command: str) -> bytes | None:
        if command == "NOOP":
            self.uids = [uid for uid in self.uids if uid not in self.untold]
        if command.startswith("LIST"):
            return f'* LIST () "." Processed\r\n{tag} OK done.\r\n'.encode()
        if command.startswith("UID MOVE") and len(self.uids) > 1:
            self.untold.append(self.uids[0])
            return f"{tag} NO [EXPUNGEISSUED] Some of the requested messages no longer exist\r\n".encode()
        return super().say(tag, command)


def test_r9_a_move_is_given_once_more_for_what_is_left_however_often_somebody_deletes(
    open_inbox: Callable[..., Inbox],
):
    server = Beside()
    inbox = open_inbox(server)

    inbox.settle([ImapRef("support", server.uidvalidity, uid) for uid in server.uids])
    server.close()

    moves = [line.partition(" ")[2] for line in server.lines if "MOVE" in line]
    assert [move.split()[2] for move in moves] == ["1,2,3", "2,3", "3"]


def test_cyrus_that_says_logindisabled_once_we_are_in_is_no_trouble(open_inbox: Callable[..., Inbox]):
    server, journal = Server(CYRUS), Journal()

    journal.drain(open_inbox(server))

    assert journal.texts == [RAW]
    assert any('UID MOVE 1 "INBOX.Processed"' in line for line in server.lines)
    server.close()


@pytest.mark.parametrize("after", ["move", "seen"])
def test_r6_numbered_anew_beneath_an_open_connection_loses_nothing(
    courier: Server, open_inbox: Callable[..., Inbox], after: str
):
    """Courier whose list of UIDs was lost: UID 1 is another message now, and only STATUS and SELECT tell."""
    inbox, journal = open_inbox(courier, after), Journal()
    journal.drain(inbox)
    courier.uids, courier.uidvalidity, courier.asked = [1], 9, 9

    with pytest.raises(InboxError, match="numbered its messages anew"):
        journal.drain(inbox)

    inbox.connect()
    journal.drain(inbox)
    assert [message.ref for message in journal.taken] == [ImapRef("support", 7, 1), ImapRef("support", 9, 1)]


@pytest.mark.parametrize("refusal", ["OK done.", "NO not of the open folder."])
def test_a_server_that_tells_no_status_of_the_open_folder_is_trusted(
    courier: Server, open_inbox: Callable[..., Inbox], refusal: str
):
    inbox, journal = open_inbox(courier), Journal(refs={ImapRef("support", 7, 1)})
    courier.refused, courier.refusal = "STATUS", refusal

    (batch,) = journal.drain(inbox)

    assert batch.known == (ImapRef("support", 7, 1),)


def test_where_mail_is_told_only_at_the_end_of_an_idle_the_next_ones_are_short(
    courier: Server, open_inbox: Callable[..., Inbox], monkeypatch: pytest.MonkeyPatch
):
    """Courier with IMAP_ENHANCEDIDLE=0, as Debian sets it up, looks for mail once a minute."""
    rounds, one_idle = [], watch.idle.idle

    def counted(client: IMAPClient, bell: socket.socket, seconds: float, alive: Callable[[], None]) -> bool:
        rounds.append(seconds)
        return one_idle(client, bell, seconds, alive)

    monkeypatch.setattr(watch.idle, "idle", counted)
    monkeypatch.setattr(watch, "RENEWAL_SECONDS", 0.6)
    monkeypatch.setattr(watch, "LATE_SECONDS", 0.1)
    courier.uids = []
    inbox = open_inbox(courier)
    assert Journal().drain(inbox) == []

    assert inbox.wait(0.7) is False
    courier.at_done = b"* 1 EXISTS\r\n"
    assert inbox.wait(5) is True
    Journal().drain(inbox)
    assert inbox.wait(5) is True

    assert rounds == [0.6, pytest.approx(0.1, abs=0.09), 0.6, 0.1]


def test_what_the_server_says_with_a_full_stop_ends_with_one(courier: Server, open_inbox: Callable[..., Inbox]):
    inbox = open_inbox(courier)
    courier.refused, courier.refusal = "UID COPY", "NO Mailbox does not exist, or must be subscribed to."

    with pytest.raises(InboxError, match=r"subscribed to\.$"):
        Journal().drain(inbox)
