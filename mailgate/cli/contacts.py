"""`contact unavailable`, `contact available` (3.7); `contact export`, `contact erase`: one address's personal data."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.cli.failure import Failed, Wrong
from mailgate.cli.output import emit_json
from mailgate.cli.setting import configuration, database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from mailgate.config import Config
    from mailgate.desk.holdings import Holdings

app = typer.Typer(help="Contacts' mailboxes and their data.", no_args_is_help=True, rich_markup_mode=None)
Addr = Annotated[str, typer.Argument(help="The mailbox's address.")]


@app.command()
def unavailable(
    context: typer.Context,
    address: Addr,
    reason: Annotated[str, typer.Option(help="For the record.")] = "marked by staff",
) -> None:
    """Take a mailbox for unavailable: notices go to the client's other mailboxes until mail comes from it (3.7)."""
    from mailgate.store.tables import DeadAddress

    config = configuration(context)
    addr = _canonical(address)
    with database(config) as opened, opened.write() as session:
        if not _gets_notices(session, config, addr):
            raise Wrong(f"{addr} is in none of the files, and the desk never wrote there{_like(config, addr)}")
        session.merge(DeadAddress(addr=addr, since=datetime.now(UTC), reason=reason))
    typer.echo(f"{addr}: unavailable")


@app.command()
def available(context: typer.Context, address: Addr) -> None:
    """The mailbox works again."""
    from mailgate.store.tables import DeadAddress

    config = configuration(context)
    addr = _canonical(address)
    with database(config) as opened, opened.write() as session:
        marked = session.get(DeadAddress, addr)
        if marked is None:
            raise Failed(f"{addr} was not marked as unavailable")
        session.delete(marked)
    typer.echo(f"{addr}: available")


@app.command()
def export(context: typer.Context, address: Addr) -> None:
    """All that the desk holds about one address, a JSON document a line; raw mail in base64."""
    from mailgate.cli.views import personal_data
    from mailgate.desk.holdings import held

    config = configuration(context)
    addr = _outsider(config, address)
    with database(config) as opened, opened.read() as session:
        found = held(session, addr)
        known = config.people.contact(addr)
        if not found and known is None:
            raise Failed(f"the desk holds nothing about {addr}")
        for document in personal_data(session, found, known, config.desk.zone):
            emit_json(document, one_line=True)


@app.command()
def erase(
    context: typer.Context,
    address: Addr,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; without a terminal nothing is erased otherwise.")
    ] = False,
    staff: Annotated[
        str | None, typer.Option("--as", help="Address of the staff member who orders it.", show_default=False)
    ] = None,
) -> None:
    """Erase all that the desk holds about one address but the bare history of its requests. There is no way back."""
    from mailgate.desk.erasing import erase_person
    from mailgate.desk.holdings import held

    config = configuration(context)
    addr, by = _outsider(config, address), _ordered_by(config, staff)
    with database(config) as opened:
        with opened.read() as session:
            typer.echo(f"held about {addr}: {_counted(_erasable(held(session, addr)).counts())}", err=True)
        if not yes and not (sys.stdin.isatty() and typer.confirm("Erase it for good?", err=True)):
            raise Wrong("nothing was erased; with --yes it is")
        known = config.people.contact(addr)
        with opened.write() as session:
            found = _erasable(held(session, addr))
            gone = erase_person(session, found, by, datetime.now(UTC), known.name if known else "")
        is_wiped = opened.wipe_log()
    typer.echo(f"erased: {_counted(gone)}")
    if known is not None:
        typer.echo(f"{addr} still stands in {config.files.clients}: what he writes is taken as ever", err=True)
    if not is_wiped:
        raise Failed("erased, but the database is being read, and its log still holds it until mailgate is restarted")


def _canonical(address: str) -> str:
    from mailgate.config import comparable

    addr = comparable(address)
    if addr is None:
        raise Wrong(f"{address!r} is no e-mail address")
    return addr


def _gets_notices(session: Session, config: Config, addr: str) -> bool:
    """Whether notices go to a mailbox, or went there once."""
    from mailgate.rules.vocabulary import Role
    from mailgate.store import queries

    return addr in _mailboxes(config) or queries.was_told(session, addr, list(Role))


def _mailboxes(config: Config) -> set[str]:
    """Of contacts, of clients and of staff."""
    contacts = {contact.email for contact in config.people.contacts}
    clients = config.people.clients.values()
    fallbacks = {box for client in clients for box in (client.official_mailbox, client.authorised_mailbox) if box}
    return contacts | fallbacks | {member.email for member in config.people.everybody_on_staff()}


def _like(config: Config, addr: str) -> str:
    from mailgate.config.problems import nearest

    like = nearest(addr, _mailboxes(config))
    return f'; did you mean "{like}"?' if like else ""


def _outsider(config: Config, address: str) -> str:
    """An address whose data is somebody's outside the desk: staff's names tell who did what, and stay."""
    addr = _canonical(address)
    if config.people.staff(addr) is not None:
        raise Wrong(f"{addr} is a staff member in {config.files.staff}: the history must say who did what")
    if addr in {box.address for box in config.mailboxes} | {gateway.address for gateway in config.gateways}:
        raise Wrong(f"{addr} is an address of the desk's own, in {config.path}")
    return addr


def _ordered_by(config: Config, staff: str | None) -> str:
    """Whom the history names: a staff member, or who is logged in on this machine."""
    if staff is None:
        return f"admin:{getpass.getuser()}"
    member = config.people.staff(staff)
    if member is None:
        raise Wrong(f"{staff} is nobody of the staff in {config.files.staff}")
    return f"staff:{member.email}"


def _erasable(found: Holdings) -> Holdings:
    if not found:
        raise Failed(f"the desk holds nothing about {found.addr}")
    if found.open:
        numbers = ", ".join(found.open)
        raise Failed(f"{found.addr} still has open requests: {numbers}; close or reject them first, nothing was erased")
    return found


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items() if count) or "nothing"
