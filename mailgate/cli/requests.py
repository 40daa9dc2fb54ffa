"""`requests list`, `requests show`, `requests do`; `register`."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailgate.cli.failure import Failed, Wrong
from mailgate.cli.output import emit_facts, emit_json, emit_table, shortened, to_the_minute
from mailgate.cli.setting import configuration, database, desk_of, require_client, telling_which
from mailgate.rules.vocabulary import Channel, Impact, Language, Priority, RequestType, Status, Urgency

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailgate.config import Config, Staff
    from mailgate.store.tables import Request

app = typer.Typer(help="Requests and complaints.", no_args_is_help=True, rich_markup_mode=None)
LISTED_MOST = 1000
"""Requests that `requests list` shows unless it is told otherwise; `export` gives all there are."""
LISTED_EVER = 1_000_000_000
AsStaff = Annotated[str, typer.Option("--as", help="Address of the staff member who does it.")]


class EnteredBy(StrEnum):
    """The channels of which staff enter submissions (3.1)."""

    PHONE = "phone"
    LETTER = "letter"


def add_to(app: typer.Typer) -> None:
    """Put the command of this module that stands alone into the command line."""
    app.command()(register)


@app.command("list")
def show_list(
    context: typer.Context,
    status: Annotated[Status | None, typer.Option(help="Only those of this status.")] = None,
    client: Annotated[str | None, typer.Option(help="Only those of this client, by id.")] = None,
    priority: Annotated[Priority | None, typer.Option(help="Only those of this priority.")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only those on which somebody has to act.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=LISTED_EVER, help="At most so many.")] = LISTED_MOST,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """A list of requests, in working order (4.1)."""
    from mailgate.cli.documents import request_row, targets
    from mailgate.store.listing import Narrowed, listed

    config = configuration(context, people=False)
    narrowed = Narrowed(status=status, client=client, priority=priority, only_open=only_open, limit=limit + 1)
    with telling_which(config):
        found = listed(config.database.url, **narrowed)
    if client is not None and not found:
        require_client(configuration(context), "--client", client)
    rows = [request_row(each, config.desk.zone) | targets(each, config) for each in found[:limit]]
    if len(found) > limit:
        typer.echo(f"the first {limit} are shown, there are more; --limit shows more of them", err=True)
    if json:
        emit_json(rows)
        return
    emit_table(
        "",
        ("number", "priority", "status", "client", "contact", "subject", "registered", "deadline"),
        (
            (
                *(row[name] for name in ("number", "priority", "status", "client", "contact")),
                shortened(row["subject"]),
                to_the_minute(row["registered_at"]),
                to_the_minute(row["deadline_at"]),
            )
            for row in rows
        ),
    )


@app.command()
def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    public: Annotated[bool, typer.Option("--public", help="As the portal may show it: no internal notes.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """One request with its messages and history."""
    from mailgate.cli.documents import targets
    from mailgate.cli.views import public_request, whole_request

    config = configuration(context, people=False)
    view = public_request if public else whole_request
    with database(config) as opened, opened.read() as session:
        request = _request(session, number)
        found = view(session, request, config.desk.zone) | ({} if public else targets(request, config))
    if json:
        emit_json(found)
    else:
        _print_request(found)


def _print_request(found: dict[str, Any]) -> None:
    emit_facts({name: value for name, value in found.items() if not isinstance(value, list)})
    emit_facts({link["kind"]: link["number"] for link in found["links"]})
    emit_table(
        "Correspondence",
        ("at", "", "kind", "from", "text", "attachments"),
        (
            (
                to_the_minute(each["at"]),
                "note" if each["internal"] else each["direction"],
                each["kind"],
                each["from"],
                each["new_text"] or each["text"],
                ", ".join(one["name"] for one in each["attachments"]),
            )
            for each in found["messages"]
        ),
    )
    emit_table(
        "History",
        ("at", "event", "by", "clause", "status"),
        (
            (
                to_the_minute(each["at"]),
                *(each[name] for name in ("event", "by", "clause")),
                " → ".join(one for one in (each["from"], each["to"]) if one),
            )
            for each in found["history"]
        ),
    )


@app.command()
def do(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER")],
    commands: Annotated[
        str,
        typer.Argument(metavar="COMMANDS", help='As in a mail, such as "type 8 major"; several on lines of their own.'),
    ],
    staff: AsStaff,
    text: Annotated[str, typer.Option(help="The text under the commands.")] = "",
) -> None:
    """The same commands that staff give by mail."""
    from mailgate.desk.notify import Words
    from mailgate.desk.staff_commanded import StaffMail, staff_commanded

    config = configuration(context)
    member = _member(config, staff)
    with database(config) as opened:
        desk = desk_of(config, opened)
        with opened.write() as session:
            request = _request(session, number)
            words = Words(member.email, member.name, f"{_signed(commands)}\n\n{text}")
            mail = StaffMail(member, desk.home(request), request, words)
            failures = staff_commanded(session, desk, mail, datetime.now(UTC), by_mail=False)
            done = f"{request.number}: {request.status}"
    if failures:
        lines = (each.said(Language.EN) for each in failures)
        raise Failed("\n".join(("nothing was done:", *lines)))
    typer.echo(done)


def register(
    context: typer.Context,
    channel: Annotated[EnteredBy, typer.Option(help="How it came.")],
    contact: Annotated[str, typer.Option(help="The contact's address.")],
    subject: Annotated[str, typer.Option(help="What it is about, in one line.")],
    staff: AsStaff,
    text: Annotated[str, typer.Option(help="What was said or written.")] = "",
    phone: Annotated[str | None, typer.Option(help="The number that called (3.4).")] = None,
    critical: Annotated[bool, typer.Option("--critical", help="Staff judge it critical (3.4).")] = False,
    cannot_write: Annotated[
        bool, typer.Option("--cannot-write", help="The client can use neither mail nor the portal (3.4).")
    ] = False,
    type: Annotated[RequestType | None, typer.Option(help="Its type (Appendix 1).")] = None,
    urgency: Annotated[Urgency, typer.Option(help="How urgent it is to the client (3.11).")] = Urgency.NORMAL,
    impact: Annotated[Impact | None, typer.Option(help="How much fails (Appendix 2).")] = None,
) -> None:
    """Enter a submission that came by phone or letter (3.1, 3.4)."""
    from mailgate.desk.notify import Words
    from mailgate.desk.registering import NOT_REGISTERED, Told, enter_told, keep_attempt
    from mailgate.rules.obstacles import Obstacle

    if channel is EnteredBy.PHONE and phone is None:
        raise Wrong("--phone: a call is registered by the number that called (3.4); name it")
    config = configuration(context)
    member = _member(config, staff)
    told = Told(Channel(channel), contact, subject, text, phone, critical, cannot_write, type, urgency, impact)
    with database(config) as opened:
        desk = desk_of(config, opened)
        with opened.write() as session:
            words = Words(member.email, member.name, text)
            by, now = f"staff:{member.email}", datetime.now(UTC)
            entered = enter_told(session, desk, told, words, by, now)
            if isinstance(entered, Obstacle):
                failure = entered.words(Language.EN)
                if entered.code in NOT_REGISTERED:
                    kept = keep_attempt(session, desk, told, entered.code, failure, by, now)
                    failure += f" Kept in the journal: mailgate why {kept}"
    if isinstance(entered, Obstacle):
        raise Failed(failure)
    typer.echo(entered.number)


def _request(session: Session, number: str) -> Request:
    from mailgate.rules.arguments import bare_number
    from mailgate.store import queries

    request = queries.request_by_number(session, number) or queries.request_by_number(session, bare_number(number))
    if request is None:
        raise Failed(f"there is no request {number}; `mailgate requests list` shows those that there are")
    return request


def _member(config: Config, addr: str) -> Staff:
    member = config.people.staff(addr)
    if member is None:
        raise Wrong(f"{addr} is nobody of the staff in {config.files.staff}")
    return member


def _signed(commands: str) -> str:
    """Commands may be given without their sign: it is awkward in a shell."""
    lines = [line.strip() for line in commands.splitlines() if line.strip()]
    return "\n".join(line if line[0] in "!#№/" else f"!{line}" for line in lines)
