"""What staff ask for and get by mail: the queue (4.1), a request's whole record (4.4), the commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from mailgate.config import Mailbox, Staff
from mailgate.desk import facts, notify, targets
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.desk.work import CannotDo
from mailgate.rules.command_help import help_rows
from mailgate.rules.commands import Order, Verb
from mailgate.rules.obstacles import Obstacle
from mailgate.store import queries
from mailgate.store.tables import Entry, Request

QUEUE_MOST = 200
"""Rows of the queue that one mail holds."""
HANDLERS_MOST = 20
"""Names that an answer gives of those who handle a complaint."""
_NOTHING_DONE: dict[str, Any] = {"orders": [], "sent": None, "show": None, "help": None, "undo_until": None}


def answer(
    session: Session,
    desk: Desk,
    member: Staff,
    mailbox: Mailbox,
    request: Request | None,
    order: Order,
    message_id: str | None,
    now: datetime,
) -> None:
    """Answer one question of a staff member with a mail of its own."""
    reader = notify.staff_reader(desk, member)
    name, detail, about = "staff_done", _NOTHING_DONE, request
    match order.verb:
        case Verb.QUEUE:
            name, detail, about = "staff_queue", queue(session, desk, member, now), None
        case Verb.SHOW:
            about = queries.request_by_number(session, str(order.value))
            if about is None:
                raise CannotDo(order.line, Obstacle("unknown_request", {"number": str(order.value)}))
            if not desk.handles(member, about):
                raise CannotDo(order.line, complaint_of_others(desk, about))
            detail = _NOTHING_DONE | {"show": shown(session, desk, about)}
        case _:
            detail = _NOTHING_DONE | {"help": [list(row) for row in help_rows(reader.language)]}
    detail = detail | facts.invitation_to(desk, member, about, reader.language)
    notify.tell(session, desk, mailbox, about, reader, Telling(name, detail=detail, answers=message_id), now)


def complaint_of_others(desk: Desk, complaint: Request) -> Obstacle:
    """6.4: why a staff member who does not handle a complaint gets nothing of it, and who does."""
    known = _handlers(desk, desk.home(complaint))
    return Obstacle("complaint_of_others", {"number": complaint.number, "known": known})


def complaint_held_by_others(desk: Desk, mailbox: Mailbox) -> Obstacle:
    """6.4: why a staff member lets in or drops nothing that came to a mailbox for complaints, and who does."""
    return Obstacle("complaint_held_by_others", {"known": _handlers(desk, mailbox)})


def _handlers(desk: Desk, mailbox: Mailbox) -> str:
    handlers = desk.people.group(mailbox.group)[:HANDLERS_MOST]
    return ", ".join(f"{member.name} <{member.email}>" for member in handlers)


def queue(session: Session, desk: Desk, member: Staff, now: datetime) -> dict[str, Any]:
    """4.1: all that is open, by priority, then by age; 6.4: but the complaints that others handle."""
    theirs = [each for each in queries.working_order(session, only_open=True) if desk.handles(member, each)]
    return queue_of(desk, theirs[:QUEUE_MOST], now)


def queue_of(desk: Desk, requests: Sequence[Request], now: datetime) -> dict[str, Any]:
    """These requests as the queue shows them, with how many are late and how many are due today."""
    rows = [_row(desk, request, now) for request in requests[:QUEUE_MOST]]
    zone = desk.config.desk.zone
    today = now.astimezone(zone).date()
    due = [each.deadline_at for each in requests if each.deadline_at and each.deadline_at >= now]
    due_today = sum((moment - timedelta.resolution).astimezone(zone).date() == today for moment in due)
    return {"rows": rows, "late": sum(row["late"] for row in rows), "due_today": due_today}


def shown(session: Session, desk: Desk, request: Request) -> dict[str, Any]:
    """A request with its correspondence and history, for staff: internal notes too."""
    return {
        "request": facts.request_facts(desk, request, []),
        "messages": [_message(entry) for entry in _once(queries.entries(session, request.id))],
        "history": [
            {"at": line.at.isoformat(), "event": line.event, "by": line.by}
            for line in queries.events(session, request.id)
        ],
    }


def _once(entries: Sequence[Entry]) -> list[Entry]:
    """Without the mails of staff whose whole text stands there as it went out."""
    sent = {entry.new_text.strip() for entry in entries if entry.direction == "out"} | {""}
    return [entry for entry in entries if entry.kind != "staff_mail" or entry.new_text.strip() not in sent]


def _message(entry: Entry) -> dict[str, Any]:
    """One mail or note with its files; of what the desk wrote by itself, the sentence that says what happened."""
    is_ours = entry.direction == "out"
    return {
        "at": entry.at.isoformat(),
        "direction": entry.direction,
        "kind": entry.kind,
        "from": entry.from_name or entry.from_addr,
        "internal": entry.internal,
        "text": entry.new_text or (" ".join(entry.text.partition("\n\n")[0].split()) if is_ours else entry.text),
        "attachments": [{"name": each["name"], "size": each["size"]} for each in entry.attachments],
    }


def _row(desk: Desk, request: Request, now: datetime) -> dict[str, Any]:
    client = desk.people.clients.get(request.client_id or "")
    return {
        "number": request.number,
        "kind": request.kind,
        "subject": request.subject,
        "priority": request.priority,
        "status": request.status,
        "client_name": client.name if client else request.contact_name or request.contact_addr,
        "age": int((now - request.registered_at).total_seconds()),
        "deadline_at": request.deadline_at.isoformat() if request.deadline_at else None,
        "late": request.deadline_at is not None and request.deadline_at < now,
        "target": targets.shown(desk, request, now),
    }
