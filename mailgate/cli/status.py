"""`status`: the desk at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from mailgate.cli.failure import FAILED
from mailgate.cli.output import emit_facts, emit_json, emit_table, to_the_minute
from mailgate.cli.setting import configuration, database

_MOMENTS = ("at", "looked_at", "due_at")


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the command line."""
    app.command()(status)


def status(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Does the daemon run, and is all well? Exit code 1 where something is wrong."""
    from mailgate.cli.standing import standing

    config = configuration(context, people=False)
    with database(config) as opened, opened.read() as session:
        found = standing(session, config, datetime.now(UTC))
    if json:
        emit_json(found)
    else:
        _print(found)
    if found["wrong"]:
        raise typer.Exit(FAILED)


def _print(found: dict[str, Any]) -> None:
    outbox, terms = found["outbox"], found["terms"]
    emit_facts(
        {
            "mailgate": f"{found['version']}, schema {found['schema']}",
            "daemons": [each["holder"] for each in found["daemons"]] or "none",
            "undecided": found["undecided"],
            "quarantine": f"{found['quarantine']} to look at, {found['not_registered']} not registered",
            "outbox": f"{outbox['waiting']} waiting, {outbox['failed']} failed, {outbox['bounced']} came back",
            "oldest due": to_the_minute(outbox["oldest_at"]),
            "terms": f"{terms['due']} running, {terms['overdue']} overdue",
        }
    )
    _print_rows(("mailbox", "last look", "undecided", "lag, s", "held by", "error"), found["mailboxes"])
    _print_rows(("request", "next", "due"), terms["next"])
    _print_rows(("at", "last error of", "it said"), found["errors"])
    for line in found["wrong"]:
        typer.echo(f"WRONG  {line}")


def _print_rows(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """A table of JSON rows, whose keys stand in the order of the columns."""
    if rows:
        typer.echo()
        shown = ([to_the_minute(cell) if key in _MOMENTS else cell for key, cell in row.items()] for row in rows)
        emit_table("", columns, shown)
