"""MIME to a plain value: one parse, nothing is lost, nothing raises; what was wrong is listed.

Why: the library is used in its old, lenient mode (compat32), because its newer policies raise on headers as they
are really sent and need gigabytes for hostile ones. The tree is walked here and not by a library, because only the
body of the message itself is its text: that of enclosed messages belongs to them.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email.message import Message

from mailgate.message import headers, parts
from mailgate.message.charset import clean
from mailgate.message.html import to_text
from mailgate.message.model import Attachment, IncomingMessage, Unread
from mailgate.message.tree import from_first_header, tree_of
from mailgate.message.uuencoded import taken_out

_HEADER_ONLY = 65_536
"""Bytes of the header that are read of a message that is too large to parse."""
LONGEST_TEXT = 4_000_000
"""Characters of readable text that are kept; the original is kept whole elsewhere."""
_DEEPEST = 100
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_REPORTS = frozenset(
    {"message/delivery-status", "message/global-delivery-status", "message/feedback-report",
     "message/disposition-notification", "message/global-disposition-notification",
     "text/rfc822-headers", "message/global-headers", "message/rfc822", "message/global", "text/calendar"}
)  # fmt: skip
_UNREAD = {
    parts.TNEF: Unread.TNEF, "application/pkcs7-mime": Unread.SEALED, "application/x-pkcs7-mime": Unread.SEALED,
    "application/pgp-encrypted": Unread.SEALED, "message/partial": Unread.PARTIAL,
}  # fmt: skip


def parse(raw: bytes) -> IncomingMessage:
    """Reads a message. Never raises: `defects` says what was wrong with it."""
    raw = from_first_header(raw)
    try:
        tree = tree_of(raw)
    except Exception as error:
        return _build(_only_header(raw), _Body(), (f"the structure cannot be read ({type(error).__name__})",))
    body = _Body()
    problems: list[str] = []
    try:
        body.read(tree)
    except Exception as error:
        problems.append(f"the body cannot be read whole ({type(error).__name__})")
    message = _build(tree, body, tuple(problems))
    if headers.has_bare_cr(raw):
        believed = tuple(field for field in message.headers if field[0].lower() != "authentication-results")
        message = replace(message, headers=believed)
    if message.from_problem is None and headers.from_lines(raw) > 1:
        return replace(message, from_problem="there are several From headers")
    return message


def header_only(raw: bytes) -> IncomingMessage:
    """Reads the first 64 KiB of the header, of a message that is too large or too tangled to parse. Never raises."""
    return _build(_only_header(raw), _Body(), ("only the header was read",))


def attachments(raw: bytes) -> tuple[Attachment, ...]:
    """The attachments that `parse` finds, in its order, without reading anything else. Never raises."""
    body = _Body(shows_html=False)
    with suppress(Exception):  # what was found before stands, as it does in `parse`
        body.read(tree_of(from_first_header(raw)))
    return tuple(body.attachments)


def _only_header(raw: bytes) -> Message:
    start = from_first_header(raw[: _HEADER_ONLY * 2])[:_HEADER_ONLY]
    ends = [end for end in (start.find(b"\n\n"), start.find(b"\n\r\n"), start.find(b"\r\r")) if end >= 0]
    try:
        return email.message_from_bytes(start[: min(ends)] if ends else start)
    except Exception:
        return Message()


class _Body:
    """What the walk through the tree collects."""

    def __init__(self, *, shows_html: bool = True) -> None:
        """HTML that nobody will be shown, because plain text says the same, is kept without being turned to text."""
        self.shows_html = shows_html
        self.texts: list[str] = []
        self.htmls: list[str] = []
        self.attachments: list[Attachment] = []
        self.machine: list[tuple[str, str]] = []
        self.defects: list[str] = []

    def read(self, part: Message, depth: int = 0) -> None:
        """Reads a part and what is in it; enclosed messages become attachments."""
        self.defects.extend(type(defect).__name__ for defect in part.defects)
        kind = parts.content_type(part)
        children = _children(part)
        if depth > _DEEPEST:
            self.attachments.append(parts.attachment(part, inline=False))
        elif kind == "multipart/alternative" and children:
            self._read_alternative(children, depth)
        elif kind.startswith("multipart/") and children:
            for index, child in enumerate(children):
                self._read_child(child, kind, index, depth)
        else:
            self._read_leaf(part, kind, "")

    def _read_child(self, child: Message, parent: str, index: int, depth: int) -> None:
        kind = parts.content_type(child)
        if kind.startswith("multipart/"):
            self.read(child, depth + 1)
        else:
            self.defects.extend(type(defect).__name__ for defect in child.defects)
            self._read_leaf(child, kind, parent if index else "")

    def _read_alternative(self, children: list[Message], depth: int) -> None:
        """Plain text is preferred for reading, HTML is kept beside it; an empty plain part counts as none."""
        before = len(self.texts)
        plain = ""
        for child in children:
            own = _Body(shows_html=self.shows_html and not "".join(self.texts[before:]).strip())
            own._read_child(child, "multipart/alternative", 0, depth)
            self._absorb(own)
            if own.htmls:
                plain = plain or "".join(self.texts[before:]).strip()
                self.texts[before:] = [plain] if plain else own.texts
            else:
                self.texts.extend(own.texts)

    def _absorb(self, other: _Body) -> None:
        self.htmls += other.htmls
        self.attachments += other.attachments
        self.machine += other.machine
        self.defects += other.defects

    def _read_leaf(self, part: Message, kind: str, parent: str) -> None:
        odd = parts.odd_encoding(part)
        if odd is not None:
            self.defects.append(f"unknown transfer encoding {odd}")
        if kind in _REPORTS:
            self.machine.append((kind, _machine_text(part, kind)))
        if self._is_body(part, kind):
            self._add_text(part, kind)
        elif kind not in {"message/delivery-status", "message/disposition-notification"}:
            self._attach(part, kind, parent)

    def _is_body(self, part: Message, kind: str) -> bool:
        if kind.startswith("multipart/"):  # its parts cannot be told apart
            return True
        if kind not in {"text/plain", "text/html"} or part.is_multipart():
            return False
        placed = parts.disposition(part)
        return placed != "attachment" and (not parts.file_name(part) or not (self.texts or placed))

    def _add_text(self, part: Message, kind: str) -> None:
        text = parts.text_of_part(part)
        if kind == "text/html":
            self.htmls.append(text)
            text = to_text(text) if self.shows_html else ""
        else:
            text, files = taken_out(text)
            self.attachments += [parts.named_file(name, content) for name, content in files]
        self.texts.append(text.strip("\n"))

    def _attach(self, part: Message, kind: str, parent: str) -> None:
        inline = parent == "multipart/related" or (parts.disposition(part) == "inline" and kind.startswith("image/"))
        attached = parts.attachment(part, inline)
        self.attachments.append(attached)
        if attached.type in _UNREAD:
            self.defects.append(f"{_UNREAD[attached.type]}: {attached.type} is passed on whole")

    def text(self) -> str:
        return "\n\n".join(text for text in self.texts if text)[:LONGEST_TEXT]

    def unread(self) -> Unread | None:
        """Where the words must be, if there are none to be read."""
        kinds = (_UNREAD[each.type] for each in self.attachments if each.type in _UNREAD)
        return None if self.text().strip() else next(kinds, None)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _machine_text(part: Message, kind: str) -> str:
    """A report as text; of an enclosed message only its header."""
    data = parts.data_of(part)
    if kind in {"message/rfc822", "message/global"}:
        data = data[:_HEADER_ONLY].partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
    return clean(data.decode("utf-8", "replace"))


def _build(tree: Message, body: _Body, problems: tuple[str, ...]) -> IncomingMessage:
    raw: dict[str, list[str]] = {}
    for name, value in _fields(tree):
        raw.setdefault(name.lower(), []).append(value)
    senders = headers.addresses(raw.get("from", ()))
    ids = [found for value in raw.get("message-id", ()) for found in headers.identifiers(value)[:1]]
    return IncomingMessage(
        headers=tuple((clean(name), _value(name, value)) for name, value in _fields(tree)),
        from_=senders,
        from_problem=headers.from_problem(tuple(raw.get("from", ())), senders),
        to=headers.addresses(raw.get("to", ())),
        cc=headers.addresses(raw.get("cc", ())),
        reply_to=headers.addresses(raw.get("reply-to", ())),
        subject=headers.text_of(next(iter(raw.get("subject", ())), "")),
        message_id=next(iter(ids), None),
        in_reply_to=_all_ids(raw.get("in-reply-to", ())),
        references=_all_ids(raw.get("references", ())),
        date=headers.moment(next(iter(raw.get("date", ())), None)),
        text=body.text(),
        html="\n".join(body.htmls) or None,
        attachments=tuple(body.attachments),
        content_type=parts.content_type(tree),
        defects=tuple(dict.fromkeys((*problems, *body.defects))),
        parts=tuple(body.machine),
        unread=body.unread(),
    )


def _value(name: str, raw: str) -> str:
    """RFC 8601 knows no encoded-words: where results hide behind them, or behind controls, only whose they are is kept.

    Nor does RFC 6376, whose quoted-printable in a signature is no such word.
    """
    if name.strip().lower() == "dkim-signature":
        return clean(raw)
    hides = name.lower() == "authentication-results" and ("=?" in raw or _CONTROL.search(raw))
    return headers.text_of(raw.partition(";")[0].replace("=?", "")) if hides else headers.text_of(raw)


def _fields(tree: Message) -> Iterator[tuple[str, str]]:
    for name, value in tree.raw_items():
        yield name, str(value)


def _all_ids(values: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for value in values for found in headers.identifiers(value)))
