"""`report`: what a month came to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.cli.failure import Failed, Wrong
from mailgate.cli.output import emit_csv, emit_json, emit_table
from mailgate.cli.setting import configuration, database, desk_of, require_client

TIMES = ("median", "p90")
"""Measures in seconds of working time."""

if TYPE_CHECKING:
    from mailgate.config import Config
    from mailgate.report import Figures, Month
    from mailgate.store.database import Database


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the command line."""
    app.command()(report)


def report(
    context: typer.Context,
    month: Annotated[str | None, typer.Option(help="Such as 2026-11; the last whole one unless named.")] = None,
    client: Annotated[str | None, typer.Option(help="Only what is of this client, by id.")] = None,
    mail: Annotated[bool, typer.Option("--mail", help="Send it to the staff of the group leads.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="As CSV: a number a row.")] = False,
) -> None:
    """The numbers of a month: requests, times to answer and to complete, targets, complaints."""
    from mailgate.report import figures_of
    from mailgate.report.telling import COLUMNS, rows

    if mail + json + csv > 1:
        raise Wrong("choose one of --mail, --json and --csv")
    now = datetime.now(UTC)
    config = configuration(context)
    wanted = _month(config, month, now)
    if client is not None:
        require_client(config, "--client", client)
    with database(config) as opened:
        with opened.read() as session:
            figures = figures_of(session, config, wanted, now, client)
        if mail:
            _send(config, opened, figures, now)
        elif json:
            emit_json(figures.as_dict())
        elif csv:
            emit_csv(COLUMNS, rows(figures))
        else:
            emit_table(f"{wanted}", COLUMNS, map(_for_people, rows(figures)))


def _for_people(row: tuple[str, str, str, int]) -> tuple[str, str, str, str]:
    """Working time as hours and minutes."""
    section, key, measure, value = row
    return section, key, measure, f"{value // 3600}:{value // 60 % 60:02} h" if measure in TIMES else str(value)


def _month(config: Config, written: str | None, now: datetime) -> Month:
    from mailgate.report import Month

    this = Month.of(now, config.desk.zone)
    found = this.before if written is None else Month.written(written)
    if found is None:
        raise Wrong(f"--month {written}: write year and month, such as {this.before}")
    if found > this:
        raise Wrong(f"--month {written}: it has not begun yet; this month is {this}")
    return found


def _send(config: Config, opened: Database, figures: Figures, now: datetime) -> None:
    from mailgate.desk.monthly import LEADS, tell_leads

    desk = desk_of(config, opened)
    with opened.write() as session:
        readers = tell_leads(session, desk, figures, now)
    if not readers:
        raise Failed(f'nobody would get it: no staff member is in the group "{LEADS}"; add it to groups in staff.toml')
    typer.echo(f"The report of {figures.month} goes to {readers} of the staff with the next delivery of the outbox.")
