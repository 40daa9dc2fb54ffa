"""Tables for people, JSON for scripts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

SUBJECT_SHOWN = 60
_COPIED = frozenset({"id", "number", "request"})
"""Columns of what people copy into the next command: on a narrow terminal all others fold."""
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def emit_json(value: Any, *, one_line: bool = False) -> None:
    """Print one JSON document: UTF-8, not escaped, times in RFC 3339 with offset."""
    indent = None if one_line else 2
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")


def emit_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; a cell's markup is not read, so nothing that a client wrote can colour it."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        sys.stdout.write(f"{title}\n" if title else "")
        _print_plain([columns, *texts])
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in _COPIED)
    for row in texts:
        table.add_row(*map(Text, row))
    _print_drawn(table)


def shortened(subject: str) -> str:
    """A subject as a table shows it; it may have hundreds of characters."""
    return subject if len(subject) <= SUBJECT_SHOWN else f"{subject[: SUBJECT_SHOWN - 1].rstrip()}…"


def emit_facts(facts: Mapping[str, Any]) -> None:
    """Print names and values, one a line; what is empty is left out."""
    texts = [[name, _shown(value)] for name, value in facts.items() if value not in (None, "", [], (), {})]
    if not sys.stdout.isatty():
        _print_plain(texts)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in texts:
        table.add_row(Text(name, style="bold"), Text(value))
    _print_drawn(table)


def emit_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table as CSV (RFC 4180, but for its line ends): UTF-8, commas, its first row names the columns."""
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        value = [f"{name}: {each}" for name, each in value.items()]
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _print_drawn(table: Table) -> None:
    from rich.console import Console

    Console(highlight=False).print(table)


def _print_plain(rows: Sequence[Sequence[str]]) -> None:
    """Into a file or a pipe: in columns, nothing folded and nothing drawn; a cell of several lines takes as many."""
    cells = [[_CONTROLS.sub(" ", cell).split("\n") for cell in row] for row in rows]
    widths = [max(len(line) for cell in column for line in cell) for column in zip(*cells, strict=True)]
    for row in cells:
        for lines in zip_longest(*row, fillvalue=""):
            sys.stdout.write("  ".join(map(str.ljust, lines, widths)).rstrip() + "\n")


def stamp(moment: datetime | None, zone: tzinfo) -> str | None:
    """A moment for JSON: RFC 3339 with the offset of the desk's zone, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def to_the_minute(stamped: str | None) -> str | None:
    """The same moment as a person reads it in a table."""
    return stamped[:16].replace("T", " ") if stamped else None
