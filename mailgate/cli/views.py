"""What is gathered from the store for one JSON document, or for a whole export."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailgate.cli.documents import Document, entry, event, mail, notice, request_row
from mailgate.cli.output import stamp
from mailgate.store import personal, queries

if TYPE_CHECKING:
    from datetime import tzinfo

    from sqlmodel import Session

    from mailgate.config import Contact
    from mailgate.desk.holdings import Holdings
    from mailgate.store.tables import Mail, Request


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
    mails = {came.id: came for request in found.own for came in personal.mails_of(session, request.id)}
    for each in (mails | {came.id: came for came in found.mails}).values():
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
