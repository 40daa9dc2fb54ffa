"""Questions that are put together once, at import, and asked with values ever after.

Why: putting a statement together costs more than the database takes to answer it, and a session that is asked for mere
columns first looks for objects among them. Where no list is among the values and no column is converted on its way
back, the statement goes to the driver as the text that it was compiled to: that halves what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BindParameter, ClauseElement, Dialect, Executable, Result, Table, bindparam
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from mailgate.store.writing import Writing

AS_BYTES = "as_bytes"
"""The execution option of a question that bytes answer, and maybe numbers: no database writes them as text then."""


def given(name: str) -> BindParameter[Any]:
    """A value that comes with the question."""
    return bindparam(name)


def any_of(name: str) -> BindParameter[Any]:
    """A list of values that comes with the question, for `in_`."""
    return bindparam(name, expanding=True)


def ask(session: Session, statement: Executable, *, by: str = "", **values: Any) -> Result[*tuple[Any, ...]]:
    """The columns that are asked for; what the session has in hand of their tables is written first.

    `by` names the column, and the value, without which no row answers: what is in hand and has another value there
    need not be written for this question.
    """
    if isinstance(session, Writing):
        session.flush_for(_tables(statement), by, values.get(by))
    else:
        session.flush()
    connection = session.connection()
    text = as_text(statement, connection.dialect)
    if text is None:
        return connection.execute(statement, values)
    return connection.exec_driver_sql(text.sql, text.bound(values), execution_options=statement.get_execution_options())


@cache
def _tables(statement: Executable) -> frozenset[Table]:
    """Which tables a statement has to do with."""
    assert isinstance(statement, ClauseElement)
    return frozenset(element for element in iterate(statement) if isinstance(element, Table))


@dataclass(frozen=True, slots=True)
class AsText:
    """A statement as the driver takes it."""

    sql: str
    own: Mapping[str, Any]
    """The values that stand in the statement itself."""
    converted: Mapping[str, Callable[[Any], Any]]
    order: Sequence[str] | None
    """The names of the values in their order, where the driver knows them by it."""

    def bound(self, values: Mapping[str, Any]) -> Any:
        """All values as the driver takes them."""
        whole = {**self.own, **values}
        for name, convert in self.converted.items():
            whole[name] = convert(whole[name])
        return whole if self.order is None else tuple([whole[name] for name in self.order])


@lru_cache(maxsize=512)
def as_text(statement: Executable, dialect: Dialect) -> AsText | None:
    """None where that is not possible: lists have any length, and some columns are converted."""
    assert isinstance(statement, ClauseElement)
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    if compiled.post_compile_params or any(_reads(type_, dialect) for type_ in _answers(statement)):
        return None
    converted = {name: convert for name, each in compiled.binds.items() if (convert := _writes(each.type, dialect))}
    own = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
    return AsText(compiled.string, own, converted, compiled.positiontup if compiled.positional else None)


def _answers(statement: Any) -> list[TypeEngine[Any]]:
    """The types of the columns that a statement gives."""
    columns = statement.selected_columns if statement.is_select else statement.exported_columns
    return [column.type for column in columns]


def _writes(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _reads(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
