"""What the desk holds about one address: in requests, in the journal, in the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from mailgate.desk.loops import TOLD_OF_LOOP
from mailgate.desk.quarantine import TOLD_OF_UNPROVEN
from mailgate.rules.vocabulary import OPEN
from mailgate.store import personal
from mailgate.store.tables import DeadAddress, Mail, Notice, Request

REMEMBERED = (TOLD_OF_LOOP, *TOLD_OF_UNPROVEN.values())
"""Under each of these and an address stands the day on which staff were told of it."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Where one person's data stands."""

    addr: str
    own: Sequence[Request]
    """Requests whose sender he is: all that stands in them is about him."""
    joined: Sequence[Request]
    """Requests of others in which he takes part: only his own words are his."""
    mails: Sequence[Mail]
    """All that came from him."""
    notices: Sequence[Notice]
    """All that went to him, and what staff got that names him and is about no single request."""
    dead: DeadAddress | None

    @property
    def open(self) -> tuple[str, ...]:
        """Numbers of the requests on which somebody still works for him."""
        return tuple(request.number for request in (*self.own, *self.joined) if request.status in OPEN)

    def counts(self) -> dict[str, int]:
        """How much there is, by kind."""
        return {
            "requests": len(self.own),
            "requests of others": len(self.joined),
            "mails": len(self.mails),
            "notices": len(self.notices),
            "unavailable": int(self.dead is not None),
        }

    def __bool__(self) -> bool:
        return any(self.counts().values())


def held(session: Session, addr: str) -> Holdings:
    """Look for an address, in its canonical form, in all that is kept."""
    own, mails = personal.requests_sent_by(session, addr), personal.mails_from(session, addr)
    naming = personal.notices_naming(session, [addr, *(request.number for request in own)])
    his = {None, *(mail.id for mail in mails)}
    return Holdings(
        addr=addr,
        own=own,
        joined=personal.requests_joined_by(session, addr),
        mails=mails,
        # Of somebody else's mail that waits staff are to hear, though a like address or his own stands in it.
        notices=[*personal.notices_to(session, addr), *(each for each in naming if each.attached_mail in his)],
        dead=session.get(DeadAddress, addr),
    )
