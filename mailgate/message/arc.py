"""ARC (RFC 8617): what a trusted forwarder or mailing list had found out before it changed the mail.

Why: a list that adds a footer breaks the writer's signature, and his domain's DMARC then fails at our server. The list
seals what it found when the mail was still whole. Anybody can seal anything, so only seals of named domains count: the
newest must be theirs, and an older one only if every seal above it is. The library verifies the chain; that it is
whole and without doubt is looked at here first, by the same rules as for signatures.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mailgate.message.authenticity import judged, parse_results
from mailgate.message.model import Verdict
from mailgate.message.signatures import (
    LARGEST,
    LOG,
    Lookup,
    beyond_doubt,
    flags_of,
    header_of,
    key_name,
    tags_of,
    too_wide,
    whole_message_tags,
)

_SEAL, _SIGNATURE, _RESULTS = b"arc-seal", b"arc-message-signature", b"arc-authentication-results"
_FIELDS = (_SEAL, _SIGNATURE, _RESULTS)
_MOST_SETS: Final = 8
"""Forwarders in a row; RFC 8617 allows fifty, each of which costs two keys."""
_INSTANCE = re.compile(rb"\s*i\s*=\s*([1-9][0-9]?)\s*;")


@dataclass(frozen=True, slots=True)
class _Set:
    """The three headers that one forwarder added: the tags of two, and the results without their instance."""

    seal: dict[bytes, bytes]
    signature: dict[bytes, bytes]
    results: str


def arc_verdict(raw: bytes, from_domain: str, sealers: Collection[str], lookup: Lookup) -> Verdict:
    """PASS where a trusted sealer had found the domain in From proven, and nothing changed since; else NONE.

    The caller has made sure that From names one sender. `lookup` is asked for the keys that `arc_key_names` names.
    """
    if len(raw) > LARGEST or too_wide(raw):
        return Verdict.NONE
    try:
        verifier = _verifier(raw)
        chain = _chain(verifier.headers, sealers)
        said = any(_says_so(each, from_domain) for each in _trusted(chain, sealers))
        return Verdict.PASS if said and _holds(verifier, chain, lookup) else Verdict.NONE
    except Exception:  # whatever a broken header does to the library, it proves nothing
        return Verdict.NONE


def arc_key_names(raw: bytes, sealers: Collection[str]) -> tuple[str, ...]:
    """The DNS names of the keys that the check of this message needs; none where its newest seal is not trusted."""
    try:
        return _key_names(_chain(_verifier(header_of(raw)).headers, sealers))
    except Exception:  # as above
        return ()


def _verifier(raw: bytes) -> Any:
    import dkim  # dear, as in `signatures`

    return dkim.ARC(raw, logger=LOG)


def _chain(headers: list[tuple[bytes, bytes]], sealers: Collection[str]) -> tuple[_Set, ...]:
    """The sets, oldest first; none where they are not whole, in doubt, or not sealed last by one who is trusted."""
    found: dict[tuple[bytes, int], bytes] = {}
    for name, value in headers:
        if name.lower() in _FIELDS:
            place = (name.lower(), _instance(name.lower(), value))
            if place in found:
                return ()
            found[place] = value
    numbers = range(1, len(found) // 3 + 1)
    whole = {(name, number) for number in numbers for name in _FIELDS} == set(found)
    if not whole or len(numbers) > _MOST_SETS or not beyond_doubt(headers):
        return ()
    sets = tuple(_set(*(found[name, number] for name in _FIELDS)) for number in numbers)
    sound = all(_is_sound(each, number) for number, each in enumerate(sets, 1))
    return sets if sound and next(_trusted(sets, sealers), None) else ()


def _instance(name: bytes, value: bytes) -> int:
    """Section 4.2.1; 0 where there is none."""
    if name == _RESULTS:
        first = _INSTANCE.match(value)
        return int(first[1]) if first else 0
    number = tags_of(value).get(b"i", b"")
    return int(number) if re.fullmatch(rb"[1-9][0-9]?", number) else 0


def _set(seal: bytes, signature: bytes, results: bytes) -> _Set:
    text = results.decode("ascii", "replace")
    return _Set(tags_of(seal), whole_message_tags(signature), "" if "=?" in text else text.partition(";")[2])


def _is_sound(found: _Set, number: int) -> bool:
    """Section 5.2: the chain held when it was sealed; and who sealed it is who signed the message."""
    held = found.seal.get(b"cv", b"").lower() == (b"none" if number == 1 else b"pass")
    return held and b"h" not in found.seal and found.seal.get(b"d") == found.signature.get(b"d", b"")


def _trusted(chain: tuple[_Set, ...], sealers: Collection[str]) -> Iterator[_Set]:
    """The newest sets, as long as each is of a trusted sealer."""
    names = {sealer.strip().lower().rstrip(".").encode() for sealer in sealers}
    for each in reversed(chain):
        if each.seal.get(b"d", b"").lower() not in names:
            return
        yield each


def _says_so(found: _Set, from_domain: str) -> bool:
    _, results = parse_results(found.results)
    return judged(results, from_domain) is Verdict.PASS


def _key_names(chain: tuple[_Set, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key_name(tags) for each in chain for tags in (each.seal, each.signature)))


def _holds(verifier: Any, chain: tuple[_Set, ...], lookup: Lookup) -> bool:
    """Whether every seal holds, and the newest signature of the message."""
    expected = _key_names(chain)

    def key(name: bytes, timeout: int = 0) -> bytes | None:
        wanted = name.decode("ascii").lower().rstrip(".")
        record = lookup(wanted) if wanted in expected else None
        return record if record and b"y" not in flags_of(record) else None

    return bool(verifier.verify(dnsfunc=key)[0] == b"pass")
