"""R26, R28, R29: much mail at once, every fault at once, and for long."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Figures, Runs
from tests.faults.kit import FaultyHouse, wait
from tests.faults.test_r01_kill import strike
from tests.rig.house import IVAN

HALF = 25_000
"""Messages of the full count."""
MAY_GROW, WARM = 1.06, 1.15
"""The resident memory after the second half of a soak, to that after the first: at the full count, and at fewer, where
the first half does not yet fill what is kept."""


def test_r26_a_backlog_is_taken_oldest_first(house: FaultyHouse, runs: Runs, figures: Figures) -> None:
    count = runs(300, 10_000)
    for _ in range(count):
        house.submit()
    start = time.monotonic()
    house.start()
    house.wait_settled(1200)
    took = time.monotonic() - start

    found = house.count()
    subjects = [request["subject"] for request in sorted(house.requests(), key=lambda request: request["number"])]
    figures(
        "R26",
        "a backlog",
        found,
        runs=count,
        result=f"oldest first, {count / took:.0f} messages/s",
    )
    assert found.sound
    assert subjects == [f"Обращение {number + 1}" for number in range(count)]


def test_r28_the_census_after_everything_at_once(both: FaultyHouse, runs: Runs, figures: Figures) -> None:
    dice, count = random.Random(28), runs(3, 100)
    for number in range(count):
        both.submit_some(8, dice)
        both.write(IVAN, "Автоответ", "Я в отпуске.", headers=[("Auto-Submitted", "auto-replied")])
        both.write(IVAN, "Подделка", "Срочно!", proof="fail")
        both.sink.faults.lose_replies = dice.randrange(3)
        both.sink.faults.recipients = {dice.choice(("*", IVAN)): dice.choice(("450 later", "421 closing"))}
        strike(both, "", dice.uniform(0.1, 0.6))
        both.sink.faults.recipients = {}
        both.start()
        time.sleep(dice.uniform(0, 0.4))
        both.dovecot.kill_imap_processes()
        both.stop(signal.SIGTERM if number % 2 else signal.SIGKILL)
    both.start()
    wait(both.has_schema, 60, both.log)
    wait(lambda: both.count().lost == 0 and both.json("census", "--offline")["complete"], 60, both.log)
    wait(lambda: not any(both.json("census")["waiting"].values()), 60, both.log)

    found, census = both.count(), both.census()
    of_reasons = sum(outcome["messages"] for outcome in census["outcomes"])
    figures(
        "R28",
        f"kills, cut sessions, lost replies and refusals at once, then the census, {both.database_name}",
        found,
        runs=2 * count,
        result=f"taken {census['taken']} = {of_reasons}, each with its reason; {found.in_quarantine} in quarantine",
    )
    assert (found.lost, found.duplicates, max(0, found.unregistered - found.in_quarantine)) == (0, 0, 0), found
    assert found.in_quarantine <= count // 20
    assert census["complete"]
    assert census["taken"] == census["decided"] == of_reasons == 10 * count
    assert all(outcome["decision"] and outcome["reason"] for outcome in census["outcomes"])


def test_r29_memory_does_not_grow(house: FaultyHouse, is_full: bool, runs: Runs, figures: Figures) -> None:
    if not is_full:
        pytest.skip("a soak takes long: make faults")
    half, sizes = runs(500, HALF), []
    house.start()
    house.watching()
    for _ in range(3):
        for number in range(half if sizes else half // 5):
            house.submit()
            if number % 200 == 199:
                wait(lambda: not house._waiting("support@desk.example"), 60, house.log)
        house.wait_settled(1200)
        sizes.append(resident(house.daemons[-1].pid))

    found, (warm, middle, end) = house.count(), sizes
    figures(
        "R29",
        "a soak",
        found,
        runs=2 * half + half // 5,
        result=f"resident memory {warm:.0f} MB when warm, {middle:.0f} MB half-way, {end:.0f} MB at the end",
    )
    assert found.sound, found
    assert end <= middle * (MAY_GROW if half >= HALF else WARM)


def resident(pid: int) -> float:
    """Megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
