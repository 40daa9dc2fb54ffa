"""`db upgrade`, `db backup`, `db check`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from mailgate.cli.failure import Failed, Wrong
from mailgate.cli.setting import configuration, database, require_place, telling_which

FORGOTTEN = timedelta(hours=1)
"""A message that was taken so long ago is not just being handled."""

app = typer.Typer(
    help="The database: its schema, a backup, an integrity check.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the schema to this version's."""
    from mailgate.daemon.lock import who_holds
    from mailgate.store.database import Database
    from mailgate.store.schema import head

    config = configuration(context, people=False)
    require_place(config)
    opened = Database(config.database.url)
    with telling_which(config):
        if opened.is_sqlite and opened.revision() != head() and (process := who_holds(Path(str(opened.url.database)))):
            doing = f"a daemon works on the database: process {process}"
            raise Failed(f"{doing}; stop it first, or let a new one upgrade it")
        done = opened.upgrade()
    typer.echo(f"upgraded to {head()}" if done else f"already at {head()}")


@app.command()
def backup(context: typer.Context, file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """An online backup: the daemon may go on meanwhile."""
    from mailgate.store.database import Database

    if not file.parent.is_dir():
        raise Wrong(f"{file.parent} is no folder")
    config = configuration(context, people=False)
    opened = Database(config.database.url)
    try:
        with telling_which(config):
            opened.backup(file)
    except FileExistsError as error:
        raise Wrong(str(error)) from error
    finally:
        opened.dispose()
    typer.echo(f"backed up to {file}")


@app.command()
def check(context: typer.Context) -> None:
    """An integrity check: of the file, and of what stands in it."""
    from mailgate.store.soundness import contradictions

    with database(configuration(context, people=False)) as opened:
        faults = opened.check()
        with opened.read() as session:
            faults += contradictions(session, datetime.now(UTC) - FORGOTTEN)
    if faults:
        words = "the database is not sound; restore a backup, or ask for help with these lines:"
        raise Failed("\n".join((words, *faults)))
    typer.echo("sound")
