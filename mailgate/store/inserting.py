"""INSERT … ON CONFLICT, which the two databases spell alike and SQLAlchemy does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite
from sqlmodel import Session, SQLModel

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert_into(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """INSERT … ON CONFLICT, which both databases know and SQLAlchemy spells twice."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # 30 ms that every command would pay

    return postgresql.insert(table)
