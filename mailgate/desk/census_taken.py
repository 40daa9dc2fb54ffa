"""The count of messages does not add up: staff are told, once of each finding, until it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from mailgate.config import Staff
from mailgate.desk import notify
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.store import queries


@dataclass(frozen=True, slots=True)
class Findings:
    """What is not accounted for."""

    undecided: int = 0
    """Messages that were taken long ago and not decided."""
    since: datetime | None = None
    """When the oldest of them was taken."""
    untaken: Mapping[str, int] = field(default_factory=dict)
    """By mailbox that was looked into: messages that have lain there for long and were not taken."""
    unseen: Mapping[str, str] = field(default_factory=dict)
    """By mailbox that could not be looked into: why."""


def census_taken(session: Session, desk: Desk, found: Findings, now: datetime) -> bool:
    """Tell staff what does not add up, if they do not know it yet. True where something was told."""
    told = {"journal": str(found.undecided or "")}
    told |= {f"mailbox {name}": str(messages or "") for name, messages in found.untaken.items()}
    told |= {f"mailbox {name}": "unseen" for name in found.unseen}
    news = [what for what, state in told.items() if queries.change_setting(session, f"census: {what}", state) and state]
    if not news:
        return False
    detail = {
        "at": now.isoformat(),
        "summary": [what.removeprefix("mailbox ") for what, state in told.items() if state],
        "undecided": found.undecided,
        "since": found.since.isoformat() if found.since else None,
        "untaken": [{"mailbox": name, "messages": count} for name, count in found.untaken.items() if count],
        "unseen": [{"mailbox": name, "why": why} for name, why in found.unseen.items()],
    }
    for member in desk.people.everybody_on_staff():
        _tell(session, desk, member, Telling("staff_census", detail=detail), now)
    return True


def _tell(session: Session, desk: Desk, member: Staff, what: Telling, now: datetime) -> None:
    boxes = [box for box in desk.config.mailboxes if box.group in member.groups]
    if boxes:
        notify.tell(session, desk, boxes[0], None, notify.staff_reader(desk, member), what, now)
