"""Header values: RFC 2047 words, addresses (RFC 5322 section 3.4), identifiers and dates, as they are really sent.

Why: the standard library loses raw 8-bit headers, raises on broken encoded-words and falls for addresses in
display names. A sender is authorised by From alone, so two independent parsers must read the same address there.
"""

from __future__ import annotations

import binascii
import email.utils
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from mailparser.utils import get_addresses

from mailgate.message.charset import decode, one_line
from mailgate.message.model import Address

LONGEST_VALUE = 400_000
"""Characters of one header that are read."""
_LONGEST_ADDRESSES = 32_768
_LONGEST_ID = 998
_MOST_IDS = 200
_SENDERS = 256
"""Address headers whose reading is remembered: most mail comes from those who wrote before."""
_LENIENT: dict[str, bool] = {"strict": False} if hasattr(email.utils, "supports_strict_parsing") else {}

_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_WORDS = re.compile(r"=\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?=(?:[ \t\r\n]*=\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?=)*")
_FOLD = re.compile(r"\r?\n(?=[ \t])|[\r\n]")
_Q_BYTE = re.compile(rb"=([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_ID = re.compile(r"<\s*([^<>\s]{1,998}(?:[ \t]*@[ \t]*[^<>\s]{1,998})?)\s*>")
_ADDRESS_LIKE = re.compile(
    r"[^\s<>()\",;:@]{1,64}+(?:@[^\s<>()\",;:@]{1,255}|\s{0,9}+@\s{0,9}[^\s<>()\",;:@.]{1,63}\.[^\s<>()\",;:@]{1,255})"
)
"""Set apart by blanks only where a domain of two labels follows: people write `Ivan @ Alfa`."""
_BLANK_LINE = re.compile(rb"\r\n\r?\n|\n\r?\n|\r\r")
_BARE_CR = re.compile(rb"\r(?!\n)")
_FROM_LINE = re.compile(rb"(?:^|[\r\n])from[\x00- ]*:", re.IGNORECASE)
_MISLEADING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3002\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What IDNA leaves out of a domain (Unicode's Default_Ignorable_Code_Point), and the sign that it takes for a dot."""
_BARE = re.compile(r"""[^\s<>()\\,;:@\x00-\x1f\x7f]{1,254}@[^\s<>()\\,;:@"\x00-\x1f\x7f]{1,253}""")
_IN_ANGLES = re.compile(r"<\s*([^\s<>@]{1,254}@[^\s<>@]{1,253})\s*>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def text_of(raw: str) -> str:
    """A header value as the parser gives it (8-bit signs as surrogates), unfolded and decoded, on one line."""
    value = raw[:LONGEST_VALUE]
    if not value.isprintable():  # folded, or with 8-bit signs
        value = _FOLD.sub("", value)
    if not value.isascii():
        value = decode(value.encode("utf-8", "surrogateescape"), None)
    return one_line(decode_words(value) if "=?" in value else value)


def decode_words(value: str) -> str:
    """RFC 2047: the words in any charset; white space between two of them is none. What is broken stays as it is."""
    for _ in range(2):  # some senders encode an encoded-word once more
        decoded = _WORDS.sub(lambda run: _decode_run(run[0]), value)
        if decoded == value or "=?" not in decoded:
            return decoded
        value = decoded
    return value


def _decode_run(run: str) -> str:
    """Adjacent words of one charset are joined as bytes: senders cut in the middle of a letter."""
    text, pending, charset = "", b"", ""
    for word in _WORD.finditer(run):
        data = _word_bytes(word[2].lower(), word[3])
        if data is None:
            return run
        if word[1].lower() != charset:
            text, pending, charset = text + decode(pending, charset), b"", word[1].lower()
        pending += data
    return text + decode(pending, charset)


def _word_bytes(encoding: str, text: str) -> bytes | None:
    data = text.encode("utf-8", "surrogateescape")
    if encoding == "q":
        if b"==" in data or data.endswith(b"="):  # broken; the library would leave something out
            return _Q_BYTE.sub(lambda byte: bytes((int(byte[1], 16),)), data.replace(b"_", b" "))
        return binascii.a2b_qp(data, header=True)
    data = _NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:
        data = data[:-1]
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return None


def addresses(raw_values: Iterable[str]) -> tuple[Address, ...]:
    """Every mailbox of address headers; groups and broken items without a mailbox are left out."""
    found: list[Address] = []
    for raw in raw_values:
        for name, addr in _mailboxes(_readable(raw)):
            found.append(Address(one_line(decode_words(name)), canonical(addr)))
    return tuple(found)


def canonical(addr: str) -> str:
    """Lower case, but only where that cannot turn one address into another (the Kelvin sign is no k)."""
    addr = one_line(addr)
    return addr.lower() if unicodedata.normalize("NFKC", addr) == addr else addr


def from_problem(raw_values: tuple[str, ...], found: tuple[Address, ...]) -> str | None:
    """Why From does not name exactly one sender beyond doubt (RFC 5322 section 3.6.2), else None."""
    if not raw_values:
        return "there is no From header"
    if len(raw_values) > 1:
        return "there are several From headers"
    if _CONTROL.search(_FOLD.sub("", raw_values[0])) and not _only_8bit(raw_values[0]):
        return "From contains control characters"
    if not found:
        return "From holds no address"
    if len(found) > 1:
        return "From holds several addresses"
    return _doubt(_readable(raw_values[0]), found[0])


def from_lines(raw: bytes) -> int:
    """How many lines of a message's header some program takes for From: also `From :`, or one with a NUL in its name.

    Why: the parser leaves such a line out or ends the header there, and a mail server may have proven what it says.
    """
    return len(_FROM_LINE.findall(_head(raw).replace(b"\0", b"")))


def has_bare_cr(raw: bytes) -> bool:
    """Whether a line of a message's header ends with a CR alone (RFC 5322 section 2.2), as only some programs see it.

    Why: what our mail server took for one long line, and so for no header that it has to take away, is two to us.
    """
    return _BARE_CR.search(_head(raw)) is not None


def _head(raw: bytes) -> bytes:
    blank = _BLANK_LINE.search(raw)
    return raw[: blank.start()] if blank else raw


@lru_cache(maxsize=_SENDERS)
def _doubt(raw: str, sender: Address) -> str | None:
    if not _BARE.fullmatch(sender.addr):
        return "the address in From is malformed"
    if unicodedata.normalize("NFKC", sender.addr) != sender.addr or _MISLEADING.search(sender.addr):
        return "the address in From has look-alike signs"
    shown = unicodedata.normalize("NFKC", f"{sender.name} {decode_words(raw)}")
    others = {"".join(canonical(other.strip("'")).split()) for other in _ADDRESS_LIKE.findall(shown)}
    if others - {sender.addr}:
        return "From holds another address beside the sender's"
    if not _strict_mailboxes(raw) or _by_stdlib(raw) != {sender.addr}:
        return "two parsers read different addresses in From"
    return None


def _by_stdlib(raw: str) -> set[str]:
    """All it finds: its strict reading, new in 3.11.10 and in Debian's 3.11.2, finds nothing in `a@b.by <a@b.by>`."""
    found = email.utils.getaddresses([raw], **_LENIENT)
    return {canonical(addr.strip("'")) for _, addr in found if "@" in addr}


def _readable(raw: str) -> str:
    """An address header on one line with its 8-bit signs decoded, but not yet its encoded-words."""
    value = _FOLD.sub("", raw[:_LONGEST_ADDRESSES])
    return value if value.isascii() else decode(value.encode("utf-8", "surrogateescape"), None)


def _only_8bit(raw: str) -> bool:
    """Raw 8-bit names are sloppy but harmless, as long as they decode to ordinary letters."""
    return not _CONTROL.search(_FOLD.sub("", _readable(raw)))


def _mailboxes(raw: str) -> tuple[tuple[str, str], ...]:
    """What mail-parser reads, and where it finds nothing, whatever stands in angle brackets, to be shown."""
    return _strict_mailboxes(raw) or tuple(("", addr) for addr in _IN_ANGLES.findall(raw)[:_MOST_IDS])


@lru_cache(maxsize=_SENDERS)
def _strict_mailboxes(raw: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((name, addr) for name, addr in get_addresses(raw) if "@" in addr)
    except Exception:  # whatever a broken header does to the library, it names nobody
        return ()


def identifiers(raw: str) -> tuple[str, ...]:
    """The message identifiers of Message-ID, In-Reply-To or References, without angle brackets."""
    value = _FOLD.sub("", raw[:_LONGEST_ADDRESSES])
    found = [re.sub(r"\s", "", one_line(text)) for text in _ID.findall(value)[:_MOST_IDS]]
    bare = value.strip().strip("<>")
    if not found and bare and len(bare) <= _LONGEST_ID and not re.search(r"\s", bare):
        found = [one_line(bare)]
    return tuple(text for text in found if text)


def moment(raw: str | None) -> datetime | None:
    """A Date header as an aware moment; without a zone it is taken as UTC; None where it cannot be read."""
    if not raw:
        return None
    try:
        found = email.utils.parsedate_to_datetime(_FOLD.sub(" ", raw[:200]))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
