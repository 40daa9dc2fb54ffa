"""`python -m tests.bench.growth`: what a desk costs that has years behind it, and what it costs at rest.

Writes `docs/growth.md`. The requests are written by the database itself (`filling`); everything that is measured is
the program in a process of its own.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from mailgate.config.csv_clients import COLUMNS
from mailgate.store.database import Database
from tests.bench import stages
from tests.bench.aims import Aim, in_rows
from tests.bench.backlog import FIRST
from tests.bench.filling import fill
from tests.bench.mail import CONTACTS_OF_A_CLIENT, Made, contact, generate
from tests.bench.measuring import cpu, desk, installed, machine, memory, quantile, say, timed, took
from tests.rig.house import DESK, ROOT, House

REPORT = ROOT / "docs" / "growth.md"
SEED = 20261125
CONTACTS = 100_000
MAILBOXES = 10
MB = 2**20 / 1e6
"""Of a MiB."""
HUGE = 50_000_000
"""Bytes of the large message, under the limit of 50 MiB."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A desk of one size."""

    requests: int
    file_mib: float
    mail_ms: tuple[float, ...]
    """Milliseconds of CPU that one more mail costs, both notices included; one value a backlog."""
    start: tuple[float, ...]
    """Seconds from the start of the process to READY=1."""
    start_mib: float
    listed: tuple[float, ...]
    """Seconds of `requests list`."""
    listed_open: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rest:
    """The daemon with ten mailboxes and nothing to do, and while a large message passes."""

    idle_mib: float
    idle_cpu: float
    """Share of one core."""
    huge_mib: float


def main() -> int:
    """Measure, print, and write the page."""
    wanted = _arguments()
    host = machine()
    say(f"machine: {host}")
    grown = []
    for requests in wanted.sizes:
        grown.append(measure(requests, wanted.mails, wanted.runs))
        say(str(grown[-1]))
    rest = at_rest(wanted.idle_seconds)
    say(str(rest))
    helped = [took("-m", "mailgate", "--help") for _ in range(wanted.runs)]
    say(f"--help: {helped}")
    if not wanted.no_report:
        REPORT.write_text(page(host, wanted, grown, rest, helped))
    return 0


def measure(requests: int, mails: int, runs: int) -> Grown:
    """Fill a desk, then let mail come, start it, and ask it for its list."""
    with _large_desk() as house:
        database = Database(house.database)
        fill(database, requests, datetime.now(UTC))
        database.dispose()
        timed(house, "run", "--once")
        mail = generate((mails + FIRST) * runs, SEED)
        costs = [_one_more_mail(house, list(islice(mail, mails + FIRST))) for _ in range(runs)]
        starts = [_start(house) for _ in range(runs)]
        return Grown(
            requests,
            Path(house.database.removeprefix("sqlite:///")).stat().st_size / 2**20,
            tuple(costs),
            tuple(seconds for seconds, _ in starts),
            max(mib for _, mib in starts),
            tuple(timed(house, "requests", "list") for _ in range(runs)),
            tuple(timed(house, "requests", "list", "--open") for _ in range(runs)),
        )


def _one_more_mail(house: House, mails: list[Made]) -> float:
    """By a process that was warm before them: its start costs as much as hundreds of mails."""
    return sum(stages.cost(house, mails[:FIRST], mails[FIRST:]).values())


def _start(house: House) -> tuple[float, float]:
    """Seconds until the daemon says READY=1, and its memory then, in MiB."""
    with _daemon(house) as (process, link, started):
        while b"READY=1" not in link.recv(4096):
            pass
        return time.perf_counter() - started, memory(process.pid, "VmRSS")


def at_rest(seconds: float) -> Rest:
    """Ten mailboxes idle; then a large message comes into one of them.

    With a digest, as a desk has by default: for its hour the calendar is loaded at the start, and not while it rests.
    """
    with desk() as house:
        boxes = "".join(house.mailbox(f"box{number}", f"box{number}@desk.example") for number in range(MAILBOXES - 2))
        house.configure(extra=boxes, desk="")
        with _daemon(house) as (process, link, _):
            while b"READY=1" not in link.recv(4096):
                pass
            time.sleep(seconds / 6)  # until every mailbox is entered
            before = cpu(process.pid)
            time.sleep(seconds)
            idle = (cpu(process.pid) - before) / seconds, memory(process.pid, "VmRSS")
            house.dovecot.deliver(house.users[DESK], _huge())
            house.wait_letter(contact(0, 0), "registered", timeout=120)
            return Rest(idle[1], idle[0], memory(process.pid, "VmHWM"))


