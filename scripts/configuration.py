#!/usr/bin/env python3
"""Writes docs/configuration.md: every table and setting of the configuration, from the models that read it.

    scripts/configuration.py

What a setting means is the docstring below it, what is written there the description of its field or type.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, get_args, get_origin

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pydantic import BaseModel  # noqa: E402
from pydantic.fields import FieldInfo  # noqa: E402

from mailgate.config.csv_clients import COLUMNS, REQUIRED  # noqa: E402
from mailgate.config.models import Settings  # noqa: E402
from mailgate.config.people import ClientsFile, StaffFile  # noqa: E402
from mailgate.config.sources import shown  # noqa: E402
from mailgate.config.units import parse_size  # noqa: E402
from mailgate.config.validation import fields, models  # noqa: E402

PAGE = ROOT / "docs" / "configuration.md"
FILES: dict[str, type[BaseModel]] = {"mailgate.toml": Settings, "clients.toml": ClientsFile, "staff.toml": StaffFile}

_HEAD = """\
# Configuration

Written by `scripts/configuration.py` from the models that read the files; a test keeps it so.

Three files: `mailgate.toml`, and the two that it names, of clients and of staff. The first is looked for where
`--config` says, else `$MAILGATE_CONFIG`, else `config/mailgate.toml`, else `/etc/mailgate/mailgate.toml`. Examples
stand in [config/](../config/mailgate.toml); `mailgate check --offline` tries yours, and says of every mistake its file,
its line, and what would be right.

- A relative path is relative to the file that names it.
- Times and sizes are written with their unit: `"30s"`, `"5min"`, `"2h"`, `"5d"`; `"512 KiB"`, `"25 MiB"`.
- Terms are `"3 working days"`, `"10 calendar days"`, `"4 working hours"` or `"30s"`.
- A setting without a default has to be given. A number such as 4.6 is the clause of the Rules that the setting serves.
- A daemon that runs takes changed files over by itself within seconds, and at once on SIGHUP (`systemctl reload
  mailgate`); a mistake leaves what is in force as it is, and is told to the log and to staff.
- A password is best kept in a file of its own (`password_file`), in a variable (`password_env`), or, where none of the
  three is named, in systemd's credential: `LoadCredential=support:/etc/mailgate/support.password` for the mailbox
  `support`, and `smtp` for `[smtp]`; a new one takes a restart."""

_TABLE = ["| setting | default | what it is | written as |", "|---|---|---|---|"]
_EXAMPLE = re.compile(r'\[".*?"\]|"[^"]+"')
_SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
_BYTES = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "B": 1}


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: a key of a table."""

    key: str
    default: str
    """As TOML writes it; "" where it has to be given, or where there is none."""
    means: str
    written: str
    given: bool
    """Whether it has to be given."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file, with its header as it stands there; "" for what stands above all tables."""

    header: str
    means: str
    settings: tuple[Setting, ...]


def tables(model: type[Any], path: tuple[str, ...] = (), *, many: bool = False) -> Iterator[Table]:
    """A table and those in it, in the order of the models."""
    inner = [(key, field) for key, field in fields(model).items() if _model(field)]
    means = _docstrings(model)
    own = tuple(_setting(key, field, means.get(key, "")) for key, field in fields(model).items() if not _model(field))
    name = ".".join(path)
    if path:
        yield Table(f"[[{name}]]" if many else f"[{name}]", inspect.getdoc(model) or "", own)
    for key, field in inner:
        if found := _model(field):
            yield from tables(found, (*path, key), many=_is_list(field))


def settings() -> list[tuple[str, Setting]]:
    """Every setting of every file, with the header of its table."""
    return [(each.header, one) for model in FILES.values() for each in tables(model) for one in each.settings]


def page() -> str:
    """docs/configuration.md as it should be."""
    lines = [_HEAD]
    for file, model in FILES.items():
        lines += ["", f"## {file}"]
        for table, headers in _alike(tables(model)):
            lines += ["", f"### {', '.join(f'`{each}`' for each in headers)}", "", table.means, *_rows(table)]
        if model is ClientsFile:
            lines += ["", "### As a table: clients.csv", "", *_csv()]
    return "\n".join(lines) + "\n"


def _alike(found: Iterator[Table]) -> Iterator[tuple[Table, list[str]]]:
    """Tables, each with the headers under which it stands: one text for those that differ in nothing else."""
    for _, group in groupby(found, key=lambda table: (table.means, table.settings)):
        same = list(group)
        yield same[0], [table.header for table in same]


def _rows(table: Table) -> list[str]:
    if not table.settings:
        return []
    return ["", *_TABLE, *(_row(setting) for setting in table.settings)]


def _row(setting: Setting) -> str:
    default = "**required**" if setting.given else f"`{setting.default}`" if setting.default else "none"
    cells = (f"`{setting.key}`", default, setting.means, setting.written)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _csv() -> list[str]:
    needed = ", ".join(f"`{column}`" for column in REQUIRED)
    return [
        "The same for a spreadsheet: one row a contact, in UTF-8, with commas or semicolons between columns, and their",
        "names in the first row. A client's own columns are filled in its first row or in each; phones are parted by",
        "semicolons. `client_id` and `client_name` are the client's `id` and `name`, the others are called as above.",
        f"Required: {needed}.",
        "",
        "```text",
        ",".join(COLUMNS),
        "```",
    ]


def _setting(key: str, field: FieldInfo, means: str) -> Setting:
    return Setting(key, _default(field), means, _written(field), field.is_required())


def _written(field: FieldInfo) -> str:
    """What may stand behind the equals sign, in words."""
    if field.description:
        return _EXAMPLE.sub(r"`\g<0>`", field.description)
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return "one of " + ", ".join(f"`{shown(str(each))}`" for each in kind)
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required() or field.default is None:
        return ""
    return _toml(field.default, size=any(getattr(each, "func", None) is parse_size for each in field.metadata))


def _toml(value: Any, *, size: bool = False) -> str:
    match value:
        case int() if size:
            return f'"{_with_unit(value, _BYTES, " ")}"'
        case timedelta():
            return f'"{_with_unit(int(value.total_seconds()), _SECONDS)}"'
        case (time(), time()):
            return f'"{value[0]:%H:%M}-{value[1]:%H:%M}"'
        case tuple():
            return shown([str(each) for each in value])
        case StrEnum() | Path():
            return shown(str(value))
        case bool() | int() | str():
            return shown(value)
    return f'"{value}"'


def _with_unit(amount: int, units: dict[str, int], between: str = "") -> str:
    unit = next((unit for unit, worth in units.items() if amount and amount % worth == 0), list(units)[-1])
    return f"{amount // units[unit]}{between}{unit}"


def _model(field: FieldInfo) -> type[Any] | None:
    return next(models(field.annotation), None)


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is tuple


def _docstrings(model: type[Any]) -> dict[str, str]:
    """What stands below each field, in the class or in those that it is made of; the nearest counts."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if hasattr(kind, "__pydantic_fields__") and kind is not BaseModel:
            found |= _docstrings_of(kind)
    return found


def _docstrings_of(kind: type) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0].body  # type: ignore[attr-defined]
    return {
        field.target.id: " ".join(words.value.value.split())
        for field, words in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(words, ast.Expr) and isinstance(words.value, ast.Constant) and isinstance(words.value.value, str)
    }


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(settings())} settings")
