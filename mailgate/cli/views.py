"""Rows as JSON documents, in the shapes that scripts rely on."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mailgate.cli.output import stamp
from mailgate.store import personal, queries

if TYPE_CHECKING:
    from datetime import tzinfo

    from sqlmodel import Session

    from mailgate.config import Config, Contact
    from mailgate.desk.holdings import Holdings
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


def whole_request(session: Session, request: Request, zone: tzinfo) -> Document:
    """One request with its links, its correspondence and its history."""
    return request_row(request, zone) | {
        "links": [{"number": number, "kind": kind} for number, kind in queries.links(session, request.id)],
        "messages": [entry(each, zone) for each in queries.entries(session, request.id)],
        "history": [event(each, zone) for each in queries.events(session, request.id)],
    }


def public_request(session: Session, request: Request, zone: tzinfo) -> Document:
    """3.8: the same as the portal may show it: what the client wrote and got, and where the request stood and stands.

    Neither internal notes, nor what staff did among themselves, nor links that only staff made.
    """
    whole = whole_request(session, request, zone)
    return whole | {
        "links": [each for each in whole["links"] if each["kind"] != "linked"],
        "messages": [each for each in whole["messages"] if not each["internal"]],
        "history": [each | {"detail": {}} for each in whole["history"] if each["to"] is not None],
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


def fate(session: Session, message_id: str, zone: tzinfo) -> list[Document]:
    """What became of every message that came in, or the notice that went out, under this Message-ID."""
    found = [
        _fate_of_mail(session, each, zone) | {"direction": "in"}
        for each in queries.mail_by_message_id(session, message_id)
    ]
    sent = queries.notice_by_message_id(session, message_id)
    return found + ([notice(sent, zone) | {"direction": "out"}] if sent else [])


def everything(session: Session, zone: tzinfo) -> Iterator[Document]:
    """Every request with its correspondence, every message that was taken with its bytes, every notice."""
    for request in queries.every_request(session):
        yield {"record": "request"} | whole_request(session, request, zone)
    for each in queries.every_mail(session):
        yield {"record": "mail"} | _whole_mail(session, each, zone)
    for sent in queries.every_notice(session):
        yield {"record": "notice"} | notice(sent, zone)


def personal_data(session: Session, found: Holdings, known: Contact | None, zone: tzinfo) -> Iterator[Document]:
    """All that is held about one address. Of the requests of others, only what he wrote and did himself."""
    if known is not None:
        yield {"record": "contact", "client": known.client_id, "name": known.name, "email": known.email} | {
            "phones": list(known.phones),
            "language": known.language,
        }
    if found.dead is not None:
        yield {"record": "unavailable", "since": stamp(found.dead.since, zone), "reason": found.dead.reason}
    for request in found.own:
        yield {"record": "request"} | whole_request(session, request, zone)
    for request in found.joined:
        whole = whole_request(session, request, zone)
        yield {"record": "taking_part", "number": request.number} | {
            "messages": [each for each in whole["messages"] if each["from"] == found.addr],
            "history": [each for each in whole["history"] if each["by"] == f"client:{found.addr}"],
        }
    mails = {mail.id: mail for request in found.own for mail in personal.mails_of(session, request.id)}
    for each in (mails | {mail.id: mail for mail in found.mails}).values():
        yield {"record": "mail"} | _whole_mail(session, each, zone)
    about = {sent.id: sent for request in found.own for sent in personal.notices_of(session, request.id)}
    for sent in (about | {sent.id: sent for sent in found.notices}).values():
        yield {"record": "notice"} | notice(sent, zone) | {"facts": sent.facts}


def _whole_mail(session: Session, row: Mail, zone: tzinfo) -> Document:
    raw = base64.b64encode(queries.raw_mail(session, row.id) or b"").decode("ascii")
    return _fate_of_mail(session, row, zone) | {"raw_base64": raw}


def _fate_of_mail(session: Session, row: Mail, zone: tzinfo) -> Document:
    request = queries.request_by_id(session, row.request_id)
    return mail(row, zone) | {
        "request": request.number if request else None,
        "copies": [f"{copy.mailbox} UID {copy.uid}" for copy in queries.arrivals(session, row.id)],
        "attempts": row.attempts,
        "tests": row.tests,
    }


def bracketed(message_id: str | None) -> str | None:
    """A Message-ID as RFC 5322 writes it."""
    return f"<{message_id}>" if message_id else None
