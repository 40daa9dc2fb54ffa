"""What a notice says: the facts of a request, what a person wrote, what the reader can do with one click.

They are frozen in the transaction that causes the notice: what is sent later says what was true then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sqlmodel import Session

from mailgate.config import Mailbox, Staff
from mailgate.config.deadlines import NoAnswer
from mailgate.desk.context import Desk
from mailgate.message.model import Attachment
from mailgate.rules import notices
from mailgate.rules.command_table import BY_VERB, offered
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Language, Purpose, Status
from mailgate.store import queries
from mailgate.store.tables import Request

AS_SENT = 4 / 3 * 78 / 76
"""How much larger an attachment gets in base64 with its line ends."""
QUOTED_MOST = 2000
"""Characters of the reader's own earlier words that a notice quotes."""
HISTORY_LINES = 3
"""Of the history, so many of the newest stand in a notice to staff."""
History = dict[str, Any]


def invitation(desk: Desk, request: Request, language: str) -> dict[str, Any]:
    """What a staff notice offers: links that open an answer with a command written that can be carried out now."""
    address = desk.home(request).address
    forms = [BY_VERB[verb].form(language) for verb in offered(Purpose(request.kind), Status(request.status))]
    return {
        "mailbox": request.mailbox,
        "plain_reply": str(desk.config.desk.plain_reply),
        "actions": [{"command": form, "mailto": mailto(address, subject_line(request), form + "\n")} for form in forms],
    }


def invitation_to(desk: Desk, member: Staff, request: Request | None, language: str) -> dict[str, Any]:
    """The same in what answers a mail of that member; nothing about what is erased or not his business (6.4)."""
    if request is None or request.erased_at is not None or not desk.handles(member, request):
        return {}
    return invitation(desk, request, language)


def mailto(address: str, subject: str, body: str) -> str:
    """RFC 6068: a link that opens an answer with `body` already written."""
    return f"mailto:{address}?subject={quote(subject, safe='')}&body={quote(body, safe='')}"


def subject_line(request: Request) -> str:
    """The subject of a mail that a link opens: the number alone finds the request, and the link stays short."""
    return f"Re: [{request.number}]"


def ready_answers(mailbox: Mailbox, request: Request, language: str) -> dict[str, str]:
    """5.1: the client's two ready answers, as links that any mail client opens."""
    subject = subject_line(request)
    confirm, disagree = notices.READY_ANSWERS[Language(language)]
    return {
        "confirm_mailto": mailto(mailbox.address, subject, f"!{confirm}\n"),
        "disagree_mailto": mailto(mailbox.address, subject, f"!{disagree}: "),
    }


def silence(desk: Desk) -> dict[str, Any]:
    """4.8: what comes of no answer: a rejection by itself, and how long after it an answer still resumes the work."""
    terms = desk.config.deadlines
    return {"rejects": terms.no_answer is NoAnswer.REJECT, "resume_within": length(terms.resume_rejected_within)}


def length(term: Term) -> dict[str, Any]:
    """How long a term is, to be spelt in the reader's language."""
    return {"unit": str(term.unit), "amount": term.amount}


def history(session: Session, request: Request, more: Sequence[History] = ()) -> list[History]:
    """The last events of a request, as its notices tell of them; `more` are about to happen to it."""
    if len(more) >= HISTORY_LINES:
        return list(more[-HISTORY_LINES:])
    before = [line(*each) for each in queries.last_events(session, request.id, HISTORY_LINES - len(more))]
    return [*before, *more]


def line(at: datetime, event: str, by: str) -> History:
    """One line of the history."""
    return {"at": at.astimezone(UTC).isoformat(), "event": event, "by": by}


def request_facts(desk: Desk, request: Request, history: list[dict[str, Any]]) -> dict[str, Any]:
    """A request as its notices tell of it; moments in RFC 3339."""
    client = desk.people.clients.get(request.client_id or "")
    assignee = desk.people.staff(request.assignee) if request.assignee else None
    plain = (
        "number",
        "kind",
        "status",
        "type",
        "type_suggested",
        "urgency",
        "impact",
        "priority",
        "subject",
        "service",
    )
    return {name: getattr(request, name) for name in (*plain, "channel", "contact_name", "contact_addr")} | {
        "client_name": client.name if client else None,
        "registered_at": request.registered_at.isoformat(),
        "deadline_at": request.deadline_at.isoformat() if request.deadline_at else None,
        "assignee_name": assignee.name if assignee else request.assignee,
        "history": history,
    }


def quoted(text: str, at: datetime, name: str, addr: str | None) -> dict[str, Any] | None:
    """The words that a notice answers, shortened, and who wrote them; None where there are none.

    Of what staff noted in a client's name `addr` is None: nobody is told that he wrote it.
    """
    if not text.strip():
        return None
    short = text if len(text) <= QUOTED_MOST else text[:QUOTED_MOST].rstrip() + " …"
    return {"text": short, "at": at.isoformat(), "name": name, "addr": addr}


def fitting(attachments: Sequence[Attachment], limit: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(attached, left out): as many as the SMTP server's size allows, in their order; the others are named."""
    attached: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    room = limit * 0.95
    for index, each in enumerate(attachments):
        if each.size * AS_SENT <= room:
            room -= each.size * AS_SENT
            named = {"name": each.name, "type": each.type, "size": each.size}
            attached.append(named | {"part": index, "place": each.place})
        else:
            left_out.append({"name": each.name, "size": each.size})
    return attached, left_out
