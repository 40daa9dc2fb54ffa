"""R5, R7, R8, R11, R12, R14: what IMAP servers and people do to a mailbox while the whole daemon works on it."""

from __future__ import annotations

import random
import re
import threading
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Figures, Runs
from tests.faults.kit import FaultyHouse, percentile, wait
from tests.rig.dovecot import Dovecot
from tests.rig.house import COMPLAINTS, DESK, IVAN
from tests.rig.proxy import Proxy

TELL_BEFORE_MOVING = """
import pathlib
from mailgate.inbox import Inbox
from mailgate.inbox.errors import InboxError, Pace
from tests.faults.instants import BEFORE, strike_at
InboxError.pace = Pace(0.1, 1)
strike_at((Inbox, "settle", BEFORE), pathlib.Path({flag!r}).touch, lambda _, refs: bool(refs))
"""


def kill_during_moves(house: FaultyHouse, flag: Path, ended: threading.Event, killed: list[int]) -> None:
    dice = random.Random(5)
    while not ended.wait(0.0005):
        if flag.exists():
            flag.unlink()
            time.sleep(dice.uniform(0, 0.02))
            killed.append(house.dovecot.kill_imap_processes())


def test_r5_the_server_s_process_is_killed_during_the_move(house: FaultyHouse, runs: Runs, figures: Figures) -> None:
    count, flag, ended, killed = runs(2, 50), house.folder / "moving", threading.Event(), list[int]()
    killer = threading.Thread(target=kill_during_moves, args=(house, flag, ended, killed), daemon=True)
    house.start(TELL_BEFORE_MOVING.format(flag=str(flag)))
    killer.start()
    for number in range(count):
        for _ in range(25):
            house.submit()
        wait(lambda so_far=number: len(killed) > so_far, 30, house.log)
    ended.set()
    killer.join()
    house.wait_settled(60)

    found, copies = house.count(), house.census()["copies"]
    figures(
        "R5",
        "SIGKILL of the server's imap processes during MOVE",
        found,
        runs=len(killed),
        result=f"{found.written} messages, {copies - found.written} came again under new UIDs and were known",
    )
    assert found.sound
    assert found.second_copies == 0


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


def test_r9_people_delete_and_move_beside_the_daemon(house: FaultyHouse, runs: Runs, figures: Figures) -> None:
    dice, count = random.Random(9), runs(40, 1000)
    human = house.dovecot.client(house.users[DESK])
    human.create_folder("Mine")
    human.select_folder("INBOX")
    house.start()
    house.watching()
    for number in range(count):
        house.write(IVAN, f"Обращение {number}", "Текст.")
        if number % 3 == 0 and (uids := human.search()):
            human.move([dice.choice(uids)], "Mine")
    human.logout()
    wait(lambda: not house._waiting(DESK), 60, house.log)
    house.wait_settled()

    mine, taken = len(house.dovecot.messages(house.users[DESK], "Mine")), house.census()["taken"]
    figures(
        "R9",
        "another client moves mail away beside the daemon",
        runs=count,
        lost=max(0, count - taken - mine),
        result=f"{taken} taken, {mine} moved away by hand",
    )
    assert taken <= count <= taken + mine
    assert len(house.requests()) == taken
    assert "Traceback" not in house.log()


@pytest.fixture
def cable(dovecot: Dovecot) -> Proxy:
    """What lies between the daemon and its mail server."""
    return Proxy(dovecot.port)


def through(house: FaultyHouse, cable: Proxy) -> None:
    house.config.write_text(house.config.read_text().replace(f"port = {house.dovecot.port}", f"port = {cable.port}"))


def test_r11_a_silent_link_is_noticed(house: FaultyHouse, cable: Proxy, is_full: bool, figures: Figures) -> None:
    through(house, cable)
    hurry = "from mailgate.daemon import watcher; from mailgate.inbox import link\n"
    house.start("" if is_full else f"{hurry}watcher.RENEWAL_SECONDS = link.READ_SECONDS = 1.0")
    house.submit()
    house.wait_settled()
    cable.silent = True
    silent = time.monotonic()
    house.submit()
    threading.Timer(2, lambda: setattr(cable, "silent", False)).start()

    house.wait_settled(100)

    took = time.monotonic() - silent
    figures("R11", "the connection goes silent without FIN", result=f"new mail seen after {took:.0f} s")
    assert took < 90
    assert house.count().sound


def test_r12_the_imap_server_is_restarted(house: FaultyHouse, runs: Runs, figures: Figures) -> None:
    house.start()
    house.watching()
    times, count = [], runs(2, 50)
    for number in range(count):
        house.dovecot.stop()
        house.submit()
        time.sleep(0.3 * (number % 4))
        house.dovecot.start()
        times.append(house.wait_settled())

    found = house.count()
    p95 = percentile(times, 0.95)
    figures(
        "R12",
        "BYE: the IMAP server is restarted",
        found,
        runs=count,
        result=f"all taken again within p50 {percentile(times, 0.5):.1f} s, p95 {p95:.1f} s",
    )
    assert found.sound
    assert p95 <= 10


def test_r14_a_changed_password_is_not_tried_again_and_again(house: FaultyHouse, figures: Figures) -> None:
    house.start()
    house.watching()
    house.dovecot.set_password(house.users[DESK], "changed")
    house.dovecot.kill_imap_processes()
    wait(lambda: "was refused" in house.log(), 10, house.log)
    refused = house.log()
    time.sleep(3)

    pause = int(re.search(r"was refused.*again in (\d+) s", refused)[1])
    figures("R14", "the password is changed", result=f"the next login after {pause} s, doubling up to an hour")
    assert house.log().count("was refused") == 1
    assert pause >= 225
    house.dovecot.deliver(house.users[COMPLAINTS], b"From: x@y.example\r\nMessage-ID: <c@y.example>\r\n\r\ntext\r\n")
    house.ledger.messages.append("c@y.example")
    wait(lambda: house.count().lost == 0, 10, house.log)
