"""Questions that are put together once, at import, and asked with values ever after.

Why: putting a statement together costs more than the database takes to answer it, and a session that is asked for mere
columns first looks for objects among them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ClauseElement, Executable, Result, Table, bindparam
from sqlalchemy.sql.visitors import iterate
from sqlmodel import Session

from mailgate.store.writing import Writing


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
    return session.connection().execute(statement, values)


@cache
def _tables(statement: Executable) -> frozenset[Table]:
    """Which tables a statement has to do with."""
    assert isinstance(statement, ClauseElement)
    return frozenset(element for element in iterate(statement) if isinstance(element, Table))
