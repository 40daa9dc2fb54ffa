"""DKIM signatures (RFC 6376) checked by ourselves: a second proof where our own mail server states none.

Why: it is stricter than the RFC, because a pass must mean that the domain in From wrote the whole message: a length
(`l=`) leaves room for strangers' text, a key in test mode proves nothing (section 3.6.1), SHA-1 is forbidden (RFC
8301), and a header that two parsers cut differently could show another From than the one that was signed. A signature
that does not hold is as good as none (section 6.1): the answer is never FAIL.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mailgate.message.authenticity import aligned
from mailgate.message.model import Verdict

Lookup = Callable[[str], bytes | None]
"""The TXT record of a DNS name, its strings joined; None where there is none or nobody answers in time."""

LARGEST: Final = 26_214_400
"""Bytes of a message that is checked; beyond, the copies that the library makes would cost too much memory."""
_MOST_SIGNATURES = 3
_LONGEST_SIGNATURE = 8_192
_ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_WIDE, _WIDEST, _MOST_WIDE = b" " * 20, b" " * 200, 10_000
"""Runs of blanks: the library's patterns take the square of their length, so few may be long, and none very long."""
LOG = logging.getLogger("mailgate.dkim")
LOG.disabled = True  # the library would write hostile text to the log


@dataclass(frozen=True, slots=True)
class _Signature:
    """One DKIM-Signature header: its place among them, and its tags."""

    index: int
    tags: dict[bytes, bytes]


def dkim_verdict(raw: bytes, from_domain: str, lookup: Lookup) -> Verdict:
    """PASS where a signature of From's own organisation covers From and the whole body, else NONE.

    The organisation is the same domain or a parent or child of it (`authenticity.aligned`). The caller has made sure
    that From names one sender. `lookup` is asked for the keys that `key_names` names, and for no others.
    """
    if len(raw) > LARGEST or too_wide(raw):
        return Verdict.NONE
    try:
        verifier = _verifier(raw)
        holds = any(_holds(verifier, each, lookup) for each in _signatures(verifier, from_domain))
    except Exception:  # whatever a broken header does to the library, it proves nothing
        return Verdict.NONE
    return Verdict.PASS if holds else Verdict.NONE


def key_names(raw: bytes, from_domain: str) -> tuple[str, ...]:
    """The DNS names of the keys that the check of this message needs, so that they can be asked for beforehand."""
    try:
        found = _signatures(_verifier(header_of(raw)), from_domain)
        return tuple(dict.fromkeys(key_name(each.tags) for each in found))
    except Exception:  # as above
        return ()


def header_of(raw: bytes) -> bytes:
    """The message up to its body."""
    blank = _BLANK_LINE.search(raw)
    return raw[: blank.end() if blank else LARGEST]


def too_wide(raw: bytes) -> bool:
    """Whether the library's patterns would take too long over its blanks."""
    blanks = raw.replace(b"\t", b" ")
    return _WIDEST in blanks or blanks.count(_WIDE) > _MOST_WIDE


def _verifier(raw: bytes) -> Any:
    """The library's object for one message. Raises what the library raises where it cannot read the header."""
    import dkim  # takes a tenth of a second, and most desks need it never

    return dkim.DKIM(raw, logger=LOG)


def _signatures(verifier: Any, from_domain: str) -> Iterator[_Signature]:
    """The first signatures that could prove the domain in From, in the order of the header."""
    headers: list[tuple[bytes, bytes]] = verifier.headers
    if not beyond_doubt(headers):
        return
    values = [value for name, value in headers if name.lower() == b"dkim-signature"]
    found = (_Signature(index, tags) for index, tags in enumerate(map(whole_message_tags, values)) if tags)
    aligning = (each for each in found if aligned(_text(each.tags[b"d"]), from_domain))
    for _, each in zip(range(_MOST_SIGNATURES), aligning, strict=False):
        yield each


def beyond_doubt(headers: list[tuple[bytes, bytes]]) -> bool:
    """One From, and no line end that only some parsers see."""
    senders = sum(1 for name, _ in headers if name.lower() == b"from")
    return senders == 1 and not any(b"\r" in value.replace(b"\r\n", b"") for _, value in headers)


def tags_of(value: bytes) -> dict[bytes, bytes]:
    """The tags of a signature or seal (RFC 6376 section 3.2); none where it is malformed."""
    from dkim.util import InvalidTagValueList, parse_tag_value

    if len(value) > _LONGEST_SIGNATURE or re.search(rb"\s{64}", value):
        return {}
    try:
        tags: dict[bytes, bytes] = parse_tag_value(value)
    except InvalidTagValueList:
        return {}
    names = (tags.get(b"d", b""), tags.get(b"s", b""))
    return tags if all(name and name.isascii() for name in names) else {}


def key_name(tags: dict[bytes, bytes]) -> str:
    """The DNS name of the key of a signature or seal."""
    return f"{_text(tags[b's'])}._domainkey.{_text(tags[b'd'])}"


def whole_message_tags(value: bytes) -> dict[bytes, bytes]:
    """The tags of a signature that is worth a look; none of one that is malformed or proves too little."""
    tags = tags_of(value)
    signed = [name.strip().lower() for name in tags.get(b"h", b"").split(b":")]
    proves = b"l" not in tags and b"from" in signed and tags.get(b"a", b"").lower() in _ALGORITHMS
    return tags if proves else {}


def _holds(verifier: Any, signature: _Signature, lookup: Lookup) -> bool:
    """Whether the key's owner signed this."""

    def key(name: bytes, timeout: int = 0) -> bytes | None:
        record = lookup(key_name(signature.tags))
        return record if record and _may_prove(record, signature) else None

    try:
        return bool(verifier.verify(idx=signature.index, dnsfunc=key))
    except Exception:  # the library raises where a hash differs, and for all that is malformed
        return False


def _may_prove(record: bytes, signature: _Signature) -> bool:
    """RFC 6376 section 3.6.1: not in test mode, and if the key is strict, the very domain that it was made for."""
    flags = flags_of(record)
    identity = signature.tags.get(b"i", b"@" + signature.tags[b"d"]).rpartition(b"@")[2]
    return b"y" not in flags and (b"s" not in flags or identity.lower() == signature.tags[b"d"].lower())


def flags_of(record: bytes) -> set[bytes]:
    """The flags of a key: `y` for test mode, `s` for the very domain that it was made for."""
    from dkim.util import parse_tag_value

    return {flag.strip() for flag in parse_tag_value(record).get(b"t", b"").split(b":")}


def _text(value: bytes) -> str:
    return value.decode("ascii").lower()
