"""The inbox against servers that are insecure, overloaded, odd or hostile."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from mailgate.inbox import FolderMissing, Inbox, InboxError, Insecure, LoginRefused, Throttled, Unreachable, link
from mailgate.inbox.errors import translated
from tests.rig.dovecot import Dovecot
from tests.rig.scripted import GREETING, SELECTED, ScriptedServer, answers
from tests.wire.test_inbox import LIMIT, Imap, Journal, Mailbox, mail

SECRET = "canary-9f2"


Play = Callable[..., ScriptedServer]


@pytest.fixture
def play() -> Iterator[Play]:
    """A function that starts a scripted server."""
    servers = []

    def start(greeting: bytes = GREETING, **overrides: bytes | None) -> ScriptedServer:
        servers.append(ScriptedServer(greeting, answers(**overrides)))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def wake() -> Iterator[socket.socket]:
    near, far = socket.socketpair()
    yield near
    near.close()
    far.close()


def inbox_of(server: ScriptedServer, wake: socket.socket, **imap: object) -> Inbox:
    return Inbox(Mailbox(Imap(server.host, server.port, "support", SECRET, **imap)), LIMIT, wake)


def said_to(server: ScriptedServer) -> str:
    return "\n".join(server.lines)


# --- S26 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_s26_preauth_is_refused(play: Play, wake: socket.socket, security: str):
    server = play(b"* PREAUTH welcome back\r\n")

    with pytest.raises(Insecure, match="PREAUTH"):
        inbox_of(server, wake, security=security).connect()

    assert SECRET not in said_to(server)
    assert "LOGIN" not in said_to(server)


def test_s26_stripped_starttls_sends_no_password(play: Play, wake: socket.socket):
    server = play()

    with pytest.raises(Insecure, match="no STARTTLS"):
        inbox_of(server, wake, security="starttls").connect()

    assert SECRET not in said_to(server)
    assert "LOGIN" not in said_to(server)


def test_s26_a_refused_starttls_sends_no_password(play: Play, wake: socket.socket):
    server = play(CAPABILITY=b"* CAPABILITY IMAP4rev1 STARTTLS\r\n", STARTTLS=b"@tag NO not now\r\n")

    with pytest.raises(InboxError):
        inbox_of(server, wake, security="starttls").connect()

    assert SECRET not in said_to(server)


def test_s26_plain_text_where_tls_is_expected(play: Play, wake: socket.socket):
    server = play()

    with pytest.raises(Unreachable, match="no TLS"):
        inbox_of(server, wake, security="tls").connect()

    assert SECRET not in said_to(server)


class Injected(ScriptedServer):
    """Offers STARTTLS; somebody on the way adds words behind its consent, in the same packet."""

    def __init__(self, tls: ssl.SSLContext, words: bytes) -> None:
        self._tls, self._words = tls, words
        super().__init__(GREETING, answers(CAPABILITY=b"* CAPABILITY IMAP4rev1 STARTTLS\r\n"))

    def _talk(self, link: socket.socket) -> None:
        link.sendall(self._greeting)
        for raw in iter(lambda: link.recv(1000), b""):
            tag, _, command = raw.decode().strip().partition(" ")
            self.lines.append(command)
            if command == "STARTTLS":
                link.sendall(f"{tag} OK begin\r\n".encode() + self._words)
                with self._tls.wrap_socket(link, server_side=True) as safe:
                    self._greeting = b""
                    super()._talk(safe)
                return
            link.sendall(self._answer(tag, command) or b"")


@pytest.mark.parametrize("words", [b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n", b"* BYE go away\r\n"])
def test_s26_words_injected_behind_starttls_are_not_heard(
    authority: tuple[Path, Path, Path], wake: socket.socket, monkeypatch: pytest.MonkeyPatch, words: bytes
):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*authority[1:])
    server = Injected(tls, words)

    inbox = inbox_of(server, wake, security="starttls")
    inbox.connect()

    assert SECRET in said_to(server).partition("STARTTLS")[2]
    assert SECRET not in said_to(server).partition("STARTTLS")[0]
    inbox.close()
    server.close()


def test_s26_logindisabled_is_obeyed(play: Play, wake: socket.socket):
    server = play(CAPABILITY=b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n")

    with pytest.raises(Insecure, match="without encryption"):
        inbox_of(server, wake).connect()

    assert SECRET not in said_to(server)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """PEM files of a private authority, and of a certificate and key for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    files = folder / "authority.pem", folder / "certificate.pem", folder / "key.pem"
    authority.cert_pem.write_to_path(str(files[0]))
    leaf.cert_chain_pems[0].write_to_path(str(files[1]))
    leaf.private_key_pem.write_to_path(str(files[2]))
    return files


