"""What the desk remembers of itself: settings, and the last numbers given."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, ClassVar, Final

from sqlalchemy import Executable, Update, func, select, update
from sqlmodel import Field, Session, SQLModel, col

from mailgate.store.asking import ask, given
from mailgate.store.columns import text_column
from mailgate.store.inserting import insert_into, insert_of
from mailgate.store.writing import remembered, supersede, table_of

ALL_YEARS: Final = 0
"""The year under which numbers are counted that do not name theirs."""


class Numbering(SQLModel, table=True):
    """The last number given, by kind and year; raised in the registering transaction, so without gaps."""

    __tablename__: ClassVar[Any] = "numbering"

    kind: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class Setting(SQLModel, table=True):
    """What the desk must remember of itself, such as the key of its Message-IDs."""

    __tablename__: ClassVar[Any] = "setting"

    key: str = Field(primary_key=True)
    value: str = text_column()


def setting(session: Session, key: str) -> str | None:
    """What the desk remembers under this key."""
    return session.scalars(select(col(Setting.value)).where(col(Setting.key) == key)).first()


def keep_setting(session: Session, key: str, value: str) -> None:
    """Remember a value, unless one stands under this key already."""
    session.execute(insert_into(session, Setting).values(key=key, value=value).on_conflict_do_nothing())


def change_setting(session: Session, key: str, value: str) -> bool:
    """Remember another value; False where this one stands already, or another daemon writes it at this moment."""
    written = insert_into(session, Setting).values(key=key, value=value)
    changed = written.on_conflict_do_update(
        index_elements=["key"], set_={"value": value}, where=col(Setting.value) != value
    )
    return session.scalars(changed.returning(col(Setting.key))).first() is not None


def next_number(session: Session, kind: str, year: int) -> int:
    """Raise and give the number of that kind and year. The row is locked until the transaction ends: from its second
    number on a transaction counts by itself.

    `ALL_YEARS` first number comes after all those of the years before.
    """
    known, counter = remembered(session), (Numbering, kind, year)
    last = known.get(counter)
    if last is None:
        number = int(ask(session, _raise_number(session.get_bind().dialect.name), kind=kind, year=year).scalar_one())
    else:
        number = last + 1
        supersede(session, _keep_number(kind, year), {"given": number})
    known[counter] = number
    return number


@lru_cache(maxsize=64)
def _keep_number(kind: str, year: int) -> Update:
    of_kind = col(Numbering.kind) == kind, col(Numbering.year) == year
    return update(table_of(Numbering)).where(*of_kind).values(last=given("given"))


@cache
def _raise_number(dialect: str) -> Executable:
    before = select(func.coalesce(func.max(col(Numbering.last)), 0) + 1).where(
        col(Numbering.kind) == given("kind"), given("year") == ALL_YEARS
    )
    first = insert_of(dialect, Numbering).values(kind=given("kind"), year=given("year"), last=before.scalar_subquery())
    raised = first.on_conflict_do_update(index_elements=["kind", "year"], set_={"last": col(Numbering.last) + 1})
    return raised.returning(col(Numbering.last))
