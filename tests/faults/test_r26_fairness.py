"""R26: nobody waits behind somebody else's burst, somebody else's large mail, or somebody else's slow mail server."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from statistics import median

from tests.faults.conftest import Figures, Runs
from tests.faults.kit import AT_ONCE, FaultyHouse, wait
from tests.rig.dovecot import Dovecot
from tests.rig.house import COMPLAINTS, DESK, IVAN
from tests.rig.smtp import QuickSink

LOOKS_ALL_THE_TIME = """
import sys, threading, time
from contextlib import contextmanager
from mailgate.daemon import retries, watcher
from mailgate.desk import journal
retries.RETRY_EVERY = watcher.RENEWAL_SECONDS = 0.01
decide = journal.decide
def told(*given):
    print("decides:", threading.current_thread().name, file=sys.stderr, flush=True)
    return decide(*given)
journal.decide = told
holding = retries.Retries.holding
@contextmanager
def slowly(self):
    with holding(self) as hold:
        yield lambda mail_ids: (time.sleep(0.05), hold(mail_ids))  # nobody may see them yet
retries.Retries.holding = slowly
"""
DELAY_MOST = 1.0
PROBES = 8


def patience() -> float:
    """Other programs take their share of the cores."""
    return DELAY_MOST * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def longest(busy: list[float], is_full: bool) -> float:
    """What counts: everyday the median, because other tests run on the same cores."""
    return max(busy) if is_full else median(busy)


def answered_after(house: FaultyHouse, number: int) -> float:
    """Seconds from a complaint to its registration notice."""
    start, sender = time.time(), f"probe{number}.{time.time_ns()}@gamma.example"
    house.write(sender, "Жалоба", "Долго.", to=COMPLAINTS)
    return house.sink.wait_for(lambda each: each.recipients == (sender,), 60).at - start


def test_r26_a_burst_to_one_mailbox_delays_another_s_mail_by_no_second(
    both: FaultyHouse, runs: Runs, is_full: bool, figures: Figures
) -> None:
    both.start()
    both.watching()
    quiet = median(answered_after(both, number) for number in range(PROBES))
    count = runs(500, 10_000)
    for number in range(count):
        both.submit(f"person{number}@alfa.example" if number % 2 else IVAN)
    busy, amid = [], 0
    while len(busy) < PROBES or (both._waiting(DESK) and len(busy) < 100):
        busy.append(answered_after(both, len(busy)))
        amid += both._waiting(DESK)
    both.close()

    figures(
        "R26",
        f"a burst to one mailbox; another's mail meanwhile, {both.database_name}",
        runs=count,
        result=f"from mail to notice {quiet:.2f} s without the burst, p50 {median(busy):.2f} s and at most "
        f"{max(busy):.2f} s in it",
    )
    assert amid >= (PROBES if count > 2000 else 1), "the burst was over before it could delay anybody"
    assert longest(busy, is_full) - quiet < patience()


def test_r26_a_burst_is_decided_by_the_thread_that_took_it(house: FaultyHouse) -> None:
    house.start(LOOKS_ALL_THE_TIME)
    house.watching()
    for _ in range(30):
        house.submit()

    house.wait_settled()
    house.close()

    deciding = re.findall("decides: (.+)", house.log())
    assert "mailbox-support" in deciding
    assert "mailbox-complaints" not in deciding


def test_r26_a_large_mail_delays_no_small_one(
    tmp_path: Path, dovecot: Dovecot, is_full: bool, figures: Figures
) -> None:
    """The mail server of the test reads a large message in a moment: it is not what is measured."""
    megabytes = 48 if is_full else 20
    sink = QuickSink().start()
    house = FaultyHouse(tmp_path, dovecot, sink)
    house.configure(AT_ONCE)
    house.start()
    house.watching()
    quiet = median(answered_after(house, number) for number in range(PROBES))
    house.submit(attachments=[("журнал.bin", os.urandom(megabytes * 2**20 * 3 // 4))])
    busy = [answered_after(house, number) for number in range(PROBES)]
    house.close()
    sink.stop()

    figures(
        "R26",
        "a large mail to one mailbox; another's mail meanwhile",
        result=f"{megabytes} MB: from mail to notice {quiet:.2f} s without it, p50 {median(busy):.2f} s and "
        f"at most {max(busy):.2f} s beside it",
    )
    assert longest(busy, is_full) - quiet < patience()


def test_r26_a_slow_domain_holds_up_no_other(house: FaultyHouse, is_full: bool, figures: Figures) -> None:
    house.sink.faults.slow_domains = {"alfa.example": 60.0}
    house.start()
    house.watching()
    quiet = median(answered_after(house, number) for number in range(PROBES))
    for _ in range(30):
        house.submit()
    wait(lambda: house.sink.slow >= 3, 30, house.log)

    busy = [answered_after(house, number) for number in range(PROBES)]
    house.close()

    figures(
        "R26",
        "a mail server that takes a minute for each recipient of one domain, 30 notices to it",
        result=f"from mail to notice for another domain {quiet:.2f} s before, p50 {median(busy):.2f} s and at most "
        f"{max(busy):.2f} s meanwhile",
    )
    assert house.sink.slow <= 3, "one connection is left for the others"
    assert longest(busy, is_full) - quiet < patience()
