"""The files of the configuration were read anew: staff hear of a fault in them once, and when it is mended."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mailgate.config import Mailbox
from mailgate.desk import notify
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.rules.vocabulary import Purpose
from mailgate.store import queries

_FAULT = "configuration_fault"
"""Under this key the desk remembers of which fault staff know; empty where they know of none."""
_SHOWN = 10


def refused(session: Session, desk: Desk, now: datetime, problems: Sequence[str]) -> None:
    """The files cannot be used: staff are told of each different fault once, by whichever daemon meets it first."""
    mark = hashlib.sha256("\n".join(problems).encode()).hexdigest()
    if queries.change_setting(session, _FAULT, mark):
        _tell(
            session, desk, {"mended": False, "problems": list(problems[:_SHOWN]), "more": len(problems[_SHOWN:])}, now
        )


def accepted(session: Session, desk: Desk, now: datetime) -> None:
    """The files are in force: staff who know of a fault hear that it is mended."""
    if queries.setting(session, _FAULT) and queries.change_setting(session, _FAULT, ""):
        _tell(session, desk, {"mended": True, "problems": [], "more": 0}, now)


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Open requests of one kind whose mailbox the configuration names no more."""

    mailbox: str
    kind: Purpose
    count: int
    home: Mailbox
    """From where they go on."""
    is_served: bool
    """Somebody is in the group that works on them there."""

    def __str__(self) -> str:
        """For the admin, in one line."""
        return (
            f'{self.count} open {self.kind} of the mailbox "{self.mailbox}", no longer configured for them: '
            f'the group "{self.home.group}" works on them, and notices go out from {self.home.address}'
        )


def left_behind(session: Session, desk: Desk) -> list[LeftBehind]:
    """Where requests live whose mailbox was renamed, taken out, or made to serve something else."""
    named = {(box.name, box.purpose) for box in desk.config.mailboxes}
    found = [(name, Purpose(kind), count) for name, kind, count in queries.open_by_mailbox(session)]
    gone = [(*each, desk.mailbox(*each[:2])) for each in found if each[:2] not in named]
    return [LeftBehind(*each, is_served=bool(desk.people.group(each[-1].group))) for each in gone]


def without_client(session: Session, desk: Desk) -> list[str]:
    """3.10: a line for the admin of each client who is configured no more and has open requests.

    Where he was given another id, his contacts are nobody to those requests, and their answers become new ones.
    """
    found = queries.open_by_client(session)
    return [
        f'{count} open requests of the client "{client}", who is in {desk.config.files.clients} no more: no contact '
        f"reads them or writes into them; if he only got another id, give him this one again"
        for client, count in found
        if client not in desk.people.clients
    ]


def _tell(session: Session, desk: Desk, detail: dict[str, object], now: datetime) -> None:
    """Everybody in the groups that serve the mailboxes, each once."""
    readers = {
        member.email: (mailbox, member)
        for mailbox in reversed(desk.config.mailboxes)
        for member in desk.people.group(mailbox.group)
    }
    telling = Telling("staff_configuration", detail=detail)
    for mailbox, member in readers.values():
        notify.tell(session, desk, mailbox, None, notify.staff_reader(desk, member), telling, now)
