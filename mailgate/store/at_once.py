"""PostgreSQL takes at once what its driver would give it bit by bit: the rows of a statement, and a message's bytes.

Why: rows go one after another otherwise, each with a call of the system and a wait of its own, and the server keeps the
locks of whoever hangs between two of them for as long as he does: to it he is still asking (so he is in the midst of a
COPY). Bytes come as twice as many hexadecimal digits. SQLite, in the same process, has nothing to gain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from psycopg.pq import Format
from sqlalchemy import (
    JSON,
    BindParameter,
    Dialect,
    Engine,
    Insert,
    String,
    Update,
    bindparam,
    cast,
    column,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import replacement_traverse

from mailgate.store.asking import AS_BYTES, AsText, as_text
from mailgate.store.writing import TOGETHER


def hasten(engine: Engine) -> None:
    """Wherever a statement says that it may be done: `TOGETHER`, `AS_BYTES`."""

    @event.listens_for(engine, "do_executemany")
    def write_list(cursor: Any, _statement: str, rows: Sequence[Mapping[str, Any]], context: Any) -> bool:
        together = bool(context.execution_options.get(TOGETHER))
        if together:
            text = _of_list(context.compiled.statement, tuple(rows[0]), context.dialect)
            listed = json.dumps(rows, default=_plain, ensure_ascii=False)
            cursor.execute(text.sql, text.bound({_LIST: listed}))
        return together

    @event.listens_for(engine, "before_cursor_execute")
    def read_as_bytes(_connection: Any, cursor: Any, _statement: str, _values: Any, context: Any, _many: bool) -> None:
        if context.execution_options.get(AS_BYTES):
            cursor.format = Format.BINARY


_LIST = "rows"


@lru_cache(maxsize=64)
def _of_list(statement: Insert | Update, names: Sequence[str], dialect: Dialect) -> AsText:
    """The same statement, its values taken from the rows of one list in JSON."""
    compiled = statement.compile(dialect=dialect, column_keys=names if statement.is_insert else None)
    assert isinstance(compiled, SQLCompiler)
    types = {name: each.type for name, each in compiled.binds.items() if each.required}
    listed = func.json_to_recordset(cast(bindparam(_LIST, type_=String), JSON))
    rows = listed.table_valued(*[column(name, type_) for name, type_ in types.items()])
    values = rows.render_derived(with_types=True).c

    def from_list(element: Any, **_: Any) -> Any:
        return values[element.key] if isinstance(element, BindParameter) and element.key in types else None

    whole: Any
    if statement.is_insert:
        whole = insert(statement.table).from_select(list(types), select(*values))
    else:
        whole = replacement_traverse(statement, {}, from_list)
    text = as_text(whole, dialect)
    assert text is not None
    return text


def _plain(value: Any) -> Any:
    """What JSON has no words for: moments, and what the driver has wrapped because it goes into a column of JSON."""
    return value.isoformat() if isinstance(value, datetime) else value.obj
