"""What ties requests to each other and to people: links, merges (3.6), who takes part."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from mailgate.store.asking import any_of, ask, given
from mailgate.store.requests import request_by_id
from mailgate.store.tables import Link, Notice, Participant, Request
from mailgate.store.writing import remembered, write


def links(session: Session, request_id: int) -> Sequence[tuple[str, str]]:
    """(number, kind) of every request that this one is linked to."""
    found = session.execute(
        select(col(Request.number), col(Link.kind))
        .join(Request, col(Link.other_id) == col(Request.id))
        .where(col(Link.request_id) == request_id)
        .order_by(col(Link.id))
    )
    return [(row[0], row[1]) for row in found]


_PARTICIPANTS = (
    select(col(Participant.addr))
    .where(col(Participant.request_id) == given("request_id"))
    .order_by(col(Participant.since))
)


def participants(session: Session, request_id: int) -> Sequence[str]:
    """Addresses of those who take part in a request beside its sender, in the order in which they came."""
    known, key = remembered(session), (Participant, request_id)
    if key not in known:
        known[key] = ask(session, _PARTICIPANTS, by="request_id", request_id=request_id).scalars().all()
    return tuple(known[key])


_PARTICIPANTS_OF_THESE = (
    select(col(Participant.request_id), col(Participant.addr))
    .where(col(Participant.request_id).in_(any_of("request_ids")))
    .order_by(col(Participant.since))
)


def look_up_participants(session: Session, request_ids: Collection[int]) -> None:
    """What `participants` will be asked of these, asked at once."""
    if not request_ids:
        return
    found: dict[int, list[str]] = {request_id: [] for request_id in request_ids}
    for request_id, addr in ask(session, _PARTICIPANTS_OF_THESE, request_ids=list(request_ids)):
        found[request_id].append(addr)
    remembered(session).update({(Participant, request_id): addrs for request_id, addrs in found.items()})


def take_part(session: Session, request_id: int, addr: str, since: datetime) -> bool:
    """He takes part in the request from now on; False where he did already."""
    before = participants(session, request_id)
    if addr in before:
        return False
    write(session, Participant, request_id=request_id, addr=addr, since=since)
    remembered(session)[Participant, request_id] = (*before, addr)
    return True


_MERGED_INTO = select(col(Link.other_id)).where(
    col(Link.request_id) == given("request_id"), col(Link.kind) == "merged_into"
)


def merged_into(session: Session, request_id: int) -> Request | None:
    """The request in which this one was merged (3.6)."""
    return request_by_id(session, ask(session, _MERGED_INTO, by="request_id", request_id=request_id).scalar())


def merged_from(session: Session, request_id: int) -> Sequence[int]:
    """Ids of the requests that were merged in this one (3.6)."""
    return session.scalars(
        select(col(Link.other_id)).where(col(Link.request_id) == request_id, col(Link.kind) == "merged_from")
    ).all()


def unlink(session: Session, request_id: int, other_id: int, kinds: Collection[str]) -> None:
    """Two requests were not linked so after all; neither side keeps a link of these kinds."""
    for one, other in ((request_id, other_id), (other_id, request_id)):
        theirs = col(Link.request_id) == one, col(Link.other_id) == other
        session.execute(delete(Link).where(*theirs, col(Link.kind).in_(kinds)))


def leave(session: Session, request_id: int, addr: str) -> None:
    """He takes no part in the request any more, and what waits for him as one who does stays with the desk."""
    his = col(Notice.request_id) == request_id, col(Notice.reader) == addr
    unsent = col(Notice.state) == "waiting", col(Notice.claimed_by).is_(None)
    session.execute(delete(Participant).where(col(Participant.request_id) == request_id, col(Participant.addr) == addr))
    remembered(session).pop((Participant, request_id), None)
    session.execute(update(Notice).where(*his, *unsent).values(state="withdrawn"))