@pytest.fixture(scope="module")
def tls_server(authority: tuple[Path, Path, Path]) -> Iterator[Dovecot]:
    server = Dovecot(tls=authority[1:])
    server.start()
    yield server
    server.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_s26_a_certificate_of_an_unknown_authority_is_refused(tls_server: Dovecot, wake: socket.socket, security: str):
    port = tls_server.tls_port if security == "tls" else tls_server.port
    inbox = Inbox(Mailbox(Imap("127.0.0.1", port, tls_server.new_user(), security=security)), LIMIT, wake)
    before = tls_server.log().count("Login:")

    with pytest.raises(Unreachable, match="certificate is not accepted"):
        inbox.connect()

    assert tls_server.log().count("Login:") == before
    assert "auth failed" not in tls_server.log()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_s26_a_trusted_certificate_works_with_idle(
    tls_server: Dovecot,
    authority: tuple[Path, Path, Path],
    wake: socket.socket,
    security: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    port = tls_server.tls_port if security == "tls" else tls_server.port
    user, journal = tls_server.new_user(), Journal()
    inbox = Inbox(Mailbox(Imap("127.0.0.1", port, user, security=security)), LIMIT, wake)
    inbox.connect()
    journal.drain(inbox)

    tls_server.deliver(user, mail(1, 3 * 2**20))
    assert inbox.wait(5)
    journal.drain(inbox)

    assert journal.texts == [mail(1, 3 * 2**20)]
    assert inbox.wait(0.3) is False
    inbox.close()


def test_s26_a_certificate_for_another_host_is_refused(
    tls_server: Dovecot, authority: tuple[Path, Path, Path], wake: socket.socket, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    imap = Imap("localhost", tls_server.tls_port, tls_server.new_user(), security="tls")

    with pytest.raises(Unreachable, match="certificate is not accepted"):
        Inbox(Mailbox(imap), LIMIT, wake).connect()


# --- R13, R14 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        b"@tag NO [ALERT] Too many simultaneous connections. (Failure)\r\n",
        b"@tag NO [LIMIT] Rate limit hit\r\n",
        b"@tag NO [UNAVAILABLE] Temporary authentication failure\r\n",
    ],
)
def test_r13_throttling_at_login_is_not_a_wrong_password(play: Play, wake: socket.socket, reply: bytes):
    with pytest.raises(Throttled, match="asks to wait"):
        inbox_of(play(LOGIN=reply), wake).connect()


def test_r13_authenticated_but_not_connected(play: Play, wake: socket.socket):
    with pytest.raises(Throttled):
        inbox_of(play(SELECT=b"@tag BAD User is authenticated but not connected.\r\n"), wake).connect()


def test_r13_a_farewell_as_greeting(play: Play, wake: socket.socket):
    with pytest.raises(Throttled):
        inbox_of(play(b"* BYE Too many connections from your address\r\n"), wake).connect()


def test_a_name_server_that_fails_for_a_moment_is_not_throttling():
    with pytest.raises(Unreachable, match="name resolution"), translated("mail.example:993"):
        raise socket.gaierror(-3, "Temporary failure in name resolution")


def test_an_unreadable_answer_is_an_error_of_the_inbox(play: Play, wake: socket.socket):
    with pytest.raises(InboxError):
        inbox_of(play(SELECT=SELECTED.replace(b"7]", b"x7]")), wake).connect()


def test_r14_refused_and_hung_up_at_login_are_told_apart(play: Play, wake: socket.socket):
    with pytest.raises(LoginRefused, match=r"Invalid credentials"):
        inbox_of(play(LOGIN=b"@tag NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"), wake).connect()
    with pytest.raises(Unreachable):
        inbox_of(play(LOGIN=None), wake).connect()


def test_a_user_name_cannot_break_out_of_the_login_command(play: Play, wake: socket.socket):
    server = play(LOGIN=b"@tag NO no\r\n")
    imap = Imap(server.host, server.port, 'a b" "c', SECRET)

    with pytest.raises(LoginRefused):
        Inbox(Mailbox(imap), LIMIT, wake).connect()

    assert any(line.endswith(rf'LOGIN "a b\" \"c" "{SECRET}"') for line in server.lines)


def test_a_password_is_never_in_the_log(play: Play, wake: socket.socket, caplog: pytest.LogCaptureFixture):
    caplog.set_level(1)

    with pytest.raises(LoginRefused) as refused:
        inbox_of(play(LOGIN=b"@tag NO no\r\n"), wake).connect()

    assert SECRET not in caplog.text
    assert SECRET not in str(refused.value)


def test_a_folder_that_may_only_be_read(play: Play, wake: socket.socket):
    with pytest.raises(FolderMissing, match="only be read"):
        inbox_of(play(SELECT=SELECTED + b"@tag OK [READ-ONLY] done\r\n"), wake).connect()


