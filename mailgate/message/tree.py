"""Bytes to the library's MIME tree; large base64 bodies are kept away from its parser and put back into the tree.

Why: the parser goes line by line, which for an attachment costs more than all the rest of the reading. A run of whole
lines of base64 signs holds neither a colon nor a dash, so it can be no header and no boundary: with one other such
line in its place the parser finds the same structure. If that line is not found again where it must be, the message
is parsed as it came.

Such a body is found again in the message by its place, so that it can be passed on without being read once more.
"""

from __future__ import annotations

import email
import secrets
from dataclasses import dataclass
from email.message import Message

_SMALLEST = 8_192
"""Bytes of a base64 body that is worth the trouble."""
_LONGEST_HEADER = 4_096
"""Bytes between the word `base64` in a part's header and the end of that header."""
_MOST_PLACES = 1_000
"""Where the word `base64` is followed up; what stands beyond goes through the parser."""
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_LINE = 76
"""RFC 2045 section 6.8."""
_MARK = secrets.token_hex(24)
"""Nobody outside this process can know it, so no message can hold it."""


Place = tuple[int, int]
"""Where a body begins in a message, counted from its first header, and its length; octets."""


class Node(Message):
    """A part of a message."""

    place: Place | None = None
    """Of a body that stands in the message as base64 is written (RFC 2045 section 6.8), and so can be passed on."""


@dataclass(frozen=True, slots=True)
class _Body:
    octets: bytes
    start: int
    is_as_written: bool


def tree_of(raw: bytes) -> Message:
    """The MIME tree of a message, from its first header on. Raises what the library raises."""
    lean, bodies = _without_bodies(raw)
    if bodies:
        tree = email.message_from_bytes(lean, _class=Node)
        if _put_back(tree, bodies):
            return tree
    return email.message_from_bytes(raw)


def from_first_header(raw: bytes) -> bytes:
    """Without the blank lines, spaces and byte order mark that some programs put before the header."""
    return raw.removeprefix(b"\xef\xbb\xbf").lstrip()


def body_at(raw: bytes, place: Place) -> bytes:
    """The base64 that stands at a place of a message: lines of at most 76 signs, with CR LF between them."""
    start, length = place
    start += len(raw) - len(from_first_header(raw))
    return raw[start : start + length]


def _without_bodies(raw: bytes) -> tuple[bytes, dict[str, _Body]]:
    """The message with a line instead of each large base64 body, and the bodies by those lines. Linear time."""
    pieces: list[bytes] = []
    bodies: dict[str, _Body] = {}
    done = position = 0
    for _ in range(_MOST_PLACES):
        said = raw.find(b"base64", position)
        if said < 0:
            break
        start = _body_start(raw, said)
        if start is None:
            position = said + _LONGEST_HEADER
            continue
        position = end if (end := raw.find(b"-", start)) >= 0 else len(raw)  # no base64 sign, and found at once
        body = raw[start:position].strip(b"\r\n") if position - start >= _SMALLEST else b""
        ends = body.translate(None, _BASE64)
        if body and not ends.strip(b"\r\n"):
            line = f"{_MARK}{len(bodies):06d}"
            begins = raw.index(body[:1], start)
            pieces += (raw[done:begins], line.encode())
            bodies[line] = _Body(body, begins, _is_as_written(body, ends))
            done = begins + len(body)
    return b"".join((*pieces, raw[done:])), bodies


def _body_start(raw: bytes, said: int) -> int | None:
    """Where the body begins whose header says `base64` at `said`."""
    blanks = ((raw.find(blank, said, said + _LONGEST_HEADER), len(blank)) for blank in (b"\n\r\n", b"\n\n"))
    return min((at + length for at, length in blanks if at >= 0), default=None)


def _is_as_written(body: bytes, ends: bytes) -> bool:
    """Whether all lines but the last have one length, of at most 76 signs, and CR LF between them.

    `ends` is what is left of the body without the signs of base64.
    """
    length = body.find(b"\r\n")
    lines = len(ends) // 2
    returns, feeds = body[length :: length + 2], body[length + 1 :: length + 2]
    even = 0 < length <= _LINE and returns == b"\r" * lines and feeds == b"\n" * lines and len(ends) == 2 * lines
    return even and body.find(b"=", 0, len(body) - 2) < 0


def _put_back(tree: Message, bodies: dict[str, _Body]) -> bool:
    """Whether every body stood alone in a leaf of the tree, and now stands there again; `bodies` is empty then."""
    for part in tree.walk():
        if part.is_multipart() or part.get("Content-Transfer-Encoding", "").strip().lower() != "base64":
            continue
        payload = str(part.get_payload())
        line = payload.strip("\r\n")
        if line in bodies:
            before, _, after = payload.partition(line)
            body = bodies.pop(line)
            part.set_payload(before + body.octets.decode("ascii") + after)  # no copy where these two are empty
            if isinstance(part, Node) and body.is_as_written:
                part.place = body.start, len(body.octets)
    return not bodies
