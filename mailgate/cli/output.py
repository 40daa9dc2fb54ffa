"""Tables for people, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

PIPE_WIDTH = 10_000
"""Columns of what goes into a file or a pipe: so wide that nothing is folded, and a line stays a line."""


def emit_json(value: Any, *, one_line: bool = False) -> None:
    """Print one JSON document: UTF-8, not escaped, times in RFC 3339 with offset."""
    indent = None if one_line else 2
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")


def emit_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; a cell's markup is not read, so nothing that a client wrote can colour it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    frame = box.SIMPLE_HEAD if sys.stdout.isatty() else None
    table = Table(title=title or None, title_justify="left", box=frame, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    _print(table)


def emit_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table as CSV (RFC 4180, but for its line ends): UTF-8, commas, its first row names the columns."""
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def emit_facts(facts: Mapping[str, Any]) -> None:
    """Print names and values, one a line; what is empty is left out."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value not in (None, "", [], (), {}):
            table.add_row(Text(name, style="bold"), Text(_shown(value)))
    _print(table)


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _print(table: Table) -> None:
    """On a terminal in its own width and manner; elsewhere plain, without the blanks that fill the last column."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console(highlight=False).print(table)
        return
    plain = Console(width=PIPE_WIDTH, color_system=None)
    with plain.capture() as capture:
        plain.print(table)
    sys.stdout.writelines(line.rstrip() + "\n" for line in capture.get().splitlines())


def stamp(moment: datetime | None, zone: tzinfo) -> str | None:
    """A moment for JSON: RFC 3339 with the offset of the desk's zone, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def to_the_minute(stamped: str | None) -> str | None:
    """The same moment as a person reads it in a table."""
    return stamped[:16].replace("T", " ") if stamped else None
