"""`outbox list`, `outbox retry`: notices waiting, sent, failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from mailgate.cli.failure import Failed
from mailgate.cli.output import emit_json, emit_table, stamp, to_the_minute
from mailgate.cli.setting import ID_MOST, configuration, database

app = typer.Typer(help="Notices waiting, sent, failed.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def show_list(
    context: typer.Context,
    failed: Annotated[bool, typer.Option("--failed", help="Only what was refused, given up, or came back.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """The newest thousand, newest first. Says on stderr where the provider's cap makes notices wait."""
    from mailgate.cli import documents
    from mailgate.daemon.cap import allowed
    from mailgate.store import queries

    config = configuration(context, people=False)
    now = datetime.now(UTC)
    with database(config) as opened, opened.read() as session:
        rows = [documents.notice(row, config.desk.zone) for row in queries.notices(session, only_failed=failed)]
        cap, due = allowed(session, config.smtp, now), queries.count_due(session, now)
    if due > cap.notices:
        again_at = f"; the next goes at {stamp(cap.again_at, config.desk.zone)}" if cap.again_at else ""
        typer.echo(f"{due} notices are due and wait: {cap.setting} of [smtp] is reached{again_at}", err=True)
    if json:
        emit_json(rows)
        return
    emit_table(
        "",
        ("id", "notice", "request", "to", "state", "tries", "sent or due", "last error"),
        (
            (
                *(row[name] for name in ("id", "name", "request", "to", "state", "attempts")),
                to_the_minute(row["accepted_at"] or row["next_at"]),
                row["last_error"],
            )
            for row in rows
        ),
    )


@app.command()
def retry(
    context: typer.Context,
    ids: Annotated[list[int], typer.Argument(metavar="ID", min=1, max=ID_MOST, help="As `outbox list` shows them.")],
) -> None:
    """Try notices again now that were refused or given up."""
    from mailgate.store.tables import Notice

    config = configuration(context, people=False)
    now = datetime.now(UTC)
    with database(config) as opened, opened.write() as session:
        for notice_id in ids:
            notice = session.get(Notice, notice_id, with_for_update=True)
            if notice is None or notice.state not in ("waiting", "failed", "bounced"):
                raise Failed(f"notice {notice_id} is not one that could be tried again; nothing was changed")
            if notice.claimed_by is not None and notice.next_at > now:
                raise Failed(f"notice {notice_id} is being sent at this moment; nothing was changed")
            # Its age counts anew, or the first trouble would give it up again.
            notice.state, notice.next_at, notice.created_at, notice.claimed_by = "waiting", now, now, None
    typer.echo(f"{len(set(ids))} to be tried again")
