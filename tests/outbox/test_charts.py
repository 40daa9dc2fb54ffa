"""The pictures of a report, read back from their octets."""

from __future__ import annotations

import struct
import zlib

from mailgate.outbox.charts import CLEAR, FIRST, LINE, SECOND, columns, embedded, pictures, png
from mailgate.outbox.samples import sample


def read(content: bytes) -> tuple[int, int, bytes, bytes, list[bytes]]:
    """(width, height, palette, transparency, rows of indexes) of a PNG with a palette and no filter (ISO 15948)."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, place = {}, 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        assert struct.unpack(">I", content[place + 8 + length : place + 12 + length])[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        place += 12 + length
    width, height, *how = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert how == [8, 3, 0, 0, 0]
    pixels = zlib.decompress(chunks[b"IDAT"])
    rows = [pixels[y * (width + 1) : (y + 1) * (width + 1)] for y in range(height)]
    assert all(row[0] == 0 for row in rows)
    return width, height, chunks[b"PLTE"], chunks[b"tRNS"], [row[1:] for row in rows]


def luminance(color: bytes) -> float:
    """WCAG 2.2."""
    parts = [value / 255 for value in color]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: bytes, other: bytes) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_bars_are_as_high_as_their_numbers() -> None:
    width, height, _, _, rows = read(columns([[4, 0], [2, 1]]))

    def high(color: int, day: int) -> int:
        return sum(color in row[day * width // 2 : (day + 1) * width // 2] for row in rows)

    whole = height - 2
    assert (high(FIRST, 0), high(SECOND, 0)) == (whole, 0)
    assert (high(FIRST, 1), high(SECOND, 1)) == (whole / 2, whole / 4)
    assert set(rows[-1]) == {LINE}


def test_a_month_without_anything_is_an_empty_line() -> None:
    *_, rows = read(columns([[0, 0]] * 30))

    assert {pixel for row in rows[:-2] for pixel in row} == {CLEAR}


def test_the_ground_is_clear_and_the_colours_stand_out_in_light_and_in_dark() -> None:
    _, _, palette, transparency, _ = read(png([[CLEAR]]))

    assert transparency == b"\0"
    for color in (FIRST, SECOND):
        seen = palette[3 * color : 3 * color + 3]
        assert min(contrast(seen, b"\xff\xff\xff"), contrast(seen, b"\x16\x19\x1c")) >= 3


def test_a_browser_gets_the_pictures_inside_the_page() -> None:
    shown = pictures(sample("report", "ru").facts)

    html = embedded('<img src="cid:days@mailgate"> <img src="cid:first@mailgate">', shown)

    assert "cid:" not in html
    assert html.count("data:image/png;base64,iVBORw0KGgo") == 2
    assert sum(len(each.content) for each in shown) < 8_000
