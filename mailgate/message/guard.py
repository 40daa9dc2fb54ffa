"""The byte-level scan before any parsing: is the message of a size and shape that is safe to parse?

Why: the parser of the standard library takes about eight times the size of a message, a second for some
ten thousand parts, and fails by recursion some three hundred levels deep. This scan takes linear time and
looks only at header blocks and boundary lines, where the parser would find them (RFC 2046 section 5.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still parsed; one more of anything is `Oversized`."""

    size: int = 52_428_800
    """Bytes of the whole message."""
    header_bytes: int = 524_288
    """Bytes of one header block, the message's own or a part's."""
    headers: int = 1_000
    """Header fields in one block."""
    all_headers: int = 50_000
    """Header fields in all blocks together."""
    encoded_words: int = 5_000
    """RFC 2047 encoded-words in one block."""
    parameters: int = 500
    """Parameters of one Content-Type or Content-Disposition."""
    parts: int = 5_000
    """MIME parts, and groups of fields in delivery reports."""
    nesting: int = 50
    """Multiparts and enclosed messages within one another."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The message may be parsed."""


@dataclass(frozen=True, slots=True)
class Oversized:
    """The message must not be parsed: `what` names the limit that it is the first to pass."""

    what: str
    found: int
    limit: int


_DEFAULT = Limits()
_BLANK_LINE = re.compile(rb"\r\n\r?\n|\n\r?\n|\r\r")
_FIELD = re.compile(rb"^[^\s:][^\r\n:]*:", re.MULTILINE)
_CONTENT_FIELD = re.compile(
    rb"^content-(type|disposition)[ \t]*:[ \t]*((?:[^\r\n]++|\r?\n[ \t])*+)", re.MULTILINE | re.IGNORECASE
)
_DASHED_LINE = re.compile(rb"\n--[^\r\n]*")
_DASHED_LINE_AFTER_CR = re.compile(rb"[\r\n]--[^\r\n]*")
_END_OF_PART = re.compile(rb"[\r\n]--[^:\r\n]*[\r\n]")
_DASHED_LINES_PER_PART = 100
"""Lines that look like boundaries, for each part that is allowed; more of them only waste time."""


def inspect(raw: bytes, limits: Limits = _DEFAULT) -> Sound | Oversized:
    """Says whether `raw` may be parsed, and if not, which limit it passes first. Linear time, little memory."""
    if len(raw) > limits.size:
        return Oversized("size", len(raw), limits.size)
    try:
        _Scan(raw, limits).run()
    except _TooMuch as excess:
        return excess.oversized
    return Sound()


class _TooMuch(Exception):
    def __init__(self, what: str, found: int, limit: int) -> None:
        self.oversized = Oversized(what, found, limit)


@dataclass(slots=True)
class _Multipart:
    """A multipart: the enclosed messages around it, and whether its parts are messages themselves (digest)."""

    wraps: int
    digest: bool


class _Scan:
    """Walks from boundary line to boundary line and keeps the multiparts that are open."""

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw, self.limits = raw, limits
        self.parts = 0
        self.fields = 0
        self.wraps = 0
        self.report: int | None = None
        self.declared: dict[bytes, _Multipart] = {}
        self.open: dict[bytes, _Multipart] = {}

    def run(self) -> None:
        start = len(self.raw) - len(self.raw.lstrip())
        self._read_headers(start, digest=False)
        most = self.limits.parts * _DASHED_LINES_PER_PART
        pattern = _DASHED_LINE_AFTER_CR if b"\r--" in self.raw else _DASHED_LINE  # the usual one is ten times faster
        for count, line in enumerate(pattern.finditer(self.raw, start), 1):
            self._boundary_line(line.group()[3:].rstrip(b" \t"), line.start(), line.end())
            if count > most:
                raise _TooMuch("parts", count, self.limits.parts)
        self._end_report(len(self.raw))

    def _boundary_line(self, name: bytes, start: int, end: int) -> None:
        for boundary in (name, name.removesuffix(b"--")):
            if boundary in self.open or boundary in self.declared:
                self._end_report(start)
                self._close_down_to(boundary)
                self._count_parts(1)
                self._read_headers(end, digest=self.open[boundary].digest)
                return

    def _close_down_to(self, boundary: bytes) -> None:
        """A boundary line of an outer multipart ends every one within it."""
        if boundary not in self.open:
            self.open[boundary] = self.declared.pop(boundary)
        while next(reversed(self.open)) != boundary:
            self.open.popitem()
        self.wraps = self.open[boundary].wraps
        self._check("nesting", len(self.open) + self.wraps)

    def _read_headers(self, position: int, digest: bool) -> None:
        """The header of a part, and those of the messages enclosed directly in it."""
        for header, after in self._blocks(position):
            content_type = self._check_block(header)
            kind = content_type.strip().lower()
            if kind.startswith(b"multipart/"):
                self._declare(content_type, digest=kind.startswith(b"multipart/digest"))
            elif kind.startswith(b"message/delivery-status"):
                self.report = after
            elif kind.startswith(b"message/") or (digest and not kind):
                digest = False
                self.wraps += 1
                self._check("nesting", len(self.open) + self.wraps)
                continue
            return

    def _blocks(self, position: int) -> Iterator[tuple[bytes, int]]:
        """Header blocks that follow one another, each with the position after it."""
        while position < len(self.raw):
            limit = position + self.limits.header_bytes + 4
            blank = _BLANK_LINE.search(self.raw, max(position - 1, 0), limit)
            end = blank.end() if blank else min(len(self.raw), limit)
            cut = _END_OF_PART.search(self.raw, position, end)
            yield self.raw[position : cut.start() if cut else end], end
            if cut:
                return
            position = end

    def _declare(self, content_type: bytes, digest: bool) -> None:
        """The parser's own reading of the parameter, so that no spelling of it slips past."""
        part = Message()
        part["Content-Type"] = content_type.decode("ascii", "surrogateescape")
        boundary = part.get_boundary()
        if boundary:
            self.declared[boundary.encode("utf-8", "surrogateescape")] = _Multipart(self.wraps, digest)

    def _end_report(self, end: int) -> None:
        """Each group of fields in a delivery report becomes an object of its own in the parser."""
        if self.report is not None:
            self._count_parts(self.raw.count(b"\n\n", self.report, end) + self.raw.count(b"\n\r\n", self.report, end))
            self.report = None

    def _count_parts(self, more: int) -> None:
        self.parts += more
        self._check("parts", self.parts)

    def _check_block(self, header: bytes) -> bytes:
        """Checks one header block and gives back its Content-Type."""
        self._check("header_bytes", len(header))
        fields = sum(1 for _ in _FIELD.finditer(header))
        self.fields += fields
        self._check("headers", fields)
        self._check("all_headers", self.fields)
        self._check("encoded_words", header.count(b"=?"))
        content_type = b""
        for name, value in _CONTENT_FIELD.findall(header):
            self._check("parameters", value.count(b";"))
            content_type = content_type or (value if name.lower() == b"type" else b"")
        return content_type

    def _check(self, what: str, found: int) -> None:
        limit: int = getattr(self.limits, what)
        if found > limit:
            raise _TooMuch(what, found, limit)
