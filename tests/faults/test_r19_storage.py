"""R19, R20, R21, R27: what befalls the database and its disk."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from mailgate.store.database import Database
from tests.faults.conftest import Figures, Runs
from tests.faults.kit import FaultyHouse, percentile, wait
from tests.rig.dovecot import Dovecot
from tests.rig.house import DESK, ROOT
from tests.rig.postgres import Postgres
from tests.rig.smtp import Sink

DEADLOCK = "deadlock detected"
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
FULL = "cannot be used"
HURRY = "from mailgate.daemon import courier, watcher; courier.DATABASE_RETRY = watcher.DATABASE_RETRY = 0.3"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs that holds forty mails of the test, and no more than the ballast leaves."""
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("only root may mount a small disk; the limit of the size of a file is tested instead")
    yield mount
    subprocess.run(["umount", "--lazy", mount], check=True)


def fill(ballast: Path, leave: int) -> None:
    """Leave so many bytes of the disk."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):  # whoever else writes takes some of it meanwhile
        while file.write(bytes(65_536)) > 0:
            pass
    os.truncate(ballast, max(0, ballast.stat().st_size - leave))


def test_r19_a_full_disk_settles_nothing_and_goes_on_by_itself(
    tmp_path: Path, small_disk: Path, dovecot: Dovecot, sink: Sink, runs: Runs, figures: Figures
) -> None:
    house = FaultyHouse(tmp_path, dovecot, sink, f"sqlite:///{small_disk / 'mailgate.db'}")
    times, struck, count, ballast = [], 0, runs(4, 40), small_disk / "ballast"
    house.start(HURRY)
    house.watching()
    for number in range(count):
        wait(Database(house.database).wipe_log, 10, house.log)  # what its log has taken of the disk it could use again
        fill(ballast, leave=4096 * (number % 40))
        complaints = house.log().count(FULL)
        # A large message fills what is left when it is taken, a small one when it is decided or answered, if at all.
        house.submit(attachments=[("a.bin", bytes(200_000))] if number % 2 == 0 else [])
        wait(lambda so_far=complaints: house.log().count(FULL) > so_far or house.settled(), 20, house.log)
        struck += house.log().count(FULL) > complaints
        assert house.daemons[-1].poll() is None
        ballast.unlink()
        house.cli("db", "check")
        times.append(house.wait_settled())
    house.close()

    found = house.count()
    figures(
        "R19",
        "ENOSPC at the n-th page, small tmpfs",
        found,
        runs=struck,
        result=f"{count} messages; goes on by itself within {max(times):.1f} s (asked again every 0.3 s instead of 5)",
    )
    assert found.sound
    assert struck >= count // 2


def test_r19_a_file_that_may_not_grow(house: FaultyHouse, figures: Figures) -> None:
    house.start(HURRY)
    house.watching()
    daemon = house.daemons[-1]
    limit = sum(path.stat().st_size for path in house.folder.glob("mailgate.db-wal"))
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (limit + 8192, resource.RLIM_INFINITY))
    house.submit(attachments=[("a.bin", bytes(200_000))])
    wait(lambda: FULL in house.log(), 20, house.log)
    assert house._waiting(DESK), "nothing is settled before it is durable"
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    house.wait_settled()

    found = house.count()
    figures("R19", "EFBIG: the file may not grow", found)
    assert found.sound


def test_r20_postgresql_goes_and_comes_back(
    tmp_path: Path, postgres: Postgres, dovecot: Dovecot, sink: Sink, runs: Runs, figures: Figures
) -> None:
    house = FaultyHouse(tmp_path, dovecot, sink, postgres.new_database())
    house.start()
    house.watching()
    times, count = [], runs(2, 20)
    for number in range(count):
        for _ in range(5):
            house.submit()
        time.sleep(0.1 * (number % 5))
        postgres.stop(signal.SIGQUIT if number % 2 else signal.SIGINT)
        for _ in range(5):
            house.submit()
        time.sleep(0.5)
        postgres.start()
        times.append(house.wait_settled(40))
    house.close()

    found = house.count()
    figures(
        "R20",
        "PostgreSQL is stopped, or crashes, under load",
        found,
        runs=count,
        result=f"back by itself within p50 {percentile(times, 0.5):.1f} s, at most {max(times):.1f} s",
    )
    assert found.sound
    assert found.in_quarantine == 0
    assert max(times) < 30
    assert len(house.daemons) == 1


def test_r20_a_database_that_takes_no_writes(
    tmp_path: Path, postgres: Postgres, dovecot: Dovecot, sink: Sink, figures: Figures
) -> None:
    house = FaultyHouse(tmp_path, dovecot, sink, postgres.new_database())
    name = house.database.rpartition("/")[2]
    house.start(HURRY)
    house.submit()
    house.wait_settled()
    postgres._execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    postgres._execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    house.submit()
    wait(lambda: "read-only transaction" in house.log(), 20, house.log)
    assert house._waiting(DESK)
    postgres._execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    postgres._execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    house.wait_settled()
    house.close()

    found = house.count()
    figures("R20", "PostgreSQL takes no writes", found)
    assert found.sound
    assert found.in_quarantine == 0


def test_r20_two_transactions_that_lock_each_other(
    tmp_path: Path, postgres: Postgres, dovecot: Dovecot, sink: Sink, runs: Runs, figures: Figures
) -> None:
    house, count = FaultyHouse(tmp_path, dovecot, sink, postgres.new_database()), runs(1, 20)
    house.start()
    house.submit()
    house.wait_settled()
    before, times = postgres.log().count(DEADLOCK), []
    for _ in range(count):
        with psycopg.connect(house.database.replace("+psycopg", "")) as administrator:
            administrator.execute("SET deadlock_timeout = '1min'")  # it is the daemon that the server will refuse
            administrator.execute("SELECT last FROM numbering FOR UPDATE")
            house.submit()
            house.submit()
            wait(lambda: postgres._execute(WAITS), 20, house.log)
            administrator.execute("SELECT id FROM mail WHERE decision IS NULL FOR UPDATE")
        times.append(house.wait_settled(40))
    house.close()

    found, deadlocks = house.count(), postgres.log().count(DEADLOCK) - before
    figures(
        "R20",
        "an administrator's transaction locks the daemon's out, and it the administrator's",
        found,
        runs=deadlocks,
        result=f"goes on by itself within p50 {percentile(times, 0.5):.1f} s, at most {max(times):.1f} s",
    )
    assert deadlocks >= count
    assert found.sound, found
    assert found.in_quarantine == 0
    assert max(times) < 30


def test_r21_the_commit_is_on_the_disk_before_the_server_s_copy_moves(
    house: FaultyHouse, runs: Runs, figures: Figures
) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: apt-get install strace")
    count, trace = runs(5, 200), house.folder / "trace"
    house.start()
    house.watching()
    house.close()
    for _ in range(count):
        house.submit()
    calls = "trace=fdatasync,fsync,pwrite64,sendto,write"
    command = ["strace", "-f", "-y", "-s", "60", "-e", calls, "-o", str(trace), sys.executable, "-m", "mailgate"]
    command += ["--config", str(house.config), "run", "--once"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    moves = unsynced = 0
    # Notices go out in threads beside the one that takes mail: each thread answers for its own commits.
    written: set[str] = set()
    dirty: set[str] = set()
    for line in trace.read_text(errors="replace").splitlines():
        thread = line.partition(" ")[0]
        if re.search(r"(sendto|write)\(.*UID FETCH.*BODY\.PEEK\[\]", line):
            written.discard(thread)
        elif "pwrite64(" in line and "mailgate.db-wal" in line:
            dirty.add(thread)
            written.add(thread)
        elif "sync(" in line and "mailgate.db-wal" in line:
            dirty.discard(thread)
        elif re.search(r"(sendto|write)\(.*UID MOVE", line):
            moves += 1
            unsynced += thread in dirty or thread not in written
    order = "each MOVE after the fdatasync of its commit"
    figures("R21", "the order of system calls (strace)", runs=moves, lost=unsynced, result=order)
    assert moves >= 1
    assert unsynced == 0


def test_r27_a_backup_made_under_load_is_restored_and_goes_on(house: FaultyHouse, figures: Figures) -> None:
    house.configure(after="seen")
    house.start()
    house.watching()
    for number in range(12):
        house.submit()
        if number == 6:
            wait(lambda: len(house.requests()) > 0, 30, house.log)
            house.cli("db", "backup", str(house.folder / "backup.db"))
    wait(lambda: (house.count().lost, len(house.requests())) == (0, 12), 60, house.log)
    house.stop()
    before = len(house.requests())
    for path in house.folder.glob("mailgate.db*"):
        path.unlink()
    (house.folder / "backup.db").rename(house.folder / "mailgate.db")
    assert house.cli("db", "check") == "sound\n"
    restored = len(house.requests())

    house.start()
    wait(lambda: (house.count().lost, len(house.requests())) == (0, 12), 60, house.log)
    house.stop()

    found = house.count()
    figures(
        "R27",
        "a backup made while the daemon works",
        found,
        result=f"{restored} of {before} requests stood in it, {len(house.requests())} after the mailbox was read again",
    )
    assert (found.lost, len(house.requests()), before) == (0, 12, 12)
    assert house.cli("db", "check") == "sound\n"
    assert house.census()["complete"]


@pytest.mark.parametrize("after", ["seen", "move"])
def test_r27_a_database_an_hour_old_reads_the_mailbox_again(house: FaultyHouse, after: str, figures: Figures) -> None:
    house.configure(after=after)
    house.submit()
    house.run_once()
    house.cli("db", "backup", str(house.folder / "backup.db"))
    for _ in range(5):
        house.submit()
    house.run_once()
    for path in house.folder.glob("mailgate.db*"):
        path.unlink()
    (house.folder / "backup.db").rename(house.folder / "mailgate.db")
    if after == "move":
        with house.dovecot.client(house.users[DESK]) as admin:
            admin.select_folder("Processed")
            admin.move(admin.search(), "INBOX")

    house.run_once()

    found = house.count()
    how = "and Processed was moved back to INBOX" if after == "move" else "and the mailbox kept its mail"
    figures("R27", f'an old database is restored, after = "{after}"', found, runs=5, result=how)
    assert found.lost == 0
    assert len(house.requests()) == 6
    assert house.census()["complete"]


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
def test_r27_a_file_deleted_or_replaced_beneath_the_daemon_takes_no_mail(
    house: FaultyHouse, replaced: bool, figures: Figures
) -> None:
    database, backup = house.folder / "mailgate.db", house.folder / "backup.db"
    house.start(HURRY)
    house.submit()
    house.wait_settled()
    house.cli("db", "backup", str(backup))
    for path in house.folder.glob("mailgate.db*"):
        path.unlink()
    if replaced:
        shutil.copyfile(backup, database)

    house.submit()
    wait(lambda: "its file was deleted or replaced" in house.log(), 20, house.log)
    assert house._waiting(DESK), "it is not taken into a file that nobody will find"
    assert database.exists() == replaced
    assert house.stop() == 0
    backup.replace(database)
    house.start()

    house.wait_settled()
    house.close()
    found, what = house.count(), "replaced by a backup" if replaced else "deleted"
    figures("R27", f"SQLite's file is {what} beneath the daemon", found, result="no mail taken; restored, it goes on")
    assert found.sound
    assert len(house.requests()) == 2
