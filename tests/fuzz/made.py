"""Input: mail and text put together from what readers look for, what breaks them, and noise; some of it very long."""

from __future__ import annotations

import base64
from typing import TypeVar

from hypothesis import strategies as st

from tests.bench.mail import generate

LONGEST = 400_000
"""Characters or bytes of one input."""
_SEEDS = tuple(each.raw for each in generate(60, seed=20261123) if len(each.raw) < 20_000)

_WORDS = (
    "From: a@b.example", "Иван пишет:", "On Mon, 23 Nov 2026 at 10:05, John <j@b.example> wrote:", "> ", ">>", "--",
    "-- ", "_" * 32, "-----Original Message-----", "С уважением", "Клиент:", "Срочность: высокая", "!готово", "!done",
    "№ тип", "!инфо 3 рабочих дня", "до 25.12.2026", "2026-12-25 18:00", "4h", "не подтверждаю", "подтверждаю",
    "спасибо", "но", "P.S.", "begin 644 a.txt", "M" * 61, "end", "550 5.1.1", "Final-Recipient: rfc822; a@b.example",
    "<a@b.example>", "[SD-2026-000001]", "=?utf-8?b?0YLQtdGB0YI=?=", "=?koi8-r?Q?=D4?=", "<blockquote>", "</div>",
    "<table><tr><td>", "&nbsp;", "<!--", "<script>", "mx.desk.example; dkim=pass header.d=", "(", ")", '"', "\\", ";",
    "=", ":", "@", "<", ">", ",", " ", "\t", "\n", "\n\n", "\r", "0", "9", "а", "ё", "\u00a0", "\u200b", "\u202e", "İ",
    "ﬀ", "𝔘", "\U0001f44d",
)  # fmt: skip
_HEADERS = (
    "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Return-Path",
    "Received", "Auto-Submitted", "Precedence", "List-Id", "Importance", "X-Priority", "Authentication-Results",
    "DKIM-Signature", "X-Failed-Recipients", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition",
    "Content-ID", "X-Odd",
)  # fmt: skip
_TYPES = (
    "text/plain", "text/html", "text/plain; charset=koi8-r", "text/plain; charset=utf-7", "text/plain; format=flowed",
    "text/calendar; method=REQUEST", "message/rfc822", "message/delivery-status", "message/partial",
    "text/rfc822-headers", "multipart/mixed; boundary=b", "multipart/alternative; boundary=c",
    "multipart/digest; boundary=b", "multipart/mixed", "multipart/report; report-type=delivery-status; boundary=b",
    "multipart/related; boundary=\"b\"", "image/png; name*0*=x", "application/ms-tnef",
    "application/octet-stream; name=\"=?utf-8?b?0YLQtdGB0YI=?=\"", "nonsense", "",
)  # fmt: skip
_ENCODINGS = ("7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "binary", "nonsense")
_BYTES = (
    b"\0",
    b"\r",
    b"\xff",
    b"\xd0",
    b"\xef\xbb\xbf",
    b"\x1b$B",
    b"=\r\n",
    b"=3D",
    b"--b",
    b"--b--",
    b"--c",
    b"\r\n\r\n",
)

T = TypeVar("T", str, bytes)


def _repeated(piece: T, times: int) -> T:
    return piece * min(times, LONGEST // max(len(piece), 1) + 1)


def _mostly(common: st.SearchStrategy[T], rare: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.integers(0, 15).flatmap(lambda dice: common if dice else rare)


_words = st.lists(st.sampled_from(_WORDS), max_size=12).map("".join)
_noise = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)
_long = st.builds(
    lambda before, piece, times, after: before + _repeated(piece, times) + after,
    _words, st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map("".join), st.integers(1, LONGEST), _words,
)  # fmt: skip
texts = _mostly(st.one_of(_words, _noise, st.builds(str.__add__, _words, _noise)), _long)
"""Clean text, as readers of text get it."""

_values = st.one_of(texts.map(str.encode), st.sampled_from(_BYTES), st.binary(max_size=40))
_header = st.builds(lambda name, value: name.encode() + b": " + value + b"\r\n", st.sampled_from(_HEADERS), _values)
_contents = st.one_of(_values, _values.map(base64.encodebytes), st.lists(_values, max_size=4).map(b"\r\n".join))


def _leaf(kind: str, encoding: str, more: list[bytes], content: bytes) -> bytes:
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n".encode()
    return head + b"".join(more) + b"\r\n" + content


def _together(head: bytes, boundary: str, parts: list[bytes]) -> bytes:
    line = f"\r\n--{boundary}".encode()
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


_parts = st.recursive(
    st.builds(_leaf, st.sampled_from(_TYPES), st.sampled_from(_ENCODINGS), st.lists(_header, max_size=2), _contents),
    lambda inner: st.builds(
        lambda parts, kind, boundary: _together(
            f"Content-Type: {kind}; boundary={boundary}\r\n\r\n".encode(), boundary, parts
        ),
        st.lists(inner, max_size=4),
        st.sampled_from(("multipart/mixed", "multipart/alternative", "multipart/report", "multipart/digest")),
        st.sampled_from("bcd"),
    ),
    max_leaves=12,
)
_composed = st.builds(lambda headers, part: b"".join(headers) + part, st.lists(_header, max_size=8), _parts)
_deep = st.builds(
    lambda piece, times, end: _repeated(piece, times) + end,
    st.lists(st.one_of(_header, _parts), min_size=1, max_size=2).map(b"".join), st.integers(1, 20_000), _parts,
)  # fmt: skip


@st.composite
def _spoilt(draw: st.DrawFn) -> bytes:
    """An ordinary mail with some of its bytes changed, doubled, or lost."""
    raw = bytearray(_SEEDS[draw(st.integers(0, len(_SEEDS) - 1))])
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 40))
        piece = draw(
            st.one_of(st.sampled_from(_BYTES), _words.map(str.encode), st.just(bytes(raw[at : at + length]) * 3))
        )
        raw[at : at + length] = piece
    return bytes(raw)


mails = _mostly(st.one_of(_composed, _spoilt()), st.one_of(_deep, st.binary(max_size=400)))
"""Messages as bytes, whole and broken."""
