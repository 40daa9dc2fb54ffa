"""One row as a JSON document, in the shape that scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailgate.cli.output import stamp

if TYPE_CHECKING:
    from datetime import tzinfo

    from mailgate.config import Config
    from mailgate.store.tables import Entry, Event, Mail, Notice, Request

Document = dict[str, Any]
_SHOWN = (
    "number", "kind", "status", "type", "type_suggested", "urgency", "impact", "priority", "priority_by_hand",
    "channel", "mailbox", "subject",
)  # fmt: skip


def request_row(request: Request, zone: tzinfo) -> Document:
    """One request without its correspondence."""
    return {name: getattr(request, name) for name in _SHOWN} | {
        "client": request.client_id,
        "contact": request.contact_addr,
        "assignee": request.assignee,
        "service": request.service,
        "registered_at": stamp(request.registered_at, zone),
        "deadline_at": stamp(request.deadline_at, zone),
        "erased_at": stamp(request.erased_at, zone),
    }


def targets(request: Request, config: Config) -> Document:
    """3.9: its service targets, where the desk has any; a due time stands there while its clock runs."""
    if config.targets is None:
        return {}
    zone = config.desk.zone
    return {
        "answer_due_at": stamp(request.answer_due_at, zone),
        "completion_due_at": stamp(request.completion_due_at, zone),
        "breached": request.breached,
    }


def entry(row: Entry, zone: tzinfo) -> Document:
    """One mail or note of the correspondence."""
    return {
        "direction": row.direction,
        "kind": row.kind,
        "from": row.from_addr,
        "to": row.to,
        "at": stamp(row.at, zone),
        "message_id": bracketed(row.message_id),
        "text": row.text,
        "new_text": row.new_text,
        "internal": row.internal,
        "attachments": row.attachments,
    }


def event(row: Event, zone: tzinfo) -> Document:
    """One line of the history."""
    return {
        "at": stamp(row.at, zone),
        "event": row.event,
        "by": row.by,
        "clause": row.clause,
        "from": row.from_,
        "to": row.to,
        "detail": row.detail,
    }


def mail(row: Mail, zone: tzinfo) -> Document:
    """One message of the journal."""
    return {
        "id": row.id,
        "message_id": bracketed(row.message_id),
        "from": row.from_addr,
        "subject": row.subject,
        "size": row.size,
        "taken_at": stamp(row.taken_at, zone),
        "decision": row.decision,
        "reason": row.reason,
        "freed": row.freed,
        "error": row.error,
    }


def notice(row: Notice, zone: tzinfo) -> Document:
    """One notice of the outbox."""
    return {
        "id": row.id,
        "name": row.name,
        "to": row.reader,
        "request": (row.facts.get("request") or {}).get("number"),
        "message_id": bracketed(row.message_id),
        "state": row.state,
        "attempts": row.attempts,
        "created_at": stamp(row.created_at, zone),
        "next_at": stamp(row.next_at, zone) if row.state == "waiting" else None,
        "accepted_at": stamp(row.accepted_at, zone),
        "last_error": row.last_error,
    }


def bracketed(message_id: str | None) -> str | None:
    """A Message-ID as RFC 5322 writes it."""
    return f"<{message_id}>" if message_id else None
