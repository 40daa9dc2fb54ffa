"""R5, R7, R8, R9, R11, R12, R14: what IMAP servers and people do to a mailbox while the whole daemon works on it."""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Iterable

from tests.faults.conftest import Figures, Runs
from tests.faults.kit import FaultyHouse, percentile, wait
from tests.rig.house import COMPLAINTS, DESK, IVAN
from tests.rig.proxy import Proxy

STOP_BEFORE_MOVING = """
import contextlib, pathlib, time
from mailgate.inbox import Inbox
from mailgate.inbox.errors import InboxError, Pace
from tests.faults.instants import BEFORE, strike_at
InboxError.pace = Pace(0.1, 1)
armed, moving = pathlib.Path({armed!r}), pathlib.Path({moving!r})
def stop():
    with contextlib.suppress(FileNotFoundError):
        armed.rename(moving)
    while moving.exists():
        time.sleep(0.001)
strike_at((Inbox, "settle", BEFORE), stop, lambda _, refs: len(refs) >= {least})
"""


def kill_during_the_next_move(house: FaultyHouse) -> None:
    """The server's process dies when the first message shows in the folder to which many are moved."""
    armed, moving = house.folder / "armed", house.folder / "moving"
    armed.touch()
    for _ in range(25):
        house.submit()
    wait(moving.exists, 30, house.log)
    wait(house.rests, 30, house.log)  # what is being sent would take time from who waits for the move
    before, last = changed(house), time.monotonic() + 5

    def shows() -> bool:
        moving.unlink(missing_ok=True)
        return changed(house) != before or time.monotonic() > last

    house.dovecot.kill_imap_processes(shows)


def changed(house: FaultyHouse) -> list[int]:
    """When something last came into the folder to which they are moved; quick, for a move takes milliseconds."""
    maildir = house.dovecot._maildir(house.users[DESK], "Processed")
    return [(maildir / part).stat().st_mtime_ns for part in ("new", "cur")]


def test_r5_the_server_s_process_is_killed_during_the_move(house: FaultyHouse, runs: Runs, figures: Figures) -> None:
    count, tried, broken, left_behind = runs(1, 50), 0, 0, 0
    armed, moving = (str(house.folder / name) for name in ("armed", "moving"))
    human = house.dovecot.client(house.users[DESK])
    human.create_folder("Processed")
    house.start(STOP_BEFORE_MOVING.format(armed=armed, moving=moving, least=5))
    while broken < count:  # now and then it is done before the process dies
        assert (tried := tried + 1) <= 10 * count, house.log()
        kill_during_the_next_move(house)
        house.wait_settled(60)
        broken = house.log().count("cannot settle messages")
        human = house.dovecot.client(house.users[DESK])  # whose own session was killed too
        left_behind = human.select_folder("Processed")[b"EXISTS"] - len(house.ledger.messages)
    human.move(human.search(), "INBOX")
    human.logout()
    house.wait_settled(60)

    found, copies = house.count(), house.census()["copies"]
    figures(
        "R5",
        "SIGKILL of the server's imap processes during MOVE",
        found,
        runs=broken,
        result=f"{found.written} messages; broken moves left {left_behind} copies behind; "
        f"all were moved back, and {copies - found.written} came again under new UIDs and were known",
    )
    assert found.sound
    assert found.second_copies == 0
    assert copies == 2 * found.written + left_behind
    assert left_behind or count < 10


def test_r5_copies_that_a_broken_move_left_behind_are_known(house: FaultyHouse) -> None:
    house.submit(attachments=[("a.bin", b"x" * 1000)])
    house.run_once()
    (taken,) = house.dovecot.messages(house.users[DESK], "Processed")
    for _ in range(3):
        house.dovecot.deliver(house.users[DESK], taken)

    house.run_once()

    assert house.count().sound
    assert len(house.letters()) == 3
    assert house.census()["copies"] == 4


