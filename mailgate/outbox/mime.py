"""Headers and MIME parts as bytes with CRLF and lines of at most 998 octets (RFC 5322, 2045, 2047, 2231).

Why by hand: `EmailMessage` costs 0.9 ms a notice and folds long ids into encoded-words; this costs a tenth.
Whatever value comes in, no header can be ended and none begun from inside it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final
from urllib.parse import quote

LINE: Final = 76
"""RFC 2045, 6.7 and 6.8: characters of an encoded line."""
WORD_OCTETS: Final = 39
"""As base64 in an encoded-word this fits a line of 78 behind the name of any header that has such words."""
_LINES = Struct(f"{LINE}s" * 64)
"""Lines of base64 that are cut at once: twice as fast as one by one."""
PIECE: Final = _LINES.size * 3 // 4
"""Octets that fill them."""
NAME_MOST, ENDING_MOST = 100, 10
LATEST_REFERENCES: Final = 20

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = bytes([*range(9), *range(11, 32), 127])
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ID = re.compile(r"[!-;=?-~]{1,900}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ._()-]{1,60}")
_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class Part:
    """One attachment: its name and type as they were found, its content as lines of base64 (RFC 2045, 6.8)."""

    name: str
    type: str
    base64: bytes

    @classmethod
    def of(cls, name: str, type_: str, content: bytes) -> Part:
        """A file that is not encoded yet."""
        return cls(name, type_, base64_lines(content))


def clean(value: str) -> str:
    """On one line, with nothing that could end a header or turn the direction of writing."""
    return _DIRECTION_MARKS.sub("", _CONTROLS.sub(" ", value)).strip()


def unstructured(value: str) -> bytes:
    """A header's free text: plain while it is ASCII, from its first other word on as encoded-words (RFC 2047, 5)."""
    words = clean(value).split(" ")
    plain = _plain_words(words)
    head, tail = " ".join(words[:plain]), " ".join(words[plain:])
    if tail and plain:
        return f"{head}\r\n {encoded_words(tail)}".encode("ascii")
    return (encoded_words(tail) if tail else head).encode("ascii")


def phrase(value: str) -> bytes:
    """A display name: bare, quoted or as encoded-words (RFC 5322, 3.2.5)."""
    name = clean(value)
    if not name.isascii() or "=?" in name or len(name) > LINE:
        return encoded_words(name).encode("ascii")
    if _ATOMS.fullmatch(name):
        return name.encode("ascii")
    return ('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"').encode("ascii")


def encoded_words(value: str) -> str:
    """UTF-8 base64 words, one a line, no character cut in two (RFC 2047, 2 and 5)."""
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece).decode('ascii')}?=" for piece in _pieces(value))


def bracketed(ids: Iterable[str]) -> bytes:
    """Message-IDs as they are, one a line; what is no id is left out, and of very many the middle."""
    sound = [each for each in dict.fromkeys(ids) if _ID.fullmatch(each)]
    if len(sound) > 1 + LATEST_REFERENCES:
        sound = sound[:1] + sound[-LATEST_REFERENCES:]
    return "\r\n ".join(f"<{each}>" for each in sound).encode("ascii")


def text_part(subtype: str, text: str) -> bytes:
    """A text in the shortest encoding that any server passes on unchanged."""
    encoding, body = _encoded(text.replace("\r\n", "\n").replace("\r", "\n"))
    return b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (
        subtype.encode("ascii"),
        encoding,
        body,
    )


def attachment(part: Part) -> bytes:
    """A file. A message or multipart goes as plain octets: nothing opens it unasked, and base64 is allowed to it.

    Its name stands as RFC 2231 wants it, and in the type as encoded-words, for readers that know only these.
    """
    declared, name = part.type.lower(), _shown_name(part.name)
    kind = declared if _TYPE.fullmatch(declared) else "application/octet-stream"
    known = _PLAIN_NAME.fullmatch(name)
    lines = (
        f'Content-Type: {kind};\r\n name="{name if known else encoded_words(name)}"',
        "Content-Disposition: attachment;",
        f' filename="{name}"' if known else f" filename*=utf-8''{quote(name, safe='')}",
        "Content-Transfer-Encoding: base64\r\n\r\n",
    )
    return "\r\n".join(lines).encode("ascii") + part.base64


def inline_png(content_id: str, content: bytes) -> bytes:
    """A picture that the HTML beside it shows by its Content-ID (RFC 2392)."""
    head = (
        f"Content-Type: image/png\r\nContent-ID: <{content_id}>\r\nContent-Disposition: inline;"
        f' filename="{content_id.partition("@")[0]}.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    )
    return head.encode("ascii") + base64_lines(content)


def multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Parts between boundaries. Base64 and quoted-printable hold no line that begins with `--=_`."""
    mark = b"--" + boundary.encode("ascii")
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")
    between = (piece for part in parts for piece in (mark, b"\r\n", part, b"\r\n"))
    return b"".join((head, *between, mark, b"--\r\n"))


def base64_lines(content: bytes) -> bytes:
    """RFC 2045, 6.8; piece by piece, because the lines of a large file take several times its size in memory."""
    view = memoryview(content)
    return b"\r\n".join(_lines(view[start : start + PIECE]) for start in range(0, len(content), PIECE))


def _lines(piece: memoryview) -> bytes:
    encoded = b64encode(piece)
    if len(encoded) == _LINES.size:
        return b"\r\n".join(_LINES.unpack(encoded))
    return b"\r\n".join([encoded[start : start + LINE] for start in range(0, len(encoded), LINE)])


def _encoded(text: str) -> tuple[bytes, bytes]:
    """Quoted-printable while fewer than one octet in eleven comes on top of ASCII: beyond that base64 is shorter."""
    content = text.encode("utf-8", "replace").translate(None, _UNPRINTABLE)
    if (len(content) - len(text)) * 11 > len(content):
        return b"base64", base64_lines(content.replace(b"\n", b"\r\n"))
    return b"quoted-printable", b2a_qp(content, istext=True).replace(b"\n", b"\r\n")


def _plain_words(words: Sequence[str]) -> int:
    """How many of the first words can stand as they are and leave the line within 76 columns."""
    column = 0
    for index, word in enumerate(words):
        column += len(word) + 1
        if not word.isascii() or "=?" in word or column > LINE - len("Subject: "):
            return index
    return len(words)


def _pieces(value: str) -> Iterable[bytes]:
    """The UTF-8 octets in runs that fit an encoded-word and end with a whole character."""
    octets, start = value.encode("utf-8"), 0
    while start < len(octets):
        end = start + WORD_OCTETS
        while end < len(octets) and octets[end] & 0b1100_0000 == 0b1000_0000:
            end -= 1
        yield octets[start:end]
        start = end


def _shown_name(name: str) -> str:
    """A file name without folders, at most 100 characters, its ending kept."""
    whole = clean(name).replace("/", "_").replace("\\", "_") or "file"
    stem, dot, ending = whole.rpartition(".")
    if len(whole) <= NAME_MOST:
        return whole
    if not dot or len(ending) > ENDING_MOST:
        return whole[:NAME_MOST].rstrip()
    return f"{stem[: NAME_MOST - len(ending) - 1].rstrip()}.{ending}"
