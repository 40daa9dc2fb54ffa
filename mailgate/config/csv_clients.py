"""Clients and contacts from a table: a row a contact, the client's own columns in each or only in its first row.

UTF-8 with or without its mark, separated by commas or semicolons, quoted as spreadsheets do (RFC 4180).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mailgate.config.problems import ConfigError, Problem, nearest
from mailgate.config.sources import Source, read_text, shown
from mailgate.config.toml_lines import Loc

_CLIENT: Final = {
    "client_id": "id",
    "client_name": "name",
    "official_mailbox": "official_mailbox",
    "authorised_mailbox": "authorised_mailbox",
    "preferred_fallback": "preferred_fallback",
    "authenticity": "authenticity",
    "retention": "retention",
}
_CONTACT: Final = ("name", "email", "phones", "language")
COLUMNS: Final = (*_CLIENT, *_CONTACT)
REQUIRED: Final = ("client_id", "client_name", "name", "email")
_Row = Mapping[str, str]


@dataclass(frozen=True)
class CsvSource(Source):
    """A table, in the shape of clients.toml; `places` holds the line of each client and contact."""

    places: Mapping[Loc, int]

    @property
    def lines(self) -> Mapping[Loc, int]:
        return self.places

    def given(self, loc: Loc, value: object) -> str:
        return f"column {_column(loc)}: {shown(value)}"

    def lacking(self, loc: Loc) -> str:
        return f"column {_column(loc)} is empty"


@dataclass
class _Table:
    """The clients of the rows read so far."""

    file: Path
    clients: list[dict[str, Any]] = field(default_factory=list)
    places: dict[Loc, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _index: dict[str, int] = field(default_factory=dict)
    _columns_before: list[str] = field(default_factory=list)

    def add(self, line: int, row: _Row) -> None:
        """A row of the table; its empty cells are ''."""
        index = self._client(line, row)
        contact: dict[str, Any] = {key: value for key in _CONTACT if (value := row.get(key))}
        if not contact:
            return
        if phones := contact.get("phones"):
            contact["phones"] = [phone.strip() for phone in phones.split(";") if phone.strip()]
        contacts = self.clients[index]["contact"]
        self.places["client", index, "contact", len(contacts)] = line
        contacts.append(contact)

    def _client(self, line: int, row: _Row) -> int:
        index = self._index.setdefault(row["client_id"], len(self.clients))
        if index == len(self.clients):
            self.clients.append({"contact": []})
            self.places["client", index] = line
        columns = [row.get(column, "") for column in _CLIENT]
        if columns != self._columns_before:
            self._columns_before = columns
            self._client_columns(line, index, row)
        return index

    def _client_columns(self, line: int, index: int, row: _Row) -> None:
        client = self.clients[index]
        for column, key in _CLIENT.items():
            if not (value := row.get(column)):
                continue
            if client.setdefault(key, value) != value:
                self._differs(line, column, value, client[key])
            self.places.setdefault(("client", index, key), line)

    def _differs(self, line: int, column: str, value: str, before: str) -> None:
        what = f"column {column}: {shown(value)}, and {shown(before)} in an earlier row of the same client"
        want = "write the same in each row of a client, or leave it empty"
        self.problems.append(Problem(self.file, line, what, want))


def read_csv(file: Path) -> tuple[CsvSource, list[Problem]]:
    """The table and what is wrong with its rows. Raises ConfigError where it is no such table."""
    table = _Table(file)
    for line, row in _rows(file, read_text(file), table.problems):
        table.add(line, row)
    return CsvSource(file, {"client": table.clients}, table.places), table.problems


def _rows(file: Path, text: str, problems: list[Problem]) -> Iterator[tuple[int, _Row]]:
    """Each row that holds anything, and the line on which it begins."""
    head, _, _ = text.partition("\n")
    separator = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not columns:
                columns = _header(file, cells)
            elif len(cells) == len(columns):
                row = dict(zip(columns, map(str.strip, cells), strict=True))
                if any(row.values()):
                    yield line, row
            elif cells:
                problems.append(_ragged(file, line, len(cells), len(columns)))
            line = reader.line_num + 1
    except csv.Error as error:
        want = "a quote inside a quoted cell is doubled, and each quoted cell ends with its quote"
        raise ConfigError([*problems, Problem(file, line, f"not CSV: {error}", want)]) from None
    if not columns:
        raise ConfigError([Problem(file, 1, "an empty file", f"begin with the row {','.join(COLUMNS)}")])


def _header(file: Path, cells: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in cells]
    problems = [_unknown(file, column) for column in columns if column not in COLUMNS]
    problems += [
        Problem(file, 1, f"column {column} is missing", f"columns: {','.join(COLUMNS)}")
        for column in REQUIRED
        if column not in columns
    ]
    problems += [
        Problem(file, 1, f"column {column} stands twice", "each column once")
        for column in COLUMNS
        if columns.count(column) > 1
    ]
    if problems:
        raise ConfigError(problems)
    return columns


def _unknown(file: Path, column: str) -> Problem:
    like = nearest(column, COLUMNS)
    want = f'did you mean "{like}"?' if like else f"known here: {', '.join(COLUMNS)}"
    return Problem(file, 1, f'unknown column "{column}"', want)


def _ragged(file: Path, line: int, found: int, wanted: int) -> Problem:
    want = f"{wanted} of them, as in the first row; a cell that holds the separator stands in double quotes"
    return Problem(file, line, f"a row of {found} cells", want)


def _column(loc: Loc) -> str:
    keys = [key for key in loc if isinstance(key, str)]
    if "contact" in keys:
        return keys[2]
    return next(column for column, key in _CLIENT.items() if key == keys[1])