# --- odd servers ----------------------------------------------------------------------------------------------------


def literal(section: bytes, raw: bytes) -> bytes:
    return b"* 1 FETCH (UID 11 RFC822.SIZE %d " % len(raw) + section + b" {%d}\r\n" % len(raw) + raw + b")\r\n"


def test_r10_a_short_answer_is_asked_for_again_and_not_taken(play: Play, wake: socket.socket):
    """The size says 5 MB; the text is shorter each time that it is asked for."""
    shrinking = iter(range(400, 0, -7))

    class Fickle(ScriptedServer):
        def _fetch(self, tag: str, command: str) -> bytes | None:
            if "UID FETCH" not in command:
                return answers()(tag, command)
            if "RFC822.SIZE" in command:
                return f"* 1 FETCH (UID 11 RFC822.SIZE 900)\r\n{tag} OK done\r\n".encode()
            return literal(b"BODY[]<0>", b"x" * next(shrinking)) + f"{tag} OK done\r\n".encode()

    server = Fickle(GREETING, lambda tag, command: server._fetch(tag, command))
    inbox = inbox_of(server, wake)
    inbox.connect()

    messages = [one for batch in inbox.waiting(Journal().known) for one in batch.messages]

    assert [(one.ref.uid, one.raw, one.size) for one in messages] == [(11, None, 900)]
    server.close()


def test_a_server_that_only_guesses_sizes_is_believed_when_it_says_the_same_twice(play: Play, wake: socket.socket):
    raw = mail(1)
    server = play(**{"UID FETCH": literal(b"BODY[]<0>", raw).replace(b"SIZE %d" % len(raw), b"SIZE 777")})
    inbox = inbox_of(server, wake)
    inbox.connect()

    messages = [one for batch in inbox.waiting(Journal().known) for one in batch.messages]

    assert [one.raw for one in messages] == [raw]
    assert messages[0].size == len(raw)


def test_one_message_that_the_server_will_not_give_does_not_hide_the_others(play: Play, wake: socket.socket):
    good = mail(2)

    def answer(tag: str, command: str) -> bytes | None:
        if "UID SEARCH" in command:
            return f"* SEARCH 10 11\r\n{tag} OK done\r\n".encode()
        if "RFC822.SIZE" in command:
            size = f"* 1 FETCH (UID 10 RFC822.SIZE 50)\r\n* 2 FETCH (UID 11 RFC822.SIZE {len(good)})\r\n"
            return f"{size}{tag} OK done\r\n".encode()
        if "UID FETCH 11 " in command:
            return literal(b"BODY[]<0>", good) + f"{tag} OK done\r\n".encode()
        if "UID FETCH" in command:
            return f"{tag} NO [SERVERBUG] cannot read message 10\r\n".encode()
        return answers()(tag, command)

    server = ScriptedServer(GREETING, answer)
    inbox = inbox_of(server, wake)
    inbox.connect()

    messages = [one for batch in inbox.waiting(Journal().known) for one in batch.messages]

    assert [(one.ref.uid, one.raw) for one in messages] == [(10, None), (11, good)]
    server.close()


@pytest.mark.parametrize(
    "idling",
    [
        b"* 2 EXISTS\r\n+ idling\r\n@tag",
        b"+ idling\r\n* 2 EXISTS\r\n@tag",
    ],
    ids=["before the plus", "in one packet with the plus"],
)
def test_news_around_the_beginning_of_idle_is_not_slept_over(play: Play, wake: socket.socket, idling: bytes):
    tags: list[str] = []

    def answer(tag: str, command: str) -> bytes | None:
        if command == "IDLE":
            tags.append(tag)
            return idling.replace(b"@tag", b"")
        if tag == "DONE":
            return f"{tags[-1]} OK done\r\n".encode()
        return answers()(tag, command)

    server = ScriptedServer(GREETING, answer)
    inbox = inbox_of(server, wake)
    inbox.connect()
    list(inbox.waiting(lambda _, uids: uids))

    assert inbox.wait(20) is True
    server.close()


def test_a_refused_idle_is_an_error_and_not_a_spin(play: Play, wake: socket.socket):
    inbox = inbox_of(play(IDLE=b"@tag NO not today\r\n"), wake)
    inbox.connect()
    list(inbox.waiting(lambda _, uids: uids))

    with pytest.raises(InboxError, match="IDLE failed: not today"):
        inbox.wait(5)


def test_a_server_that_never_answers(play: Play, wake: socket.socket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(link, "READ_SECONDS", 0.3)
    monkeypatch.setattr(link, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        imap = Imap("127.0.0.1", mute.getsockname()[1], "support", SECRET)

        with pytest.raises(Unreachable, match="no answer in time"):
            Inbox(Mailbox(imap), LIMIT, wake).connect()
