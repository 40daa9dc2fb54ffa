"""INSERT … ON CONFLICT, which the two databases spell alike and SQLAlchemy does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlmodel import Session, SQLModel

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert_into(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    """INSERT … ON CONFLICT, which both databases know and SQLAlchemy spells twice."""
    return insert_of(session.get_bind().dialect.name, table)


def insert_of(dialect: str, table: type[SQLModel] | Table) -> sqlite.Insert | postgresql.Insert:
    """The same by the dialect's name, for a statement that is prepared once."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # 30 ms that every command would pay

    return postgresql.insert(table)
