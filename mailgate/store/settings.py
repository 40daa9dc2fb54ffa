"""What the desk remembers of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import Session, col

from mailgate.store.inserting import insert_into
from mailgate.store.tables import (
    Setting,
)

if TYPE_CHECKING:
    pass


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
