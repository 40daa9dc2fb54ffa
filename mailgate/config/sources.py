"""The files of a configuration as read: their data, and the words for what is wrong at a place in them."""

from __future__ import annotations

import json
import re
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mailgate.config.problems import ConfigError, Problem
from mailgate.config.secrets import SECRETS
from mailgate.config.toml_lines import Loc, key_lines

_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_CREDENTIALS = re.compile(r"(:/*[^:/@\s]*):.*@|(password=)[^&\s]*", re.IGNORECASE)
"""As a URL has them, also where it is not written as it should be."""
_SHOWN = 80
_TWICE = re.compile(r"Cannot declare \((.*?)\) twice")
_SEVERAL = frozenset({"mailbox", "gateway", "oauth", "client", "client.contact", "staff"})
"""The tables of which there may be several."""
_TYPESET = frozenset("“”„«»‘’")
"""Quotes as word processors and mail programs set them."""


@dataclass(frozen=True)
class Source(ABC):
    """One file: its data in the shape of its TOML form, whichever form it has."""

    file: Path
    data: Mapping[str, Any]

    @property
    @abstractmethod
    def lines(self) -> Mapping[Loc, int]:
        """The line of each place that is known."""

    @abstractmethod
    def given(self, loc: Loc, value: object) -> str:
        """How the file says a value."""

    @abstractmethod
    def lacking(self, loc: Loc) -> str:
        """How to say that the file has nothing at a place."""

    def line(self, loc: Loc) -> int | None:
        """The line of a place, or of the nearest one around it."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc)

    def problem(self, loc: Loc, what: str, want: str) -> Problem:
        """A problem at a place of this file."""
        return Problem(self.file, self.line(loc), what, want)


@dataclass(frozen=True)
class TomlSource(Source):
    """A TOML file."""

    text: str

    @cached_property
    def lines(self) -> Mapping[Loc, int]:
        return key_lines(self.text)

    def given(self, loc: Loc, value: object) -> str:
        keys = [key for key in loc if isinstance(key, str)]
        return f"{keys[-1]} = {shown(value, secret=keys[-1] in SECRETS)}"

    def lacking(self, loc: Loc) -> str:
        return f'{self.table(loc[:-1])} has no "{loc[-1]}"'

    def table(self, loc: Loc) -> str:
        """The header of a table as it stands in the file."""
        if not loc:
            return "the file"
        name = ".".join(key for key in loc if isinstance(key, str))
        return f"[[{name}]]" if isinstance(loc[-1], int) else f"[{name}]"


def read_toml(file: Path) -> TomlSource:
    """Raises ConfigError where the file cannot be read or is no TOML."""
    text = read_text(file)
    try:
        return TomlSource(file, tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_no_toml(file, text, str(error))]) from None
    except (ValueError, RecursionError) as error:  # Python's own limits: digits of a number, brackets in brackets
        want = "write no number of thousands of digits, and no hundreds of brackets in each other"
        raise ConfigError([Problem(file, None, f"it cannot be read: {error}", want)]) from None


def read_text(file: Path) -> str:
    """The text of a UTF-8 file, with or without its mark. Raises ConfigError."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise ConfigError([Problem(file, None, "there is no such file", "create it or correct its name")]) from None
    except OSError as error:
        want = "a file that the user who runs mailgate can read"
        raise ConfigError([Problem(file, None, f"it cannot be read: {error.strerror}", want)]) from None
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        want = "save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"
        raise ConfigError([Problem(file, line, "text that is not UTF-8", want)]) from None


def shown(value: object, *, secret: bool = False) -> str:
    """A value as TOML writes it, shortened; of secrets nothing."""
    if secret:
        return "…"
    match value:
        case Mapping():
            return "{…}"
        case str():
            text = json.dumps(_CREDENTIALS.sub(_hidden, value), ensure_ascii=False)
        case list():
            text = f"[{', '.join(map(shown, value[:5]))}{', …' if len(value) > 5 else ''}]"
        case bool():
            text = str(value).lower()
        case _:
            text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _hidden(credentials: re.Match[str]) -> str:
    return f"{credentials[2]}…" if credentials[2] else f"{credentials[1]}:…@"


def _no_toml(file: Path, text: str, error: str) -> Problem:
    match = _PLACE.fullmatch(error)
    if match is None or match[2] is None:
        found, line = (match[1] if match else error), text.count("\n") + (not text.endswith("\n"))
        return Problem(file, line, f"not TOML: {found} at the end of the file", _right_form(error, ""))
    line, column = int(match[2]), int(match[3])
    if twice := _TWICE.search(error):
        name = ".".join(re.findall("'(.*?)'", twice[1]))
        return Problem(file, line, f"not TOML: [{name}] stands twice", _once(name))
    written = text.split("\n")[line - 1][column - 1 :]
    return Problem(file, line, f"not TOML: {match[1]} at column {column}", _right_form(error, written))


def _once(name: str) -> str:
    if name in _SEVERAL:
        return f"write each in double brackets: [[{name}]]"
    return "put all its keys under one of them"


def _right_form(error: str, written: str) -> str:
    """What would be right where `written` is what cannot be read, and what stands behind it."""
    if "overwrite" in error or "mutate" in error:
        return "each key and each [table] stands once (several of a kind: [[mailbox]])"
    if written[:1] in _TYPESET:
        return f'write straight quotes, as on the keyboard, in place of {written[0]}: host = "mail.example.org"'
    if "Invalid value" in error:
        return 'text stands in double quotes: host = "mail.example.org"; numbers, true and false without'
    if any(word in error for word in ("escape", "Escape", "hex value")):
        return r"a backslash is written \\, or the text stands in single quotes"
    return 'write a [table], or key = value with text in double quotes: name = "support"'
