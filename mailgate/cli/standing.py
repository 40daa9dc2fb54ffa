"""How the desk stands: what its database and the heartbeats of its daemons tell, and what of it is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlmodel import Session

from mailgate import __version__
from mailgate.cli.output import stamp
from mailgate.config import Config
from mailgate.daemon.lease import mailbox_holders
from mailgate.store import queries
from mailgate.store.heartbeats import SILENT_AFTER, Heartbeat
from mailgate.store.schema import head

LATE = timedelta(minutes=5)
"""What takes longer is wrong: a look at a mailbox, the decision on a message, a deadline that is to be carried out."""
OUTBOX_LATE = timedelta(hours=1)
"""A notice may well be tried for some time."""
NEXT_MOST, ERRORS_MOST = 5, 10
_NEVER = datetime.min.replace(tzinfo=UTC)

Document = dict[str, Any]


def standing(session: Session, config: Config, now: datetime) -> Document:
    """Everything at one moment; `wrong` says in words what is not as it should be."""
    zone = config.desk.zone
    beats = [row for row in queries.heartbeats(session) if now - row.at < SILENT_AFTER]
    holders, undecided = mailbox_holders(session), queries.undecided_by_mailbox(session)
    oldest, outbox = queries.oldest_overdue_notice_at(session, now), queries.outbox_by_state(session)
    found: Document = {
        "version": __version__,
        "schema": head(),
        "daemons": _daemons(beats, zone),
        "mailboxes": [
            _mailbox(box.name, holders.get(box.name), beats, undecided.get(box.name), now, zone)
            for box in config.mailboxes
        ],
        "undecided": sum(messages for messages, _ in undecided.values()),
        **queries.unregistered(session),
        "outbox": outbox | {"oldest_at": stamp(oldest, zone)},
        "terms": _terms(session, now, zone),
        "errors": _errors(session, beats, zone),
    }
    return found | {"wrong": [*_wrong_with_daemons(beats), *_wrong(found, now)]}


def _daemons(beats: Sequence[Heartbeat], zone: tzinfo) -> list[Document]:
    heard = {row.holder: row.at for row in beats}
    return [{"holder": holder, "heard_at": stamp(at, zone)} for holder, at in sorted(heard.items())]


def _mailbox(
    name: str,
    holder: str | None,
    beats: Sequence[Heartbeat],
    undecided: tuple[int, datetime] | None,
    now: datetime,
    zone: tzinfo,
) -> Document:
    """One mailbox, as its holder tells of it; on SQLite, where it needs no lease, the daemon that looked into it."""
    rows = [row for row in beats if row.part == f"mailbox {name}"]
    last = max(rows, key=lambda row: row.looked_at or _NEVER, default=None)
    row = next((row for row in rows if row.holder == holder), last)
    messages, since = undecided or (0, now)
    return {
        "name": name,
        "looked_at": stamp(last.looked_at, zone) if last else None,
        "undecided": messages,
        "lag_seconds": round((now - since).total_seconds()),
        "held_by": holder or (row.holder if row else None),
        "error": row.trouble if row else None,
    }


def _terms(session: Session, now: datetime, zone: tzinfo) -> Document:
    ahead, overdue = queries.deadlines_by_due(session, now)
    first = queries.next_deadlines(session, NEXT_MOST)
    upcoming = [{"number": number, "what": what, "due_at": stamp(at, zone)} for number, what, at in first]
    return {"due": ahead, "overdue": overdue, "next": upcoming}


def _errors(session: Session, beats: Sequence[Heartbeat], zone: tzinfo) -> list[Document]:
    """The last error of each part, and of the notices that failed last; the newest first."""
    of_parts = [(row.failed_at, row.part, row.error) for row in beats if row.failed_at]
    of_notices = [
        (notice.next_at, f"notice {notice.id} to {notice.reader}", notice.last_error or notice.state)
        for notice in queries.notices(session, only_failed=True, limit=ERRORS_MOST)
    ]
    newest = sorted([*of_parts, *of_notices], reverse=True)[:ERRORS_MOST]
    return [{"at": stamp(at, zone), "where": where, "error": error} for at, where, error in newest]


def _wrong_with_daemons(beats: Sequence[Heartbeat]) -> Iterator[str]:
    if not beats:
        yield "no daemon is running; start it: systemctl start mailgate"
    for row in beats:
        if row.hangs:
            yield f"{row.part} shows no progress in the daemon {row.holder}; its log says more"
        elif row.trouble and not row.part.startswith("mailbox "):
            yield f"{row.part}: {row.trouble}"


def _wrong(found: Document, now: datetime) -> Iterator[str]:
    for box in found["mailboxes"]:
        yield from _wrong_with_mailbox(box, now)
    oldest, terms = found["outbox"]["oldest_at"], found["terms"]
    if oldest and _age(oldest, now) > OUTBOX_LATE:
        yield f"a notice written at {oldest} is not sent yet; see mailgate outbox list"
    if terms["overdue"] and _age(terms["next"][0]["due_at"], now) > LATE:
        yield f"deadlines that are due and not carried out: {terms['overdue']}"


def _wrong_with_mailbox(box: Document, now: datetime) -> Iterator[str]:
    name, looked_at = box["name"], box["looked_at"]
    if box["error"]:
        yield f"mailbox {name}: {box['error']}"
    elif box["held_by"] and looked_at is None:
        yield f"mailbox {name}: nobody has looked into it yet"
    elif looked_at and _age(looked_at, now) > LATE:
        yield f"mailbox {name}: nobody has looked into it since {looked_at}"
    if box["lag_seconds"] > LATE.total_seconds():
        yield f"mailbox {name}: a message waits for its decision for {box['lag_seconds']} s; its log says why"


def _age(stamped: str, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(stamped)
