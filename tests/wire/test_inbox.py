"""The inbox against real Dovecot: taking without losing, settling, waiting."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from imapclient import IMAPClient

from mailgate.inbox import (
    Backoff,
    Batch,
    FolderMissing,
    ImapRef,
    Inbox,
    InboxError,
    LoginRefused,
    RawMessage,
    Throttled,
    Unreachable,
    fetch,
    link,
    probe,
    watch,
)
from mailgate.inbox.folders import Folders
from tests.rig.dovecot import PASSWORD, Dovecot
from tests.rig.proxy import Proxy

LIMIT = 60 * 2**20


@dataclass
class Imap:
    """What the inbox needs of `[mailbox.imap]`."""

    host: str
    port: int
    username: str | None
    password: str = PASSWORD
    security: str = "none"
    folder: str = "INBOX"
    after: str = "move"
    processed_folder: str = "Processed"
    poll: timedelta = timedelta(minutes=1)
    application: None = None

    def password_value(self) -> str:
        return self.password


@dataclass
class Mailbox:
    imap: Imap
    name: str = "support"


@dataclass
class Journal:
    """Remembers what was taken, as the daemon's journal does."""

    refs: set[ImapRef] = field(default_factory=set)
    taken: list[RawMessage] = field(default_factory=list)

    def known(self, uidvalidity: int, uids: Sequence[int]) -> Collection[int]:
        return {ref.uid for ref in self.refs if ref.uidvalidity == uidvalidity} & set(uids)

    def drain(self, inbox: Inbox) -> list[Batch]:
        """Take and settle everything that waits."""
        batches = []
        for batch in inbox.waiting(self.known):
            batches.append(batch)
            self.taken += batch.messages
            self.refs |= {message.ref for message in batch.messages}
            inbox.settle([*(message.ref for message in batch.messages), *batch.known])
        return batches

    @property
    def texts(self) -> list[bytes | None]:
        return [message.raw for message in self.taken]


Open = Callable[..., Inbox]


@pytest.fixture
def bell() -> Iterator[tuple[socket.socket, socket.socket]]:
    """(the end that the inbox polls, the end that other threads write to)"""
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


@pytest.fixture
def opened(dovecot: Dovecot, bell: tuple[socket.socket, socket.socket]) -> Iterator[Open]:
    """A function that connects an inbox; each is closed after the test."""
    inboxes = []

    def open_inbox(user: str, *, port: int = dovecot.port, limit: int = LIMIT, **imap: object) -> Inbox:
        inbox = Inbox(Mailbox(Imap(dovecot.host, port, user, **imap)), limit, bell[0])
        inboxes.append(inbox)
        inbox.connect()
        return inbox

    yield open_inbox
    for inbox in inboxes:
        inbox.close()


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[Proxy]:
    between = Proxy(dovecot.port)
    yield between
    between.close()


