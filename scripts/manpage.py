"""Writes docs/mailgate.1, the man page, from the commands as they are: `python scripts/manpage.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mailgate import __version__, cli  # noqa: E402
from mailgate.config.find import USUAL  # noqa: E402
from scripts.command_line import commands  # noqa: E402

PAGE = ROOT / "docs" / "mailgate.1"


def page() -> str:
    """The whole page, in the man macros."""
    root = cli.command()
    lines = [
        f'.TH MAILGATE 1 "" "mailgate {__version__}" "User Commands"',
        ".SH NAME",
        rf"mailgate \- {_text(_first(root)).rstrip('.')}",
        ".SH SYNOPSIS",
        r".B mailgate",
        r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGS\fR]",
        ".SH OPTIONS",
        *_parameters(root),
        ".SH COMMANDS",
        *(line for words, command in commands().items() for line in _section(words, command)),
        *_rest(),
    ]
    return "\n".join(lines) + "\n"


def _section(words: str, command: Any) -> Iterator[str]:
    usage = command.collect_usage_pieces(command.context_class(command))
    yield f'.SS "{_text(" ".join(("mailgate", words, *usage)))}"'
    yield _text(" ".join((command.help or "").split()))
    yield from _parameters(command)


def _parameters(command: Any) -> Iterator[str]:
    context = command.context_class(command)
    for record in filter(None, (each.get_help_record(context) for each in command.params)):
        names, words = record
        yield from (".TP", rf"\fB{_text(names)}\fR", _text(words))


def _rest() -> Iterator[str]:
    yield from (".SH FILES", f"Without \\-\\-config, the first of these is read: {_text(', '.join(map(str, USUAL)))}.")
    yield from (".SH ENVIRONMENT", ".TP", r"\fBMAILGATE_CONFIG\fR", "The configuration file; \\-\\-config goes first.")
    yield from (".SH EXIT STATUS", ".TP", r"\fB0\fR", "Done.", ".TP", r"\fB1\fR", "It failed.")
    yield from (".TP", r"\fB2\fR", "The command line or the configuration is wrong.")


def _first(command: Any) -> str:
    return str((command.help or "").partition("\n")[0])


def _text(words: str) -> str:
    """As roff reads it: a hyphen that can be copied, no control line by accident."""
    escaped = words.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
