"""`explain`, `why`, `census`: what becomes of messages, and what became of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailgate.cli.failure import FAILED, Failed, Wrong
from mailgate.cli.output import emit_facts, emit_json, emit_table
from mailgate.cli.setting import configuration, database

if TYPE_CHECKING:
    from mailgate.config import Config


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the command line."""
    for command in (explain, why, census):
        app.command()(command)


def explain(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Messages, as .eml files.")],
    mailbox: Annotated[str | None, typer.Option(help="Name of the mailbox to which they came.")] = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Read messages as intake would, and say what would happen and why. Writes and sends nothing."""
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
        | {"attachments": ", ".join(each["name"] for each in found["attachments"])}
    )
    typer.echo(f"\n{found['new_text']}\n")


def why(context: typer.Context, message_id: str, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """What became of one message that came in or went out: every test it met, and the one that decided."""
    from mailgate.cli import views
    from mailgate.store import queries

    config = configuration(context)
    zone, wanted = config.desk.zone, message_id.strip().strip("<>")
    with database(config) as opened, opened.read() as session:
        found = []
        for mail in queries.mail_by_message_id(session, wanted):
            request = queries.request_by_id(session, mail.request_id)
            copies = [f"{copy.mailbox} UID {copy.uid}" for copy in queries.arrivals(session, mail.id)]
            facts = views.mail(mail, zone) | {"direction": "in", "request": request.number if request else None}
            found.append(facts | {"copies": copies, "attempts": mail.attempts, "tests": mail.tests})
        notice = queries.notice_by_message_id(session, wanted)
        if notice is not None:
            found.append(views.notice(notice, zone) | {"direction": "out"})
    if not found:
        raise Failed(f"no message with the Message-ID <{wanted}> came in or went out")
    if json:
        emit_json(found)
        return
    for each in found:
        emit_facts({name: value for name, value in each.items() if name != "tests"})
        emit_table("", ("test", "answer"), ((name, "yes" if yes else "no") for name, yes in each.get("tests", ())))


def census(
    context: typer.Context,
    since: Annotated[datetime | None, typer.Option(help="Only what was taken since.", formats=["%Y-%m-%d"])] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not look into the mailboxes.")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Messages taken = the sum of what became of them; exit 1 if one is unaccounted for, or waits untaken."""
    from mailgate.store import queries

    config = configuration(context)
    start = since.replace(tzinfo=config.desk.zone) if since else None
    with database(config) as opened:
        with opened.read() as session:
            taken, copies = queries.count_taken(session, start)
            outcomes = queries.outcomes(session, start)
        waiting = {} if offline else _waiting(config, opened)
    decided = sum(count for decision, _, count in outcomes if decision is not None)
    if json:
        rows = [{"decision": decision, "reason": reason, "messages": count} for decision, reason, count in outcomes]
        emit_json({"taken": taken, "copies": copies, "decided": decided, "outcomes": rows, "waiting": waiting})
    else:
        emit_table("", ("decision", "reason", "messages"), outcomes)
        typer.echo(f"taken {taken} ({copies} copies), decided {decided}, difference {taken - decided}")
        for name, count in waiting.items():
            typer.echo(f"mailbox {name}: {count} never taken")
    if taken != decided or any(waiting.values()):
        raise typer.Exit(FAILED)


def _waiting(config: Config, opened: Any) -> dict[str, int]:
    """How many messages lie in each mailbox that were never taken."""
    from mailgate.inbox import untaken
    from mailgate.store import queries

    def known(name: str) -> Any:
        def look(uidvalidity: int, uids: Any) -> set[int]:
            with opened.read() as session:
                return queries.known_uids(session, name, uidvalidity, uids)

        return look

    return {mailbox.name: untaken(mailbox, known(mailbox.name)) for mailbox in config.mailboxes}
