"""Rows that are written once: collected, and written with one statement a table.

Why: the session's own way with an object costs five times what the database takes for its row, and most rows of the
desk (correspondence, history, outbox, deadlines) are never changed by whoever writes them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Insert, Table, Update, event, insert
from sqlalchemy.inspection import inspect
from sqlmodel import Session, SQLModel

from mailgate.store.columns import Row

NEW = "new_"
"""Begins the names of the values that an UPDATE sets: the columns' own names are taken there."""
TOGETHER = "together"
"""The execution option of a statement whose rows may be written all at once: they are alike, have no bytes, and no two
mean the same row of the table."""
_UNKNOWN = object()


class Writing(Session):
    """A session that collects rows: whatever asks it finds them written."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._collected: dict[Insert | Update, list[Row]] = {}
        self.known: dict[Hashable, Any] = {}
        """What this transaction has asked or written already, by what it is of; see `remembered`."""

    def collect(self, statement: Insert | Update, row: Row) -> None:
        """Have a statement carried out with `row` and others, before its table is asked for or with the commit."""
        self._collected.setdefault(statement, []).append(row)

    def supersede(self, statement: Insert | Update, row: Row) -> None:
        """The same with this row alone: what was collected for that statement before is outdated."""
        self._collected[statement] = [row]

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """What was changed and what was collected goes to the database."""
        super().flush(objects)
        self._write(list(self._collected))

    def flush_for(self, tables: frozenset[Table], by: str, value: Any) -> None:
        """The same as far as a question to these tables needs it: the more rows together, the cheaper each is.

        Where the question asks for rows whose column `by` has this value, or one of these, others do not matter.
        """
        super().flush()
        asked = [statement for statement in self._collected if statement.table in tables]
        if by:
            wanted = value if isinstance(value, list) else [value]
            asked = [each for each in asked if any(_may_have(row, by, wanted) for row in self._collected[each])]
        self._write(asked)

    def _write(self, statements: Iterable[Insert | Update]) -> None:
        for statement in statements:
            rows = self._collected.pop(statement)
            self.connection().execute(statement, rows, execution_options={TOGETHER: True})

    def forget(self) -> None:
        """Nothing was collected, and nothing is known."""
        self._collected.clear()
        self.known.clear()


@event.listens_for(Writing, "before_commit")
def _write_all(session: Writing) -> None:
    """Also of a savepoint: a row that the database refuses is refused inside it."""
    session.flush()


@event.listens_for(Writing, "after_soft_rollback")
def _forget(session: Writing, _transaction: Any) -> None:
    """A savepoint begins with a flush: what is not written when it is rolled back belongs to it."""
    session.forget()


def _may_have(row: Row, column: str, wanted: Sequence[Any]) -> bool:
    value = row.get(column, row.get(NEW + column, _UNKNOWN))
    return value is _UNKNOWN or value in wanted


def write(session: Session, table: type[SQLModel], **values: Any) -> None:
    """Write one row; what is not named has the default of its table."""
    collect(session, insert_of_row(table), row_of(table, **values))


def collect(session: Session, statement: Insert | Update, row: Row) -> None:
    """Have a statement carried out with `row`, together with other rows."""
    assert isinstance(session, Writing), "a session of `Database.write`"
    session.collect(statement, row)


def supersede(session: Session, statement: Insert | Update, row: Row) -> None:
    """The same with this row alone: what was collected for that statement before is outdated."""
    assert isinstance(session, Writing), "a session of `Database.write`"
    session.supersede(statement, row)


def remembered(session: Session) -> dict[Hashable, Any]:
    """What need not be asked again before the transaction ends; whoever changes it in the database changes it here.

    Of a session that only reads nothing is remembered.
    """
    return session.known if isinstance(session, Writing) else {}


@cache
def insert_of_row(table: type[SQLModel]) -> Insert:
    """The statement to which the rows of `row_of` are given."""
    return insert(table_of(table))


@cache
def table_of(table: type[SQLModel]) -> Table:
    """The table behind a class of rows."""
    found = inspect(table).local_table
    assert isinstance(found, Table)
    return found


def row_of(table: type[SQLModel], **values: Any) -> Row:
    """Column -> value of a whole row but its id; what is not named has the default of its table."""
    names, blank = _columns(table)
    row = dict(blank)
    for name, value in values.items():
        row[names[name]] = value
    return row


@cache
def _columns(table: type[SQLModel]) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """Field -> column, and the values of an empty row; the database numbers it."""
    names = {name: inspect(table).attrs[name].columns[0].key for name in table.model_fields}
    blank = {
        names[name]: field.get_default(call_default_factory=True)
        for name, field in table.model_fields.items()
        if name != "id" and not field.is_required()
    }
    return MappingProxyType(names), MappingProxyType(blank)
