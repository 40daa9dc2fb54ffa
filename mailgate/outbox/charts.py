"""The pictures of a report, as PNG files of a few hundred octets.

Why by hand: a chart here is shapes alone. Its words and figures stand in the text of the letter, where they scale, can
be read aloud and are translated; so no font is needed and no library. The ground is transparent and the colours stand
out on white and on black, so that one picture serves the light and the dark mode.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

NOTICE: Final = "report"
"""The notice that has pictures."""
CLEAR, LINE, FIRST, SECOND = range(4)
_PALETTE: Final = ((0, 0, 0), (139, 148, 158), (47, 129, 214), (214, 122, 22))
_DAY, _BAR, _GAP, _HEIGHT = 36, 13, 2, 240
"""Pixels: two bars a day, drawn at twice the size at which they are shown."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture inside a letter; `id` is what its HTML calls it by (RFC 2392)."""

    id: str
    content: bytes


def pictures(facts: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The pictures of a report: its days, and the colours of which its bars are made."""
    return (
        Picture("days@mailgate", columns(facts["detail"]["days"])),
        Picture("first@mailgate", png([[FIRST] * 8] * 8)),
        Picture("second@mailgate", png([[SECOND] * 8] * 8)),
    )


def embedded(html: str, shown: Sequence[Picture]) -> str:
    """The HTML with its pictures inside, for a browser, which knows no parts of a mail."""
    for each in shown:
        html = html.replace(f"cid:{each.id}", f"data:image/png;base64,{b64encode(each.content).decode('ascii')}")
    return html


def columns(days: Sequence[Sequence[int]]) -> bytes:
    """For each day two bars on one line, as high as their numbers; the highest of all fills the picture."""
    most = max((number for day in days for number in day), default=0) or 1
    heights = [[round(number * _HEIGHT / most) for number in day] for day in days]
    rows = [_row(heights, _HEIGHT - y) for y in range(_HEIGHT)]
    return png([*rows, *[[LINE] * (_DAY * len(days))] * 2])


def _row(heights: Sequence[Sequence[int]], height: int) -> list[int]:
    row: list[int] = []
    for day in heights:
        bars = [color if high >= height else CLEAR for color, high in zip((FIRST, SECOND), day, strict=True)]
        left = (_DAY - 2 * _BAR - _GAP) // 2
        row += [CLEAR] * left + [bars[0]] * _BAR + [CLEAR] * _GAP + [bars[1]] * _BAR
        row += [CLEAR] * (_DAY - left - 2 * _BAR - _GAP)
    return row


def png(rows: Sequence[Sequence[int]]) -> bytes:
    """ISO 15948: rows of indexes into the palette, whose first colour is clear."""
    head = len(rows[0]).to_bytes(4) + len(rows).to_bytes(4) + bytes((8, 3, 0, 0, 0))
    palette = bytes(value for color in _PALETTE for value in color)
    pixels = b"".join(b"\0" + bytes(row) for row in rows)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", palette),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(pixels, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)
