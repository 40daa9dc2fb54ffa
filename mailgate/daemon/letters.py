"""A row of the outbox as the letter that SMTP gets: its facts composed, its attachments fetched from the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment

from mailgate import assets
from mailgate.desk import clocks
from mailgate.desk.context import Desk
from mailgate.message.model import Attachment
from mailgate.message.parse import attachments
from mailgate.message.tree import body_at
from mailgate.outbox.compose import Draft, Part, compose, environment, text_of
from mailgate.rules.notices import TELLS_TERM
from mailgate.rules.vocabulary import Purpose, Role, Waiting
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Notice


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice ready to be sent."""

    sender: str
    """Envelope sender: the mailbox that gets the bounces."""
    content: bytes
    text: str
    """The text part, for the correspondence; empty on notices to staff."""


def templates(desk: Desk) -> Environment:
    """The admin's templates, then the built-in ones."""
    own = desk.config.files.templates
    return environment(*((own,) if own else ()), assets.templates(), zone=desk.config.desk.zone)


def attached_bytes(notice: Notice) -> float:
    """How much goes along; without a limit where that is a whole message."""
    if notice.name == "staff_quarantine":
        return float("inf")
    return float(sum(each["size"] for each in notice.facts.get("attachments", ())))


def may_wait(notice: Notice) -> bool:
    """It may be composed a while before it is sent: it tells no end that is counted from that moment (4.6)."""
    return _untold(notice) is None


def letter_of(database: Database, desk: Desk, templates: Environment, notice: Notice, now: datetime) -> Letter:
    """Compose one notice to be sent now. Raises jinja2.TemplateError or ValueError where that cannot be done."""
    parts = _parts(database, notice, desk.config.smtp.size_limit)
    draft = draft_of(desk, notice, now, parts, runs_until=_running(database, notice))
    text = text_of(draft, templates)
    kept = "" if notice.role == Role.STAFF else text
    return Letter(draft.sender[1], compose(draft, templates, now, text), kept)


def draft_of(
    desk: Desk, notice: Notice, now: datetime, attachments: tuple[Part, ...] = (), *, runs_until: datetime | None = None
) -> Draft:
    """What compose needs of a row; `runs_until` is the end of the term that it tells, where that runs already."""
    return Draft(
        name=notice.name,
        language=notice.language,
        facts=_with_term(desk, notice, runs_until, now),
        message_id=notice.message_id,
        in_reply_to=notice.in_reply_to,
        references=tuple(notice.references),
        sender=(desk.config.desk.name, _from(desk, notice)),
        reader=(notice.reader_name, notice.reader),
        request_number=(notice.facts.get("request") or {}).get("number"),
        auto_submitted=notice.auto_submitted,
        attachments=attachments,
    )


def _from(desk: Desk, notice: Notice) -> str:
    """From where it goes: the mailbox in which its request lives, or else the one that it was written for."""
    kind = (notice.facts.get("request") or {}).get("kind")
    return desk.mailbox(notice.mailbox, Purpose(kind) if kind else None).address


def _with_term(desk: Desk, notice: Notice, runs_until: datetime | None, now: datetime) -> dict[str, Any]:
    """4.6: the clock starts when this very try is accepted, so the end that the reader is told is counted from now.

    A copy starts none: it tells the end that runs, or else the same as the notice that starts it.
    """
    waiting = _untold(notice)
    if waiting is None:
        return notice.facts
    end = runs_until or clocks.ends(desk, waiting, notice.term, now)
    return notice.facts | {"request": notice.facts["request"] | {"deadline_at": end.isoformat() if end else None}}


def _untold(notice: Notice) -> Waiting | None:
    """The term whose end the notice is to tell; None where that stands in its facts, or it tells of none."""
    request = notice.facts.get("request")
    if not request or (request["deadline_at"] and not notice.starts):
        return None
    return Waiting(notice.starts) if notice.starts else TELLS_TERM.get(notice.name)


def _running(database: Database, notice: Notice) -> datetime | None:
    """The end of the term that a copy tells, where it runs."""
    waiting = _untold(notice)
    if waiting is None or notice.starts:
        return None
    with database.read() as session:
        request = queries.request_by_id(session, notice.request_id)
        return request.deadline_at if request and clocks.is_of(request, waiting) else None


def _parts(database: Database, notice: Notice, limit: int) -> tuple[Part, ...]:
    """The attachments that the facts name, or the whole message where a person is to look at it."""
    if notice.attached_mail is None:
        return ()
    wanted = notice.facts["attachments"]
    whole = notice.name == "staff_quarantine"
    if not wanted and not whole:
        return ()
    with database.read() as session:
        raw = queries.raw_mail(session, notice.attached_mail)
    if raw is None:
        return ()
    if whole:
        fits = len(raw) * 4 / 3 < limit * 0.9
        return (Part.of("message.eml", "application/octet-stream", raw),) if fits else ()
    found = () if all(each.get("place") for each in wanted) else attachments(raw)
    return tuple(_part(each, raw, found) for each in wanted if each.get("place") or each["part"] < len(found))


def _part(wanted: Mapping[str, Any], raw: bytes, found: Sequence[Attachment]) -> Part:
    """One attachment: as it stands in the message where it was written as we would, else encoded anew."""
    if place := wanted.get("place"):
        return Part(wanted["name"], wanted["type"], body_at(raw, place))
    attached = found[wanted["part"]]
    return Part.of(attached.name, attached.type, attached.content)
