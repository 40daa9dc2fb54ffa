"""The same message that came by two routes: a hash of what its sender wrote, without what relays added.

Why: To and Cc, an alias, or two mailboxes of the desk bring one mail twice, with other trace headers each time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_BLANK_LINE = re.compile(rb"\r\n\r?\n|\n\r?\n|\r\r")
_FIELD = re.compile(
    rb"^(message-id|from|date|subject)[ \t]*:((?:[^\r\n]++|\r?\n[ \t])*+)", re.MULTILINE | re.IGNORECASE
)
_SPACE = re.compile(rb"\s+")
_LONGEST_HEADER = 524_288
_LINE_END = b"\r\n"
_CR = 13
_PIECE = 2**20


def fingerprint(raw: bytes) -> str | None:
    """SHA-256 in hex over Message-ID, From, Date, Subject and the body; None where there is no Message-ID.

    White space in the headers and the kind of line ends do not count.
    """
    raw = raw.lstrip()
    blank = _BLANK_LINE.search(raw, 0, _LONGEST_HEADER)
    end, start = (blank.start(), blank.end()) if blank else (_LONGEST_HEADER, len(raw))
    fields: dict[bytes, bytes] = {}
    for name, value in _FIELD.findall(raw[:end]):
        fields.setdefault(name.lower(), _SPACE.sub(b" ", value).strip())
    if not fields.get(b"message-id"):
        return None
    digest = hashlib.sha256()
    for name in (b"message-id", b"from", b"date", b"subject"):
        digest.update(name + b":" + fields.get(name, b"") + b"\n")
    for piece in _pieces(raw, start):
        digest.update(_with_lf(piece))
    return digest.hexdigest()


def _with_lf(text: bytes) -> bytes:
    """Half of what replacing takes."""
    return b"\n".join(text.splitlines()) + (b"\n" if text[-1] in _LINE_END else b"")


def _pieces(raw: bytes, start: int) -> Iterator[bytes]:
    """The body without the line ends after it, bit by bit, so that a large one is not copied; CR LF stay together."""
    end = len(raw)
    while end > start and raw[end - 1] in _LINE_END:
        end -= 1
    while start < end:
        stop = min(start + _PIECE, end)
        while stop < end and raw[stop - 1] == _CR:
            stop += 1
        yield raw[start:stop]
        start = stop