def mail(number: int, size: int = 0) -> bytes:
    head = f"From: a@alfa.example\r\nSubject: {number}\r\nMessage-ID: <{number}@alfa.example>\r\n\r\n"
    line = b"0123456789" * 7 + b"\r\n"
    return head.encode() + b"body\r\n" + line * (size // len(line))


# --- taking -------------------------------------------------------------------------------------------------------


def test_what_waits_is_taken_byte_for_byte_and_moved(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    sent = [mail(number) for number in range(3)]
    for raw in sent:
        dovecot.deliver(user, raw)
    inbox = opened(user)

    journal.drain(inbox)

    assert journal.texts == sent
    assert [message.size for message in journal.taken] == [len(raw) for raw in sent]
    assert journal.taken[0].header == sent[0].partition(b"\r\n\r\n")[0]
    assert dovecot.messages(user) == []
    assert dovecot.messages(user, "Processed") == sent
    assert journal.drain(inbox) == []


def test_r26_a_backlog_comes_oldest_first_in_small_batches(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    sent = [mail(number) for number in range(300)]
    for raw in sent:
        dovecot.deliver(user, raw)
    began = time.monotonic()

    batches = journal.drain(opened(user))

    print(f"\n300 messages taken and moved in {time.monotonic() - began:.2f} s")
    assert journal.texts == sent
    assert len(batches) == 6
    assert max(len(batch.messages) for batch in batches) == 50


def test_a_batch_holds_three_megabytes_and_a_large_message_goes_alone():
    small, large = fetch.Listed(1, 2**18), fetch.Listed(2, fetch.LARGE_BYTES + 1)

    portions = list(fetch.portions([small] * 15 + [large, large] + [small] * 3))

    assert [len(portion) for portion in portions] == [12, 3, 1, 1, 3]


def test_s19_a_message_above_the_limit_is_told_and_not_read(dovecot: Dovecot, opened: Open, proxy: Proxy):
    user, journal = dovecot.new_user(), Journal()
    sent = [mail(1), mail(2, 3 * 2**20), mail(3)]
    for raw in sent:
        dovecot.deliver(user, raw)
    inbox = opened(user, limit=2**20, port=proxy.port)

    for batch in inbox.waiting(journal.known):
        journal.taken += batch.messages

    assert journal.texts == [sent[0], None, sent[2]]
    assert journal.taken[1].size == len(sent[1])
    assert journal.taken[1].header == sent[1].partition(b"\r\n\r\n")[0]
    assert proxy.passed < 100_000
    assert dovecot.messages(user) == sent


def test_a_large_message_is_read_in_pieces_and_whole(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    exact = mail(1, 3 * 2**20)
    exact += b"x" * (-len(exact) % fetch.PIECE_BYTES - 2) + b"\r\n"
    sent = [exact, mail(2, 20 * 2**20)]
    for raw in sent:
        dovecot.deliver(user, raw)

    batches = journal.drain(opened(user))

    assert len(exact) % fetch.PIECE_BYTES == 0
    assert journal.texts == sent
    assert [len(batch.messages) for batch in batches] == [1, 1]


def test_what_was_taken_before_is_only_settled(dovecot: Dovecot, opened: Open):
    user, first, second = dovecot.new_user(), Journal(), Journal()
    for number in range(3):
        dovecot.deliver(user, mail(number))
    inbox = opened(user)
    for batch in inbox.waiting(first.known):
        first.taken += batch.messages
    second.refs = {message.ref for message in first.taken[:2]}

    batches = second.drain(inbox)

    assert second.texts == [mail(2)]
    assert [set(batch.known) for batch in batches] == [second.refs - {first.taken[2].ref}, set()]
    assert dovecot.messages(user) == []
    assert len(dovecot.messages(user, "Processed")) == 3


def test_r2_taking_leaves_seen_alone_and_loses_nothing(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()
    for raw in (mail(1), mail(2, 3 * 2**20), mail(3, 5 * 2**20)):
        dovecot.deliver(user, raw)
    inbox = opened(user, limit=4 * 2**20)
    taken = [message for batch in inbox.waiting(Journal().known) for message in batch.messages]

    dovecot.kill_imap_processes()

    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search("UNSEEN") == client.search() != []
    again = [message for batch in opened(user).waiting(Journal().known) for message in batch.messages]
    assert [message.ref for message in again] == [message.ref for message in taken]


@pytest.mark.parametrize("after", ["move", "seen"])
def test_r3_what_a_human_has_read_first_is_taken(dovecot: Dovecot, opened: Open, after: str):
    user, journal = dovecot.new_user(), Journal()
    for number in range(4):
        dovecot.deliver(user, mail(number))
    with dovecot.client(user) as human:
        human.select_folder("INBOX")
        human.add_flags(human.search()[:2], [b"\\Seen"])

    journal.drain(opened(user, after=after))

    assert journal.texts == [mail(number) for number in range(4)]


def test_r6_a_recreated_mailbox_is_read_anew_and_stale_refs_are_left_alone(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    for number in range(3):
        dovecot.deliver(user, mail(number))
    inbox = opened(user, after="seen")
    journal.drain(inbox)
    old = sorted(journal.refs, key=lambda ref: ref.uid)
    inbox.close()
    dovecot.recreate(user)
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.remove_flags(client.search(), [b"\\Seen"])

    inbox = opened(user, after="seen")
    inbox.settle(old)

    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.search("UNSEEN")) == 3
    journal.drain(inbox)
    assert journal.texts == [mail(number) for number in range(3)] * 2
    assert {ref.uidvalidity for ref in journal.refs} > {old[0].uidvalidity}


def test_r6_recreated_below_an_open_connection(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    dovecot.deliver(user, mail(1))
    inbox = opened(user, after="seen")
    journal.drain(inbox)

    dovecot.recreate(user)
    dovecot.deliver(user, mail(2))

    end = time.monotonic() + 10
    while mail(2) not in journal.texts and time.monotonic() < end:
        try:
            inbox.wait(0.5)
            journal.drain(inbox)
        except InboxError:
            inbox.connect()

    assert set(journal.texts) == {mail(1), mail(2)}
    assert len({ref.uidvalidity for ref in journal.refs}) == 2


# --- settling -----------------------------------------------------------------------------------------------------


def test_after_seen_keeps_the_mail_and_reads_each_once(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    dovecot.deliver(user, mail(1))
    inbox = opened(user, after="seen")
    journal.drain(inbox)
    assert journal.drain(inbox) == []

    dovecot.deliver(user, mail(2))
    assert inbox.wait(5)
    journal.drain(inbox)

    assert journal.texts == [mail(1), mail(2)]
    assert dovecot.messages(user) == [mail(1), mail(2)]
    with dovecot.client(user) as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search("UNSEEN") == []
    assert journal.drain(opened(user, after="seen")) == []
    assert dovecot.messages(user, "Processed") == []


def test_after_seen_a_batch_that_was_not_taken_comes_again(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    dovecot.deliver(user, mail(1))
    inbox = opened(user, after="seen")

    for _ in inbox.waiting(journal.known):
        break

    journal.drain(inbox)
    assert journal.texts == [mail(1)]


@pytest.mark.parametrize("lacking", [{b"MOVE"}, {b"MOVE", b"UIDPLUS"}])
def test_servers_without_move(dovecot: Dovecot, opened: Open, lacking: set[bytes]):
    user, journal = dovecot.new_user(), Journal()
    for number in range(3):
        dovecot.deliver(user, mail(number))
    inbox = opened(user)
    client = inbox._live
    client._cached_capabilities = tuple(set(client.capabilities()) - lacking)

    for _ in range(3):
        journal.drain(inbox)

    assert journal.texts == [mail(number) for number in range(3)]
    assert dovecot.messages(user, "Processed") == journal.texts
    with dovecot.client(user) as human:
        human.select_folder("INBOX", readonly=True)
        assert human.search("UNDELETED") == []
        assert len(human.search()) == (3 if b"UIDPLUS" in lacking else 0)


@pytest.mark.parametrize("after", ["move", "seen"])
def test_r9_another_client_deletes_and_moves_beside_us(dovecot: Dovecot, opened: Open, after: str):
    user, journal = dovecot.new_user(), Journal()
    for number in range(120):
        dovecot.deliver(user, mail(number))
    inbox, human = opened(user, after=after), dovecot.client(user)
    human.create_folder("Mine")
    human.select_folder("INBOX")

    for batch in inbox.waiting(journal.known):
        first, *_, last = (message.ref.uid for message in batch.messages)
        human.delete_messages([first])
        human.expunge()
        human.move([last, last + 1], "Mine")
        journal.taken += batch.messages
        inbox.settle([message.ref for message in batch.messages])

    human.logout()
    elsewhere = set(dovecot.messages(user, "Mine"))
    assert set(journal.texts) | elsewhere == {mail(number) for number in range(120)}
    assert len(journal.taken) == 118


def test_settling_what_is_gone_is_no_error(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    dovecot.deliver(user, mail(1))
    inbox = opened(user)
    journal.drain(inbox)

    inbox.settle(list(journal.refs))
    inbox.settle([])

    assert dovecot.messages(user, "Processed") == [mail(1)]


def test_r5_killed_in_the_middle_of_a_move(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    for number in range(200):
        dovecot.deliver(user, mail(number))
    inbox = opened(user)
    for batch in inbox.waiting(journal.known):
        journal.taken += batch.messages
    journal.refs = {message.ref for message in journal.taken}

    killer = threading.Timer(0.01, dovecot.kill_imap_processes)
    killer.start()
    try:
        inbox.settle(list(journal.refs))
    except InboxError:
        inbox.connect()
    killer.join()
    inbox.connect()
    again = journal.drain(inbox)

    assert sum(len(batch.messages) for batch in again) == 0
    assert dovecot.messages(user) == []
    assert set(dovecot.messages(user, "Processed")) == {mail(number) for number in range(200)}


# --- waiting ------------------------------------------------------------------------------------------------------


def test_idle_tells_of_new_mail_at_once(dovecot: Dovecot, opened: Open):
    user, journal, delays = dovecot.new_user(), Journal(), []
    inbox = opened(user)
    journal.drain(inbox)
    for number in range(5):
        delivered = []
        threading.Timer(
            0.1, lambda n=number, d=delivered: (dovecot.deliver(user, mail(n)), d.append(time.time()))
        ).start()

        while len(journal.taken) == number:
            assert inbox.wait(5)
            journal.drain(inbox)

        delays.append(time.time() - delivered[0])
    print(f"\nfrom delivery to taken and moved: median {statistics.median(delays):.3f} s, worst {max(delays):.3f} s")
    assert statistics.median(delays) < 0.6  # 0.50 of it is Dovecot's own


def test_mail_that_came_before_idle_began_is_not_slept_over(dovecot: Dovecot, opened: Open):
    user, journal = dovecot.new_user(), Journal()
    inbox = opened(user)
    for number in range(20):
        journal.drain(inbox)
        dovecot.deliver(user, mail(number))
        began = time.monotonic()
        assert inbox.wait(5)
        assert time.monotonic() - began < 1.5
    journal.drain(inbox)
    assert len(journal.taken) == 20


def test_wait_ends_at_the_bell_and_after_its_time(opened: Open, dovecot: Dovecot, bell):
    inbox = opened(dovecot.new_user())
    Journal().drain(inbox)
    began = time.monotonic()
    threading.Timer(0.2, bell[1].send, [b"x"]).start()

    assert inbox.wait(10) is False
    rung = time.monotonic() - began
    assert inbox.wait(0.3) is False

    assert 0.15 < rung < 1
    assert 0.25 < time.monotonic() - began - rung < 1


def test_idle_is_renewed(dovecot: Dovecot, opened: Open, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watch, "RENEWAL_SECONDS", 0.05)
    user, journal = dovecot.new_user(), Journal()
    inbox = opened(user)
    journal.drain(inbox)
    threading.Timer(1, dovecot.deliver, [user, mail(1)]).start()

    assert inbox.wait(10)

    journal.drain(inbox)
    assert journal.texts == [mail(1)]


def test_a_quiet_folder_is_idled_on_once_and_one_with_mail_in_short_rounds(
    dovecot: Dovecot, opened: Open, monkeypatch: pytest.MonkeyPatch
):
    rounds, one_idle = [], watch.idle.idle

    def counted(client: IMAPClient, bell: socket.socket, seconds: float, alive: Callable[[], None]) -> bool:
        rounds.append(seconds)
        return one_idle(client, bell, seconds, alive)

    monkeypatch.setattr(watch.idle, "idle", counted)
    user, journal = dovecot.new_user(), Journal()
    inbox = opened(user)
    journal.drain(inbox)
    assert inbox.wait(1.2) is False
    assert rounds == [pytest.approx(1.2, abs=0.1)]
    dovecot.deliver(user, mail(1))
    assert inbox.wait(5)
    journal.drain(inbox)
    rounds.clear()

    assert inbox.wait(1.2) is False

    assert rounds[0] == 0
    assert len(rounds) >= 3


def test_a_server_without_idle_is_asked_every_poll(dovecot: Dovecot, opened: Open, bell):
    user, journal = dovecot.new_user(), Journal()
    inbox = opened(user, poll=timedelta(seconds=0.2))
    inbox._live._cached_capabilities = (b"IMAP4REV1", b"MOVE")
    journal.drain(inbox)
    threading.Timer(0.5, dovecot.deliver, [user, mail(1)]).start()

    assert inbox.wait(10) is True
    journal.drain(inbox)
    assert journal.texts == [mail(1)]

    assert inbox.wait(0.3) is False
    bell[1].send(b"x")
    assert inbox.wait(10) is False


# --- broken links -------------------------------------------------------------------------------------------------


def test_r11_a_silent_link_is_noticed_within_90_seconds(
    dovecot: Dovecot, opened: Open, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
):
    assert watch.RENEWAL_SECONDS + link.READ_SECONDS <= 80
    monkeypatch.setattr(watch, "RENEWAL_SECONDS", 1.5)
    monkeypatch.setattr(link, "READ_SECONDS", 1.0)
    user, journal = dovecot.new_user(), Journal()
    inbox = opened(user, port=proxy.port)
    journal.drain(inbox)
    proxy.silent = True
    dovecot.deliver(user, mail(1))
    began = time.monotonic()

    with pytest.raises(Unreachable, match="no answer in time"):
        inbox.wait(60)

    assert time.monotonic() - began < 3
    proxy.silent = False
    inbox.connect()
    journal.drain(inbox)
    assert journal.texts == [mail(1)]


def test_r10_a_cut_fetch_never_yields_a_truncated_message(dovecot: Dovecot, opened: Open, proxy: Proxy):
    user, journal = dovecot.new_user(), Journal()
    sent = [mail(number, 4000) for number in range(5)]
    for raw in sent:
        dovecot.deliver(user, raw)
    cuts = 0

    for offset in range(0, 60_000, 1024):
        inbox = opened(user, port=proxy.port)
        proxy.cut_after, taken = offset or 1, []
        try:
            for batch in inbox.waiting(journal.known):
                taken += [one.raw for one in batch.messages]
        except InboxError:
            cuts += 1
        else:
            assert taken == sent
        proxy.cut_after = None
        assert set(taken) <= set(sent)
        assert inbox._client is None or taken == sent

    print(f"\n{cuts} connections cut inside the answers, nothing truncated")
    assert cuts >= 20


def test_r10_a_large_message_cut_between_its_pieces(dovecot: Dovecot, opened: Open, proxy: Proxy):
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1, 3 * 2**20))
    for offset in (100_000, 2**19 + 200, 2**20, 3 * 2**20):
        inbox = opened(user, port=proxy.port)
        proxy.cut_after, taken = offset, []
        with pytest.raises(Unreachable):
            taken.extend(inbox.waiting(Journal().known))
        proxy.cut_after = None
        assert taken == []


def test_r12_the_server_is_restarted(dovecot: Dovecot, opened: Open):
    user, journal, pauses = dovecot.new_user(), Journal(), []
    inbox, backoff = opened(user), Backoff()
    for number in range(5):
        journal.drain(inbox)
        dovecot.stop()
        dovecot.deliver(user, mail(number))
        threading.Timer(0.3, dovecot.start).start()
        began = time.monotonic()
        while len(journal.taken) == number:
            try:
                inbox.wait(5)
                journal.drain(inbox)
                backoff.reset()
            except InboxError as error:
                time.sleep(backoff.next(error))
                try:
                    inbox.connect()
                    journal.drain(inbox)
                    backoff.reset()
                except InboxError:
                    continue
        pauses.append(time.monotonic() - began)
    print(
        f"\nfrom stop to taken, 0.3 s of it down: median {statistics.median(pauses):.2f} s, worst {max(pauses):.2f} s"
    )
    assert journal.texts == [mail(number) for number in range(5)]
    assert max(pauses) < 10


def test_a_link_that_is_cut_while_waiting(dovecot: Dovecot, opened: Open, proxy: Proxy):
    inbox = opened(dovecot.new_user(), port=proxy.port)
    Journal().drain(inbox)
    threading.Timer(0.2, proxy.cut).start()

    with pytest.raises(Unreachable):
        inbox.wait(30)
    with pytest.raises(Unreachable, match="not connected"):
        inbox.wait(30)


# --- what an admin reads --------------------------------------------------------------------------------------------


def test_r14_a_wrong_password_is_told_apart(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user()

    with pytest.raises(LoginRefused, match=rf'login of "{user}" was refused.*Check username and password'):
        opened(user, password="wrong")


def test_a_password_of_any_characters(dovecot: Dovecot, opened: Open):
    user = dovecot.new_user(password='пароль "с \\ кавычками')

    opened(user, password='пароль "с \\ кавычками')


def test_a_missing_folder_names_those_that_exist(dovecot: Dovecot, opened: Open):
    with pytest.raises(FolderMissing, match=r'"Support" cannot be opened.*The account has: INBOX'):
        opened(dovecot.new_user(), folder="Support")


def test_nobody_listens(opened: Open, dovecot: Dovecot):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(Unreachable, match=r"Connection refused.*Check host and port"):
        opened(dovecot.new_user(), port=port)


def test_probe_of_a_good_mailbox_creates_the_processed_folder_and_touches_no_mail(dovecot: Dovecot):
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1))

    assert probe(Mailbox(Imap(dovecot.host, dovecot.port, user))) == []

    with dovecot.client(user) as client:
        assert client.folder_exists("Processed")
        client.select_folder("INBOX", readonly=True)
        assert len(client.search("UNSEEN")) == 1


def test_probe_tells_what_is_wrong(dovecot: Dovecot):
    user = dovecot.new_user()

    assert "Check username" in probe(Mailbox(Imap(dovecot.host, dovecot.port, user, "wrong")))[0]
    assert "Nowhere" in probe(Mailbox(Imap(dovecot.host, dovecot.port, user, folder="Nowhere")))[0]
    assert "Connection refused" in probe(Mailbox(Imap(dovecot.host, 1, user)))[0]
    # a name that Maildir cannot hold
    assert "cannot be created" in probe(Mailbox(Imap(dovecot.host, dovecot.port, user, processed_folder="a//b")))[0]


def test_folders_are_named_as_the_server_names_them():
    courier = Folders("INBOX.", ".")

    assert courier.name("Processed") == "INBOX.Processed"
    assert courier.name("Archive/Done") == "INBOX.Archive.Done"
    assert courier.name("INBOX.Support") == "INBOX.Support"
    assert courier.name("Inbox") == "INBOX"
    assert Folders("", "/").name("Archive/Done") == "Archive/Done"


def test_a_server_with_dots_and_a_prefix(bell):
    server = Dovecot(separator=".", prefix="INBOX.")
    server.start()
    try:
        user, journal = server.new_user(), Journal()
        server.deliver(user, mail(1))
        inbox = Inbox(Mailbox(Imap(server.host, server.port, user, processed_folder="Архив/Готово")), LIMIT, bell[0])
        inbox.connect()

        journal.drain(inbox)

        assert server.messages(user, "INBOX.Архив.Готово") == [mail(1)]
        inbox.close()
    finally:
        server.close()


# --- back-off -------------------------------------------------------------------------------------------------------


def waits(error: Exception, count: int) -> list[float]:
    backoff = Backoff(spread=lambda low, high: high)
    return [backoff.next(error) for _ in range(count)]


def test_r12_backoff_doubles_up_to_a_minute_and_starts_anew():
    backoff = Backoff(spread=lambda low, high: high)

    assert [backoff.next(Unreachable("")) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    backoff.reset()
    assert backoff.next(Unreachable("")) == 1


def test_r13_r14_throttling_and_bad_passwords_have_slower_schedules():
    assert waits(Throttled(""), 4) == [30, 60, 120, 240]
    assert waits(LoginRefused(""), 6) == [300, 600, 1200, 2400, 3600, 3600]
    within_an_hour = sum(1 for n in range(1, 9) if 0.75 * sum(waits(LoginRefused(""), n)) < 3600)
    assert within_an_hour <= 4


def test_backoff_starts_anew_when_the_error_changes():
    backoff = Backoff(spread=lambda low, high: high)
    for _ in range(10):
        backoff.next(Unreachable(""))

    assert backoff.next(LoginRefused("")) == 300
    assert backoff.next(ValueError()) == 1


def test_backoff_jitter_never_exceeds_the_cap():
    backoff = Backoff()

    assert all(0.75 <= backoff.next(Unreachable("")) <= 60 for _ in range(50))


def test_a_folder_too_large_for_one_search_is_searched_in_windows(
    dovecot: Dovecot, opened: Open, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch, "SEARCH_WINDOW", 7)
    user, journal = dovecot.new_user(), Journal()
    for number in range(30):
        dovecot.deliver(user, mail(number))
    inbox = opened(user)

    journal.drain(inbox)
    dovecot.deliver(user, mail(30))
    journal.drain(inbox)

    assert journal.texts == [mail(number) for number in range(31)]
    assert watch._windows(7) == ["ALL"]
    assert watch._windows(21) == ["15:*", "8:14", "1:7"]
