"""A SQLite database with mailgate's schema and nothing in it: made once, copied ever after."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from mailgate.store.database import Database


@cache
def new() -> bytes:
    """The file of such a database."""
    with tempfile.TemporaryDirectory(prefix="mailgate-schema-") as folder:
        path = Path(folder) / "new.db"
        database = Database(f"sqlite:///{path}")
        database.upgrade()
        database.dispose()
        return path.read_bytes()


def renew(path: Path) -> None:
    """Put a new database there, whatever is left of another one. Nobody may have that open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{path.name}-*"):
        left.unlink()
    path.write_bytes(new())
