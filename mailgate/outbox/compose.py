"""A notice of the outbox as the bytes of a mail: the words of its templates, its headers, its MIME parts.

A notice has three templates, `<language>/<notice>.{subject,txt,html}.j2`. Its words stand once, in `.txt.j2`; the
`.html.j2` extends it. Each is rendered by an environment of its own, which gives the layout, the shapes and the
escaping of the medium, so that one file of an admin's changes one notice in one language, in both parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from types import CodeType, MappingProxyType
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from jinja2 import BytecodeCache, ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.environment import TemplateModule
from jinja2.runtime import BlockReference, Context, Macro, TemplateReference
from jinja2.sandbox import SandboxedEnvironment

from mailgate.outbox import charts, mime, shapes, wording
from mailgate.outbox.letter import mailbox
from mailgate.outbox.mime import Part

__all__ = ["Draft", "Part", "compose", "environment", "html_of", "subject_of", "text_of"]

SUBJECT_MOST: Final = 200
BLANK: Final[Mapping[str, Any]] = MappingProxyType(
    {"request": None, "author": None, "text": None, "quoted": None, "attachments": (), "left_out": (), "detail": {}}
)
"""What a notice that has no such facts may leave out."""
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail is made of: a row of the outbox with its attachments at hand."""

    name: str
    language: str
    facts: Mapping[str, Any]
    message_id: str
    """Without brackets; the same at every retry."""
    in_reply_to: str | None
    references: tuple[str, ...]
    sender: tuple[str, str]
    """(name of the desk, address of its mailbox)."""
    reader: tuple[str, str]
    """(name, address)."""
    request_number: str | None
    auto_submitted: str | None
    """RFC 3834: `auto-replied` or `auto-generated`; None on what a person wrote."""
    attachments: tuple[Part, ...] = ()


class Templates(SandboxedEnvironment):
    """Jinja's sandbox, in which a fact comes before a method of the same name.

    Why it does not look at each fact, macro and block: they are the templates' own, none reaches outside, and the
    look at them would be a third of the time of a notice.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A fact, a part of another template or a block of this one; anything else as the sandbox allows it."""
        kind = type(obj)
        if kind is TemplateReference:
            with suppress(KeyError):  # no block of that name
                return obj[attribute]
        known = obj if kind is dict else obj.__dict__ if kind is TemplateModule else _NOTHING
        return known[attribute] if attribute in known else super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, /, *arguments: Any, **more: Any) -> Any:
        """A macro or a block; anything else as the sandbox allows it."""
        kind = type(obj)
        if kind is not Macro and kind is not BlockReference:
            return super().call(context, obj, *arguments, **more)
        more.pop("_block_vars", None)  # what the compiler adds for functions that want the context
        more.pop("_loop_vars", None)
        return obj(context.eval_ctx, *arguments, **more) if kind is Macro else obj()


class Compiled(BytecodeCache):
    """What templates were compiled to, for as long as the process lives: a reload compiles only what has changed."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """The code of this very source, if there is any."""
        checksum, code = self._kept.get(bucket.key, ("", None))
        bucket.code = code if checksum == bucket.checksum else None

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it until the source is another."""
        self._kept[bucket.key] = bucket.checksum, bucket.code


_IN_TEXT, _IN_HTML = Compiled(), Compiled()


