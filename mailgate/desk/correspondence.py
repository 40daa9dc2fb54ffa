"""What the desk and its clients write to each other: kept for good (4.4), and told to everybody who takes part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.config import Mailbox
from mailgate.desk import facts, notify
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling, Words, Written
from mailgate.message.model import Attachment
from mailgate.store import queries
from mailgate.store.tables import Entry, Notice, Request
from mailgate.store.writing import write


def correspond(
    session: Session,
    request: Request,
    kind: str,
    sender: tuple[str, str],
    to: Sequence[str],
    text: str,
    now: datetime,
    *,
    new_text: str | None = None,
    message_id: str | None = None,
    mail_id: int | None = None,
    attachments: Sequence[Attachment] = (),
    internal: bool = False,
) -> None:
    """4.4: one mail or note that came in, kept in the correspondence for good. `sender` is (address, name)."""
    write(
        session,
        Entry,
        request_id=request.id,
        direction="in",
        kind=kind,
        from_addr=sender[0],
        from_name=sender[1],
        to=list(to),
        at=now,
        message_id=message_id,
        text=text,
        new_text=text if new_text is None else new_text,
        internal=internal,
        attachments=_named(attachments),
        mail_id=mail_id,
    )


def tell_client(session: Session, desk: Desk, request: Request, what: Telling, now: datetime) -> list[Written]:
    """One notice to the sender of a request and to those who take part in it, kept in the correspondence (4.4).

    The sender's comes first. 3.7: where no mailbox of the client works, staff are asked to use another way (4.11).
    """
    mailbox = desk.home(request)
    reader = notify.contact_reader(session, desk, request)
    others = [
        each for each in notify.participants(session, desk, request) if reader is None or each.addr != reader.addr
    ]
    said = [notify.tell(session, desk, mailbox, request, each, what, now) for each in ([reader] if reader else [])]
    for other in others:
        # The clock of a term hangs on the sender's notice alone.
        said.append(notify.tell(session, desk, mailbox, request, other, replace(what, starts=None), now))
    if said:
        keep_sent(session, desk, mailbox, request, said, what.words, now)
    if reader is None:
        detail = {"to": request.contact_addr, "notice": what.name, "reason": "unavailable", "fallback": None}
        tell_staff(session, desk, request, Telling("staff_undeliverable", what.words, detail=detail), now)
    return said


def withdraw(session: Session, notices: Iterable[Notice]) -> None:
    """Nobody gets these notices any more, and the correspondence does not say so."""
    for notice in notices:
        notice.state = "withdrawn"
        entry = queries.entry_sent(session, notice.message_id)
        if entry is not None:
            session.delete(entry)


def tell_staff(
    session: Session, desk: Desk, request: Request, what: Telling, now: datetime, *, but: str | None = None
) -> None:
    """One notice to each staff member who hears of a request, `but` one."""
    mailbox = desk.home(request)
    history = facts.history(session, request) if what.history is None else what.history
    for reader in notify.staff_readers(desk, mailbox, request):
        if reader.addr != but:
            detail = what.detail | facts.invitation(desk, request, reader.language)
            telling = replace(what, detail=detail, history=history)
            notify.tell(session, desk, mailbox, request, reader, telling, now)


def keep_sent(
    session: Session,
    desk: Desk,
    mailbox: Mailbox,
    request: Request,
    said: Sequence[Written],
    words: Words | None,
    now: datetime,
) -> None:
    """4.4: a notice to its readers, with what a person wrote in it, kept in the correspondence."""
    write(
        session,
        Entry,
        request_id=request.id,
        direction="out",
        kind=said[0].name,
        from_addr=mailbox.address,
        from_name=words.name if words else desk.config.desk.name,
        to=[notice.reader for notice in said],
        at=now,
        message_id=said[0].message_id,
        text=words.text if words else "",
        new_text=words.text if words else "",
        attachments=_named(words.attachments if words else ()),
    )


def _named(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    return [{"name": each.name, "type": each.type, "size": each.size, "sha256": each.sha256} for each in attachments]
