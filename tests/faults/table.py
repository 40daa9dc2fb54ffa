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

import pytest

TARGET = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
HEAD = """# What mailgate survived

`make faults` writes this page; it is not edited by hand. Each line is one test of `tests/faults/` against real
servers: Dovecot, an SMTP server, SQLite or PostgreSQL, and mailgate as a process of its own: the daemon, or
`run --once`.

**Runs** is how often the fault was injected in the run that wrote the line. **Lost**: messages of which the journal
knows nothing, or nothing decided. **Twice**: requests above one for each submission.
**Copies**: notices that reached their reader's server more than once. What a test does not count is left blank.
**When** the line was written, and at how much of the full counts: `--full` is all, `--full=10` a tenth.
What befalls a message where: [delivery](delivery.md).

| fault | injected | runs | lost | twice | copies | what was found | s | when |
|---|---|--:|--:|--:|--:|---|--:|---|
"""
_CELLS = HEAD.splitlines()[-1].count("|") - 1


def row(figures: dict[str, Any], report: pytest.TestReport) -> dict[str, Any]:
    """A test's figures, which say so where it failed."""
    return figures | ({"result": f"**failed**; {figures['result']}"} if report.failed else {})


def write(rows: list[dict[str, Any]], command: Sequence[str], share: int) -> None:
    """Write the page: these rows, at `share` percent of the full counts, and those lines that other tests wrote."""
    lines = _lines(TARGET.read_text() if TARGET.exists() else "")
    when = f"{date.today()}, {share} %"
    lines |= {(row["fault"], row["injected"]): _line(row | {"when": when}) for row in rows}
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
        if re.match(r"\| R\d", line) and line.count("|") == _CELLS + 1:
            fault, injected = (part.strip() for part in line.split("|")[1:3])
            found[fault, injected] = line
    return found


def _number(fault: str) -> int:
    return int(re.sub(r"\D", "", fault) or 0)


def _foot(command: Sequence[str], lines: Iterable[str]) -> str:
    minutes = sum(int(line.split("|")[-3]) for line in lines) / 60
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    machine = f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"
    load = f"load average {os.getloadavg()[2]:.1f}"
    when = f"Last written {date.today()} by `{' '.join(command)}`"
    whole = f"All the lines together took {minutes:.0f} minutes, one after another."
    return f"{when} on {machine}, SQLite {sqlite3.sqlite_version}; {load}.\n{whole}\n"
