"""Header values: encoded-words, addresses (S1, S2), identifiers, dates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgate.message.headers import addresses, decode_words, from_problem, identifiers, moment, text_of
from mailgate.message.parse import parse
from tests.rig.effort import cpu_seconds

GOOD = [
    ("Ivan <a@b.by>", "a@b.by", "Ivan"),
    ("a@b.by", "a@b.by", ""),
    ("<a@b.by>", "a@b.by", ""),
    ("Ivan <A@B.by>", "a@b.by", "Ivan"),
    ("john@good.by <john@good.by>", "john@good.by", "john@good.by"),
    ("john@good.by <John@Good.by>", "john@good.by", "john@good.by"),
    ("jdoe@example.net (John Doe)", "jdoe@example.net", "John Doe"),
    ('"Ivanov, Petr" <p@x.by>', "p@x.by", "Ivanov, Petr"),
    ("=?utf-8?b?0JjQstCw0L0=?= <a@b.by>", "a@b.by", "Иван"),
    ("=?koi8-r?B?6dfBziDwxdTSz9c=?= <a@b.by>", "a@b.by", "Иван Петров"),
    ("=?utf-8?q?Ivanov=2C_Petr?= <a@b.by>", "a@b.by", "Ivanov, Petr"),
    ('"=?utf-8?b?0JjQstCw0L0=?=" <a@b.by>', "a@b.by", "Иван"),
    ('ООО "Ромашка" <a@b.by>', "a@b.by", "ООО Ромашка"),
    ("Иван Петров <ivan@пример.бел>", "ivan@пример.бел", "Иван Петров"),
    ("O'Brien <o'brien@x.ie>", "o'brien@x.ie", "O'Brien"),
    ("user+tag@x.by", "user+tag@x.by", ""),
    ("A. B. Smith <a@b.by>", "a@b.by", "A. B. Smith"),
    ("<@relay.by:a@b.by>", "a@b.by", ""),
    ("Ivan<a@b.by>", "a@b.by", "Ivan"),
    ('"Ivan @ Alfa" <a@b.by>', "a@b.by", "Ivan @ Alfa"),
    ('"Ivan ＠ Альфа" <a@b.by>', "a@b.by", "Ivan ＠ Альфа"),
    ("=?utf-8?q?Ivan_=40_Alfa?= <a@b.by>", "a@b.by", "Ivan @ Alfa"),
    ('"a＠b.by" <a@b.by>', "a@b.by", "a＠b.by"),
    ('"a @ b.by" <a@b.by>', "a@b.by", "a @ b.by"),
    ("Ivan <ivan@हिन्दी.भारत>", "ivan@हिन्दी.भारत", "Ivan"),
    ("Ivan <ivan@straße.example>", "ivan@straße.example", "Ivan"),
]
SPOOFED = [
    "a@good.by <b@evil.by>",
    '"a@good.by" <b@evil.by>',
    "=?utf-8?q?a=40good.by?= <b@evil.by>",
    "boss@x.by (c) <evil@y.com>",
    "<a@b.by> (x <c@d.e>)",
    "a@b.by, c@d.by",
    "Group: a@b.by, c@d.by;",
    "a@b.by\0",
    "a@good.by\0 <b@evil.by>",
    "Bob <bob@b.by> Bobby <bobby@b.by>",
    "<a@good.by> <b@evil.by>",
    "<a@good.by>b@evil.by",
    "a@good.by;b@evil.by",
    "\u212aate@x.by",
    "mallory＠good.by <a@b.by>",
    '"mallory﹫good.by" <a@b.by>',
    "mallory =?utf-8?q?=40?= good.by <a@b.by>",
    "=?utf-8?q?mallory?= =?utf-8?q?=EF=BC=A0?= =?utf-8?q?good.by?= <a@b.by>",
    '"mallory @ good.by" <a@b.by>',
    *(
        f"a@{domain}"
        for sign in "\u034f\u00ad\u115f\u1160\u180b\u2060\u3164\ufe00\ufe0f\uffa0\U000e0100\U000e0041"
        for domain in (f"b{sign}ank.by", f"bank.by{sign}", f"{sign}bank.by", f"bank{sign}.by")
    ),
    *(f"a{sign}b@bank.by" for sign in "\u034f\u00ad\ufe0f"),
    '"a b"@x.by',
    "no_host",
    "",
    "   ",
]


@pytest.mark.parametrize(("raw", "addr", "name"), GOOD)
def test_s2_honest_forms_of_from_name_their_sender(raw: str, addr: str, name: str) -> None:
    found = addresses([raw])

    assert [(address.addr, address.name) for address in found] == [(addr, name)]
    assert from_problem((raw,), found) is None


@pytest.mark.parametrize("raw", SPOOFED)
def test_s1_forms_that_name_two_or_nobody_are_not_believed(raw: str) -> None:
    assert from_problem((raw,), addresses([raw])) is not None


def test_s1_two_from_headers_are_not_believed() -> None:
    message = parse(b"From: a@good.by\r\nfrom: b@evil.by\r\n\r\nx")

    assert message.from_problem == "there are several From headers"
    assert [address.addr for address in message.from_] == ["a@good.by", "b@evil.by"]


def test_s2_the_angle_address_is_the_sender() -> None:
    assert [address.addr for address in addresses(["a@good.by <b@evil.by>"])] == ["b@evil.by"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?b?0YLQtdGB0YI=?=", "тест"),
        ("=?utf-8?b?0YI=?=\r\n =?utf-8?b?0LXRgdGC?= x", "тест x"),
        ("=?utf-8?b?0YLQtdGB0Q==?= =?utf-8?b?gg==?=", "тест"),
        ("=?utf-8?q?=D1=82?= =?koi8-r?b?xdPU?=", "тест"),
        ("Re: =?windows-1251?Q?=F2=E5=F1=F2?=!", "Re: тест!"),
        ("=?utf-8*ru?q?a_b?=", "a b"),
        ("=?x-none?q?abc?=", "abc"),
        ("=?utf-8?b?@@@?=", ""),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("1 =? 2 ?= 3", "1 =? 2 ?= 3"),
    ],
)
def test_encoded_words(raw: str, text: str) -> None:
    assert text_of(raw) == text


def test_raw_koi8_subject_is_read() -> None:
    raw = "тест тест".encode("koi8-r").decode("ascii", "surrogateescape")

    assert text_of(raw) == "тест тест"


def test_s18_ten_thousand_encoded_words_take_no_time() -> None:
    words = "=?utf-8?q?ab?= " * 10_000

    assert cpu_seconds(lambda: decode_words(words)) < 1


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("<a@b>", ("a@b",)),
        ("<a@b>\r\n <c@d> <e@f>", ("a@b", "c@d", "e@f")),
        ("a@b", ("a@b",)),
        ('<"x.y:1"@b>', ('"x.y:1"@b',)),
        ("<a@\r\n b>", ("a@b",)),
        ("Your message of Monday", ()),
        ("", ()),
        ("<>", ()),
    ],
)
def test_identifiers(raw: str, found: tuple[str, ...]) -> None:
    assert identifiers(raw) == found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("Tue, 24 Nov 2026 10:15:00 +0300", datetime(2026, 11, 24, 7, 15, tzinfo=UTC)),
        ("Tue, 24 Nov 2026 10:15:00 -0000", datetime(2026, 11, 24, 10, 15, tzinfo=UTC)),
        ("yesterday", None),
        ("Tue, 99 Nov 2026 99:15:00 +0300", None),
        ("Tue, 24 Nov 2026 10:15:00 +9999", None),
        ("Tue, 24 Nov 99999999 10:15:00 +0300", None),
        ("", None),
        (None, None),
    ],
)
def test_dates(raw: str | None, found: datetime | None) -> None:
    assert moment(raw) == found
