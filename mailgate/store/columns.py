"""What the columns of the rows are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field

Row = dict[str, Any]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as UTC. SQLite gives back naive values; a naive one coming in is a defect."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive moment cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column of the type INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")


def id_column() -> Any:
    return Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))


def moment_column(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcDateTime, nullable=nullable, index=index))


def json_column(default: type[dict[str, Any]] | type[list[Any]]) -> Any:
    # Not the type itself: of a builtin, pydantic would parse the words of its signature, for each new row again.
    return Field(default_factory=lambda: default(), sa_column=Column(JSON, nullable=False))


def text_column() -> Any:
    return Field(default="", sa_column=Column(Text, nullable=False))
