"""The scan before parsing: S17, S18, S19 in figures, and no ordinary mail refused."""

from __future__ import annotations

import tracemalloc

import pytest

from mailgate.message.guard import Limits, Oversized, Sound, inspect
from tests.rig.effort import cpu_seconds

NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(1_000)) + b"\nx"
PART = b"--b\nContent-Type: text/plain\n\nx\n"
HOSTILE = {
    "nested multiparts": (NESTED, "nesting"),
    "nested messages": (b"Content-Type: message/rfc822\n\n" * 1_000, "nesting"),
    "a million parts": (b"Content-Type: multipart/mixed; boundary=b\n\n" + PART * 1_000_000, "parts"),
    "a boundary in pieces": (
        b"Content-Type: multipart/mixed; boundary*0=b; boundary*1=c\n\n" + b"--bc\n\nx\n" * 1_000_000,
        "parts",
    ),
    "an escaped boundary": (
        b'Content-Type: multipart/mixed; boundary="b\\"c"\n\n' + b'--b"c\n\nx\n' * 100_000,
        "parts",
    ),
    "groups of a report": (b"Content-Type: message/delivery-status\n\n" + b"a: b\n\n" * 1_000_000, "parts"),
    "boundary lines only": (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--c\n" * 13_000_000, "parts"),
    "many headers": (b"".join(b"X-%d: y\n" % i for i in range(40_000)) + b"\nx", "headers"),
    "many headers in many parts": (
        b"Content-Type: multipart/mixed; boundary=b\n\n" + (b"--b\n" + b"a:\n" * 990 + b"\nx\n") * 2_500,
        "all_headers",
    ),
    "many headers in enclosed messages": (
        b"Content-Type: multipart/digest; boundary=b\n\n" + (b"--b\n\n" + b"a:\n" * 990 + b"\nx\n") * 2_500,
        "all_headers",
    ),
    "a long header": (b"X: " + b"y" * 600_000 + b"\n\nx", "header_bytes"),
    "ten thousand encoded-words": (b"Subject: " + b"=?utf-8?q?ab?= \n " * 10_000 + b"\n\nx", "encoded_words"),
    "many parameters": (b"Content-Type: text/plain;\n" + b" a=b;\n" * 10_000 + b"\nx", "parameters"),
    "a digest of digests": (
        b"".join(b'Content-Type: multipart/digest; boundary="b%d"\n\n--b%d\n\n' % (i, i) for i in range(200)),
        "nesting",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_s17_s18_hostile_shapes_are_refused_in_a_second(name: str) -> None:
    raw, what = HOSTILE[name]

    verdict = inspect(raw)

    assert isinstance(verdict, Oversized)
    assert verdict.what == what
    assert verdict.found > verdict.limit
    assert cpu_seconds(lambda: inspect(raw)) < 1


def test_s19_size_is_refused_without_looking() -> None:
    assert inspect(b"x" * 101, Limits(size=100)) == Oversized("size", 101, 100)


def test_s17_the_scan_needs_little_memory() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + PART * 4_000 + b"y" * 10_000_000
    tracemalloc.start()

    verdict = inspect(raw)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert verdict == Sound()
    assert peak < 5_000_000


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"Subject: x\r\n\r\ntext -- \r\n--\r\n-- \r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 900 + b"--b--\r\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: message/delivery-status\n\na: b\n\nc: d\n" * 400
        + b"--b--\n",
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: message/rfc822\n\nSubject: y\n\nz\n" * 200
        + b"--b--\n",
    ],
)
def test_ordinary_shapes_are_sound(raw: bytes) -> None:
    assert inspect(raw) == Sound()


def test_a_digest_of_honest_messages_is_sound() -> None:
    headers = b"".join(b"X-Header-%d: value\n" % number for number in range(80))
    raw = b"Content-Type: multipart/digest; boundary=b\n\n" + (b"--b\n\n" + headers + b"\nx\n") * 500 + b"--b--\n"

    assert inspect(raw) == Sound()


def test_siblings_do_not_add_to_the_depth() -> None:
    inner = b'--o\nContent-Type: multipart/mixed; boundary="i%d"\n\n--i%d\n\nx\n--i%d--\n'
    raw = b"Content-Type: multipart/mixed; boundary=o\n\n" + b"".join(inner % (i, i, i) for i in range(200)) + b"--o--"

    assert inspect(raw) == Sound()