def test_r7_different_mails_of_one_message_id_and_without_any_are_all_kept(
    house: FaultyHouse, figures: Figures
) -> None:
    for number in range(5):
        for line in ("Message-ID: <1@alfa.example>\r\n", ""):
            raw = f"From: {IVAN}\r\nTo: {DESK}\r\n{line}Subject: s{number}{line[:1]}\r\n\r\ntext {number}\r\n"
            house.deliver(raw.encode(), sender=IVAN)

    house.run_once()

    found = house.requests()
    figures("R7", "different mails of one Message-ID, mails without any", runs=10, lost=10 - len(found))
    assert len(found) == 10
    assert len(house.letters(IVAN, "registered")) == 10


def test_r8_one_mail_to_two_mailboxes_is_one_request(both: FaultyHouse, figures: Figures) -> None:
    both.configure()
    both.config.write_text(both.config.read_text().replace('purpose = "complaints"', 'purpose = "requests"'))
    both.start()
    both.watching()
    for number in range(10):
        head = f"From: {IVAN}\r\nTo: {DESK}\r\nCc: {COMPLAINTS}\r\nMessage-ID: <{number}@alfa.example>\r\n"
        raw = f"{head}Subject: Обращение {number}\r\n\r\ntext\r\n".encode()
        both.ledger.messages.append(f"{number}@alfa.example")
        both.deliver(b"Received: from relay-one\r\n" + raw, DESK, IVAN)
        both.deliver(b"Received: from relay-two\r\n" + raw, COMPLAINTS, IVAN)
        both.deliver(b"Received: from an alias\r\n" + raw, DESK, IVAN)
    both.wait_settled()

    found, census = both.requests(), both.census()
    journal = both.json("why", "3@alfa.example")
    figures("R8", f"one mail by three routes, {both.database_name}", runs=10, duplicates=len(found) - 10)
    assert len(found) == 10
    assert (census["taken"], census["copies"]) == (10, 30)
    assert [copy.split()[0] for copy in sorted(journal[0]["copies"])] == ["complaints", "support", "support"]


SLOW_TO_SETTLE = """
import time
from pathlib import Path
from mailgate.inbox import Inbox
from tests.faults.instants import BEFORE, strike_at
def linger():
    Path({mark!r}).touch()
    time.sleep(0.3)
strike_at((Inbox, "settle", BEFORE), linger)
"""


class Human:
    """Somebody who deletes and moves mail of the desk's mailbox, in a mail client of his own."""

    def __init__(self, house: FaultyHouse) -> None:
        self._house, self._user = house, house.users[DESK]
        self._client = house.dovecot.client(self._user)
        self._client.create_folder("Mine")
        self._client.select_folder("INBOX")
        self._deleted: set[str] = set()

    def move(self, uid: int) -> None:
        self._client.move([uid], "Mine")

    def delete(self, uid: int) -> None:
        if told := self._client.fetch([uid], ["BODY.PEEK[HEADER]"]):
            self._deleted |= message_ids([told[uid][b"BODY[HEADER]"]])
            self._client.delete_messages([uid])
            self._client.expunge()

    def waiting(self) -> list[int]:
        self._client.noop()  # Dovecot searches what the session has seen
        found: list[int] = self._client.search()
        return found

    def taken(self) -> set[str]:
        """Message-IDs of what he took: what the daemon moved before he could delete it is not his."""
        mine, processed = (
            message_ids(self._house.dovecot.messages(self._user, name)) for name in ("Mine", "Processed")
        )
        return mine | self._deleted - processed


def message_ids(texts: Iterable[bytes]) -> set[str]:
    return {re.search(rb"(?mi)^Message-ID:\s*<(.*?)>", text)[1].decode() for text in texts}


