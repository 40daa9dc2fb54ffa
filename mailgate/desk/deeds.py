"""What the orders of one mail did, as `staff_done` confirms it: read back from the history that they wrote (4.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailgate.desk import clocks, facts
from mailgate.desk.context import Desk
from mailgate.rules.command_help import impact_unnamed
from mailgate.rules.commands import Order, Verb
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Purpose, RequestType, Trigger, Waiting
from mailgate.store import queries
from mailgate.store.tables import Event, Request

Deed = dict[str, Any]
_STARTS = {
    Verb.INFO: Waiting.INFO,
    Verb.THIRD_PARTY: Waiting.THIRD_PARTY,
    Verb.DONE: Waiting.CONFIRMATION,
}
_NAMES_NUMBER = ("number", "into")


def done(
    session: Session,
    desk: Desk,
    request: Request | None,
    orders: tuple[Order, ...],
    by: str,
    language: str,
    now: datetime,
) -> list[Deed]:
    """Each order with what it changed, from what to what; those that classify the request are one (4.3)."""
    written = (
        [line for line in queries.events(session, request.id) if (line.by, line.at) == (by, now)] if request else []
    )
    classifying = tuple(order for order in orders if order.command.trigger is Trigger.CLASSIFIED)
    classified = "; ".join(each.line for each in classifying)
    deeds = []
    for order in orders:
        if order not in classifying[1:]:
            line = classified if order in classifying else order.line
            of_it = [each for each in written if each.detail.get("command") == line]
            deeds.append(_deed(desk, request, order, line, of_it) | _term(desk, request, order, now))
    is_typed = any(order.verb is Verb.TYPE for order in classifying)
    for deed in deeds:
        is_unnamed = is_typed and deed["line"] == classified and _needs_impact(request)
        deed["hint"] = impact_unnamed(language) if is_unnamed else None
    return deeds


def _deed(desk: Desk, request: Request | None, order: Order, line: str, written: list[Event]) -> Deed:
    detail = {name: value for each in written for name, value in each.detail.items()}
    moved = [{"what": "status", "from": each.from_, "to": each.to} for each in written if each.to]
    return {
        "line": line,
        "verb": str(order.verb),
        "changes": [_named(desk, each) for each in (*moved, *detail.get("changes", ()), *_assigned(request, order))],
        "number": _number(request, order, detail),
        "channel": detail.get("channel"),
    }


def _number(request: Request | None, order: Order, detail: Deed) -> str | None:
    """Of the other request, or of the one that was registered."""
    if order.verb in (Verb.PHONE, Verb.LETTER, Verb.RELEASE):
        return request.number if request else None
    named = [*detail.get("numbers", ()), *(detail[name] for name in _NAMES_NUMBER if name in detail)]
    return named[0] if named else None


def _assigned(request: Request | None, order: Order) -> list[Deed]:
    if request is None or order.verb not in (Verb.TAKE, Verb.ASSIGN):
        return []
    return [{"what": "assignee", "from": None, "to": request.assignee}]


def _named(desk: Desk, change: Deed) -> Deed:
    """An assignee by his name."""
    if change["what"] != "assignee":
        return change
    members = {key: desk.people.staff(change[key] or "") for key in ("from", "to")}
    return change | {key: member.name for key, member in members.items() if member}


def _term(desk: Desk, request: Request | None, order: Order, now: datetime) -> Deed:
    """4.6, 5.1: the term as it was understood, and its end if the notice leaves as soon as it may."""
    waiting = _waiting(request, order)
    if request is None or waiting is None:
        return {"term": None, "due_at": None}
    named = order.value if isinstance(order.value, Term) else None
    term = named or desk.config.deadlines.term(waiting)
    by_notice = waiting in clocks.BY_NOTICE
    ends = clocks.ends(desk, waiting, str(named) if named else None, now + desk.hold if by_notice else now)
    return {
        "term": facts.length(term) if term and term.amount and by_notice else None,
        "due_at": ends.isoformat() if ends else None,
    }


def _waiting(request: Request | None, order: Order) -> Waiting | None:
    if request is None:
        return None
    if order.verb is Verb.EXTEND:
        return clocks.awaited(request)
    return _STARTS.get(order.verb) if request.kind == Purpose.REQUESTS else None


def _needs_impact(request: Request | None) -> bool:
    """Appendix 2: technical support without an impact counts as partial."""
    return request is not None and request.type == RequestType.TECHNICAL_SUPPORT and request.impact is None
