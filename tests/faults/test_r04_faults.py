"""R4, R25: an exception, or the death of the process, in every step of a message, a notice, a deadline."""

from __future__ import annotations

import signal
import time

from sqlmodel import col, select

from mailgate.store.tables import Deadline, Mail, Notice
from tests.faults.conftest import Figures
from tests.faults.kit import AT_ONCE, FaultyHouse, wait
from tests.rig.house import ANNA, IVAN

STEPS = {
    "parse": "mailgate.message.parse:parse",
    "classify": "mailgate.message.classify:read",
    "authenticity": "mailgate.message.authenticity:verdict",
    "thread": "mailgate.message.thread:cited",
    "intake": "mailgate.desk.reading:decide",
    "register": "mailgate.desk.client_wrote:register",
    "number": "mailgate.desk.record:_new_number",
    "notify": "mailgate.desk.notify:tell",
}
"""Between the two instants of the journal."""
TIME_OUT = 20
"""Seconds that a test waits for anything: no longer may five messages wait behind one that kills the process."""

TRIP = """
import importlib, threading, mailgate.daemon.retries
from mailgate.desk import journal
from tests.faults.instants import BEFORE, strike_at
in_hand, kept = threading.local(), {{}}
open_mail, arrived = journal.open_mail, journal.message_arrived
def with_raw(raw, function, *arguments):
    in_hand.raw = raw
    try:
        return function(*arguments)
    finally:
        in_hand.raw = b''
def remember(raw, *rest):
    found = with_raw(raw, open_mail, raw, *rest)
    kept[id(found)] = found, raw
    return found
journal.open_mail = remember
journal.message_arrived = lambda session, mail, found, *rest: with_raw(
    kept[id(found)][1], arrived, session, mail, found, *rest)
def stumble():
    raise KeyError("a fault of this step")
for name, place in {steps!r}.items():
    module, function = place.split(":")
    poisoned = lambda *_, mark=b"poison-" + name.encode(), **__: mark in getattr(in_hand, 'raw', b'')
    strike_at((importlib.import_module(module), function, BEFORE), stumble, poisoned)
"""
HURRY = "mailgate.daemon.retries.RETRY_EVERY = 0.5\n"


def test_r4_an_exception_in_every_step_keeps_the_mail_and_staff_are_told(
    both: FaultyHouse, is_full: bool, figures: Figures
) -> None:
    both.start(TRIP.format(steps=STEPS) + ("" if is_full else HURRY))
    both.watching()
    start = time.monotonic()
    for name in STEPS:
        both.write(IVAN, "Обращение", f"poison-{name}")
        both.submit()

    both.sink.wait_count(len(STEPS) * (3 + 2), 90)

    told = time.monotonic() - start
    found = both.count()
    figures(
        "R4",
        f"an exception in each of {len(STEPS)} steps, {both.database_name}",
        found,
        runs=len(STEPS),
        result=f"all in quarantine, staff told within {told:.0f} s"
        + ("" if is_full else " (tried again every 0.5 s instead of 20)"),
    )
    assert told < 60
    assert found.sound
    assert found.in_quarantine == len(STEPS)
    assert len(both.letters(ANNA, "staff_quarantine")) == len(STEPS)
    assert both.census()["complete"]


def test_r4_a_notice_that_cannot_be_composed_fails_alone(house: FaultyHouse) -> None:
    house.start(
        "from mailgate.daemon import composer\n"
        "from tests.faults.instants import BEFORE, strike_at\n"
        "def stumble(): raise KeyError('a fault of compose')\n"
        f"strike_at((composer, 'letter_of', BEFORE), stumble, lambda *given: given[3].reader == {IVAN!r})"
    )
    house.submit()

    house.wait_settled()

    assert house.letters(IVAN) == []
    assert "a fault of compose" in house.letter(ANNA, "staff_undeliverable").text
    assert house.census()["complete"]