def test_r9_people_delete_and_move_beside_the_daemon(house: FaultyHouse, runs: Runs, figures: Figures) -> None:
    dice, count, human, mark = random.Random(9), runs(40, 1000), Human(house), house.folder / "settling"
    house.start(SLOW_TO_SETTLE.format(mark=str(mark)))
    house.watching()
    for number in range(count):
        house.submit()
        if number % 3 == 0 and (uids := human.waiting()):
            (human.move if number % 2 else human.delete)(dice.choice(uids))
    wait(lambda: not house._waiting(DESK), 60, house.log)
    for number in range(count // 10):  # the same once more between taken and settled, for certain
        mark.unlink(missing_ok=True)
        house.submit()
        wait(mark.exists, 30, house.log)
        for uid in human.waiting():
            (human.move if number % 2 else human.delete)(uid)
        wait(lambda: not house._waiting(DESK), 60, house.log)
    wait(lambda: house.undecided() <= human.taken(), 30, house.log)

    his, undecided, written = human.taken(), house.undecided(), len(house.ledger.messages)
    between = len(his - undecided)
    figures(
        "R9",
        "another client deletes mail and moves it away beside the daemon",
        runs=len(his),
        lost=len(undecided - his),
        result=f"{written} messages, of which he took {len(undecided)} first and {between} between taken and settled",
    )
    assert undecided <= his
    assert len(house.requests()) == written - len(undecided)
    assert between >= count // 20
    assert "mailbox support:" not in house.log()
    assert "Traceback" not in house.log()


HURRIED = """
from mailgate.daemon import watcher
from mailgate.inbox import link
watcher.RENEWAL_SECONDS = link.READ_SECONDS = 1.0
"""


def test_r11_a_silent_link_is_noticed(house: FaultyHouse, cable: Proxy, is_full: bool, figures: Figures) -> None:
    house.through(cable)
    house.start("" if is_full else HURRIED)
    wait(lambda: len(cable.tries) == 1 and cable.is_quiet(), 10, house.log)
    cable.silence_open()  # when its longest round has just begun; the link never comes back
    silent = time.monotonic()
    house.submit()

    house.wait_settled(120)

    took = time.monotonic() - silent
    figures("R11", "the connection goes silent for good, without FIN", result=f"new mail seen after {took:.0f} s")
    assert took < (90 if is_full else 10)
    assert len(cable.tries) == 2
    assert house.count().sound


def test_r12_the_imap_server_is_restarted(
    house: FaultyHouse, cable: Proxy, is_full: bool, runs: Runs, figures: Figures
) -> None:
    house.through(cable)
    house.start()
    house.watching()
    times, count, outage = [], runs(2, 50), 10 if is_full else 3
    for seconds in (*(0.3 * (number % 4) for number in range(count)), outage):
        house.dovecot.stop()
        house.submit()
        before = len(cable.tries)
        time.sleep(seconds)
        tries = len(cable.tries) - before
        house.dovecot.start()
        times.append(house.wait_settled())

    found = house.count()
    p95 = percentile(times, 0.95)
    figures(
        "R12",
        "BYE: the IMAP server is restarted",
        found,
        runs=count + 1,
        result=f"all taken again within p50 {percentile(times, 0.5):.1f} s, p95 {p95:.1f} s; "
        f"{tries} tries while it was away for {outage} s",
    )
    assert found.sound
    assert p95 <= 10
    assert math.log2(outage + 1) - 1 < tries <= math.log2(outage / 0.75 + 1), (
        "after 1, 2, 4 … s, a quarter less at most"
    )


def test_r14_a_changed_password_is_not_tried_again_and_again(house: FaultyHouse, figures: Figures) -> None:
    user = house.users[DESK]
    house.start()
    house.watching()
    house.dovecot.set_password(user, "changed")
    house.dovecot.kill_imap_processes()
    wait(lambda: "was refused" in house.log(), 10, house.log)
    refused = house.log()
    time.sleep(3)

    logins = sum("auth failed" in line and f"user=<{user}>" in line for line in house.dovecot.log().splitlines())
    pause = int(re.search(r"was refused.*again in (\d+) s", refused)[1])
    figures("R14", "the password is changed", result=f"the next login after {pause} s, doubling up to an hour")
    assert logins == 1
    assert house.log().count("was refused") == 1
    assert pause >= 225
    house.dovecot.deliver(house.users[COMPLAINTS], b"From: x@y.example\r\nMessage-ID: <c@y.example>\r\n\r\ntext\r\n")
    house.ledger.messages.append("c@y.example")
    wait(lambda: house.count().lost == 0, 10, house.log)
