"""The commented example of a TOML file made into somebody's own: values put in, tables brought in or left out.

Why: there is one text of the comments, and it is the example that the tests load.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_HEADER = re.compile(r"(?:# )?(\[\[?[a-z_.]+\]\]?)\s*$")
_PAIR = re.compile(
    r"""(?:\#\ )?(?P<key>\w+)\ =\ (?P<value>"[^"]*"|\[.*?\]|[^\s#]+)(?P<gap>\s*)(?P<comment>(?:\#.*)?)$""", re.VERBOSE
)
Value = str | int | Sequence[str]


@dataclass
class _Table:
    """A header as it stands in the file, and the lines from it to the next; what comes before the first is headless."""

    header: str
    lines: list[str]


class Draft:
    """A text that is being rewritten. Tables are named by their headers: "[desk]", "[[mailbox]]", counted from 0."""

    def __init__(self, text: str) -> None:
        self._tables = [_Table("", [])]
        for line in text.splitlines():
            if found := _HEADER.match(line):
                self._tables.append(_Table(found[1], []))
            self._tables[-1].lines.append(line)

    def __str__(self) -> str:
        lines = "\n".join(line for table in self._tables for line in table.lines)
        return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"

    def put(self, header: str, key: str, value: Value, number: int = 0) -> None:
        """Give a key of a table that value, in its place and beside its comment, also where it is commented out.

        A key that the example has not there goes to the table's end.
        """
        lines = self._table(header, number).lines
        pair, last = f"{key} = {_toml(value)}", 0
        for at, line in enumerate(lines):
            if found := _PAIR.match(line):
                last = at
                if found["key"] == key:
                    lines[at] = _aligned(pair, found)
                    return
        lines.insert(last + 1, pair)

    def bring_in(self, header: str) -> None:
        """A table that is commented out; its keys stay so until they are `put`."""
        table = self._table(header, 0)
        table.lines[0] = header

    def comment_out(self, header: str, key: str, number: int = 0) -> None:
        """Leave a key to its default."""
        lines = self._table(header, number).lines
        lines[:] = [f"# {line}" if line.startswith(f"{key} = ") else line for line in lines]

    def add(self, header: str, pairs: Mapping[str, Value]) -> None:
        """One more table, at the end."""
        lines = [header, *(f"{key} = {_toml(value)}" for key, value in pairs.items())]
        self._tables[-1].lines.append("")
        self._tables.append(_Table(header, lines))

    def leave_out(self, header: str, number: int, *inside: str) -> None:
        """A table with those `inside` it that follow. What explains the next table, after an empty line, stays."""
        first = self._tables.index(self._table(header, number))
        last = first + 1
        while last < len(self._tables) and self._tables[last].header in inside:
            last += 1
        rest = self._tables[last - 1].lines
        kept = rest[rest.index("") + 1 :] if "" in rest else []
        self._tables[first - 1].lines += ["", *kept]
        del self._tables[first:last]

    def _table(self, header: str, number: int) -> _Table:
        return [table for table in self._tables if table.header == header][number]


def _aligned(pair: str, before: re.Match[str]) -> str:
    if not before["comment"]:
        return pair
    column = before.start("comment")
    return f"{pair:<{column - 1}} {before['comment']}"


def _toml(value: Value) -> str:
    return json.dumps(value if isinstance(value, str | int) else list(value), ensure_ascii=False)
