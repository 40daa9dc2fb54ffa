"""Carrying out the orders of staff on a request, one function for each kind of order.

Each function does its order whole or raises `CannotDo`; `staff_commanded` makes it all or none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from mailgate.config import Staff
from mailgate.desk import clocks, facts, notify, record, registering, targets, ties, undoing, waits
from mailgate.desk.notify import Telling
from mailgate.desk.record import Act
from mailgate.desk.work import CannotDo, Work, apply, outcome_of, takes_text, until
from mailgate.rules.classification import Misnamed, as_named
from mailgate.rules.commands import Order, TextFor, Verb
from mailgate.rules.obstacles import Obstacle
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Channel, Event, Trigger


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
    apply(work, "", trigger, carries=trigger is Trigger.ANSWERED)


def _step(work: Work, order: Order) -> None:
    """An order that is a trigger and nothing else."""
    assert order.command.trigger is not None
    term = order.value if isinstance(order.value, Term) else None
    channel = {"channel": order.value} if isinstance(order.value, Channel) else {}
    apply(work, order.line, order.command.trigger, carries=takes_text(work, order), term=term, detail=channel)


def _extend(work: Work, order: Order) -> None:
    """4.6, 4.10, 5.1, 6.3: a later end of the term that runs; an earlier one would be a promise taken back."""
    assert isinstance(order.value, Term), "the command's argument is a term"
    outcome = outcome_of(work, order.line, Trigger.EXTENDED)
    was = waits.promised_end(work.session, work.desk, work.request, work.now)
    assert outcome.term is not None, "whatever is extended has a term"
    end = clocks.ends(work.desk, outcome.term, str(order.value), work.now)
    if was is not None and end is not None and end <= was:
        raise CannotDo(order.line, Obstacle("extends_nothing", {"was": until(work, was), "end": until(work, end)}))
    detail = {"term": str(order.value), "was": was.isoformat() if was else None}
    told, along = {"extended": was is not None}, takes_text(work, order)
    apply(work, order.line, Trigger.EXTENDED, carries=along, term=order.value, told=told, detail=detail)


def _take(work: Work, order: Order) -> None:
    work.request.assignee = work.member.email
    _step(work, order)


def _assign(work: Work, order: Order) -> None:
    assignee = _colleague(work, order)
    work.request.assignee = assignee.email
    apply(work, order.line, Trigger.ASSIGNED, detail={"assignee": assignee.email})
    if assignee.email != work.member.email:
        reader = notify.staff_reader(work.desk, assignee)
        note = {"name": work.member.name, "text": work.words.text} if work.text_for is TextFor.ASSIGNEE else None
        detail = facts.invitation(work.desk, work.request, reader.language) | {
            "assigned_by": work.member.name,
            "note": note,
        }
        words = registering.first_words(work.session, work.request)
        if work.text_for is TextFor.ASSIGNEE:
            words = replace(words, attachments=work.words.attachments, mail_id=work.words.mail_id)
        what = Telling("staff_new", words, detail=detail, hold=work.desk.hold)
        mailbox = work.desk.home(work.request)
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
        apply(work, line, Trigger.CLASSIFIED, carries=carries, told={"changes": told}, detail={"changes": changes})
    else:  # 4.4: the priority stays as it is from now on, whatever the table says; nothing has changed for the client
        outcome = outcome_of(work, line, Trigger.CLASSIFIED)
        act = Act(by=work.by, detail={"command": line, "changes": changes})
        for happened in outcome.events:
            record.note(work.session, work.request, happened.event, happened.clause, act, work.now)


def _undo(work: Work, order: Order) -> None:
    before = undoing.snapshot(work.session, work.request)
    undone = undoing.take_back(work.session, work.desk, work.request, work.by)
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
    {
        Verb.TAKE: _take,
        Verb.ASSIGN: _assign,
        Verb.EXTEND: _extend,
        Verb.SPLIT: ties.split,
        Verb.LINK: ties.link,
        Verb.MERGE: ties.merge,
        Verb.UNDO: _undo,
    }
)
"""Orders that do more than their trigger."""
