"""Bytes to the library's MIME tree; large base64 bodies are kept away from its parser and put back into the tree.

Why: the parser goes line by line, which for an attachment costs more than all the rest of the reading. A run of whole
lines of base64 signs holds neither a colon nor a dash, so it can be no header and no boundary: with one other such
line in its place the parser finds the same structure. If that line is not found again where it must be, the message
is parsed as it came.
"""

from __future__ import annotations

import email
import secrets
from email.message import Message

_SMALLEST = 8_192
"""Bytes of a base64 body that is worth the trouble."""
_LONGEST_HEADER = 4_096
"""Bytes between the word `base64` in a part's header and the end of that header."""
_MOST_PLACES = 1_000
"""Where the word `base64` is followed up; what stands beyond goes through the parser."""
_BASE64_LINES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_MARK = secrets.token_hex(24)
"""Nobody outside this process can know it, so no message can hold it."""


def tree_of(raw: bytes) -> Message:
    """The MIME tree of a message. Raises what the library raises."""
    lean, bodies = _without_bodies(raw)
    if bodies:
        tree = email.message_from_bytes(lean)
        if _put_back(tree, bodies):
            return tree
    return email.message_from_bytes(raw)


def _without_bodies(raw: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The message with a line instead of each large base64 body, and the bodies by those lines. Linear time."""
    pieces: list[bytes] = []
    bodies: dict[str, bytes] = {}
    done = position = 0
    for _ in range(_MOST_PLACES):
        said = raw.find(b"base64", position)
        if said < 0:
            break
        start = _body_start(raw, said)
        if start is None:
            position = said + _LONGEST_HEADER
            continue
        position = end if (end := raw.find(b"\n--", start)) >= 0 else len(raw)
        body = raw[start:position].strip(b"\r\n") if position - start >= _SMALLEST else b""
        if body and not body.translate(None, _BASE64_LINES):
            line = f"{_MARK}{len(bodies):06d}"
            begins = raw.index(body[:1], start)
            pieces += (raw[done:begins], line.encode())
            bodies[line] = body
            done = begins + len(body)
    return b"".join((*pieces, raw[done:])), bodies


def _body_start(raw: bytes, said: int) -> int | None:
    """Where the body begins whose header says `base64` at `said`."""
    blanks = ((raw.find(blank, said, said + _LONGEST_HEADER), len(blank)) for blank in (b"\n\r\n", b"\n\n"))
    return min((at + length for at, length in blanks if at >= 0), default=None)


def _put_back(tree: Message, bodies: dict[str, bytes]) -> bool:
    """Whether every body stood alone in a leaf of the tree, and now stands there again; `bodies` is empty then."""
    for part in tree.walk():
        if part.is_multipart() or part.get("Content-Transfer-Encoding", "").strip().lower() != "base64":
            continue
        payload = str(part.get_payload())
        line = payload.strip("\r\n")
        if line in bodies:
            before, _, after = payload.partition(line)
            part.set_payload(before + bodies.pop(line).decode("ascii") + after)  # no copy where these two are empty
    return not bodies
