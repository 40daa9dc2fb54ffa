"""R1, R18: the daemon is killed, at random moments and at each instant that has a name."""

from __future__ import annotations

import random
import signal
import subprocess
from collections import Counter

import pytest

from tests.faults.conftest import Figures, Runs
from tests.faults.instants import INSTANTS, TERMS
from tests.faults.kit import AT_ONCE, FaultyHouse, percentile
from tests.rig.house import ANNA, IVAN

RECOVERED_WITHIN = 10.0


def strike(house: FaultyHouse, wrapper: str, patience: float) -> bool:
    """Start a daemon that may die by itself: True; otherwise it is killed after `patience` seconds."""
    daemon, died = house.start(wrapper), True
    try:
        daemon.wait(patience)
    except subprocess.TimeoutExpired:
        house.stop(signal.SIGKILL)
        died = False
    assert daemon.returncode == -signal.SIGKILL, house.log()
    return died


def recover(house: FaultyHouse) -> float:
    """A daemon without faults takes over; gives the seconds until all is well. It is killed too, when idle."""
    house.start()
    seconds = house.wait_settled()
    house.stop(signal.SIGKILL)
    return seconds


def test_r1_killed_at_every_instant_and_at_random_moments(both: FaultyHouse, runs: Runs, figures: Figures) -> None:
    dice, times, hits = random.Random(1), [], Counter[str]()
    moments = [*INSTANTS, *("",) * (len(INSTANTS) // 2)]
    count = runs(3, 500)
    for number in range(count):
        instant = moments[number % len(moments)] if count >= len(moments) else ""
        both.submit_some(dice.randint(1, 4), dice)
        wrapper = f"from tests.faults.instants import die_at; die_at({instant!r}, {dice.randint(1, 2)})"
        hits[instant] += strike(both, wrapper if instant else "", 3 if instant else dice.uniform(0.05, 0.6))
        if dice.random() < 0.2:
            strike(both, "", dice.uniform(0.05, 0.4))
        times.append(recover(both))

    found = both.count()
    figures(
        "R1",
        f"SIGKILL at {len(INSTANTS)} instants and at random moments, {both.database_name}",
        found,
        runs=len(both.daemons) - count,
        result=f"{found.written} messages; {hits.total()} times at its instant; recovered in p50 "
        f"{percentile(times, 0.5):.1f} s, p95 {percentile(times, 0.95):.1f} s; {found.in_quarantine} in quarantine",
    )
    figures(
        "R18",
        f"SIGKILL around the commit of what was decided, {both.database_name}",
        found,
        runs=hits["deciding"] + hits["decided"],
        result="each request has its registration notice, and one",
    )
    assert found.sound, found
    assert found.in_quarantine == 0
    assert found.most_copies <= 3, "one more for each kill before it was recorded"
    assert count < 10 * len(moments) or set(INSTANTS) <= set(+hits), hits
    assert percentile(times, 0.95) < RECOVERED_WITHIN
    assert both.census()["complete"]


@pytest.mark.parametrize("instant", INSTANTS)
def test_r1_a_second_copy_only_between_the_250_and_our_commit(house: FaultyHouse, instant: str) -> None:
    house.submit()
    # While the mailbox's thread goes on after its decision, the outbox is not to come to the 250.
    house.sink.faults.delay = 5.0 if instant in ("decided", "settling", "settled") else 0.0
    assert strike(house, f"from tests.faults.instants import die_at; die_at({instant!r})", 30)
    house.sink.faults.delay = 0.0

    recover(house)

    found = house.count()
    assert found.sound
    assert found.in_quarantine == 0
    assert found.most_copies <= 2
    assert found.second_copies > 0 if instant in ("accepted", "recording") else found.second_copies == 0


@pytest.mark.parametrize("instant", TERMS)
def test_r1_a_deadline_is_carried_out_once(house: FaultyHouse, instant: str) -> None:
    house.configure(AT_ONCE + '[deadlines]\ninfo = "1s"\ninfo_reminder = "1s"')
    house.submit()
    house.run_once()
    house.answer(house.letter(ANNA, "staff_new"), "!инфо\nПришлите номер договора.")
    house.start(f"from tests.faults.instants import die_at; die_at({instant!r})").wait(30)

    house.start()
    house.wait_letter(IVAN, "rejected", 20)
    house.wait_settled()

    assert [line["event"] for line in house.show("SD-2026-000001")["history"]].count("rejected") == 1
    assert len(house.letters(IVAN, "rejected")) == 1
