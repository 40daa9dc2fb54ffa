"""What one file says against another: names and addresses that may stand only once, targets without the desk's.

Why: read from the data as written, so that a file with other problems is searched as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from mailgate.config.addresses import comparable
from mailgate.config.problems import Problem
from mailgate.config.sources import Source
from mailgate.config.toml_lines import Loc

_OWN = "write an address that is not the desk's own"
_WANT = {
    frozenset({"mailbox"}): "give each mailbox an address of its own",
    frozenset({"contact"}): "name each address once: a contact belongs to one client",
    frozenset({"staff member"}): "name each staff member once",
    frozenset({"contact", "staff member"}): "an address belongs either to a contact or to a staff member",
}


class _Claim(NamedTuple):
    """An address, whose it is, and where it stands."""

    who: str
    source: Source
    loc: Loc
    value: str

    def __str__(self) -> str:
        return f"{self.who} ({self.source.file}:{self.source.line(self.loc)})"

    def after(self, first: _Claim) -> Problem:
        what = f"{self.source.given(self.loc, self.value)} is already the address of a {first}"
        return self.source.problem(self.loc, what, _WANT.get(frozenset({self.who, first.who}), _OWN))


def collisions(settings: Source, clients: Source | None, staff: Source | None, *, distinct: bool) -> Iterator[Problem]:
    """A problem for each second use of an address, a mailbox's name or a client's id; both places are named.

    `distinct`: among people and clients there is none, as is known where all files are valid; none is searched for.
    """
    if not distinct:
        yield from _shared_addresses(settings, clients, staff)
        yield from _twice(clients, "client", "id") if clients is not None else ()
    yield from _twice(settings, "mailbox", "name")
    yield from _twice(settings, "oauth", "name")
    if clients is not None:
        yield from _targets_without_the_desks(settings, clients)
        yield from _own_fallbacks(settings, clients)
    yield from _shared_folders(settings)


def _shared_addresses(settings: Source, clients: Source | None, staff: Source | None) -> Iterator[Problem]:
    taken: dict[str, _Claim] = {}
    for claim in chain(_of_the_desk(settings), _of_people(clients, staff)):
        address = comparable(claim.value)
        if address is not None and (first := taken.setdefault(address, claim)) is not claim:
            yield claim.after(first)


def _of_the_desk(settings: Source) -> Iterator[_Claim]:
    yield from _of_tables("mailbox", settings, ("mailbox",), settings.data, "address")
    yield from _of_tables("gateway", settings, ("gateway",), settings.data, "address")


def _of_people(clients: Source | None, staff: Source | None) -> Iterator[_Claim]:
    if staff is not None:
        yield from _of_tables("staff member", staff, ("staff",), staff.data, "email")
    if clients is not None:
        for index, client in _tables(clients.data, "client"):
            yield from _of_tables("contact", clients, ("client", index, "contact"), client, "email")


def _of_tables(who: str, source: Source, loc: Loc, data: Mapping[str, Any], key: str) -> Iterator[_Claim]:
    for index, table in _tables(data, str(loc[-1])):
        if isinstance(value := table.get(key), str):
            yield _Claim(who, source, (*loc, index, key), value)


def _twice(source: Source, kind: str, key: str) -> Iterator[Problem]:
    taken: dict[str, Loc] = {}
    for index, table in _tables(source.data, kind):
        loc = (kind, index, key)
        if isinstance(value := table.get(key), str) and (first := taken.setdefault(value.strip(), loc)) != loc:
            place = f"{source.file}:{source.line(first)}"
            what = f"{source.given(loc, value)} is already the {key} of {_a(kind)} ({place})"
            yield source.problem(loc, what, f"give each {kind} {_a(key)} of its own")


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _own_fallbacks(settings: Source, clients: Source) -> Iterator[Problem]:
    """3.7: a notice that goes back to the desk, or to a gateway of it, would be answered by it."""
    own = {comparable(claim.value): claim for claim in _of_the_desk(settings)}
    for index, client in _tables(clients.data, "client"):
        for key in ("official_mailbox", "authorised_mailbox"):
            address = comparable(value) if isinstance(value := client.get(key), str) else None
            if address is not None and (claim := own.get(address)):
                loc = ("client", index, key)
                yield clients.problem(loc, f"{clients.given(loc, claim.value)} is a {claim.who} of the desk", _OWN)


def _shared_folders(settings: Source) -> Iterator[Problem]:
    """A folder of one account that two mailboxes take mail from, or that one fills and the other empties."""
    watched: dict[tuple[str, ...], Loc] = {}
    logins = [(("mailbox", index, "imap"), box.get("imap")) for index, box in _tables(settings.data, "mailbox")]
    boxes = [(loc, imap) for loc, imap in logins if isinstance(imap, dict)]
    for loc, imap in boxes:
        if (first := watched.setdefault(_folder(imap, "folder", "INBOX"), loc)) != loc:
            what = f"this folder is already watched by another mailbox ({settings.file}:{settings.line(first)})"
            yield settings.problem((*loc, "folder"), what, "give each mailbox an account or a folder of its own")
    for loc, imap in boxes:
        if watched.get(_folder(imap, "processed_folder", "Processed"), loc) != loc and imap.get("after") != "seen":
            what = "what is moved there would be taken by the mailbox that watches this folder"
            yield settings.problem((*loc, "processed_folder"), what, "name a folder that no mailbox watches")


def _folder(imap: Mapping[str, Any], key: str, usual: str) -> tuple[str, ...]:
    host, port = str(imap.get("host")).lower(), str(imap.get("port", 993))
    return host, port, str(imap.get("username")), str(imap.get(key, usual))


def _targets_without_the_desks(settings: Source, clients: Source) -> Iterator[Problem]:
    """3.9: the desk's table turns the targets on; its warning counts for those of the clients too."""
    for index, client in _tables(clients.data, "client"):
        if "targets" in client and "targets" not in settings.data:
            want = f"add [targets] to {settings.file}; it may be empty"
            yield clients.problem(("client", index, "targets"), "targets of a client, but the desk has none", want)


def _tables(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    tables = data.get(key)
    if isinstance(tables, list):
        yield from ((index, table) for index, table in enumerate(tables) if isinstance(table, dict))
