"""Large base64 bodies are kept away from the parser, and nobody can tell from the tree."""

from __future__ import annotations

import base64
import email
from email.message import Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.message import tree
from mailgate.message.parse import parse
from mailgate.message.tree import body_at, tree_of
from tests.rig.effort import cpu_seconds

LARGE = base64.encodebytes(bytes(range(256)) * 60).decode()
HEADER = "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"


def mixed(*parts: str) -> str:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"From: a@b.by\nContent-Type: multipart/mixed; boundary=b\n\npreamble\n{body}--b--\nepilogue\n"


def shape(part: Message) -> object:
    """All that a tree holds."""
    payload = part.get_payload()
    inner = [shape(child) for child in payload] if isinstance(payload, list) else payload
    return part.items(), inner, part.preamble, part.epilogue, [type(defect) for defect in part.defects]


MAILS = {
    "one attachment": mixed("Content-Type: text/plain\n\nSee file", HEADER + LARGE),
    "two attachments": mixed(HEADER + LARGE, HEADER + LARGE + LARGE),
    "the whole message": "From: a@b.by\n" + HEADER + LARGE,
    "blank lines around it": mixed(HEADER + "\n\n" + LARGE + "\n\n\n"),
    "no last line end": "From: a@b.by\n" + HEADER + LARGE.rstrip(),
    "in an enclosed message": mixed("Content-Type: message/rfc822\n\n" + mixed(HEADER + LARGE)),
    "in an encoded enclosed message": mixed(HEADER.replace("application/pdf", "message/rfc822") + LARGE),
    "in a report": mixed("Content-Type: message/delivery-status\n\nA: base64\n\n" + LARGE),
    "where no header says so": mixed("Content-Type: text/plain\n\nbase64 is fun\n\n" + LARGE),
    "with other text": mixed(HEADER + LARGE + "and more: text\n"),
    "in the preamble": "X: base64\nContent-Type: multipart/mixed; boundary=b\n\n" + LARGE + "\n--b\n\nx\n--b--\n",
    "in the epilogue": mixed("Content-Type: text/plain\n\nx") + "base64\n\n" + LARGE,
    "in a header": "From: a@b.by\nX-Odd: base64\n" + LARGE + "\n\nbody",
    "a boundary that is never closed": "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + HEADER + LARGE,
    "a boundary of base64 signs": f"Content-Type: multipart/x; boundary={LARGE[:9]}\n\n--{LARGE[:9]}\n{HEADER}{LARGE}",
}  # fmt: skip


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("name", MAILS)
def test_the_tree_is_the_library_s(name: str, ends: str) -> None:
    raw = MAILS[name].replace("\n", ends).encode()

    assert shape(tree_of(raw)) == shape(email.message_from_bytes(raw))


PIECES = (
    "--b\n", "--b--\n", "\n", "base64\n", HEADER, LARGE, LARGE + "=\n", "text\n", "ж\n", "a: b\n",
    "Content-Type: message/rfc822\n\n", "Content-Type: multipart/mixed; boundary=b\n\n",
    "Content-Transfer-Encoding: base64\n",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_whatever_the_order_of_pieces_the_tree_is_the_library_s(pieces: list[str]) -> None:
    raw = "".join(pieces).encode()

    assert shape(tree_of(raw)) == shape(email.message_from_bytes(raw))


def test_an_attachment_is_decoded_whole() -> None:
    message = parse(MAILS["two attachments"].encode())

    content = bytes(range(256)) * 60
    assert [each.content for each in message.attachments] == [content, content * 2]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_what_stands_at_a_place_is_what_was_read(pieces: list[str]) -> None:
    raw = "".join(["From: a@b.by\n", HEADER if len(pieces) % 2 else "", *pieces]).replace("\n", "\r\n").encode()

    for each in parse(raw).attachments:
        assert each.place is None or base64.b64decode(body_at(raw, each.place)) == each.content


@pytest.mark.parametrize("before", ["", "\n\n", "\ufeff"], ids=["nothing", "blank lines", "byte order mark"])
@pytest.mark.parametrize("width", [60, 72, 76])
def test_base64_as_it_is_written_has_a_place(before: str, width: int) -> None:
    plain = LARGE.replace("\n", "")
    lines = "\r\n".join(plain[start : start + width] for start in range(0, len(plain), width))
    raw = (before + mixed(HEADER + lines, HEADER + lines)).replace("\r", "").replace("\n", "\r\n").encode()

    first, second = parse(raw).attachments

    assert first.place != second.place
    assert {each.place and body_at(raw, each.place) for each in (first, second)} == {lines.encode()}


LINES = LARGE.split()
FIRST, AMID, LAST = LINES[:9], LINES[9], LINES[10:]
OTHERWISE = {
    "long lines": "\r\n".join(f"{one}{other}" for one, other in zip(LINES[::2], LINES[1::2], strict=False)),
    "one line": "".join(LINES),
    "bare LF": "\n".join(LINES),
    "one bare LF": "\r\n".join(FIRST) + "\n" + "\r\n".join(LAST),
    "one bare CR": "\r\n".join(FIRST) + "\r" + "\r\n".join(LAST),
    "a line too short": "\r\n".join([*FIRST, AMID[:-4], *LAST]),
    "a line too long": "\r\n".join([*FIRST, AMID + AMID, *LAST]),
    "a last line too long": "\r\n".join([*LINES[:-1], LINES[-1] + AMID]),
    "a blank line": "\r\n".join([*FIRST, "", *LAST]),
    "an end amid it": "\r\n".join([*FIRST, AMID[:-1] + "=", *LAST]),
}


@pytest.mark.parametrize("body", OTHERWISE.values(), ids=OTHERWISE.keys())
def test_base64_that_is_written_otherwise_has_none(body: str) -> None:
    raw = mixed(HEADER + "BODY").replace("\n", "\r\n").replace("BODY", body).encode()

    (attached,) = parse(raw).attachments

    assert attached.content
    assert attached.place is None


def test_an_ordinary_attachment_does_not_pass_through_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    library = email.message_from_bytes
    monkeypatch.setattr(
        tree.email, "message_from_bytes", lambda raw, **how: seen.append(len(raw)) or library(raw, **how)
    )

    tree_of(MAILS["two attachments"].encode())

    assert len(seen) == 1
    assert seen[0] < 1_000


@pytest.mark.parametrize(
    "raw",
    [b"base64\n\n" * 1_000_000, b"base64" * 1_500_000, b"base64\n\n--" * 800_000, b"\n--base64\n\n" + b"A" * 9_000_000],
    ids=["blank lines", "no blank line", "boundaries", "one line"],
)
def test_s20_hostile_bytes_cost_linear_time(raw: bytes) -> None:
    assert cpu_seconds(lambda: tree._without_bodies(raw)) < 1
