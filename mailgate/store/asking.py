"""Questions that are put together once, at import, and asked with values ever after.

Why: putting a statement together costs more than the database takes to answer it, and a session that is asked for mere
columns first looks for objects among them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Executable, Result, bindparam
from sqlmodel import Session


def given(name: str) -> BindParameter[Any]:
    """A value that comes with the question."""
    return bindparam(name)


def any_of(name: str) -> BindParameter[Any]:
    """A list of values that comes with the question, for `in_`."""
    return bindparam(name, expanding=True)


def ask(session: Session, statement: Executable, **values: Any) -> Result[*tuple[Any, ...]]:
    """The columns that are asked for, after everything that the session has in hand was written."""
    session.flush()
    return session.connection().execute(statement, values)
