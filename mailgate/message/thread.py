"""Which request a message belongs to: what it cites, the numbers in its subject, and our own Message-IDs.

Why: a number can be guessed and a notice forwarded, so an identifier of ours proves for which reader it was made:
it carries an HMAC (RFC 2104) over the number, the nonce and the reader, of 128 bits, compared in constant time.
"""

from __future__ import annotations

import base64
import hmac
import re
from functools import lru_cache
from itertools import chain, zip_longest
from urllib.parse import quote, unquote

from mailgate.message.model import IncomingMessage

_MOST_CITED = 50
_LONGEST_ID = 400
_LONGEST_TEXT = 2_000
_OURS = re.compile(r"mg\.(?P<number>[A-Za-z0-9_~%-]{1,120})\.(?P<nonce>[A-Za-z0-9_-]{1,64})\.(?P<proof>[a-z2-7]{26})")
_BRACKETED = re.compile(r"\[ ?([\w./-]{1,60}) ?\]")
_MOST_BRACKETED = 5
_SAFE = re.compile(r"[A-Za-z0-9_-]+")
_PREFIX = (
    r"(?:re|res|aw|antw|sv|vs|fwd?|wg|tr|vb|odp|на|отв|ответ|адк|адказ|відп|відповідь|пер|пересл)\.?"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]"
)
_FIELD = re.compile(r"\{(\w+)(?::([^{}]*))?\}")


def cited(message: IncomingMessage) -> tuple[str, ...]:
    """Every Message-ID that the message cites: In-Reply-To first, then References, the newest first."""
    every = (*message.in_reply_to, *reversed(message.references))
    return tuple(dict.fromkeys(found for found in every if len(found) <= _LONGEST_ID))[:_MOST_CITED]


def numbers(text: str, *formats: str) -> tuple[str, ...]:
    """The request numbers that stand in `text`, such as a subject, for formats like `SD-{year}-{seq:06d}`, in order.

    The case of letters in `text` does not matter; the numbers come as the format writes them.
    """
    found: list[tuple[int, str]] = []
    for literals, pattern in map(_reader, formats):
        for match in pattern.finditer(text[:_LONGEST_TEXT]):
            pieces = zip_longest(literals, match.groups(), fillvalue="")
            found.append((match.start(), "".join(chain.from_iterable(pieces))))
    return tuple(dict.fromkeys(number for _, number in sorted(found, key=lambda each: each[0])))


def bracketed(text: str) -> tuple[str, ...]:
    """Words in square brackets that may be a number of another format: ours stood so in every subject (at most 5)."""
    found = dict.fromkeys(_BRACKETED.findall(text[:_LONGEST_TEXT]))
    return tuple(word for word in found if any(map(str.isdigit, word)))[:_MOST_BRACKETED]


def topic(subject: str, number: str = "") -> str:
    """The subject without what mail programs put in front of it, nor the `[number]` that we put there."""
    leading = rf"{_PREFIX}|{re.escape(f'[{number}]')}" if number else _PREFIX
    return re.sub(rf"\A(?:\s*(?:{leading}))*+\s*", "", subject, flags=re.IGNORECASE)


@lru_cache(maxsize=16)
def _reader(number_format: str) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """What stands between the fields of a number format, and a pattern with a group for each field."""
    literals, pattern, position = [], "", 0
    for field in _FIELD.finditer(number_format):
        literals.append(number_format[position : field.start()])
        pattern += re.escape(literals[-1]) + f"({_digits(field[1], field[2] or '')})"
        position = field.end()
    literals.append(number_format[position:])
    pattern += re.escape(literals[-1])
    return tuple(literals), re.compile(rf"(?<![\w-]){pattern}(?!\w)", re.IGNORECASE)


def _digits(name: str, spec: str) -> str:
    width = re.match(r"0?(\d+)", spec)
    if name == "year":
        return r"[0-9]{4}"
    return rf"[0-9]{{{width[1]},12}}" if width else r"[0-9]{1,12}"


def message_id(secret: bytes, number: str, nonce: str, reader: str, domain: str) -> str:
    """The Message-ID, without angle brackets, of the notice `nonce` about request `number` for `reader`.

    `nonce` consists of ASCII letters, digits, `-` and `_`; ValueError otherwise. What cannot stand in an identifier
    (RFC 5322 section 3.6.4) is percent-encoded in the number.
    """
    if not _SAFE.fullmatch(nonce):
        raise ValueError(f"not fit for a Message-ID: {nonce!r}")
    spelt = quote(number, safe="").replace(".", "%2E")
    return f"mg.{spelt}.{nonce}.{_proof(secret, number, nonce, reader)}@{domain}"


def own(secret: bytes, message_id: str, reader: str, domain: str) -> str | None:
    """The request number, if the identifier is ours and was made for this reader; else None."""
    found = _parts(message_id, domain)
    if found is None:
        return None
    number = unquote(found["number"])
    expected = _proof(secret, number, found["nonce"], reader)
    return number if hmac.compare_digest(expected, found["proof"]) else None


def stated(message_id: str, domain: str) -> tuple[str, str] | None:
    """The request number and the nonce of an identifier that has the shape of ours; that proves nothing."""
    found = _parts(message_id, domain)
    return (unquote(found["number"]), found["nonce"]) if found else None


def _parts(message_id: str, domain: str) -> re.Match[str] | None:
    local, at, host = message_id[:_LONGEST_ID].strip("<> ").rpartition("@")
    return _OURS.fullmatch(local) if at and host.lower() == domain.lower() else None


def _proof(secret: bytes, number: str, nonce: str, reader: str) -> str:
    """128 bits in base32, in lower case: some programs change the case of identifiers, none the letters."""
    data = "\n".join((number, nonce, reader.strip().lower())).encode()
    digest = hmac.digest(secret, data, "sha256")[:16]
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()
