"""The line of every key of a TOML file, which tomllib does not tell.

Why: the text is valid TOML (tomllib read it before), so strings, brackets, dots and equals signs are all
that has to be told apart. Only a file with a problem is indexed; a large one costs nothing otherwise.
"""

from __future__ import annotations

import re
import tomllib

Loc = tuple[int | str, ...]
"""The way to a value: keys, and indices counted from 0. The same as pydantic's `loc`."""

_TOKEN = re.compile(
    r"""
      (?P<string> \"{3} (?:\\.|[^\\])*? \"{3,5} | '{3} .*? '{3,5} | \"(?:\\.|[^\"\\])*\" | '[^']*' )
    | (?P<blank>  [ \t\r]+ | \#[^\n]* )
    | (?P<end>    \n )
    | (?P<mark>   [\[\]{}=,.] )
    | (?P<bare>   [^\s\[\]{}=,.\#\"']+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def key_lines(text: str) -> dict[Loc, int]:
    """The line, counted from 1, of every table, key and array element of a valid TOML text."""
    return _Walk(text).document()


class _Walk:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            if match.lastgroup != "blank":
                self._tokens.append((match[0], line))
            line += match[0].count("\n")
        self._at = 0
        self._lines: dict[Loc, int] = {}
        self._last: dict[Loc, int] = {}
        """The index of the latest table of each array of tables."""

    def document(self) -> dict[Loc, int]:
        table: Loc = ()
        while token := self._peek():
            if token == "\n":
                self._take()
            elif token == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _header(self) -> Loc:
        brackets = self._skip("[")
        names = self._key()
        self._skip("]")
        loc: Loc = ()
        for name, line in names:
            if loc in self._last:
                loc = (*loc, self._last[loc])
            loc = (*loc, name)
            self._lines.setdefault(loc, line)
        if brackets == 2:
            self._last[loc] = self._last.get(loc, -1) + 1
            loc = (*loc, self._last[loc])
        self._lines[loc] = names[-1][1]
        return loc

    def _pair(self, table: Loc) -> None:
        loc = table
        for name, line in self._key():
            loc = (*loc, name)
            self._lines.setdefault(loc, line)
        self._skip("=")
        self._value(loc)

    def _key(self) -> list[tuple[str, int]]:
        names = []
        while self._peek() not in ("=", "]"):
            token, line = self._take()
            if token != ".":
                names.append((_name(token), line))
        return names

    def _value(self, loc: Loc) -> None:
        match self._peek():
            case "[":
                self._array(loc)
            case "{":
                self._inline_table(loc)
            case _:
                while self._peek() not in ("\n", ",", "]", "}", ""):
                    self._take()

    def _array(self, loc: Loc) -> None:
        self._take()
        index = 0
        while (token := self._peek()) != "]":
            if token in ("\n", ","):
                self._take()
                continue
            self._lines[(*loc, index)] = self._tokens[self._at][1]
            self._value((*loc, index))
            index += 1
        self._take()

    def _inline_table(self, loc: Loc) -> None:
        self._take()
        while (token := self._peek()) != "}":
            if token in ("\n", ","):
                self._take()
            else:
                self._pair(loc)
        self._take()

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self) -> tuple[str, int]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, mark: str) -> int:
        start = self._at
        while self._peek() == mark:
            self._take()
        return self._at - start


def _name(token: str) -> str:
    return str(tomllib.loads(f"key = {token}")["key"]) if token[0] in "\"'" else token
