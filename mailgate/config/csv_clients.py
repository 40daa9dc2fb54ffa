"""Clients and contacts from a table: a row a contact, the client's own columns in each or only in its first row.

UTF-8 with or without its mark, separated by commas or semicolons, quoted as spreadsheets do (RFC 4180).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, TextIO

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


@dataclass(frozen=True)
class CsvSource(Source):
    """A table, in the shape of clients.toml."""

    clients: Mapping[Loc, int]
    """The line of each client and of its columns."""
    contacts: Sequence[Sequence[int]]
    """By client, the line of each contact."""

    @property
    def lines(self) -> Mapping[Loc, int]:
        return self.clients

    def line(self, loc: Loc) -> int | None:
        match loc:
            case ("client", int(client), "contact", int(contact), *_):
                return self.contacts[client][contact]
        return super().line(loc)

    def given(self, loc: Loc, value: object) -> str:
        return f"column {_column(loc)}: {shown(value)}"

    def lacking(self, loc: Loc) -> str:
        return f"column {_column(loc)} is empty"


class _Table:
    """The clients of the rows read so far.

    Why each row's columns of the client are compared as they stand: nearly always they are those of the row before.
    """

    def __init__(self, file: Path, header: Sequence[str], problems: list[Problem]) -> None:
        self._file, self._width, self._problems = file, len(header), problems
        self._of_client, self._of_contact = _pick(header, _CLIENT), _pick(header, _CONTACT)
        self._index: dict[str, int] = {}
        self._before: tuple[str, ...] = ()
        self._of_current: list[dict[str, Any]] = []
        self._lines: list[int] = []
        self.clients: list[dict[str, Any]] = []
        self.places: dict[Loc, int] = {}
        self.contacts: list[list[int]] = []

    def add(self, line: int, cells: list[str]) -> None:
        """A row of the table; where it holds nothing, nothing is added."""
        if len(cells) != self._width:
            self._problems += [_ragged(self._file, line, len(cells), self._width)] if cells else []
            return
        cells.append("")
        contact = _contact(*map(str.strip, self._of_contact(cells)))
        columns = self._of_client(cells)
        if columns != self._before and (contact or any(map(str.strip, columns))):
            self._before = columns
            self._client(line, [*map(str.strip, columns)])
        if contact:
            self._of_current.append(contact)
            self._lines.append(line)

    def _client(self, line: int, columns: Sequence[str]) -> None:
        index = self._index.setdefault(columns[0], len(self.clients))
        found = {key: value for key, value in zip(_CLIENT.values(), columns, strict=True) if value}
        if index == len(self.clients):
            self.clients.append(found | {"contact": []})
            self.contacts.append([])
            self.places["client", index] = line
        else:
            self._again(line, index, found)
        self._of_current, self._lines = self.clients[index]["contact"], self.contacts[index]

    def _again(self, line: int, index: int, found: Mapping[str, str]) -> None:
        client = self.clients[index]
        for key, value in found.items():
            if key not in client:
                client[key] = value
                self.places["client", index, key] = line
            elif client[key] != value:
                self._differs(line, _column(("client", key)), value, client[key])

    def _differs(self, line: int, column: str, value: str, before: str) -> None:
        what = f"column {column}: {shown(value)}, and {shown(before)} in an earlier row of the same client"
        want = "write the same in each row of a client, or leave it empty"
        self._problems.append(Problem(self._file, line, what, want))


def _pick(header: Sequence[str], columns: Iterable[str]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Takes these columns out of a row; for one that the table has not, the empty cell behind the last."""
    return itemgetter(*(header.index(column) if column in header else -1 for column in columns))


def _contact(name: str, email: str, phones: str, language: str) -> dict[str, Any]:
    """As clients.toml has it; what is empty is left out."""
    contact: dict[str, Any] = {}
    if name:
        contact["name"] = name
    if email:
        contact["email"] = email
    if phones:
        contact["phones"] = [phone.strip() for phone in phones.split(";") if phone.strip()]
    if language:
        contact["language"] = language
    return contact


def read_csv(file: Path) -> tuple[CsvSource, list[Problem]]:
    """The table and what is wrong with its rows. Raises ConfigError where it is no such table."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            return _read(file, text)
    except (OSError, UnicodeDecodeError):
        read_text(file)  # says what is wrong with it
        raise


def _read(file: Path, text: TextIO) -> tuple[CsvSource, list[Problem]]:
    if not (head := text.readline()):
        raise ConfigError([Problem(file, 1, "an empty file", f"begin with the row {','.join(COLUMNS)}")])
    text.seek(0)
    separator = ";" if head.count(";") > head.count(",") else ","
    rows, line = csv.reader(text, delimiter=separator, strict=True), 1
    problems: list[Problem] = []
    try:
        table = _Table(file, _header(file, next(rows)), problems)
        line = rows.line_num + 1
        for cells in rows:
            table.add(line, cells)
            line = rows.line_num + 1
    except csv.Error as error:
        want = "a quote inside a quoted cell is doubled, and each quoted cell ends with its quote"
        raise ConfigError([*problems, Problem(file, line, f"not CSV: {error}", want)]) from None
    return CsvSource(file, {"client": table.clients}, table.places, table.contacts), problems


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
