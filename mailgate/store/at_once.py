"""PostgreSQL takes at once what its driver would give it bit by bit: new rows, and a message's bytes.

Why: rows go one after another otherwise, each with a call of the system and a wait of its own; bytes come as twice as
many hexadecimal digits. SQLite, in the same process, has nothing to gain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from psycopg.pq import Format
from sqlalchemy import Dialect, Engine, Insert, event

from mailgate.store.asking import AS_BYTES
from mailgate.store.writing import WHOLE_ROWS


def hasten(engine: Engine) -> None:
    """Wherever a statement says that it may be done: `WHOLE_ROWS`, `AS_BYTES`."""

    @event.listens_for(engine, "do_executemany")
    def copy(cursor: Any, _statement: str, rows: Sequence[Mapping[str, Any]], context: Any) -> bool:
        whole = bool(context.execution_options.get(WHOLE_ROWS))
        if whole:
            _copy(cursor, _copying(context.compiled.statement, tuple(rows[0]), context.dialect), rows)
        return whole

    @event.listens_for(engine, "before_cursor_execute")
    def read_as_bytes(_connection: Any, cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        if context.execution_options.get(AS_BYTES):
            cursor.format = Format.BINARY


class _Copying(NamedTuple):
    command: str
    names: Sequence[str]
    types: Sequence[str]
    """Of the columns, as the driver calls them."""


def _copy(cursor: Any, how: _Copying, rows: Sequence[Mapping[str, Any]]) -> None:
    with cursor.copy(how.command) as copy:
        copy.set_types(how.types)
        for row in rows:
            copy.write_row([row[name] for name in how.names])


@lru_cache(maxsize=64)
def _copying(statement: Insert, names: Sequence[str], dialect: Dialect) -> _Copying:
    columns = [statement.table.c[name] for name in names]
    spelt = dialect.identifier_preparer
    into = f"{spelt.format_table(statement.table)} ({', '.join(map(spelt.format_column, columns))})"
    types = [column.type.compile(dialect).partition("(")[0].lower() for column in columns]
    return _Copying(f"COPY {into} FROM STDIN (FORMAT BINARY)", names, types)
