"""The shapes of plain text and HTML that templates may call: paragraphs, a person's own words, tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from markupsafe import Markup, escape

COLUMNS: Final = 72
NBSP: Final = "\u00a0"


def paragraphs(words: str) -> list[str]:
    """What blank lines part, each on one line, dashes held to the word before. Only our own words: a person's line ends
    are his."""
    return [line.replace(" — ", f"{NBSP}— ") for line in map(one_line, str(words).split("\n\n")) if line]


def wrap(words: str, indent: str = "", first: str | None = None) -> str:
    """The paragraphs in lines of at most 72 columns. Non-breaking spaces hold until here, then become plain ones."""
    return "\n\n".join(_fill(each, indent, indent if first is None else first) for each in paragraphs(words))


def indented(text: str, mark: str = "  ") -> str:
    """A person's own text, each line behind the mark and otherwise as it was written."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.strip("\n").split("\n"))


def folded(text: str, mark: str = "  ") -> str:
    """As `indented`, with the long lines of whoever writes a paragraph on one; what is set in columns stays so."""
    return "\n".join(
        _fill(line, mark, mark).rstrip() if line == one_line(line) else f"{mark}{line}".rstrip()
        for line in map(str.rstrip, text.strip("\n").split("\n"))
    )


def text_table(rows: Iterable[tuple[str, Any]]) -> str:
    """`Label:  value` lines with the values in one column; a row without a value is left out."""
    shown = [(f"{name}:", one_line(str(value))) for name, value in rows if value]
    width = max((len(name) for name, _ in shown), default=0) + 1
    return "\n".join([_fill(value, " " * width, name.ljust(width)) for name, value in shown])


def html_table(rows: Iterable[tuple[str, Any]]) -> Markup:
    """The same rows as table rows; a value that is markup already stays so."""
    return Markup(
        "".join([f"<tr><th>{_escaped(name)}</th><td>{_escaped(value)}</td></tr>\n" for name, value in rows if value])
    )


def html_paragraphs(words: str, style: str = "") -> Markup:
    """Our own words as `<p>`; they come escaped out of a block of an autoescaped template."""
    start = f'<p class="{style}">' if style else "<p>"
    return Markup("\n".join(f"{start}{each}</p>" for each in paragraphs(html_whole(words))))


def html_lines(text: str) -> Markup:
    """A person's own text, escaped, his line ends kept."""
    return Markup(str(escape(text.strip("\n"))).replace("\n", "<br>"))


def html_whole(words: str) -> Markup:
    """A command stays with its sign: browsers break a line behind an exclamation mark, but not before U+2060."""
    return Markup(_SIGN.sub("!\u2060", _escaped(words)))


def html_strong(words: str) -> Markup:
    """What has to be seen at a glance: a deadline, a number."""
    return Markup(f"<strong>{_escaped(words)}</strong>")


def html_unbroken(number: str) -> Markup:
    """A number that is never broken at its hyphens, and can still be copied and searched for."""
    return Markup(f'<span class="number">{_escaped(number)}</span>')


def one_line(value: str) -> str:
    """White space of every sort as single plain spaces, non-breaking ones kept."""
    if _BREAKS.search(value) is None:
        return value.strip(" ")
    return " ".join([word for word in _BREAKS.sub(" ", value).split(" ") if word])


_SIGN: Final = re.compile(r"!(?=\w)")
_BREAKS: Final = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]|  ")


def _escaped(words: str) -> str:
    """As `escape`, which takes long over what is escaped already."""
    return words if type(words) is Markup else escape(words)


def _fill(line: str, indent: str, first: str) -> str:
    """Why not `textwrap`: it takes twenty times as long, and it breaks at non-breaking hyphens."""
    if len(first) + len(line) <= COLUMNS:
        return (first + line).replace(NBSP, " ")
    lines, current = [], first
    empty = True
    for word in line.split(" "):
        if not empty and len(current) + 1 + len(word) > COLUMNS:
            lines.append(current)
            current, empty = indent, True
        current = f"{current}{word}" if empty else f"{current} {word}"
        empty = False
    return "\n".join([*lines, current]).replace(NBSP, " ")


PLAIN: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {"paragraphs": wrap, "said": indented, "folded": folded, "table": text_table, "strong": str, "unbroken": str}
)
HTML: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "paragraphs": html_paragraphs,
        "said": html_lines,
        "folded": html_lines,
        "whole": html_whole,
        "table": html_table,
        "strong": html_strong,
        "unbroken": html_unbroken,
    }
)
