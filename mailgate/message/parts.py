"""The leaves of a MIME tree: their text, their names, their bytes (RFC 2045, 2183, 2231, 3676)."""

from __future__ import annotations

import binascii
import hashlib
import io
import re
from contextlib import suppress
from email._policybase import Compat32
from email.generator import BytesGenerator
from email.message import Message

from mailgate.message.charset import clean, decode, is_utf8, one_line
from mailgate.message.headers import text_of
from mailgate.message.model import Attachment
from mailgate.message.tree import Node

TNEF = "application/ms-tnef"
"""Outlook's own container (`winmail.dat`), by whatever type it is sent. It is passed on whole."""
_TNEF_BEGINS = b"\x78\x9f\x3e\x22"
_LONGEST_NAME = 255
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "quoted-printable", "base64", "x-uuencode", "uuencode", "uue"})
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_FORBIDDEN = re.compile(r'[<>:"|\ufffd]')
_TYPE_NAME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_EXTENSIONS = {"message/rfc822": ".eml", "text/calendar": ".ics", "text/plain": ".txt", "text/html": ".html"}


class _Flat(BytesGenerator):
    """Writes a body at once. The library, which also knows other line ends, goes line by line."""

    def _write_lines(self, lines: str) -> None:
        if lines:
            self.write(lines.replace("\r\n", "\n").replace("\r", "\n"))


class _AsSent(Compat32):
    """Headers as they came. The library would read and fold each anew, which costs more than all the rest."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header line, with its own folds."""
        return f"{name}: {value}\n".replace("\r\n", "\n").encode("utf-8", "surrogateescape")


_AS_SENT = _AsSent()


def content_type(part: Message) -> str:
    """Lower-cased `type/subtype`; `text/plain` where it cannot be read (RFC 2045 section 5.2)."""
    return str(part.get_content_type())


def disposition(part: Message) -> str:
    """`inline`, `attachment`, another word, or nothing."""
    return header(part, "content-disposition").partition(";")[0].strip().lower()


def header(part: Message, name: str) -> str:
    """The first header of that name, as the parser gives it."""
    wanted = name.lower()
    return next((value for key, value in part.raw_items() if key.lower() == wanted), "")


def data_of(part: Message) -> bytes:
    """The decoded bytes of a leaf; those of an enclosed message as they were sent."""
    if part.is_multipart():
        return _flatten(part)
    if _encoding(part) == "base64":
        with suppress(ValueError):  # what is broken is left to the library, which also reads some of that
            return binascii.a2b_base64(str(part.get_payload()))
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, binascii.Error, AttributeError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _flatten(part: Message) -> bytes:
    """An enclosed message, or the groups of a report, as bytes; lines are not folded anew."""
    out = io.BytesIO()
    generator = _Flat(out, mangle_from_=False, policy=_AS_SENT)
    payload = part.get_payload()
    for enclosed in payload if isinstance(payload, list) else []:
        try:
            generator.flatten(enclosed)
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
    return _unpacked(out.getvalue(), _encoding(part))


def _encoding(part: Message) -> str:
    return header(part, "content-transfer-encoding").strip().lower()


def _unpacked(data: bytes, encoding: str) -> bytes:
    """Some systems encode enclosed messages and reports, against RFC 2046 section 5.2."""
    if encoding != "base64":
        return data
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        return data


def text_of_part(part: Message) -> str:
    """The text of a text part, in its own charset or in the one that its bytes betray; flowed lines joined."""
    data = data_of(part)
    subtype = part.get_content_subtype()
    charset = _parameter(part, "charset")
    if subtype == "html" and not charset:
        meta = _META_CHARSET.search(data[:4096])
        charset = meta[1].decode("ascii") if meta and not is_utf8(data) else ""
    text = clean(decode(data, charset))
    if subtype == "plain" and _parameter(part, "format").lower() == "flowed":
        return unflow(text, delete_space=_parameter(part, "delsp").lower() == "yes")
    return text


