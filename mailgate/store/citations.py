"""Which requests the Message-IDs belong to that a mail cites."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, null, select, union_all
from sqlmodel import Session, col

from mailgate.store.asking import any_of, ask
from mailgate.store.requests import requests_by_ids
from mailgate.store.tables import Mail, Notice, Request
from mailgate.store.writing import remembered

_CITED: CompoundSelect[Any] = union_all(
    select(col(Mail.message_id), null(), col(Mail.request_id)).where(
        col(Mail.message_id).in_(any_of("message_id")), col(Mail.request_id).is_not(None)
    ),
    select(col(Notice.message_id), col(Notice.name), col(Notice.request_id)).where(
        col(Notice.message_id).in_(any_of("message_id")), col(Notice.request_id).is_not(None)
    ),
)


class Cited(NamedTuple):
    """What a Message-ID that a mail cites belongs to."""

    message_id: str
    notice: str | None
    """The name of the notice that bears it, if it is one."""
    request: Request


def cited(session: Session, message_ids: Sequence[str]) -> list[Cited]:
    """Those of these Message-IDs that belong to a request, in the order in which they are cited."""
    known = remembered(session)
    found = {each: known[Cited, each] for each in message_ids if (Cited, each) in known}
    unknown = [each for each in message_ids if each not in found]
    found.update(_belonging(session, unknown) if unknown else {})
    return [found[each] for each in message_ids if each in found]


def look_up_cited(session: Session, message_ids: Collection[str]) -> set[int]:
    """What `cited` will be asked of these, asked at once; those that belong to nothing yet may do so later.

    Gives the ids of the requests.
    """
    found = _belonging(session, list(message_ids)) if message_ids else {}
    remembered(session).update({(Cited, each): cites for each, cites in found.items()})
    return {each.request.id for each in found.values()}


def _belonging(session: Session, message_ids: Sequence[str]) -> dict[str, Cited]:
    known: dict[str, tuple[str | None, int]] = {}
    for message_id, name, request_id in ask(session, _CITED, by="message_id", message_id=message_ids):
        if name is not None or message_id not in known:  # any mail can bear the id of a notice of ours
            known[message_id] = name, request_id
    with session.no_autoflush:  # whatever has to do with requests was written before the first question
        by_id = {row.id: row for row in requests_by_ids(session, {request_id for _, request_id in known.values()})}
    return {each: Cited(each, name, by_id[request_id]) for each, (name, request_id) in known.items()}