def page(host: str, wanted: argparse.Namespace, grown: list[Grown], rest: Rest, helped: list[float]) -> str:
    """The figures in words."""
    rows = "\n".join(
        f"| {each.requests:,} | {each.file_mib:,.0f} | {_spread(each.mail_ms, 1)} | {_spread(each.start, 2)} "
        f"| {each.start_mib:.0f} | {_spread(each.listed, 2)} | {_spread(each.listed_open, 2)} |"
        for each in grown
    )
    ratio = quantile(grown[-1].mail_ms, 0.5) / quantile(grown[0].mail_ms, 0.5)
    return f"""\
# Growth

Written by `python -m tests.bench.growth` on {datetime.now(UTC).date()}; `make bench` runs it too.

Machine: {host} before the run.
SQLite, {CONTACTS:,} contacts in a table. Figures are median (least-most) of {wanted.runs} runs, each in a process of
its own.

| requests | file, MiB | CPU of one more mail, ms | until ready, s | memory then, MiB | `requests list` | `--open`, s |
|--:|--:|--:|--:|--:|--:|--:|
{rows}

One more mail costs {ratio:.2f} times as much with {grown[-1].requests:,} requests as with {grown[0].requests:,}: both
notices included, {wanted.mails} mails a run. One request in 200 is open. The index behind every query is shown by
`tests/store/test_plans.py`, which asks both databases.

At rest, with {MAILBOXES} mailboxes: {rest.idle_mib:.0f} MiB resident, {rest.idle_cpu:.2%} of a core over
{wanted.idle_seconds:.0f} s. While a message of {HUGE / 1e6:.0f} MB passed: {rest.huge_mib:.0f} MiB at most.

`mailgate --help`: {_spread(helped, 2)} s.

## What it is to reach

{in_rows(_aims(grown, rest, helped, ratio))}
"""


def _aims(grown: list[Grown], rest: Rest, helped: list[float], ratio: float) -> tuple[Aim, ...]:
    """Of the medians, with the largest desk where its size matters."""
    largest = grown[-1]
    size = f"{largest.requests:,} requests"
    return (
        Aim(f"one more mail with {size}, of what it costs with {grown[0].requests:,}", 1.2, ratio),
        Aim(f"until ready, with {size}", 2.0, quantile(largest.start, 0.5), " s"),
        Aim(f"`requests list`, with {size}", 0.6, quantile(largest.listed, 0.5), " s"),
        Aim(f"memory at rest, with {MAILBOXES} mailboxes", 120, rest.idle_mib * MB, " MB"),
        Aim("memory while the large message passes", 350, rest.huge_mib * MB, " MB"),
        Aim("CPU at rest", 0.2, rest.idle_cpu * 100, " % of a core"),
        Aim("`mailgate --help`", 0.25, quantile(helped, 0.5), " s"),
    )


def _spread(values: tuple[float, ...] | list[float], digits: int) -> str:
    return f"{quantile(values, 0.5):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


# The desk and its process ----------------------------------------------------------------------------------------


@contextmanager
def _large_desk() -> Iterator[House]:
    with desk() as house:
        (house.folder / "clients.csv").write_text("\n".join([",".join(COLUMNS), *_contacts()]))
        house.configure(extra='[files]\nclients = "clients.csv"\nstaff = "staff.toml"\n')
        yield house


def _contacts() -> Iterator[str]:
    names = {"client_id": "client{0}", "client_name": "ООО «Клиент {0}»", "name": "Person {1}", "email": "{2}"}
    row = ",".join(names.get(column, "") for column in COLUMNS)
    for client in range(CONTACTS // CONTACTS_OF_A_CLIENT):
        for person in range(CONTACTS_OF_A_CLIENT):
            yield row.format(client, person, contact(client, person))


@contextmanager
def _daemon(house: House) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket, float]]:
    """The daemon, the socket to which it says READY=1, and when it was started."""
    with ExitStack() as stack:
        link = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        address = house.folder / "notify"
        link.bind(str(address))
        link.settimeout(120)
        stack.callback(address.unlink)
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "mailgate", "--config", str(house.config), "run"],
            cwd=ROOT, env=installed() | {"NOTIFY_SOCKET": str(address)}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process, link, started
        finally:
            process.terminate()
            process.wait(30)


def _huge() -> bytes:
    head = (
        f"Authentication-Results: mx.desk.example; dmarc=pass header.from=client0.example\r\nFrom: {contact(0, 0)}\r\n"
        "To: support@desk.example\r\nSubject: Large\r\nMessage-ID: <large@client0.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nLook.\r\n--b\r\n'
        'Content-Type: application/octet-stream; name="large.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    ).encode()
    line = b"QUJD" * 19 + b"\r\n"
    return head + line * (HUGE // len(line)) + b"--b--\r\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000, 1_000_000], help="requests")
    parser.add_argument("--mails", type=int, default=200, help="mails that come to each desk in a run")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured")
    parser.add_argument("--idle-seconds", type=float, default=60, help="how long the desk is watched at rest")
    parser.add_argument("--no-report", action="store_true", help="leave docs/growth.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
