"""A notice was accepted, deferred, refused, or came back: instants 3 and 4, and what follows from them (3.7).

The clock of a term starts here and nowhere else (4.6, 5.1): at the moment when the notice that tells it was accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from mailgate.desk import clocks
from mailgate.desk.context import Desk
from mailgate.desk.undelivered import not_delivered
from mailgate.message.model import Bounce, BounceClass
from mailgate.rules.notices import TELLS_TERM
from mailgate.rules.vocabulary import Role, Waiting
from mailgate.store import queries
from mailgate.store.tables import Notice, Request

BOUNCES_WITHIN = timedelta(days=10)
"""Mail servers give up after four or five days (RFC 5321 4.5.4.1)."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one try to send a notice."""

    accepted: bool
    """SMTP's 250 after the final dot."""
    next_at: datetime | None = None
    """When to try again; None with `accepted` False: given up."""
    charged: bool = True
    """The try counts; False where the trouble concerns every notice alike."""
    unknown: bool = False
    """The word after the final dot was lost: a second copy may reach the reader."""
    address_is_dead: bool = False
    """The server refused this recipient for good."""
    hopeless: bool = False
    """It is the message that cannot go out, so it would go to no other mailbox either."""
    error: str = ""
    text: str = ""
    """The text part as it was sent, for the correspondence."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One notice, as it was claimed, after one try."""

    notice: Notice
    settlement: Settlement
    at: datetime
    """When the server's word came: a term that it starts runs from here, however late it is recorded."""


def notices_settled(session: Session, tried: Sequence[Tried], desk: Desk, holder: str | None = None) -> None:
    """Instant 3 for several notices.

    Nothing but the mark follows from the acceptance of most of them, so that nothing need be read again.
    """
    for each in tried:
        if each.settlement.accepted and each.notice.name not in TELLS_TERM:
            _accepted(session, desk, each.notice, each.settlement, each.at)
        else:
            notice_settled(session, each.notice.id, each.settlement, each.at, desk, holder)


def notice_settled(
    session: Session, notice_id: int, what: Settlement, now: datetime, desk: Desk, holder: str | None = None
) -> None:
    """Instant 3. A notice that is no longer waiting is left alone: its fate is known already.

    So is one that was not accepted, where it is not in the hands of `holder` any more: somebody else tries it.
    """
    notice = session.get_one(Notice, notice_id, with_for_update=True)
    if notice.state != "waiting" or _is_in_other_hands(notice, what, holder):
        return
    if what.accepted:
        _accepted(session, desk, notice, what, now)
        return
    notice.claimed_by = None
    notice.attempts += what.charged
    notice.unknown += what.unknown
    if what.next_at is not None:
        notice.last_error, notice.next_at = what.error, what.next_at
    else:
        notice.state, notice.last_error = "failed", what.error
        not_delivered(session, desk, notice, what.error, what.address_is_dead, now, hopeless=what.hopeless)


def keep_fate(
    session: Session, notice_id: int, what: Settlement, now: datetime, fault: str, holder: str | None = None
) -> None:
    """What follows from a notice could not be carried out, for `fault`: it is at least not sent again and again."""
    notice = session.get_one(Notice, notice_id, with_for_update=True)
    if notice.state != "waiting" or _is_in_other_hands(notice, what, holder):
        return
    notice.claimed_by, notice.last_error = None, fault
    notice.attempts += what.charged
    notice.unknown += what.unknown
    if what.accepted:
        notice.state, notice.accepted_at = "accepted", now
    elif what.next_at is not None:
        notice.next_at = what.next_at
    else:
        notice.state = "failed"


def _is_in_other_hands(notice: Notice, what: Settlement, holder: str | None) -> bool:
    return not what.accepted and holder is not None and notice.claimed_by != holder


def notice_bounced(session: Session, desk: Desk, bounce: Bounce, now: datetime) -> int | None:
    """A delivery report came in. Believed only where it speaks of a notice of ours and of its reader.

    Gives the id of the request that it concerns.
    """
    if bounce.message_id is None or bounce.cls is BounceClass.DELAYED:
        return None
    notice = queries.notice_by_message_id(session, bounce.message_id)
    if notice is None or notice.reader not in bounce.recipients or not _may_still_bounce(session, notice, now):
        return None
    notice.state, notice.last_error = "bounced", bounce.said or f"bounced ({bounce.cls or 'unknown'})"
    not_delivered(session, desk, notice, notice.last_error, bounce.cls is BounceClass.HARD, now)
    return notice.request_id


def _may_still_bounce(session: Session, notice: Notice, now: datetime) -> bool:
    """Whoever was shown a notice can forge a report of it: none is believed that comes too late, or after its reader
    wrote on. What one that is believed can do: the client's own other mailbox gets the notice, and staff are told."""
    if notice.state != "accepted" or notice.accepted_at is None or now - notice.accepted_at > BOUNCES_WITHIN:
        return False
    if notice.request_id is None:
        return True
    wrote = (entry for entry in queries.entries(session, notice.request_id) if entry.from_addr == notice.reader)
    return not any(entry.direction == "in" and entry.at > notice.accepted_at for entry in wrote)


def wrote_again(session: Session, addr: str) -> None:
    """3.7: mail came from a mailbox that was taken for unavailable: it works again."""
    if queries.is_dead(session, addr):
        queries.unmark_dead(session, addr)


def _accepted(session: Session, desk: Desk, notice: Notice, what: Settlement, now: datetime) -> None:
    queries.keep_acceptance(session, notice.id, now, charged=what.charged, unknown=what.unknown)
    if notice.request_id is None:
        return
    if what.text and notice.role != Role.STAFF:
        queries.keep_text(session, notice.message_id, what.text)
    if notice.starts and notice.id == queries.last_to_start(session, notice.request_id):
        request = session.get_one(Request, notice.request_id)
        clocks.start(session, desk, request, Waiting(notice.starts), notice.term, now)
