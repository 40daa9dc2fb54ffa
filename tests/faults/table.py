"""docs/reliability.md: the figures, a line for each fault; a run of some of the tests renews their lines only."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
HEAD = """# What mailgate survived

`make faults` writes this page; it is not edited by hand. Each line is one test of `tests/faults/` against real
servers: Dovecot, an SMTP server, SQLite or PostgreSQL, and the daemon as a process of its own.

**Runs** is how often the fault was injected in the run that wrote the line. **Lost**: messages of which the journal
knows nothing, or nothing decided. **Twice**: requests above one for each submission.
**Copies**: notices that reached their reader's server more than once. The full counts are those of `--full`; a line
with fewer runs was written by `--full=PERCENT`. What befalls a message where: [delivery](delivery.md).

| fault | injected | runs | lost | twice | copies | what was found | s |
|---|---|--:|--:|--:|--:|---|--:|
"""


def write(rows: list[dict[str, Any]], command: Sequence[str]) -> None:
    """Write the page: these rows, and those lines of it that other tests wrote."""
    lines = _lines(TARGET.read_text() if TARGET.exists() else "")
    lines |= {(row["fault"], row["injected"]): _line(row) for row in rows}
    body = "\n".join(lines[key] for key in sorted(lines, key=lambda key: (_number(key[0]), key[1])))
    TARGET.write_text(f"{HEAD}{body}\n\n{_foot(command, lines.values())}")


def order(row: dict[str, Any]) -> tuple[int, str]:
    """R2 before R10."""
    return _number(row["fault"]), row["injected"]


def _line(row: dict[str, Any]) -> str:
    return "| " + " | ".join(str(part) for part in row.values()) + " |"


def _lines(page: str) -> dict[tuple[str, str], str]:
    found = {}
    for line in page.splitlines():
        if re.match(r"\| [RT]\d", line):
            fault, injected = (part.strip() for part in line.split("|")[1:3])
            found[fault, injected] = line
    return found


def _number(fault: str) -> int:
    return int(re.sub(r"\D", "", fault) or 0)


def _foot(command: Sequence[str], lines: Iterable[str]) -> str:
    minutes = sum(int(line.split("|")[-2]) for line in lines) / 60
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    machine = f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"
    load = f"load average {os.getloadavg()[2]:.1f}"
    when = f"Last written {date.today()} by `{' '.join(command)}`"
    whole = f"All the lines together took {minutes:.0f} minutes, one after another."
    return f"{when} on {machine}, SQLite {sqlite3.sqlite_version}; {load}.\n{whole}\n"
