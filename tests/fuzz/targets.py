"""What is tried: every pure reader of what strangers write, and what must hold of whatever it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mailgate.message import arc, authenticity, body, classify, fields, guard, signatures, thread
from mailgate.message.answer import client_word
from mailgate.message.fingerprint import fingerprint
from mailgate.message.html import safe_html, to_text
from mailgate.message.parse import header_only, parse
from mailgate.message.uuencoded import taken_out
from mailgate.rules.commands import parse_orders
from mailgate.rules.terms import parse_config_term, parse_term

NOW, ZONE = datetime(2026, 11, 23, 7, 5, tzinfo=UTC), ZoneInfo("Europe/Minsk")
NUMBER = "SD-{year}-{seq:06d}"
TRUSTED = ("mx.desk.example",)
TRUSTED_SEALERS = ("lists.example",)


class Unfit(Exception):
    """Something was given back that cannot be stored."""


def mail(raw: bytes) -> Iterator[object]:
    """All that is done to a message before anything is decided. What the scan refuses is not parsed, as in earnest."""
    scan = guard.inspect(raw)
    yield scan
    yield header_only(raw)
    yield fingerprint(raw)
    if not isinstance(scan, guard.Sound):
        return
    message = parse(raw)
    yield message
    yield classify.read(message)
    written = body.new_text(message)
    yield written
    yield fields.fields(message, written)
    yield client_word(written)
    yield thread.cited(message)
    yield thread.numbers(message.subject, NUMBER)
    yield authenticity.verdict(message, TRUSTED)
    yield authenticity.findings(message, TRUSTED)
    yield arc.arc_key_names(raw, TRUSTED_SEALERS)
    yield arc.arc_verdict(raw, "alfa.example", TRUSTED_SEALERS, lambda _: b"v=DKIM1; p=AAAA")
    yield signatures.key_names(raw, "alfa.example")
    yield signatures.dkim_verdict(raw, "alfa.example", lambda _: b"v=DKIM1; p=AAAA")


TEXTS: Mapping[str, Callable[[str], object]] = {
    "new_text": body.newly_written,
    "field_lines": fields.field_lines,
    "urgency_word": fields.urgency_word,
    "client_word": client_word,
    "parse_orders": lambda text: parse_orders(text, NOW, ZONE),
    "parse_term": lambda text: parse_term(text, NOW, ZONE),
    "parse_config_term": parse_config_term,
    "to_text": to_text,
    "safe_html": safe_html,
    "taken_out": taken_out,
    "numbers": lambda text: thread.numbers(text, NUMBER),
    "parse_results": authenticity.parse_results,
}
"""Each gets clean text, as `parse` gives it."""


def demand_storable(value: object) -> None:
    """Raises Unfit where a text within `value` holds NUL or half a surrogate pair."""
    if isinstance(value, str):
        if "\0" in value or not _is_encodable(value):
            raise Unfit(ascii(value[:200]))
    elif is_dataclass(value):
        for field in fields_of(value):
            demand_storable(getattr(value, field.name))
    elif isinstance(value, Mapping):
        demand_storable(tuple(value.items()))
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            demand_storable(each)


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