def unflow(text: str, delete_space: bool) -> str:
    """RFC 3676 section 4: joins flowed lines of the same quote depth and takes space stuffing away."""
    lines: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        body = content[:-1] if flows and delete_space else content
        if open_depth == depth and content != "-- ":
            lines[-1] += body
        else:
            lines.append(f"{'>' * depth} {body}" if depth else body)
        open_depth = depth if flows else None
    return "\n".join(lines)


def _parameter(part: Message, name: str) -> str:
    """A parameter of Content-Type, without quotes; empty where there is none."""
    value = _raw_parameter(part, "content-type", name)
    return str(value[2] if isinstance(value, tuple) else value or "").strip()


def _raw_parameter(part: Message, field: str, name: str) -> str | tuple[str | None, str | None, str] | None:
    """A parameter as the library reads it; 8-bit signs, which it would replace, are decoded before."""
    raw = header(part, field)
    if name not in raw.lower():
        return None
    if not raw.isascii():
        part = Message()
        part[field] = decode(raw.encode("utf-8", "surrogateescape"), None)
    try:
        return part.get_param(name, None, field)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def file_name(part: Message) -> str:
    """The name of a part as people should see it; empty where it has none."""
    return safe_name(_declared_name(part))


def _declared_name(part: Message) -> str:
    for field, key in (("content-disposition", "filename"), ("content-type", "name")):
        value = _raw_parameter(part, field, key)
        if isinstance(value, tuple):
            return _rfc2231(value)
        if value:
            return text_of(value)
    return ""


def _rfc2231(value: tuple[str | None, str | None, str]) -> str:
    try:
        data = value[2].encode("latin-1", "surrogateescape")
    except UnicodeEncodeError:
        return text_of(value[2])
    text = decode(data, value[0])
    return text_of(text) if "=?" in text else one_line(text)


def safe_name(name: str) -> str:
    """A file name without folders, control, invisible or direction-changing signs, at most 255 characters."""
    name = _UNSEEN.sub("", one_line(name)).replace("\\", "/")
    last = name.rstrip("/").rpartition("/")[2] if "/" in name else name
    last = last.strip().strip("\"'")
    return "" if last in {".", ".."} else _shorten(_FORBIDDEN.sub("_", last))


def _shorten(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:_LONGEST_NAME]
    return stem[: _LONGEST_NAME - len(extension) - 1] + "." + extension


def attachment(part: Message, inline: bool) -> Attachment:
    """A part as an attachment, whole; an enclosed message is named by its subject.

    Its type is one that RFC 6838 section 4.2 allows, for it is written into databases and headers.
    """
    content = data_of(part)
    kind = TNEF if content.startswith(_TNEF_BEGINS) else content_type(part)
    name = file_name(part)
    if not name and kind == "message/rfc822":
        name = safe_name(_enclosed_subject(part)[:80].replace("/", "-")) + ".eml"
    content_id = header(part, "content-id").strip().strip("<>") or None
    return Attachment(
        name=name or "attachment" + _EXTENSIONS.get(kind, ""),
        type=kind if _TYPE_NAME.fullmatch(kind) else "application/octet-stream",
        inline=inline,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        content_id=one_line(content_id) if content_id else None,
        place=part.place if isinstance(part, Node) else None,
    )


def named_file(name: str, content: bytes) -> Attachment:
    """A file that came without a part of its own."""
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(safe_name(name) or "attachment", "application/octet-stream", False, content, digest)


def _enclosed_subject(part: Message) -> str:
    payload = part.get_payload()
    enclosed = payload[0] if isinstance(payload, list) and payload else None
    subject = text_of(header(enclosed, "subject")) if isinstance(enclosed, Message) else ""
    return subject or "message"


def odd_encoding(part: Message) -> str | None:
    """A transfer encoding that RFC 2045 does not know, else None."""
    name = _encoding(part).partition(";")[0]
    return None if name in _ENCODINGS else one_line(name)[:40]
