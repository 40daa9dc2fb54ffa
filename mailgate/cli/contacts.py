"""`contact unavailable`, `contact available`: mailboxes that staff know to be dead (3.7)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from mailgate.cli.failure import Failed, Wrong
from mailgate.cli.setting import configuration, database

app = typer.Typer(help="Contacts' mailboxes.", no_args_is_help=True, rich_markup_mode=None)
Addr = Annotated[str, typer.Argument(help="The mailbox's address.")]


@app.command()
def unavailable(
    context: typer.Context,
    address: Addr,
    reason: Annotated[str, typer.Option(help="For the record.")] = "marked by staff",
) -> None:
    """Take a mailbox for unavailable: notices go to the client's other mailboxes until mail comes from it (3.7)."""
    from mailgate.config import comparable
    from mailgate.store.tables import DeadAddress

    config = configuration(context)
    addr = comparable(address)
    if addr is None:
        raise Wrong(f"{address!r} is no e-mail address")
    with database(config) as opened, opened.write() as session:
        session.merge(DeadAddress(addr=addr, since=datetime.now(UTC), reason=reason))
    typer.echo(f"{addr}: unavailable")


@app.command()
def available(context: typer.Context, address: Addr) -> None:
    """The mailbox works again."""
    from mailgate.config import comparable
    from mailgate.store.tables import DeadAddress

    config = configuration(context)
    with database(config) as opened, opened.write() as session:
        marked = session.get(DeadAddress, comparable(address) or "")
        if marked is None:
            raise Failed(f"{address} was not marked as unavailable")
        session.delete(marked)
    typer.echo(f"{address}: available")
