"""`!undo`: the last mail of a staff member taken back while its notices are still held in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.desk import correspondence, waits
from mailgate.desk.context import Desk
from mailgate.desk.notify import Written
from mailgate.rules.lifecycle import GOES_ON
from mailgate.rules.obstacles import Obstacle
from mailgate.rules.vocabulary import OPEN, Event, Status
from mailgate.store import personal, queries
from mailgate.store.tables import Deadline, Notice, Request, Undo
from mailgate.store.writing import write

_RESTORED = (
    "status", "status_before", "type", "urgency", "impact", "priority", "priority_rank", "priority_by_hand",
    "assignee", "rejected_for_no_answer",
)  # fmt: skip
_MOMENTS = ("deadline_at", "ended_at")
_NOTHING = Obstacle("nothing_to_undo")
_BOTH_SIDES = {"linked": ("linked",), "merged_into": ("merged_into", "merged_from")}
"""The kinds of a link as each of the two requests sees it; a part is split off for good."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A request as it was before a mail of staff changed it."""

    columns: dict[str, Any]
    deadlines: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Ties:
    """What a mail of staff tied to the request, beside what it is itself."""

    linked: list[tuple[str, str]] = field(default_factory=list)
    """(number, kind) of the requests that were linked."""
    joined: list[tuple[str, str]] = field(default_factory=list)
    """(number, address) of those whom a merge made take part in another request."""


@dataclass(frozen=True, slots=True)
class Undone:
    """A request that is again as it was, and the status from which it was brought back."""

    request: Request
    was: Status
    version_before: int | None
    """The request's version before the mail that was taken back; None where that was not noted yet."""
    parted: tuple[Request, ...]
    """3.6: those into which it was merged, and is no more."""


def snapshot(session: Session, request: Request) -> Snapshot:
    """Note what a request is now."""
    moments = {name: moment.isoformat() if (moment := getattr(request, name)) else None for name in _MOMENTS}
    columns = {name: getattr(request, name) for name in (*_RESTORED, "version")}
    return Snapshot(columns | moments, _running(session, request))


def restored(before: Snapshot, request: Request) -> list[dict[str, Any]]:
    """4.4: what is again as it was, for the history; `before` was noted just before the undoing."""
    return [
        {"what": name, "from": before.columns[name], "to": value}
        for name in ("type", "urgency", "impact", "priority", "assignee")
        if (value := getattr(request, name)) != before.columns[name]
    ]


def remember(
    session: Session, request: Request, by: str, before: Snapshot, held: Sequence[Written], ties: Ties
) -> None:
    """Keep the way back, for as long as the notices `held` wait; nothing where none does."""
    if not held:
        return
    session.flush()
    left = _running(session, request)
    write(
        session,
        Undo,
        request_id=request.id,
        by=by,
        before=before.columns | {"linked": ties.linked, "joined": ties.joined},
        deadlines=[[*each, each in left] for each in before.deadlines],
        notices=[queries.notice_id(session, notice.message_id) for notice in held],
        version=request.version,
    )


def take_back(session: Session, desk: Desk, cited: Request, by: str) -> Undone | Obstacle:
    """Withdraw the notices and restore the request; not where one has gone out or the request changed since, nor where
    the client has written since what would then be lost.

    It may be another one than was cited: a mail about a request that was merged belongs to where it went (3.6).
    """
    undo = queries.last_undo(session, (cited.id, *queries.merged_from(session, cited.id)), by)
    if undo is None:
        return _NOTHING
    request = session.get_one(Request, undo.request_id)
    if undo.version != request.version:
        return _NOTHING
    held = [session.get_one(Notice, notice_id, with_for_update=True) for notice_id in undo.notices]
    if any(notice.state != "waiting" or notice.claimed_by or notice.attempts for notice in held):
        return _NOTHING
    if _would_lose_a_word(session, request, cited, undo, held[0].created_at):
        return Obstacle("client_wrote_since")
    correspondence.withdraw(session, held)
    was = Status(request.status)
    _restore(session, request, undo)
    waits.restore_clock(session, desk, request, held[0].created_at)
    parted = _part(session, request, undo)
    session.delete(undo)
    return Undone(request, was, undo.before.get("version"), parted)


def renew(session: Session, undone: Undone) -> None:
    """The mail before the one that was taken back can be taken back too, if it was the last change before that one."""
    session.flush()
    for earlier in personal.undos(session, undone.request.id):
        if earlier.version == undone.version_before:
            earlier.version = undone.request.version


def _would_lose_a_word(session: Session, request: Request, cited: Request, undo: Undo, at: datetime) -> bool:
    """4.6, 4.8, 5.1: whether the client wrote since that mail, which was at `at`, and into what would not hear him.

    A request on which the desk or a third party acts keeps his words whatever was undone; one that waits for him, or
    has ended, would go on as if he had said nothing.
    """
    if request.status in OPEN and undo.before["status"] in GOES_ON:
        return False
    return any(
        _has_word_since(session, each.id, undo.by, at) for each in {request.id: request, cited.id: cited}.values()
    )


def _has_word_since(session: Session, request_id: int, by: str, at: datetime) -> bool:
    """A line of the client's own below those of the mail, which may be older than it by the clock."""
    history = queries.events(session, request_id)
    below = max((place for place, line in enumerate(history) if (line.by, line.at) == (by, at)), default=len(history))
    return any(line.by.startswith("client:") and line.event != Event.AUTO_REPLY_KEPT for line in history[below:])


def _part(session: Session, request: Request, undo: Undo) -> tuple[Request, ...]:
    """3.6: links are taken away, and whom a merge made take part takes none; who has written there himself stays."""
    parted = []
    for number, kind in undo.before.get("linked", ()):
        other = _of_number(session, number)
        queries.unlink(session, request.id, other.id, _BOTH_SIDES[kind])
        parted += [other] if kind == "merged_into" else []
    for number, addr in undo.before.get("joined", ()):
        other = _of_number(session, number)
        if not queries.written_by(session, other.id, addr):
            queries.leave(session, other.id, addr)
    return tuple(parted)


def _of_number(session: Session, number: str) -> Request:
    found = queries.request_by_number(session, number)
    assert found is not None, "requests are never deleted"
    return found


def _restore(session: Session, request: Request, undo: Undo) -> None:
    for name in _RESTORED:
        setattr(request, name, undo.before[name])
    for name in _MOMENTS:
        setattr(request, name, datetime.fromisoformat(value) if (value := undo.before[name]) else None)
    before = {(trigger, due_at) for trigger, due_at, _ in undo.deadlines}
    for deadline in queries.deadlines(session, undo.request_id):
        if _named(deadline) not in before:
            session.delete(deadline)
    for trigger, due_at, was_left in undo.deadlines:
        if not was_left:  # what was left may have befallen the request since: it must not again
            write(session, Deadline, request_id=undo.request_id, trigger=trigger, due_at=datetime.fromisoformat(due_at))


def _running(session: Session, request: Request) -> list[tuple[str, str]]:
    return [_named(deadline) for deadline in queries.deadlines(session, request.id)]


def _named(deadline: Deadline) -> tuple[str, str]:
    return deadline.trigger, deadline.due_at.isoformat()
