"""`db upgrade`, `db backup`, `db check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailgate.cli.failure import Failed, Wrong
from mailgate.cli.setting import configuration

app = typer.Typer(
    help="The database: its schema, a backup, an integrity check.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the schema to this version's."""
    from mailgate.store.database import Database, head

    opened = Database(configuration(context).database.url)
    done = opened.upgrade()
    typer.echo(f"upgraded to {head()}" if done else f"already at {head()}")


@app.command()
def backup(context: typer.Context, file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """An online backup: the daemon may go on meanwhile."""
    from mailgate.store.database import Database, SchemaError

    try:
        Database(configuration(context).database.url).backup(file)
    except (SchemaError, FileExistsError) as error:
        raise Wrong(str(error)) from error
    typer.echo(f"backed up to {file}")


@app.command()
def check(context: typer.Context) -> None:
    """An integrity check."""
    from mailgate.cli.setting import database

    with database(configuration(context)) as opened:
        faults = opened.check()
    if faults:
        raise Failed("the database is damaged:\n" + "\n".join(faults))
    typer.echo("sound")
