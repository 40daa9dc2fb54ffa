"""The same mail by two routes has the same fingerprint; another mail has another."""

from __future__ import annotations

import pytest

from mailgate.message.fingerprint import fingerprint

MAIL = (
    b"Received: by one\r\nMessage-ID: <1@a>\r\nFrom: a@b.by\r\nDate: today\r\nSubject: x\r\n y\r\n\r\nbody\r\nmore\r\n"
)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Received: by one", b"Delivered-To: x\r\nReceived: by two\r\n\tfor us"),
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"x\r\n y", b"x y"),
        MAIL.replace(b"Message-ID", b"message-id"),
        b"\r\n" + MAIL + b"\r\n",
    ],
)
def test_r8_routes_do_not_count(other: bytes) -> None:
    assert fingerprint(other) == fingerprint(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"<1@a>", b"<2@a>"),
        MAIL.replace(b"a@b.by", b"c@b.by"),
        MAIL.replace(b"today", b"tomorrow"),
        MAIL.replace(b"x\r\n y", b"z"),
        MAIL.replace(b"more", b"less"),
    ],
)
def test_r7_what_the_sender_wrote_counts(other: bytes) -> None:
    assert fingerprint(other) != fingerprint(MAIL)


@pytest.mark.parametrize("raw", [b"", b"From: a@b.by\r\n\r\nMessage-ID: <1@a>", b"Message-ID:\r\n\r\nx", b"x"])
def test_r7_without_a_message_id_there_is_none(raw: bytes) -> None:
    assert fingerprint(raw) is None


@pytest.mark.parametrize("ends", [b"\r\n", b"\r", b"\n", b"\r\r\n"])
def test_a_large_body_is_the_same_with_whatever_line_ends(monkeypatch, ends):
    """Read bit by bit: wherever a piece ends, a line end stays whole."""
    head = b"Message-ID: <1@alfa.example>\n\n"
    body = b"\n".join(b"x" * length for length in range(1, 40))
    whole = fingerprint(head + body.replace(b"\n", ends.replace(b"\r\n", b"\n").replace(b"\r", b"\n")))

    for piece in range(1, 50):
        monkeypatch.setattr("mailgate.message.fingerprint._PIECE", piece)
        assert fingerprint(head + body.replace(b"\n", ends) + ends * 3) == whole
