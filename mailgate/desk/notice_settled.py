"""A notice was accepted, deferred, refused, or came back: instants 3 and 4, and what follows from them (3.7).

The clock of a term starts here and nowhere else (4.6, 5.1): at the moment when the notice that tells it was accepted.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from mailgate.desk import clocks, correspondence, notify, record
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling
from mailgate.desk.record import Act
from mailgate.message import thread
from mailgate.message.model import Bounce, BounceClass
from mailgate.rules.lifecycle import Outcome, step
from mailgate.rules.notices import ENDINGS
from mailgate.rules.vocabulary import OPEN, Event, Role, Trigger, Waiting
from mailgate.store import queries
from mailgate.store.tables import DeadAddress, Notice, Request
from mailgate.store.writing import write

BY_ITSELF = "mailgate"
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
        if each.settlement.accepted and not each.notice.starts:
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
        session.delete(session.get_one(DeadAddress, addr))


def _accepted(session: Session, desk: Desk, notice: Notice, what: Settlement, now: datetime) -> None:
    queries.keep_acceptance(session, notice.id, now, charged=what.charged, unknown=what.unknown)
    if notice.request_id is None:
        return
    if what.text and notice.role != Role.STAFF:
        queries.keep_text(session, notice.message_id, what.text)
    if notice.starts and notice.id == queries.last_to_start(session, notice.request_id):
        request = session.get_one(Request, notice.request_id)
        clocks.start(session, desk, request, Waiting(notice.starts), notice.term, now)


def not_delivered(
    session: Session, desk: Desk, notice: Notice, error: str, is_dead: bool, now: datetime, *, hopeless: bool = False
) -> None:
    """3.7: a notice does not reach its reader: it goes to the client's other mailbox, and staff are told."""
    request = session.get(Request, notice.request_id) if notice.request_id else None
    if is_dead and notice.role != Role.STAFF and not queries.is_dead(session, notice.reader):
        session.add(DeadAddress(addr=notice.reader, since=now, reason=error))
        session.flush()
    if request is None:
        return
    reopened = notice.role != Role.STAFF and _note_bounce(session, desk, request, notice, error, now)
    outdated = _is_outdated(request, notice)
    fallback = None if hopeless or outdated else _fallback(session, desk, request, notice)
    if fallback is not None:
        again_to(session, desk, request, notice, fallback, now)
    if notice.name != "staff_undeliverable":
        detail = {
            "to": notice.reader,
            "notice": notice.name,
            "reason": error,
            "fallback": fallback.addr if fallback else None,
            "wait": "reopened" if reopened else "over" if outdated else None,
        }
        correspondence.tell_staff(
            session, desk, request, Telling("staff_undeliverable", detail=detail), now, but=notice.reader
        )


def _fallback(session: Session, desk: Desk, request: Request, notice: Notice) -> notify.Reader | None:
    """3.7: where the notice goes instead. The copy of one who only takes part goes nowhere: the sender has his own."""
    if notice.role == Role.STAFF or notice.reader in queries.participants(session, request.id):
        return None
    return notify.contact_reader(session, desk, request, after=notice.reader)


def _is_outdated(request: Request, notice: Notice) -> bool:
    """It asks for what is not awaited any more, or tells of an ending that was taken back: nobody is to read it now."""
    if notice.starts:
        return not clocks.is_of(request, Waiting(notice.starts))
    return notice.name in ENDINGS and request.status in OPEN


def _note_bounce(session: Session, desk: Desk, request: Request, notice: Notice, error: str, now: datetime) -> bool:
    """5.1: a notice that bounced has not been sent: its days do not run. Those of a later one do.

    Where they have run out already, they did so in vain, and the wait goes on; True where it was taken up again.
    """
    began_wait = notice.id == queries.last_to_start(session, request.id)
    in_vain = began_wait and _ended_by_itself(session, request)
    outcome = step(request.facts(), Trigger.WAIT_NOT_SENT if in_vain else Trigger.NOTICE_BOUNCED, now)
    assert isinstance(outcome, Outcome)
    if not began_wait:
        outcome = record.without_clocks(outcome)
    detail = {"notice": notice.name, "to": notice.reader, "error": error}
    record.apply(session, desk, request, outcome, Act(by=BY_ITSELF, detail=detail), now)
    if in_vain:
        correspondence.withdraw(session, queries.waiting(session, request.id, ENDINGS))
    return in_vain


def _ended_by_itself(session: Session, request: Request) -> bool:
    """Whether a term alone has ended a request, and the client has begun no new one from it (5.2)."""
    if request.status in OPEN or request.erased_at is not None:
        return False
    for line in reversed(queries.events(session, request.id)):
        if line.event == Event.NEW_REQUEST_NEEDED:
            return False
        if line.to is not None:
            return line.by == BY_ITSELF
    return False


def again_to(
    session: Session, desk: Desk, request: Request, notice: Notice, reader: notify.Reader, now: datetime
) -> None:
    """The same notice to another reader."""
    copied = notice.model_dump(
        include={
            "name",
            "request_id",
            "mailbox",
            "role",
            "references",
            "auto_submitted",
            "attached_mail",
            "term",
        }
    )
    # A later notice has a clock of its own: the copy of an earlier one must not set it.
    if notice.id == queries.last_to_start(session, request.id):
        copied["starts"] = notice.starts
    domain = desk.home(request).address.rpartition("@")[2]
    write(
        session,
        Notice,
        **copied,
        reader=reader.addr,
        reader_name=reader.name,
        domain=reader.addr.rpartition("@")[2],
        language=reader.language,
        message_id=thread.message_id(desk.key, request.number, secrets.token_hex(8), reader.addr, domain),
        facts=notice.facts | {"reader": {"name": reader.name, "addr": reader.addr, "role": str(reader.role)}},
        created_at=now,
        next_at=now,
    )