def test_r4_a_fault_behind_the_250_sends_nothing_twice(house: FaultyHouse) -> None:
    house.start(
        "from mailgate.daemon import courier\n"
        "from tests.faults.instants import BEFORE, strike_at\n"
        "courier.DATABASE_RETRY = 0.1\n"
        "def stumble(): raise KeyError('a fault of settling')\n"
        "strike_at((courier, 'notices_settled', BEFORE), stumble)"
    )
    house.submit()
    house.wait_settled()
    house.submit()

    house.wait_settled()

    assert house.count().sound
    assert house.count().second_copies == 0
    with house.look() as session:
        assert {notice.last_error for notice in session.scalars(select(Notice))} == {"'a fault of settling'"}


def test_r4_a_fault_that_nobody_foresaw_leaves_no_mailbox_unwatched(house: FaultyHouse) -> None:
    house.start(
        "from mailgate.inbox import Inbox\n"
        "from tests.faults.instants import BEFORE, strike_at\n"
        "faults = iter((True, True))\n"
        "def stumble(): raise KeyError('a fault of the mailbox')\n"
        "strike_at((Inbox, 'settle', BEFORE), stumble, lambda *_: next(faults, False))"
    )
    house.submit()

    house.wait_settled()

    assert house.count().sound
    assert house.count().second_copies == 0


def test_r4_a_deadline_that_cannot_be_carried_out_does_not_hold_up_the_others(house: FaultyHouse) -> None:
    house.configure(AT_ONCE + '[deadlines]\ninfo = "2s"\ninfo_reminder = "1s"')
    house.submit()
    house.submit()
    house.start(
        "from mailgate.desk import term_ended\n"
        "from tests.faults.instants import BEFORE, strike_at\n"
        "def stumble(): raise KeyError('a fault of the deadline')\n"
        "strike_at((term_ended, 'step', BEFORE), stumble, lambda facts, trigger, now: facts.assignee is None)"
    )
    house.sink.wait_count(6)
    first, second = sorted(house.letters(ANNA, "staff_new"), key=lambda letter: letter["X-Mailgate-Request"])
    house.answer(first, "!инфо\nПришлите номер договора.")
    house.answer(second, "!взять\n!инфо\nПришлите номер договора.")

    house.sink.wait_for(lambda one: b"X-Mailgate-Notice: rejected" in one.raw, 40)

    with house.look() as session:
        (stuck,) = {deadline.request_id for deadline in session.scalars(select(Deadline))}
    assert house.show(second["X-Mailgate-Request"])["status"] == "rejected"
    assert stuck == 1


def test_r25_a_message_that_kills_the_process_takes_nobody_with_it(house: FaultyHouse, figures: Figures) -> None:
    house.write(IVAN, "Обращение", "poison-parse")
    for _ in range(5):
        house.submit()
    deaths = 0
    wrapper = (
        "from mailgate.message import parse\n"
        "from tests.faults.instants import BEFORE, die, strike_at\n"
        "strike_at((parse, 'parse', BEFORE), die, lambda raw: b'poison-parse' in raw)"
    )

    waited, behind = [], 0.0
    start = time.monotonic()
    while house.start(wrapper):
        wait(lambda: house.daemons[-1].poll() is not None or house.settled(), TIME_OUT, house.log)
        waited.append(house.count().lost == 0)
        behind = behind or (time.monotonic() - start if waited[-1] else 0.0)
        if house.daemons[-1].poll() is None:
            break
        assert house.daemons[-1].returncode == -signal.SIGKILL, house.log()
        deaths += 1

    found = house.count()
    figures(
        "R25",
        "a message at the head of the queue that kills the process",
        found,
        runs=deaths,
        result=f"in quarantine after {deaths} deaths; the 5 behind it registered after {waited.index(True) + 1}, "
        f"in {behind:.0f} s",
    )
    assert deaths == 3
    assert found.sound, found
    assert found.in_quarantine == 1
    assert behind < TIME_OUT
    assert waited == [False, False, True, True]
    assert len(house.letters(ANNA, "staff_quarantine")) == 1
    with house.look() as session:
        assert session.scalars(select(Mail.decision).where(col(Mail.id) == 1)).one() == "quarantine"
