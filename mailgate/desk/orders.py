"""Carrying out the orders of staff on a request, one function for each kind of order.

Each function does its order whole or raises `CannotDo`; `staff_commanded` makes it all or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from mailgate.config import Staff
from mailgate.desk import correspondence, ending, facts, notify, record, registering, targets, undoing
from mailgate.desk.context import Desk
from mailgate.desk.notify import Telling, Words, Written
from mailgate.desk.record import Act, Submission
from mailgate.rules import notices
from mailgate.rules.classification import Misnamed, as_named
from mailgate.rules.commands import Order, TextFor, Verb
from mailgate.rules.lifecycle import Outcome, Refused, step
from mailgate.rules.obstacles import Obstacle
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import OPEN, Channel, Event, Purpose, Trigger, Urgency
from mailgate.store import queries
from mailgate.store.tables import Request


class CannotDo(Exception):
    """One order cannot be carried out; `why` says it to staff in their language."""

    def __init__(self, line: str, why: Refused | Obstacle) -> None:
        super().__init__(line)
        self.line, self.why = line, why


@dataclass(slots=True)
class Work:
    """One mail of staff in hand: what they wrote, and what has come of it so far."""

    session: Session
    desk: Desk
    member: Staff
    request: Request
    words: Words
    text_for: TextFor
    text_required: bool
    """One of the orders means nothing without the text."""
    message_id: str | None
    now: datetime
    said: list[Written] = field(default_factory=list)
    """Notices to the client."""
    invited: list[Written] = field(default_factory=list)
    """Notices to a new assignee."""
    ties: undoing.Ties = field(default_factory=undoing.Ties)
    text_said: bool = False
    can_be_undone: bool = False

    @property
    def by(self) -> str:
        """Who, as the history names him."""
        return f"staff:{self.member.email}"


def carry_out(work: Work, orders: tuple[Order, ...]) -> None:
    """Do the orders in their turn; a text for the client that none of them carried goes to him as progress (4.7)."""
    before = undoing.snapshot(work.session, work.request)
    _carry_out(work, orders)
    # 3.6: the client hears of a part at once, so a mail that split cannot be taken back.
    if not any(order.verb is Verb.SPLIT for order in orders):
        _remember(work, before)


def _remember(work: Work, before: undoing.Snapshot) -> None:
    held = (*work.said, *work.invited) if work.desk.hold else ()
    undoing.remember(work.session, work.request, work.by, before, held, work.ties)
    work.can_be_undone = bool(held)


def _carry_out(work: Work, orders: tuple[Order, ...]) -> None:
    classifying = tuple(order for order in orders if order.command.trigger is Trigger.CLASSIFIED)
    changes = _classified_as(work, classifying)  # first of all: no notice of this mail says what the next one corrects
    for order in orders:
        if order not in classifying:
            _DO.get(order.verb, _step)(work, order)
        elif order is classifying[0] and changes:
            _tell_changes(work, classifying, changes)
    if work.text_for is TextFor.CLIENT and work.words.text and not work.text_said:
        _answer(work, Trigger.ANSWERED)


def answer(work: Work, trigger: Trigger) -> None:
    """A text without a command: to the client (4.7), or a note for the desk."""
    before = undoing.snapshot(work.session, work.request)
    _answer(work, trigger)
    _remember(work, before)


def _answer(work: Work, trigger: Trigger) -> None:
    _apply(work, "", trigger, carries=trigger is Trigger.ANSWERED)


def _step(work: Work, order: Order) -> None:
    """An order that is a trigger and nothing else."""
    assert order.command.trigger is not None
    term = order.value if isinstance(order.value, Term) else None
    channel = {"channel": order.value} if isinstance(order.value, Channel) else {}
    _apply(work, order.line, order.command.trigger, carries=_carries(work, order), term=term, detail=channel)


def _carries(work: Work, order: Order) -> bool:
    """Whether the text goes along with this order; where one requires it, with no other."""
    text = order.command.text
    for_client = work.text_for is TextFor.CLIENT and text.reader is TextFor.CLIENT
    return for_client and (text.required or not work.text_required)


def _apply(
    work: Work,
    line: str,
    trigger: Trigger,
    *,
    carries: bool = False,
    term: Term | None = None,
    told: dict[str, Any] | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    outcome = _outcome(work, line, trigger)
    along = carries and not work.text_said and bool(work.words.text or work.words.attachments)
    act = Act(
        by=work.by,
        words=work.words if along else None,
        detail=({"command": line} if line else {}) | (detail or {}) | ({"with_text": True} if along else {}),
        told=ending.told(work.desk, outcome, "by_staff", work.now) | (told or {}),
        term=term,
        hold=work.desk.hold,
        answers=work.message_id,
    )
    said = record.apply(work.session, work.desk, work.request, outcome, act, work.now)
    work.said.extend(said)
    events = [happened.event for happened in outcome.events]
    is_told = bool(notices.for_client(Purpose(work.request.kind), events, outcome.term))
    work.text_said = work.text_said or (along and is_told)


def _outcome(work: Work, line: str, trigger: Trigger) -> Outcome:
    outcome = step(work.request.facts(), trigger, work.now, resume_until=work.desk.resume_until(work.request))
    if isinstance(outcome, Refused):
        raise CannotDo(line, outcome)
    return outcome


def _take(work: Work, order: Order) -> None:
    work.request.assignee = work.member.email
    _step(work, order)


def _assign(work: Work, order: Order) -> None:
    assignee = _colleague(work, order)
    work.request.assignee = assignee.email
    _apply(work, order.line, Trigger.ASSIGNED, detail={"assignee": assignee.email})
    if assignee.email != work.member.email:
        reader = notify.staff_reader(work.desk, assignee)
        note = {"name": work.member.name, "text": work.words.text} if work.text_for is TextFor.ASSIGNEE else None
        detail = facts.invitation(work.desk, work.request, reader.language) | {
            "assigned_by": work.member.name,
            "note": note,
        }
        words = registering.first_words(work.session, work.request)
        what = Telling("staff_new", words, detail=detail, hold=work.desk.hold)
        mailbox = work.desk.mailbox(work.request.mailbox)
        work.invited.append(notify.tell(work.session, work.desk, mailbox, work.request, reader, what, work.now))


def _colleague(work: Work, order: Order) -> Staff:
    found = work.desk.people.staff_named(str(order.value))
    if len(found) == 1:
        return found[0]
    known = found or work.desk.people.everybody_on_staff()
    names = ", ".join(f"{member.name} <{member.email}>" for member in known[:20])
    values = {"found": str(order.value), "known": names}
    raise CannotDo(order.line, Obstacle("several_staff" if found else "unknown_staff", values))


def _classified_as(work: Work, orders: tuple[Order, ...]) -> list[dict[str, Any]]:
    """4.2: the request is what the orders name; gives what changed."""
    named = as_named(work.request.facts(), orders)
    if isinstance(named, Misnamed):
        raise CannotDo(named.line, named.why)
    return record.reclassify(work.request, named)


def _tell_changes(work: Work, orders: tuple[Order, ...], changes: list[dict[str, Any]]) -> None:
    """4.3: all that one mail changes of the classification is one notice; no change, no notice."""
    line = "; ".join(order.line for order in orders)
    told = [change for change in changes if change["what"] != "priority_by_hand"]
    if told:
        carries = work.text_for is TextFor.CLIENT and not work.text_required
        _apply(work, line, Trigger.CLASSIFIED, carries=carries, told={"changes": told}, detail={"changes": changes})
    else:  # 4.4: the priority stays as it is from now on, whatever the table says; nothing has changed for the client
        outcome = _outcome(work, line, Trigger.CLASSIFIED)
        act = Act(by=work.by, detail={"command": line, "changes": changes})
        for happened in outcome.events:
            record.note(work.session, work.request, happened.event, happened.clause, act, work.now)


def _split(work: Work, order: Order) -> None:
    """3.6: a new request of the text, linked; the client is told its number."""
    old = work.request
    submission = Submission(
        kind=Purpose(old.kind),
        channel=Channel(old.channel),
        mailbox=work.desk.mailbox(old.mailbox),
        subject=str(order.value),
        contact_addr=old.contact_addr,
        contact_name=old.contact_name,
        language=old.language,
        client_id=old.client_id,
        service=old.service,
        urgency=Urgency(old.urgency),
        vouched=old.vouched,
    )
    new = registering.enter(work.session, work.desk, submission, work.words, work.by, work.now, part_of=old.number)
    record.link(work.session, old, new, "split_into", "split_from")
    numbers = {"numbers": [new.number]}
    _apply(work, order.line, Trigger.SPLIT, told=numbers, detail=numbers)


def _link(work: Work, order: Order) -> None:
    other = _other(work, order)
    if record.link(work.session, work.request, other, "linked", "linked"):
        work.ties.linked.append((other.number, "linked"))
    _apply(work, order.line, Trigger.LINKED, detail={"number": other.number})


def _merge(work: Work, order: Order) -> None:
    """3.6: this request ends in another one, which answers to both numbers from now on."""
    other = _other(work, order)
    if _whose(other) != _whose(work.request):
        raise CannotDo(order.line, Obstacle("other_client", {"number": other.number}))
    if other.status not in OPEN:
        raise CannotDo(order.line, Obstacle("merge_into_ended", {"number": other.number}))
    if work.request.contact_addr != other.contact_addr and notify.depends_on_vouching(work.desk, work.request):
        values = {"number": other.number, "sender": work.request.contact_addr, "this": work.request.number}
        raise CannotDo(order.line, Obstacle("merge_loses_sender", values))
    record.link(work.session, work.request, other, "merged_into", "merged_from")
    work.ties.linked.append((other.number, "merged_into"))
    for addr in (work.request.contact_addr, *queries.participants(work.session, work.request.id)):
        is_new = addr != other.contact_addr and work.desk.people.contact(addr) is not None
        if is_new and correspondence.take_part(work.session, other, addr, work.now):
            work.ties.joined.append((other.number, addr))
    into = {"into": other.number}
    _apply(work, order.line, Trigger.MERGED, carries=_carries(work, order), told=into, detail=into)
    act = Act(by=work.by, detail={"from": work.request.number})
    record.note(work.session, other, Event.LINKED, "3.6", act, work.now)


def _whose(request: Request) -> tuple[str, str]:
    """The client, or the one who complained and is nobody's contact; and what kind it is."""
    return request.client_id or request.contact_addr, request.kind


