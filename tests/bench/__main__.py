"""`make bench`: how soon a mail is answered, how much mail a desk takes, and where the time goes.

Every figure is of this project alone, on the machine at hand; `docs/performance.md` is written anew by each whole run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from tests.bench import backlog, latency, stages
from tests.bench.measuring import desk, machine
from tests.rig.house import ROOT

REPORT = ROOT / "docs" / "performance.md"
SEED = 20261123
PAGE = """\
# Performance

Written by `make bench` on {day}; every whole run of it writes this page anew.

Machine: {machine} before the run.
SQLite with WAL and `synchronous=FULL`, all checks on.

## From delivery to the notice

{arrivals} mails, one after another, into a mailbox on which the daemon idles; the clock stops when the SMTP server has
read the final dot of the registration notice. Dovecot alone needs {own:.2f} s of it before it tells an idling client.

{waited}

## A backlog

{mails} made-up mails ({mix}) wait in the mailbox.
`mailgate run --once` takes them, decides, writes requests and notices, and delivers {notices} notices in text and HTML,
those to staff with the attachments. Measured is the process alone, without Dovecot and the SMTP server, which share
the machine with it; its start-up is left out.

{runs}

## Where the CPU goes

The same backlog in one thread under cProfile, which costs several times what it measures: only the shares count.

{stages}

{packages}
"""


def main() -> int:
    """Measure, print, and write the report."""
    wanted = _arguments()
    host = machine()
    say(f"machine: {host}")
    with desk() as house:
        own = latency.announcement(house.dovecot)
    waited = latency.measure(wanted.arrivals, SEED)
    say(f"latency: {waited} (of it Dovecot's own {own:.2f} s)")
    runs = [backlog.measure(wanted.mails, SEED) for _ in range(wanted.runs)]
    for run in runs:
        say(f"backlog: {run}")
    found = stages.measure(wanted.mails, SEED)
    for name, milliseconds in found.stages:
        say(f"stage:   {name:40} {milliseconds:6.2f} ms  {milliseconds / found.total:4.0%}")
    if wanted.functions:
        for name, milliseconds in (*found.packages, *found.functions):
            say(f"own:     {name:60} {milliseconds:6.3f} ms")
    if not wanted.no_report:
        REPORT.write_text(report(wanted, host, own, waited, runs, found))
    return 0


def report(
    wanted: argparse.Namespace,
    host: str,
    own: float,
    waited: latency.Latency,
    runs: list[backlog.Throughput],
    found: stages.Stages,
) -> str:
    """The figures as a page."""
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(runs[0].kinds.items()))
    return PAGE.format(
        day=datetime.now(UTC).date().isoformat(),
        machine=host,
        arrivals=wanted.arrivals,
        own=own,
        waited=waited,
        mails=wanted.mails,
        mix=f"seed {SEED}: {kinds}; {runs[0].bytes / 2**20:.1f} MiB",
        notices=runs[0].notices,
        runs=_table(
            ("run", "messages/s", "CPU ms a message", "most memory, MiB"),
            (
                (str(number), f"{run.per_second:.0f}", f"{run.cpu_ms:.1f}", f"{run.whole.peak_mib:.0f}")
                for number, run in enumerate(runs, 1)
            ),
        ),
        stages=_shares("stage", found.stages, found.total),
        packages=_shares("own time of", found.packages, found.total),
    )


def _shares(what: str, rows: Iterable[tuple[str, float]], total: float) -> str:
    return _table((what, "ms a message", "share"), ((name, f"{ms:.2f}", f"{ms / total:.0%}") for name, ms in rows))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--arrivals", type=int, default=20, help="mails for the latency")
    parser.add_argument("--mails", type=int, default=500, help="mails of the backlog")
    parser.add_argument("--runs", type=int, default=3, help="how often the backlog is taken")
    parser.add_argument("--functions", action="store_true", help="print the functions that cost most")
    parser.add_argument("--no-report", action="store_true", help="leave docs/performance.md as it is")
    return parser.parse_args()


def say(line: str) -> None:
    """Print at once: a run takes minutes."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
