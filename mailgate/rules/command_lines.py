"""Which lines of a staff mail are commands: those at its very top; below and within text they are refused.

Why: a command that is taken for text goes to the client with all that stands under it. So what a mail program
puts before it (a bullet, a number, asterisks for bold, marks of direction) is looked past.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from mailgate.rules.command_table import COMMANDS, TextFor
from mailgate.rules.line_errors import LineError
from mailgate.rules.spelling import INVISIBLE, look, meant

NAMES: Final = {name: command for command in COMMANDS for name in command.names}
LINE_CAP: Final = 500
"""The longest command line, in characters."""
MOST_ORDERS: Final = 25
SIGNED_MOST: Final = 1_000
"""Lines of the text that begin like a command, and places within it, that are looked at."""
_SHORTEST: Final = 3
"""Letters of a beginning that make a command of a line below text; `!не` begins sentences too."""

_ORDER = re.compile(r"\s{0,50}(?:[!！][!！#№/\s]{0,10}|[#№/](?=[^\W\d_])(?!\w{1,50}/))")
_QUOTED = re.compile(r"\s{0,50}[>|»]")
_MARKS = r"(?:[^\w!！#№/]|_)"
_BEFORE = rf"(?!{_QUOTED.pattern})(?P<before>{_MARKS}{{0,50}}(?:(?:\d{{1,3}}|[^\W\d_]){_MARKS}{{1,20}})?)"
_ADORNED = re.compile(rf"{_BEFORE}[!！]\s{{0,10}}(?=[^\W\d_])")
_UNUSUAL = re.compile(rf"{_BEFORE}[!！#№/﹗‼❗❕¡ǃ]\s{{0,10}}(?=[^\W\d_])")
_SIGNED_LINE = re.compile(rf"^[^\n]{{0,75}}?[!！#№/﹗‼❗❕¡ǃ][^\n]{{1,{LINE_CAP}}}", re.MULTILINE)
_WITHIN = re.compile(rf"(?<=[^\S\n])[!！](?=[^\W\d_])[^\n]{{1,{LINE_CAP}}}")
_CLOSES: Final = {"*": "*", "_": "_", "~": "~", "`": "`", '"': '"', "'": "'"} | dict(
    zip("«“„(['‘", "»””)]'’", strict=True)
)
_WORD = re.compile(r"[^\s:=]{1,100}")
_LONGEST_NAME = 3
_LOOKS: Final = frozenset(map(look, NAMES))
_NOTES: Final = {look(name): command for name, command in NAMES.items() if command.text.reader is TextFor.STAFF}


def split_orders(text: str) -> tuple[tuple[str, ...], str]:
    """The command lines at the very top of the new text, without their signs, and the rest.

    A sign is `!` (also before a space), or `#`, `№`, `/` right before a letter; with a space between, only before the
    whole name of a command: `№ 15` and `# A heading` are text. Empty lines between commands do not end them; a path
    such as `/var/log` is text.
    """
    lines = text.split("\n")
    orders: list[str] = []
    taken = 0
    for index, line in enumerate(lines):
        bare = line.translate(INVISIBLE)
        if not bare.strip():
            continue
        body = _order_body(bare)
        if body is None or len(orders) > MOST_ORDERS:
            break
        orders.append(body)
        taken = index + 1
    return tuple(orders), "\n".join(lines[taken:]).strip()


def heads(body: str) -> list[tuple[str, str]]:
    """The first three, two and one words of a line, each with what follows."""
    ends = [word.end() for word in _WORD.finditer(body)][:_LONGEST_NAME]
    return [(body[:end], body[end:].lstrip(" \t\u00a0:=")) for end in reversed(ends)]


def strays(text: str) -> Iterator[LineError]:
    """4.7: commands that stand where none is read: nobody means them for the client."""
    bare = text.translate(INVISIBLE)
    yield from _without_sign(bare)
    for signed in islice(_SIGNED_LINE.finditer(bare), SIGNED_MOST):
        body = _order_body(signed[0])
        if body is not None and (_is_named(body) or _is_begun(signed[0], body)):
            yield LineError(signed[0].strip(), "below_text")
    yield from within(bare)


def within(text: str) -> Iterator[LineError]:
    """The whole name of a command behind a space and its sign, in the middle of a line."""
    for found in islice(_WITHIN.finditer(text), SIGNED_MOST):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.end()]
        is_order = line.strip() == found[0] or _order_body(line) is not None
        if not (is_order or _QUOTED.match(line)) and _is_named(found[0][1:]):
            yield LineError(found[0].strip(), "within_line")


def _order_body(line: str) -> str | None:
    """What follows the sign of a command line; None where the line is no command."""
    if sign := _ORDER.match(line):
        return line[sign.end() :].strip()
    if sign := _ADORNED.match(line):
        return _unwrapped(line, sign)
    sign = _UNUSUAL.match(line)
    return _unwrapped(line, sign) if sign and _is_named(line[sign.end() :]) else None


def _unwrapped(line: str, sign: re.Match[str]) -> str:
    """What follows the sign, without what closes the asterisks or quotation marks before it."""
    body, before = line[sign.end() :].strip(), sign["before"].strip()
    while body and before and _CLOSES.get(before[-1]) == body[-1]:
        body, before = body[:-1].rstrip(), before[:-1]
    return body


def _is_named(body: str) -> bool:
    """Whether it begins with the whole name of a command."""
    return any(look(head) in _LOOKS for head, _ in heads(body[:LINE_CAP]))


def _is_begun(line: str, body: str) -> bool:
    """Whether `!` and a beginning that is good for a command at the top stand there."""
    word = heads(body[:LINE_CAP])[-1:]
    begun = bool(word) and len(look(word[0][0])) >= _SHORTEST and len(meant(word[0][0], NAMES)) == 1
    return begun and _ADORNED.match(line) is not None


def _without_sign(text: str) -> Iterator[LineError]:
    """A first line that is nothing but the name of a note, or of one whose sign was typed without Shift."""
    line = text.lstrip().partition("\n")[0][:LINE_CAP].strip()
    if command := _NOTES.get(look(line.removeprefix("1"))) if not line.endswith(":") else None:
        yield LineError(line, "no_sign", {"found": line, "verb": command.verb})
