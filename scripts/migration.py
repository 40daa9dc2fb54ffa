"""Write the next migration from what changed in the tables: `python scripts/migration.py "what changed"`."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from mailgate.store.database import Database, alembic_config
from mailgate.store.schema import MIGRATIONS


def main(words: str) -> None:
    """Compare the tables with the newest schema; read what was written before it is committed."""
    number = len(list((MIGRATIONS / "versions").glob("[0-9]*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'empty.db'}")
        if number > 1:
            database.upgrade()
        with database.writer.begin() as connection:
            command.revision(alembic_config(connection), words, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    main(sys.argv[1])
