"""Run by Alembic for each command; the connection comes from `database.alembic_config`."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString, SQLModel

from mailgate.store import heartbeats, leases, settings, tables  # noqa: F401  the tables register themselves
from mailgate.store.columns import UtcDateTime


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration names plain types only: it must mean the same when the tables have long changed."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
