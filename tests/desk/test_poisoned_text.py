"""Text that no database takes: the way of a mail must clean everything that it carries."""

from __future__ import annotations

import base64
import json

import pytest

from mailgate.store import queries
from tests.rig.hand import DeskInHand


@pytest.mark.parametrize("poison", [b"\0", b"\xed\xa0\x80", b"\xff"], ids=["nul", "surrogate", "raw byte"])
def test_text_that_no_database_takes_never_reaches_it(hand: DeskInHand, poison: bytes) -> None:
    """NUL fails on PostgreSQL, and lone surrogates on both."""
    hand.receive(_poisoned(poison))

    (number,) = hand.numbers()
    whole = hand.show(number)
    assert (whole["status"], whole["messages"][0]["kind"]) == ("registered", "submission")
    assert "Портал" in whole["subject"]
    assert b"\\u0000" not in json.dumps(whole, ensure_ascii=False).encode()
    with hand.read() as session:
        assert queries.undecided(session) == []


def _poisoned(poison: bytes) -> bytes:
    """A contact's mail with the poison in every text that the desk keeps: raw, in encoded-words, and encoded."""
    word = b"=?utf-8?b?" + base64.b64encode("Портал ".encode() + poison + b"!") + b"?="
    lines = [
        b"Authentication-Results: mx.desk.example; dmarc=pass header.from=alfa.example",
        b"From: " + word + b" <ivan.petrov@alfa.example>",
        b"To: " + word + b" <support@desk.example>",
        b"Cc: " + word + b" <x" + poison + b"@alfa.example>",
        b"Subject: " + word + poison,
        b"Message-ID: <1" + poison + b".poison@alfa.example>",
        b"References: <2" + poison + b"@alfa.example>",
        b"Date: Mon, 23 Nov 2026 10:05:00 +0300",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/mixed; boundary="b"',
        b"",
        b"--b",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: base64",
        b"",
        base64.b64encode(
            "Услуга: По".encode() + poison + "рт\nТип запроса: кон".encode() + poison + b"\n\nHello" + poison
        ),
        b"--b",
        b"Content-Type: application/x" + poison + b'; name="a' + poison + b'.pdf"',
        b"Content-Disposition: attachment; filename*=utf-8''a%00%ED%A0%80" + poison + b".pdf",
        b"",
        b"content",
        b"--b--",
        b"",
    ]
    return b"\r\n".join(lines)
