#!/usr/bin/env python3
"""Writes docs/commands.md: the mail commands of staff, from the rows that read them.

scripts/commands.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mailgate.rules.command_help import does, help_rows, options  # noqa: E402
from mailgate.rules.command_table import COLUMNS, COMMANDS, Arg, Command, Text  # noqa: E402
from mailgate.rules.labels import label  # noqa: E402
from mailgate.rules.vocabulary import Language, RequestType  # noqa: E402

PAGE = ROOT / "docs" / "commands.md"

_HEAD = """\
# Mail commands

Written by `scripts/commands.py` from the table that reads the commands; a test keeps it so. Staff have a page in
Russian of their own, [guide-staff.ru.md](guide-staff.ru.md).

A command is a line at the very top of an answer to a notice; below it stands the text. Without any command the text
goes to the client, and begins work that was not begun (4.5, 4.7; the setting [`plain_reply`](configuration.md#desk)
turns it round). Quotes and signatures are never read, and no command ever reaches a client: where the whole name of one
stands at the beginning of a line below text, nothing is done, and the answer says so.

- Signs: `!`, `#`, `№` and `/` are the same. With a space behind it, `!` still begins a command, and the others before
  the whole name of one: `№ заметка` never reaches a client, and `№ 15` is text.
- Case, `ё` or `е`, hyphens, marks at the end and letters that look alike do not matter; a beginning that fits one name
  is enough. A word typed in the wrong keyboard layout is recognised and shown, not run.
- Several commands stand on lines of their own. All of them are carried out, or none: on any mistake nothing changes,
  nothing goes to the client, and the answer shows each line with what would be right, and the whole text.
- What goes to a client waits half a minute ([`hold`](configuration.md#outbox)); so long `!undo` takes it back.
- The same from a shell: `mailgate requests do NUMBER COMMANDS --as EMAIL`.

## All commands

| Russian | Belarusian | English | behind it | the text below is for | what it does | clause |
|---|---|---|---|---|---|---|"""

_WORDS = (("urgency", Arg.URGENCY), ("impact", Arg.IMPACT), ("priority", Arg.PRIORITY), ("channel", Arg.CHANNEL))
_TERMS = """\
### Term

| | working time | calendar time |
|---|---|---|
| days | `5 рабочих дней`, `5 working days`, `5wd` | `3 дня`, `3 days`, `3d` |
| hours | `4 часа`, `4 hours`, `4h` | |
| until a day, to the end of its working hours | `до 25.12.2026`, `2026-12-25` | |
| until a moment | | `до 25.12.2026 18:00`, `2026-12-25 18:00` |

The day on which a term begins does not count. A bare number is refused: it does not say of what."""
_HELP = {
    Language.RU: ("По-русски", "команда", "что делает"),
    Language.BE: ("Па-беларуску", "каманда", "што робіць"),
    Language.EN: ("In English", "command", "what it does"),
}


def page() -> str:
    """docs/commands.md as it should be."""
    lines = [_HEAD, *map(_row, COMMANDS), "", "## What may stand after a command", "", *_types(), "", *_words()]
    lines += ["", _TERMS, "", "## What `!help` says"]
    for language in COLUMNS:
        lines += ["", *_help(language)]
    return "\n".join(lines) + "\n"


def _row(command: Command) -> str:
    forms = [f"`{command.form(language)}`" for language in COLUMNS]
    argument = "" if command.arg is Arg.NONE else command.arg.value
    cells = (*forms, argument, _reader(command.text), does(command.verb, Language.EN), command.clause)
    return f"| {' | '.join(cells)} |"


def _reader(text: Text) -> str:
    reader = text.reader.value.replace("_", " ")
    return f"**{reader}, required**" if text.required else reader if text is Text.UNUSED else f"{reader}, if any"


def _types() -> Iterator[str]:
    yield from ("### Type", "", "By number, by code, or by the beginning of the name (Appendix 1).", "")
    yield from ("| no. | code | Russian | Belarusian | English |", "|---|---|---|---|---|")
    for number, kind in enumerate(RequestType, 1):
        names = " | ".join(label(kind, language) for language in COLUMNS)
        yield f"| {number} | `{kind}` | {names} |"


def _words() -> Iterator[str]:
    yield from (
        "### Urgency, impact, priority, channel",
        "",
        "| | Russian | Belarusian | English |",
        "|---|---|---|---|",
    )
    for name, arg in _WORDS:
        verb = next(command.verb for command in COMMANDS if command.arg is arg)
        yield f"| {name} | {' | '.join(', '.join(options(verb, language)) for language in COLUMNS)} |"


def _help(language: Language) -> Iterator[str]:
    title, command, what = _HELP[language]
    yield from (f"### {title}", "", f"| {command} | {what} |", "|---|---|")
    yield from (f"| `{row.form}` | {row.does} |" for row in help_rows(language))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(COMMANDS)} commands")
