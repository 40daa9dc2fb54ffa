"""What the orders of the sample notice `staff_done` did, and what any other order may have done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from mailgate.rules.command_help import impact_unnamed, sample
from mailgate.rules.command_table import BY_VERB, COMMANDS, Verb
from mailgate.rules.commands import parse_orders
from mailgate.rules.vocabulary import Unit

Facts = dict[str, Any]
_NOTHING: Final[Facts] = {
    "changes": [],
    "number": None,
    "channel": None,
    "term": None,
    "due_at": None,
    "hint": None,
}
_TERMS = (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS, Unit.WORKING_HOURS, Unit.SECONDS)


def taken_and_asked(language: str, staff: str, due_at: str) -> list[Facts]:
    """Work began, and the client is asked."""
    took = [_change("status", "registered", "in_progress"), _change("assignee", None, staff)]
    asked = [_change("status", "in_progress", "awaiting_info")]
    line = f"{BY_VERB[Verb.INFO].form(language)} 3wd"
    return [
        _deed(Verb.TAKE, BY_VERB[Verb.TAKE].form(language), changes=took),
        _deed(Verb.INFO, line, changes=asked, term=_term(Unit.WORKING_DAYS), due_at=due_at),
    ]


def misspelt(line: str, text: str, language: str, at: str) -> list[Facts]:
    """What is said of that line, written above that text."""
    errors = parse_orders(f"{line}\n\n{text}", datetime.fromisoformat(at), UTC)
    assert isinstance(errors, tuple), "the line is misspelt"
    return [{"line": each.line, "why": each.words(language), "nearest": list(each.nearest)} for each in errors]


def every(language: str, staff: str, other: str, due_at: str) -> Iterator[Facts]:
    """Each order that is confirmed, and each sort of change."""
    for command in COMMANDS:
        yield _deed(command.verb, sample(command.verb, language), number=other, channel="phone")
        yield _deed(command.verb, sample(command.verb, language))
    changes = [_change("type", "unclassified", "technical_support"), _change("impact", "full", None)]
    changes += [_change("status", "in_progress", "closed"), _change("assignee", None, staff)]
    changes += [_change("priority_by_hand", False, to) for to in (True, False)]
    yield _deed(Verb.TYPE, sample(Verb.TYPE, language), changes=changes, hint=impact_unnamed(language))
    for unit in _TERMS:
        yield _deed(Verb.EXTEND, sample(Verb.EXTEND, language), term=_term(unit), due_at=due_at)
    yield _deed(Verb.EXTEND, sample(Verb.EXTEND, language), due_at=due_at)


def _deed(verb: Verb, line: str, **more: Any) -> Facts:
    return {**_NOTHING, "verb": str(verb), "line": line, **more}


def _change(what: str, before: Any, after: Any) -> Facts:
    return {"what": what, "from": before, "to": after}


def _term(unit: Unit) -> Facts:
    return {"unit": str(unit), "amount": 3}