def environment(*folders: Path, zone: ZoneInfo) -> Environment:
    """The templates of these folders, the first that has a name winning; dates are shown in `zone`.

    Those of the last folder, the built-in ones, can also be had as `built-in/…`, to extend the one that is replaced.
    Read once: changed files count in the next environment. Sandboxed, and a name that no fact has raises.
    """
    templates = Templates(
        loader=ChoiceLoader([FileSystemLoader(folders), PrefixLoader({"built-in": FileSystemLoader(folders[-1])})]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_IN_TEXT,
    )
    templates.globals = {"zone": zone, "layout": "_layout.txt.j2", "parts": "_parts.txt.j2"}
    templates.filters = {**templates.filters, **wording.SHARED, **wording.dates(zone), **shapes.PLAIN}
    return templates


def compose(draft: Draft, templates: Environment, now: datetime, text: str | None = None) -> bytes:
    """The mail, ready for SMTP: ASCII (but for an international address), CRLF, no line over 998 octets.

    `text` is the text part of this draft, where it was rendered already.
    ValueError where an address cannot stand in a header; jinja2.TemplateError where a template is wrong.
    """
    head = _headers(draft, subject_of(draft, templates), now.astimezone(cast(ZoneInfo, templates.globals["zone"])))
    mark = hashlib.blake2s(draft.message_id.encode(), digest_size=12).hexdigest()
    body = mime.multipart(
        "alternative",
        f"=_a_{mark}",
        [
            mime.text_part("plain", text_of(draft, templates) if text is None else text),
            _html_part(draft, templates, mark),
        ],
    )
    if draft.attachments:
        body = mime.multipart("mixed", f"=_m_{mark}", [body, *map(mime.attachment, draft.attachments)])
    return head + body


def subject_of(draft: Draft, templates: Environment) -> str:
    """`[number]` and the words of `<notice>.subject.j2`, on one line."""
    words = mime.clean(_rendered(draft, templates, "subject"))
    short = words if len(words) <= SUBJECT_MOST else words[:SUBJECT_MOST].rstrip() + "…"
    return f"[{draft.request_number}] {short}" if draft.request_number else short


def text_of(draft: Draft, templates: Environment) -> str:
    """The text part."""
    return _rendered(draft, templates, "txt").strip("\n") + "\n"


def html_of(draft: Draft, templates: Environment) -> str:
    """The HTML part: a whole document that asks for nothing from the network."""
    return _rendered(draft, _in_html(templates), "html").strip("\n") + "\n"


@lru_cache(maxsize=4)
def _in_html(templates: Environment) -> Environment:
    """The same templates with the layout, the shapes and the escaping of HTML."""
    twin = templates.overlay(autoescape=True, cache_size=-1, bytecode_cache=_IN_HTML)
    twin.globals = {**templates.globals, "layout": "_layout.html.j2", "parts": "_parts.html.j2"}
    twin.filters = {**templates.filters, **shapes.HTML}
    return twin


def _rendered(draft: Draft, templates: Environment, medium: str) -> str:
    template = templates.get_template(f"{draft.language}/{draft.name}.{medium}.j2")
    return template.render({**BLANK, **draft.facts, "language": draft.language})


def _html_part(draft: Draft, templates: Environment, mark: str) -> bytes:
    """The HTML; a report's goes together with the pictures that it shows (RFC 2387)."""
    html = mime.text_part("html", html_of(draft, templates))
    if draft.name != charts.NOTICE:
        return html
    shown = [mime.inline_png(each.id, each.content) for each in charts.pictures(draft.facts)]
    return mime.multipart("related", f"=_r_{mark}", [html, *shown])


def _headers(draft: Draft, subject: str, now: datetime) -> bytes:
    """RFC 5322, 3834 and our own; a header without a value is left out."""
    fields: tuple[tuple[str, bytes], ...] = (
        ("From", _address(draft.sender)),
        ("To", _address(draft.reader)),
        ("Subject", mime.unstructured(subject)),
        ("Date", format_datetime(now).encode("ascii")),
        ("Message-ID", mime.bracketed([draft.message_id])),
        ("In-Reply-To", mime.bracketed([draft.in_reply_to] if draft.in_reply_to else [])),
        ("References", mime.bracketed(draft.references)),
        ("Auto-Submitted", (draft.auto_submitted or "").encode("ascii")),
        # Exchange answers to Auto-Submitted mail unless this asks it not to. Not "All": that stops its bounces (3.7).
        ("X-Auto-Response-Suppress", b"DR, RN, NRN, OOF, AutoReply" if draft.auto_submitted else b""),
        ("X-Mailgate-Notice", draft.name.encode("ascii")),
        ("X-Mailgate-Request", mime.unstructured(draft.request_number or "")),
        ("Content-Language", draft.language.encode("ascii")),
        ("MIME-Version", b"1.0"),
    )
    return b"".join(b"%s: %s\r\n" % (name.encode("ascii"), value) for name, value in fields if value)


@lru_cache(maxsize=256)
def _address(who: tuple[str, str]) -> bytes:
    name, address = who[0], mailbox(who[1]).encode()
    shown = mime.phrase(name)
    return b"%s\r\n <%s>" % (shown, address) if shown and name.strip() else b"<%s>" % address
