"""`quarantine list`, `show`, `release`, `drop`: mail that was not registered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.cli.failure import Failed
from mailgate.cli.output import emit_facts, emit_json, emit_table, shortened, to_the_minute
from mailgate.cli.setting import ID_MOST, configuration, database, desk_of, require_client

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailgate.store.tables import Mail

app = typer.Typer(help="Mail that was not registered, kept whole.", no_args_is_help=True, rich_markup_mode=None)
Id = Annotated[int, typer.Argument(metavar="ID", min=1, max=ID_MOST, help="As `quarantine list` shows it.")]


@app.command("list")
def show_list(context: typer.Context, json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """What stands in quarantine, oldest first."""
    from mailgate.cli import documents
    from mailgate.store import queries

    config = configuration(context, people=False)
    with database(config) as opened, opened.read() as session:
        rows = [documents.mail(row, config.desk.zone) for row in queries.quarantined(session)]
    if json:
        emit_json(rows)
        return
    emit_table(
        "",
        ("id", "taken", "from", "subject", "why", "bytes"),
        (
            (
                row["id"],
                to_the_minute(row["taken_at"]),
                row["from"],
                shortened(row["subject"]),
                row["reason"],
                row["size"],
            )
            for row in rows
        ),
    )


@app.command()
def show(
    context: typer.Context, id: Id, json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """One message: why it stands here, and what it says."""
    from mailgate.cli import documents
    from mailgate.message.parse import header_only, parse
    from mailgate.store import queries

    config = configuration(context, people=False)
    with database(config) as opened, opened.read() as session:
        mail = _waiting(session, id)
        raw = queries.raw_mail(session, id) or b""
        mailboxes = [arrival.mailbox for arrival in queries.arrivals(session, id)]
    message = header_only(raw) if mail.reason == "over_limit" else parse(raw)
    attachments = [{"name": each.name, "type": each.type, "size": each.size} for each in message.attachments]
    found = documents.mail(mail, config.desk.zone) | {"mailboxes": mailboxes, "text": message.text}
    if json:
        emit_json(found | {"attachments": attachments})
        return
    emit_facts(found | {"attachments": [each["name"] for each in attachments], "text": None})
    typer.echo(f"\n{message.text}")


@app.command()
def release(
    context: typer.Context,
    id: Id,
    contact: Annotated[str | None, typer.Option(help="Id of the client for whom it is registered.")] = None,
) -> None:
    """Vouch for a message: it is registered, and its sender gets the notice."""
    from mailgate.desk.quarantine import release as release_mail
    from mailgate.rules.obstacles import Obstacle
    from mailgate.rules.vocabulary import Language

    config = configuration(context)
    if contact is not None:
        require_client(config, "--contact", contact)
    with database(config) as opened:
        desk = desk_of(config, opened)
        with opened.write() as session:
            released = release_mail(session, _waiting(session, id, to_free=True), contact, datetime.now(UTC), desk)
            if isinstance(released, Obstacle):
                raise Failed(f"message {id} stays in quarantine: {released.words(Language.EN)}")
    typer.echo(released.number)


@app.command()
def drop(context: typer.Context, id: Id) -> None:
    """Take a message off the list; it is kept in the journal."""
    from mailgate.desk.quarantine import drop as drop_mail

    config = configuration(context, people=False)
    with database(config) as opened, opened.write() as session:
        drop_mail(_waiting(session, id, to_free=True))
    typer.echo(f"dropped {id}")


def _waiting(session: Session, mail_id: int, *, to_free: bool = False) -> Mail:
    from mailgate.desk.quarantine import waiting

    mail = waiting(session, mail_id, to_free=to_free)
    if mail is None:
        raise Failed(f"message {mail_id} does not stand in quarantine; `mailgate quarantine list` shows what does")
    return mail
