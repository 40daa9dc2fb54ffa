"""The files of the configuration were read anew: staff hear of a fault in them once, and when it is mended."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from mailgate.desk import notify
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
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


def _tell(session: Session, desk: Desk, detail: dict[str, object], now: datetime) -> None:
    """Everybody in the groups that serve the mailboxes, each once."""
    readers = {
        member.email: (mailbox, member)
        for mailbox in reversed(desk.config.mailboxes)
        for member in desk.people.group(mailbox.group)
    }
    telling = Telling("staff_alert", detail={"what": "configuration"} | detail)
    for mailbox, member in readers.values():
        notify.tell(session, desk, mailbox, None, notify.staff_reader(desk, member), telling, now)
