#!/usr/bin/env python3
"""Writes docs/cli.md: every command of the command line with its options, from the tables that read them.

scripts/command_line.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mailgate import cli  # noqa: E402

PAGE = ROOT / "docs" / "cli.md"

_HEAD = """\
# The command line

Written by `scripts/command_line.py` from the commands themselves; a test keeps it so. What each is for, in one table:
[README](../README.md#commands).

```text
mailgate [--config PATH] COMMAND …
```

Without `--config` the configuration is `$MAILGATE_CONFIG`, else `./config/mailgate.toml`, else
`/etc/mailgate/mailgate.toml`. Exit codes: 0 done, 1 it failed, 2 the command line or the configuration is wrong.
Whatever prints a table prints JSON with `--json`: UTF-8, times in RFC 3339 with their offset. `--help` behind any
command shows what stands here."""


def commands() -> dict[str, Any]:
    """Every command by its words behind `mailgate`, in the order of `--help`."""
    return dict(_inside(cli.command()))


def page() -> str:
    """docs/cli.md as it should be."""
    lines = [_HEAD]
    for words, command in commands().items():
        lines += ["", f"## {words}", "", *_section(words, command)]
    return "\n".join(lines) + "\n"


def _inside(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        words = f"{before} {name}".strip()
        if hasattr(command, "commands"):
            yield from _inside(command, words)
        else:
            yield words, command


def _section(words: str, command: Any) -> Iterator[str]:
    yield " ".join((command.help or "").split())
    yield from ("", "```text", f"mailgate {words} {' '.join(_usage(each) for each in command.params)}".rstrip(), "```")
    if command.params:
        yield from ("", "| | |", "|---|---|")
        yield from (f"| `{_form(each)}` | {_says(each)} |" for each in command.params)


def _usage(param: Any) -> str:
    form = _form(param).split(", ")[0] + ("…" if param.nargs == -1 else "")
    return form if param.required else f"[{form}]"


def _form(param: Any) -> str:
    """How it is written: `NUMBER`, `--status S`, `--json`."""
    if param.param_type_name == "argument":
        return param.metavar or str(param.name).upper()
    names = ", ".join(param.opts)
    return names if param.is_flag else f"{names} {param.metavar or str(param.name).upper()}"


def _says(param: Any) -> str:
    kind = param.type_descriptor.annotation
    words = [param.help or ""]
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        words.append(f"One of {', '.join(f'`{each}`' for each in kind)}.")
    if param.default not in (None, False, True, "") and not callable(param.default):
        words.append(f"Unless named: `{param.default}`.")
    return " ".join(filter(None, words))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(commands())} commands")
