"""Files that stand uuencoded in a plain text, as old and industrial mailers still send them.

Why: they are attachments in all but form. A block is taken for a file only if it is whole, from `begin` to `end`, and
every line has the length that its first sign says; anything else is somebody's text and stays.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence

_BEGIN = re.compile(r"begin [0-7]{3,4} (\S[^\n]{0,254})")
_EMPTY = frozenset({"", "`", " "})
_MOST_FILES = 100


def taken_out(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without its uuencoded files, and the files with their names as written. Linear time."""
    if "begin " not in text:
        return text, []
    lines = text.split("\n")
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    index = 0
    while index < len(lines):
        begin = _BEGIN.fullmatch(lines[index]) if len(files) < _MOST_FILES else None
        found = _file(lines, index + 1) if begin else None
        if begin and found:
            files.append((begin[1], found[0]))
            index = found[1]
        else:
            kept.append(lines[index])
            index += 1
    return "\n".join(kept), files


def _file(lines: Sequence[str], start: int) -> tuple[bytes, int] | None:
    """The bytes of the block whose data begin at `start`, and the index after its `end`; None where it is not whole."""
    data: list[bytes] = []
    for index in range(start, len(lines)):
        line = lines[index]
        if line.rstrip() in _EMPTY:
            ends = data and index + 1 < len(lines) and lines[index + 1].rstrip() == "end"
            return (b"".join(data), index + 2) if ends else None
        if line.rstrip() == "end":
            return (b"".join(data), index + 1) if data else None
        decoded = _line(line)
        if decoded is None:
            return None
        data.append(decoded)
    return None


def _line(line: str) -> bytes | None:
    """One line of data. Blanks at its end may have been lost on the way, or a checksum or mere filling stand there."""
    if not line.isascii() or not " " < line[0] <= "`":
        return None
    size = ord(line[0]) - 32
    if len(line.rstrip()) > 1 + (size + 2) // 3 * 4 + 2:
        return None
    try:
        return binascii.a2b_uu(line[: 1 + (size * 4 + 2) // 3])
    except binascii.Error:
        return None
