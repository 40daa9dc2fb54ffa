"""`explain`, `why`, `census`, `export`: what becomes of messages, and what became of them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailgate.cli.failure import FAILED, Failed, Wrong
from mailgate.cli.output import emit_facts, emit_json, emit_table
from mailgate.cli.setting import configuration, database

if TYPE_CHECKING:
    from mailgate.daemon.census import Count


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the command line."""
    for command in (explain, why, census, export):
        app.command()(command)


def explain(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Messages, as .eml files.")],
    mailbox: Annotated[str | None, typer.Option(help="Name of the mailbox to which they came.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Read messages as intake would, and say what would happen."""
    from mailgate.cli.explaining import Reader

    with Reader.open(context, mailbox) as reader:
        for file in files:
            try:
                found = reader.explain(file.read_bytes())
            except OSError as error:
                raise Wrong(f"{file}: {error.strerror}") from error
            if json:
                emit_json({"file": str(file), **found} if len(files) > 1 else found, one_line=len(files) > 1)
            else:
                _print_reading(file, found)


def _print_reading(file: Path, found: dict[str, Any]) -> None:
    names = (
        "kind",
        "decision",
        "reason",
        "request",
        "from_addr",
        "subject",
        "date",
        "authenticity",
        "fields",
        "defects",
    )
    emit_facts(
        {"file": str(file)}
        | {name: found[name] for name in names}
        | {"attachments": [each["name"] for each in found["attachments"]]}
    )
    typer.echo(f"\n{found['new_text']}\n")


def why(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="With or without its angle brackets.")],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What became of one message that came in or went out, and why."""
    from mailgate.cli.views import fate

    config = configuration(context, people=False)
    wanted = message_id.strip().strip("<>")
    with database(config) as opened, opened.read() as session:
        found = fate(session, wanted, config.desk.zone)
    if not found:
        raise Failed(f"no message with the Message-ID <{wanted}> came in or went out")
    if json:
        emit_json(found)
        return
    for each in found:
        emit_facts({name: value for name, value in each.items() if name != "tests"})
        if tests := each.get("tests"):
            emit_table("", ("test", "answer"), ((name, "yes" if yes else "no") for name, yes in tests))


def census(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(help="Only what was taken since, such as 2026-11-23.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not look into the mailboxes.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Is every message accounted for? Those taken are the sum of what became of them."""
    from mailgate.daemon.census import count

    day = None if since is None else _day(since)
    config = configuration(context, people=False, secrets=not offline)
    start = datetime.combine(day, time(), config.desk.zone) if day else None
    with database(config) as opened:
        found = count(config, opened, start, offline=offline)
    if json:
        emit_json(asdict(found) | {"complete": found.complete})
    else:
        _print_census(found)
    if not found.complete:
        raise typer.Exit(FAILED)


def _day(written: str) -> date:
    with suppress(ValueError):
        day = date.fromisoformat(written)
        if date.min < day < date.max:  # or its beginning in another zone would be no time at all
            return day
    raise Wrong(f"--since {written}: write year, month and day, such as 2026-11-23")


def _print_census(census: Count) -> None:
    """The same for people."""
    emit_table(
        "",
        ("decision", "reason", "messages"),
        ((each.decision, each.reason, each.messages) for each in census.outcomes),
    )
    difference = census.taken - census.decided
    typer.echo(f"taken {census.taken} ({census.copies} copies), decided {census.decided}, difference {difference}")
    for name, messages in census.waiting.items():
        typer.echo(f"mailbox {name}: {messages} never taken")
    for name, why in census.unseen.items():
        typer.echo(f"mailbox {name}: not counted: {why}")


def export(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="The only form.")] = True) -> None:
    """Everything, a JSON document a line, to carry elsewhere."""
    from mailgate.cli.views import everything

    config = configuration(context, people=False)
    with database(config) as opened, opened.read() as session:
        for document in everything(session, config.desk.zone):
            emit_json(document, one_line=True)
