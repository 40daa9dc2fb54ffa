"""R22, R23, R24: the clock jumps, the daemon is stopped, a second one is started."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailgate.daemon.courier import LOOK_EVERY
from tests.faults.conftest import Figures, Runs
from tests.faults.kit import AT_ONCE, FaultyHouse, wait
from tests.rig.dovecot import Dovecot
from tests.rig.house import ANNA, IVAN, House
from tests.rig.postgres import Postgres
from tests.rig.smtp import Sink

JUMPS = [timedelta(days=1), timedelta(0), timedelta(days=-3650), timedelta(hours=5), timedelta(days=-1)]
OBEY = """
import os, select, threading
def obey():
    while True:
        os.environ["FAKETIME"] = open({dial!r}).read()
        select.select([], [], [], 0.1)  # time.sleep goes by the clock that is being set
threading.Thread(target=obey, daemon=True).start()
"""


SENDERS = ("one", "other")
SENT = """
from pathlib import Path
from mailgate.outbox.send import Sender
from tests.faults.instants import AFTER, strike_at
strike_at((Sender, "send", AFTER), Path({mark!r}).touch)
"""


def turn(dial: Path, offset: str) -> None:
    """Whoever reads the dial finds it whole."""
    dial.with_suffix(".new").write_text(offset)
    dial.with_suffix(".new").rename(dial)


def test_r22_each_deadline_comes_once_however_the_clock_jumps(house: FaultyHouse, figures: Figures) -> None:
    now = datetime(2026, 4, 4, 12, tzinfo=UTC)  # two hours before the clocks of Auckland are set back
    house.configure(AT_ONCE)
    house.at(now)
    house.write(IVAN, "Не открывается", "С утра.")
    house.run_once()
    house.answer(house.letter(ANNA, "staff_new"), "!инфо 3 дня\nПришлите номер договора.")
    house.run_once()

    for jump in (
        *JUMPS,
        timedelta(days=2, hours=12),
        *JUMPS,
        timedelta(days=5),
        timedelta(days=-1),
        timedelta(days=30),
    ):
        if jump == timedelta(days=5):
            assert not house.letters(IVAN, "rejected"), "the three days are not over"
        house.at(now + jump)
        house.run_once()

    told = Counter(letter.name for letter in house.letters(IVAN))
    figures("R22", "the clock jumps: ±1 day, −10 years, host in Auckland", runs=2 * len(JUMPS) + 4)
    assert (told["info_needed"], told["info_reminder"], told["rejected"]) == (1, 1, 1), told
    assert [line["event"] for line in house.show("SD-2026-000001")["history"]].count("rejected") == 1


def test_r22_a_running_daemon_keeps_its_deadlines_when_the_clock_is_set_back(
    tmp_path: Path, dovecot: Dovecot, sink: Sink, figures: Figures
) -> None:
    house, dial = House(tmp_path, dovecot, sink), tmp_path / "dial"
    house.configure(AT_ONCE + '[deadlines]\ninfo = "10s"\ninfo_reminder = "9s"')
    house._offset = 0.0
    turn(dial, "+0")
    house.start(OBEY.format(dial=str(dial)))
    house.write(IVAN, "Не открывается", "С утра.")
    house.answer(house.wait_letter(ANNA, "staff_new", 30), "!инфо\nПришлите номер договора.")
    house.wait_letter(IVAN, "info_needed", 30)
    turn(dial, "-86400")
    wait(lambda: "was set back" in house.log(), 30, house.log)
    turn(dial, "+60")

    house.wait_letter(IVAN, "rejected", 30)
    house.stop()

    told = Counter(letter.name for letter in house.letters(IVAN))
    figures("R22", "the clock of a running daemon is set back by a day, and forth", runs=2)
    assert told["rejected"] == told["info_needed"] == 1, told
    said = [
        line.partition("was set ")[2].split()[0] for line in house.log().splitlines() if "the clock of this" in line
    ]
    assert said == ["back", "ahead"]


def test_r23_stopped_under_load(house: FaultyHouse, runs: Runs, figures: Figures) -> None:
    dice, times, count = random.Random(23), [], runs(3, 100)
    for _ in range(count):
        house.submit_some(5, dice)
        house.start()
        house.watching()
        time.sleep(dice.uniform(0, 0.3))
        start = time.monotonic()
        assert house.stop() == 0, house.log()
        times.append(time.monotonic() - start)
    house.start()
    house.wait_settled()

    found = house.count()
    figures(
        "R23",
        "SIGTERM under load",
        found,
        runs=count,
        result=f"{found.written} messages; ended within {max(times):.1f} s at most",
    )
    assert found.sound
    assert found.second_copies == 0
    assert max(times) <= 10


def test_r23_a_silent_mail_server_holds_up_no_stop(house: FaultyHouse, figures: Figures) -> None:
    house.sink.faults.delay = 20
    house.submit()
    house.start()
    wait(lambda: house.sink.connections > 0, 10, house.log)
    time.sleep(0.5)

    start = time.monotonic()
    code = house.stop()

    took = time.monotonic() - start
    figures("R23", "SIGTERM while the mail server is silent", result=f"ended within {took:.1f} s")
    assert code == 0, house.log()
    assert took <= 10


def test_r24_the_second_on_one_sqlite_file_says_so_and_ends(house: FaultyHouse, figures: Figures) -> None:
    house.start()
    house.watching()

    said = house.cli("run", expect=1)

    figures("R24", "two daemons on one SQLite file", result="the second says so in one line, exit 1")
    assert said.count("\n") == 1
    assert f"(process {house.daemons[0].pid})" in said
    assert house.daemons[0].poll() is None


def test_r24_two_on_one_postgresql_share_the_work(
    tmp_path: Path, postgres: Postgres, dovecot: Dovecot, sink: Sink, runs: Runs, figures: Figures
) -> None:
    house, count = FaultyHouse(tmp_path, dovecot, sink, postgres.new_database()), runs(60, 2000)
    for _ in range(count // 2):
        house.submit()
    for name in SENDERS:
        house.start(SENT.format(mark=str(tmp_path / name)))
    for _ in range(count - count // 2):
        house.submit()
    took = house.wait_settled(300)
    alive = [daemon.poll() is None for daemon in house.daemons]
    house.close()

    found = house.count()
    figures(
        "R24",
        "two daemons on one PostgreSQL, one mailbox",
        found,
        runs=count,
        result=f"{count / took:.0f} messages/s together",
    )
    assert found.sound
    assert found.second_copies == 0
    if took > LOOK_EVERY:  # whoever does not hold the mailbox looks for notices so often
        assert all((tmp_path / name).exists() for name in SENDERS), "both sent notices"
    assert alive == [True, True], house.log()
