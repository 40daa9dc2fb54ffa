"""`make bench`: how soon a mail is answered, how much mail a desk takes, and where the time goes.

Every figure is of this project alone, on the machine at hand; `docs/performance.md` is written anew by each whole run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tests.bench import aims, backlog, daemons, latency, peers, stages
from tests.bench.measuring import desk, machine, say, spread, table
from tests.rig.house import ROOT

REPORT = ROOT / "docs" / "performance.md"
SEED = 20261123
LONGER = 4
"""Times the backlog where programs are compared from their start on: what they do once is to weigh little."""
PAGE = """\
# Performance

Written by `make bench` on {day}; every whole run of it writes this page anew.

Machine: {machine} before the run.
SQLite with WAL and `synchronous=FULL`, all checks on.

## What it is to reach

The aims were set on a machine on which the bare path, in batches, took {bare_ms} ms of CPU a message; how long it takes
here stands below. The figures are the medians of what follows.

{aims}

## From delivery to the notice

{arrivals} mails, one after another, into a mailbox on which the daemon idles; the clock stops when the SMTP server has
read the final dot of the registration notice. Dovecot alone needs {own:.2f} s of it before it tells an idling client.

{waited}

## A backlog

{mails} made-up mails ({mix}), {portion} at a time, wait in
the mailbox. What `mailgate run --once` does takes them, decides, writes requests and notices, and delivers {notices}
notices in text and HTML, those to staff with the attachments. By turns with it, on the same mails and servers, goes the
bare path: what the same libraries take when nothing is done with them but the least (`tests/bench/bare.py`: one short
answer a message, no Rules, no check of the sender, no HTML, no staff). Measured is the process alone, without Dovecot
and the SMTP server, which share the machine with it, and without its start and its first {first} mails.

{runs}

Of the bare path's messages a second, the whole reaches {share}, at {cpu_share} times its CPU.
These are medians of {portions} portions, and from where to where they go.

## Two daemons

{many} mails of the mix wait in two mailboxes. One daemon holds both, or two daemons hold one each, on a PostgreSQL
that puts every commit on the disk. The clock runs from there to the last notice. Dovecot, PostgreSQL and the SMTP
server take their part of the same cores.

{together}

Two daemons take {gain} times as many messages a second as one. With no core idle for a moment
while two work, it would be {most} times: more the machine does not have. One daemon is bound
by Python's one core, two by both; the faster a daemon is, the larger is the part of both that goes to the servers.

## Where the CPU goes

The same backlog in one thread, under clocks of that thread's CPU time: the median of {rounds} rounds, and from where to
where they go.

{stages}
{peers}"""


def main() -> int:
    """Measure, print, and write the report."""
    wanted = _arguments()
    host = machine()
    say(f"machine: {host}")
    with desk() as house:
        own = latency.announcement(house.dovecot)
    waited = latency.measure(wanted.arrivals, SEED)
    say(f"latency: {waited} (of it Dovecot's own {own:.2f} s)")
    pairs = [pair for _ in range(wanted.runs) for pair in backlog.measure(wanted.mails, SEED)]
    for name, per_second, cpu_ms, peak_mib in _paths(pairs):
        say(f"{name}: {per_second} messages/s, {cpu_ms} ms CPU a message, at most {peak_mib} MiB")
    say(f"share: {spread([pair.share for pair in pairs])}")
    together = []
    for _ in range(wanted.runs):
        together.append(daemons.measure(LONGER * wanted.mails, SEED))
        say(str(together[-1]))
    rounds = [stages.measure(wanted.mails, SEED) for _ in range(wanted.runs)]
    for name, values in _by_stage(rounds):
        say(f"stage:   {name:40} {spread(values)} ms")
    compared = peers.measure(LONGER * wanted.mails, wanted.runs)
    say(compared.text)
    if not wanted.no_report:
        REPORT.write_text(report(wanted, host, own, waited, pairs, together, rounds, compared))
    return 0


def report(
    wanted: argparse.Namespace,
    host: str,
    own: float,
    waited: latency.Latency,
    pairs: Sequence[backlog.Pair],
    together: Sequence[daemons.Together],
    rounds: Sequence[dict[str, float]],
    compared: peers.Compared,
) -> str:
    """The figures as a page."""
    mix = backlog.mix(wanted.mails, SEED)
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(mix.kinds.items()))
    return PAGE.format(
        day=datetime.now(UTC).date().isoformat(),
        machine=host,
        arrivals=wanted.arrivals,
        aims=aims.in_rows(aims.of_a_backlog(waited, pairs, together, compared.times)),
        bare_ms=aims.BARE_MS,
        own=own,
        waited=waited,
        mails=wanted.mails,
        many=LONGER * wanted.mails,
        mix=f"seed {SEED}: {kinds}; {mix.bytes / 2**20:.1f} MiB",
        portion=backlog.PORTION,
        portions=len(pairs),
        notices=sum(pair.whole.notices for pair in pairs) // wanted.runs,
        first=backlog.FIRST,
        runs=table(("", "messages/s", "CPU ms a message", "most memory, MiB"), _paths(pairs)),
        share=spread([pair.share for pair in pairs]),
        cpu_share=spread([pair.cpu_share for pair in pairs]),
        together=table(
            ("daemons", "messages/s", "CPU ms a message, mailgate", "PostgreSQL", "of all cores busy, %"),
            (_by_daemons(name, [getattr(each, name) for each in together]) for name in ("one", "two")),
        ),
        gain=spread([each.gain for each in together]),
        most=spread([each.most for each in together]),
        rounds=len(rounds),
        stages=table(("stage", "ms a message"), ((name, spread(values)) for name, values in _by_stage(rounds))),
        peers=f"\n## Beside django-helpdesk\n\n{compared.text}\n",
    )


def _paths(pairs: Sequence[backlog.Pair]) -> Iterator[tuple[str, str, str, str]]:
    for name in ("whole", "bare"):
        taken: list[backlog.Taken] = [getattr(pair, name) for pair in pairs]
        peak = f"{max(each.cost.peak_mib for each in taken):.0f}"
        yield name, spread([each.per_second for each in taken], 0), spread([each.cpu_ms for each in taken], 1), peak


def _by_daemons(name: str, runs: Sequence[daemons.Taken]) -> tuple[str, ...]:
    columns = (("per_second", 0), ("daemons_ms", 1), ("database_ms", 1))
    figures = [spread([getattr(run, column) for run in runs], digits) for column, digits in columns]
    return name, *figures, spread([100 * run.busy for run in runs], 0)


def _by_stage(rounds: Sequence[dict[str, float]]) -> Iterator[tuple[str, list[float]]]:
    for name in rounds[0]:
        yield name, [each[name] for each in rounds]
    yield "all of it", [sum(each.values()) for each in rounds]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--arrivals", type=int, default=20, help="mails for the latency")
    parser.add_argument("--mails", type=int, default=500, help="mails of the backlog")
    parser.add_argument("--runs", type=int, default=5, help="how often the backlog is taken")
    parser.add_argument("--no-report", action="store_true", help="leave docs/performance.md as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
