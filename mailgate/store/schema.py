"""The schema that this version works with, and what is said of any other. Known without SQLAlchemy or Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MIGRATIONS: Final = Path(__file__).parent / "migrations"
REVISION: Final = "SELECT version_num FROM alembic_version"
"""Asks a database where it stands; without a schema there is no such table."""


class SchemaError(Exception):
    """The schema is not the one that this version of mailgate works with; the text says what to do."""


def revisions() -> list[str]:
    """Every revision, oldest first: the numbers of the files."""
    return sorted(path.stem.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def head() -> str:
    """The newest revision."""
    return revisions()[-1]


def require(found: str | None) -> None:
    """Raise SchemaError unless the revision that was found is this version's."""
    require_known(found)
    if found != head():
        is_at = f"is at schema {found}" if found else "has no schema yet"
        raise SchemaError(f"the database {is_at}, this mailgate works with {head()}; run `mailgate db upgrade`")


def require_known(found: str | None) -> None:
    """Raise SchemaError where a newer mailgate worked on the database."""
    if found is not None and found not in revisions():
        raise SchemaError(
            f"the database is at schema {found}, which this mailgate does not know: its newest is {head()}; "
            "a newer mailgate worked on it: install that version again, or restore a backup made before it"
        )


def is_missing(error: BaseException | None) -> bool:
    """Whether a driver says that there is no such table: no schema was made yet."""
    return "no such table" in str(error) or getattr(error, "sqlstate", None) == "42P01"
