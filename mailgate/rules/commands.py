"""The mail commands of staff: the lines at the top of a mail read into orders, all or none.

Why: pure, so that one mail is wholly understood before anything is done. A word that is not exactly
one command is never run; what it may have meant is shown back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from difflib import SequenceMatcher
from itertools import combinations
from typing import Final

from mailgate.rules.arguments import (
    PriorityNamed,
    Submission,
    TypeNamed,
    Value,
    When,
    Wrong,
    read_argument,
)
from mailgate.rules.command_help import HelpRow, help_rows
from mailgate.rules.command_lines import LINE_CAP, MOST_ORDERS, NAMES, heads, split_orders, strays, within
from mailgate.rules.command_table import BY_VERB, COMMANDS, Arg, Command, Phase, Text, TextFor, Verb
from mailgate.rules.line_errors import LineError
from mailgate.rules.spelling import look, meant, other_layouts, plain
from mailgate.rules.vocabulary import Impact

__all__ = [
    "BY_VERB",
    "COMMANDS",
    "Command",
    "HelpRow",
    "LineError",
    "Order",
    "Orders",
    "Phase",
    "PriorityNamed",
    "Submission",
    "Text",
    "TextFor",
    "TypeNamed",
    "Value",
    "Verb",
    "help_rows",
    "parse_orders",
    "split_orders",
]


@dataclass(frozen=True, slots=True)
class Order:
    """One command line, understood: the command's row and its typed argument."""

    command: Command
    value: Value
    line: str

    @property
    def verb(self) -> Verb:
        """What is asked for."""
        return self.command.verb


@dataclass(frozen=True, slots=True)
class Orders:
    """Everything a mail asks for, in the order in which it is to be carried out, and its text."""

    orders: tuple[Order, ...]
    text: str

    @property
    def text_for(self) -> TextFor:
        """Who reads the text: whom the command that needs it is for; the client where there is no command."""
        rules = [order.command.text for order in self.orders]
        for rule in rules:
            if rule.required:
                return rule.reader
        if Text.ASSIGNEE in rules:
            return TextFor.ASSIGNEE
        return TextFor.CLIENT if not rules or Text.MAY in rules else TextFor.NOBODY


LIKE: Final = 0.6
"""How much a name must be like what was typed, to be suggested."""
_CLIENT_WORDS: Final = (
    *("подтверждаю", "не согласен", "не согласна", "пацвярджаю", "не згодны", "не згодна", "confirm", "disagree"),
)


def parse_orders(text: str, now: datetime, zone: tzinfo, closes: time = time.min) -> Orders | tuple[LineError, ...]:
    """Every command of a mail's new text, or every reason why none of them can be carried out.

    `zone` and `closes`, the end of the working hours, say what a term means. A mail without
    commands gives no orders and its whole text.
    """
    lines, rest = split_orders(text)
    if len(lines) > MOST_ORDERS:
        return (LineError(f"!{lines[MOST_ORDERS][:LINE_CAP]}", "too_many", {"limit": str(MOST_ORDERS)}),)
    read = [_order(line, When(now, zone, closes)) for line in lines]
    orders = [order for order in read if isinstance(order, Order)]
    errors = [error for error in read if isinstance(error, LineError)]
    errors += _text_missing(orders, rest) + _contradictions(orders) + [*strays(rest)]
    if errors:
        return tuple(errors)
    return Orders(tuple(sorted(orders, key=lambda order: order.command.phase)), rest)


def _order(body: str, when: When) -> Order | LineError:
    line = f"!{body[:LINE_CAP]}"
    if len(body) > LINE_CAP:
        return LineError(line, "line_too_long", {"limit": str(LINE_CAP)})
    if not plain(body):
        return LineError(line, "no_name")
    if any(within(body)):
        return LineError(line, "within_line")
    if any(look(body).startswith(look(words)) for words in _CLIENT_WORDS):
        return LineError(line, "client_word", {"found": body, "verb": Verb.CLOSE})
    command, written = _command(body)
    if command is None:
        return _unknown(line, body)
    value = read_argument(command.arg, written, when)
    if not isinstance(value, Wrong):
        return Order(command, value, line)
    mistyped = _in_other_layout(line, body) if value.code == "no_argument" else None
    return mistyped or LineError(line, value.code, {**value.values, "verb": command.verb})


def _command(body: str) -> tuple[Command | None, str]:
    """The command that the first words name, exactly or by a unique beginning, and what follows them."""
    for head, rest in heads(body):
        found = meant(head, NAMES)
        if len(found) == 1:
            return found[0], rest
    return None, body


def _unknown(line: str, body: str) -> LineError:
    head = heads(body)[-1][0] if heads(body) else body
    mistyped = _in_other_layout(line, body)
    if mistyped and head != body:  # two words that make a command there hardly do by chance
        return mistyped
    if begun := meant(head, NAMES):
        names = (name for name in NAMES if NAMES[name] in begun and look(name).startswith(look(head)))
        return LineError(line, "ambiguous", {"found": head}, _forms((name, "") for name in names))
    return mistyped or LineError(line, "unknown", {"found": head}, _closest(body))


def _closest(body: str) -> tuple[str, ...]:
    """The lines that were perhaps meant, the likeliest first; what follows the name stays."""
    likely = [
        (likeness, name, rest)
        for head, rest in heads(body)
        for name in NAMES
        if (likeness := _likeness(plain(head), plain(name))) >= LIKE
    ]
    likely.sort(key=lambda each: -each[0])
    return _forms((name, rest) for _, name, rest in likely)[:3]


def _forms(lines: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Names and what follows them as lines, each command once: whoever types one language knows none of the others."""
    forms: dict[Verb, str] = {}
    for name, rest in lines:
        command = NAMES[name]
        forms.setdefault(command.verb, f"!{name}" if command.arg is Arg.NONE else f"!{name} {rest}".rstrip())
    return tuple(forms.values())


def _likeness(typed: str, name: str) -> float:
    """From 0 to 1; cheap where their lengths alone show that they are unlike."""
    matcher = SequenceMatcher(None, typed, name)
    return matcher.ratio() if matcher.real_quick_ratio() >= LIKE else 0.0


def _in_other_layout(line: str, body: str) -> LineError | None:
    """The command that the same keys give on another layout, to be suggested and never run."""
    for typed in other_layouts(body):
        command, written = _command(typed)
        mistyped = plain(typed).split()[:1] != plain(body).split()[:1]
        if command is not None and mistyped and (not written or command.arg is not Arg.NONE):
            name = next((name for name in command.names if plain(name)[0] == plain(typed)[:1]), command.ru)
            return LineError(line, "wrong_layout", {"found": body}, (f"!{name} {written}".strip(),))
    return None


def _text_missing(orders: Sequence[Order], text: str) -> list[LineError]:
    if text:
        return []
    return [LineError(order.line, "text_missing") for order in orders if order.command.text.required]


def _contradictions(orders: Sequence[Order]) -> list[LineError]:
    errors = []
    for first, second in combinations(orders, 2):
        if len({_impact(first), _impact(second)} - {None}) > 1:
            errors.append(LineError(second.line, "two_impacts"))
        elif first.command.contradicts(second.command):
            verbs = {"verb": first.verb, "other": second.verb}
            twice = first.verb is second.verb
            errors.append(LineError(second.line, "twice") if twice else LineError(second.line, "contradiction", verbs))
    return errors


def _impact(order: Order) -> Impact | None:
    """The impact that an order names, by itself or with the type."""
    if isinstance(order.value, TypeNamed):
        return order.value.impact
    return order.value if isinstance(order.value, Impact) else None
