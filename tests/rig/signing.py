"""Mail signed with DKIM by a key of the test's own."""

from __future__ import annotations

import base64
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

MAIL = (
    b"From: Ivan <ivan@alfa.example>\r\nTo: support@desk.example\r\nSubject: Printer\r\n"
    b"Date: Mon, 23 Nov 2026 10:05:00 +0300\r\n\r\nIt is broken.\r\nAgain.\r\n"
)


@cache
def key(bits: int = 2048) -> tuple[bytes, bytes]:
    """A private key as PEM, and the record of its public half."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    private = made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    public = made.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, base64.b64encode(public)


def record(tags: str = "v=DKIM1; k=rsa", bits: int = 2048) -> bytes:
    """What DNS says."""
    return tags.encode() + b"; p=" + key(bits)[1]


def signed(mail: bytes = MAIL, domain: str = "alfa.example", bits: int = 2048, **options: object) -> bytes:
    """The mail with a signature on top."""
    signer = dkim.DKIM(mail)
    return signer.sign(b"mail", domain.encode(), key(bits)[0], **options) + mail