def _other(work: Work, order: Order) -> Request:
    number = str(order.value)
    other = queries.request_by_number(work.session, number)
    if other is None:
        raise CannotDo(order.line, Obstacle("unknown_request", {"number": number}))
    if other.id == work.request.id:
        raise CannotDo(order.line, Obstacle("same_request", {"number": other.number}))
    return other


def _undo(work: Work, order: Order) -> None:
    before = undoing.snapshot(work.session, work.request)
    undone = undoing.take_back(work.session, work.request, work.by)
    if isinstance(undone, Obstacle):
        raise CannotDo(order.line, undone)
    changes = undoing.restored(before, work.request)
    act = Act(by=work.by, detail={"command": order.line, "changes": changes})
    record.note(work.session, undone.request, Event.UNDONE, "4.4", act, work.now, (undone.was, undone.request.status))
    targets.follow(work.session, work.desk, undone.request, [Event.UNDONE], work.now)
    undoing.renew(work.session, undone)
    for other in undone.parted:
        parting = Act(by=work.by, detail={"from": undone.request.number})
        record.note(work.session, other, Event.UNDONE, "3.6", parting, work.now)


_DO: Mapping[Verb, Callable[[Work, Order], None]] = MappingProxyType(
    {Verb.TAKE: _take, Verb.ASSIGN: _assign, Verb.SPLIT: _split, Verb.LINK: _link, Verb.MERGE: _merge, Verb.UNDO: _undo}
)
"""Orders that do more than their trigger."""
