"""`outbox list`, `outbox retry`: notices waiting, sent, failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from mailgate.cli.failure import Failed
from mailgate.cli.output import emit_json, emit_table, local
from mailgate.cli.setting import configuration, database

app = typer.Typer(help="Notices waiting, sent, failed.", no_args_is_help=True)


@app.command("list")
def show_list(
    context: typer.Context,
    failed: Annotated[bool, typer.Option("--failed", help="Only what was refused, given up, or came back.")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The newest thousand, newest first."""
    from mailgate.cli import views
    from mailgate.store import queries

    config = configuration(context)
    zone = config.desk.zone
    with database(config) as opened, opened.read() as session:
        rows = [views.notice(row, zone) for row in queries.notices(session, only_failed=failed)]
        times = [local(row.accepted_at or row.next_at, zone) for row in queries.notices(session, only_failed=failed)]
    if json:
        emit_json(rows)
        return
    columns = ("id", "notice", "request", "to", "state", "tries", "sent or due", "last error")
    names = ("id", "name", "request", "to", "state", "attempts")
    emit_table(
        "",
        columns,
        ((*(row[name] for name in names), at, row["last_error"]) for row, at in zip(rows, times, strict=True)),
    )


@app.command()
def retry(context: typer.Context, ids: list[int]) -> None:
    """Try notices again now that were refused or given up."""
    from mailgate.store.tables import Notice

    config = configuration(context)
    now = datetime.now(UTC)
    with database(config) as opened, opened.write() as session:
        for notice_id in ids:
            notice = session.get(Notice, notice_id)
            if notice is None or notice.state not in ("waiting", "failed", "bounced"):
                raise Failed(f"notice {notice_id} is not one that could be tried again; nothing was changed")
            # Its age counts anew, or the first trouble would give it up again.
            notice.state, notice.next_at, notice.created_at, notice.claimed_by = "waiting", now, now, None
    typer.echo(f"{len(ids)} to be tried again")
