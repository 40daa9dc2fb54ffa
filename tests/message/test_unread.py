"""Containers and sealed mail: named as what they are, passed on whole, and said to be what holds the words."""

from __future__ import annotations

import base64

import pytest

from mailgate.message.model import Unread
from mailgate.message.parse import parse

TNEF = b"\x78\x9f\x3e\x22\x01\x00\x01\x90\x08\x00secret words"


def mail(kind: str, content: bytes, text: str = "") -> bytes:
    return (
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
        f"--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.b64encode(content).decode()}\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    "kind",
    [
        'application/ms-tnef; name="winmail.dat"',
        'application/octet-stream; name="winmail.dat"',
        'application/vnd.ms-tnef; name="winmail.dat"',
        'application/octet-stream; name="ATT00001.dat"',
    ],
)
def test_s16_a_tnef_container_is_named_and_passed_on_whole(kind: str) -> None:
    message = parse(mail(kind, TNEF))

    (found,) = message.attachments
    assert (found.type, found.content) == ("application/ms-tnef", TNEF)
    assert message.unread is Unread.TNEF
    assert "tnef: application/ms-tnef is passed on whole" in message.defects
    assert "secret" not in message.text


def test_a_container_beside_readable_words_holds_none_of_them() -> None:
    message = parse(mail('application/ms-tnef; name="winmail.dat"', TNEF, "It is broken."))

    assert (message.text, message.unread) == ("It is broken.", None)


def test_a_file_that_is_only_called_winmail_dat_is_a_file() -> None:
    message = parse(mail('application/octet-stream; name="winmail.dat"', b"hello"))

    assert message.attachments[0].type == "application/octet-stream"
    assert message.unread is None


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ('application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"', Unread.SEALED),
        ("application/x-pkcs7-mime", Unread.SEALED),
        ("application/pgp-encrypted", Unread.SEALED),
        ('message/partial; number=1; total=2; id="x"', Unread.PARTIAL),
    ],
)
def test_s25_what_cannot_be_read_is_said_and_passed_on(kind: str, holds: Unread) -> None:
    message = parse(mail(kind, b"\x30\x80 sealed"))

    assert message.unread is holds
    assert message.attachments[0].type == kind.partition(";")[0]


def test_a_mail_without_words_and_without_a_container_is_only_empty() -> None:
    assert parse(b"Subject: x\r\n\r\n").unread is None
