"""The commands, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailgate import __version__
from mailgate.cli import (
    access,
    contacts,
    database,
    initialising,
    journal,
    outbox,
    quarantine,
    report,
    requests,
    running,
    status,
)

app = typer.Typer(
    name="mailgate",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailgate {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="The configuration file.", show_default=False, readable=False)
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """A service desk that lives in the mailbox."""
    context.obj = config


running.add_to(app)
status.add_to(app)
initialising.add_to(app)
journal.add_to(app)
requests.add_to(app)
report.add_to(app)
app.add_typer(requests.app, name="requests")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(outbox.app, name="outbox")
app.add_typer(contacts.app, name="contact")
app.add_typer(database.app, name="db")
app.add_typer(access.app, name="auth")
