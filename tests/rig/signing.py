"""Mail signed with DKIM by a key of the test's own."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dkim.canonicalization import CanonicalizationPolicy
from dkim.crypto import parse_pem_private_key

MAIL = (
    b"From: Ivan <ivan.petrov@alfa.example>\r\nTo: support@desk.example\r\nSubject: Printer\r\n"
    b"Date: Mon, 23 Nov 2026 10:05:00 +0300\r\n\r\nIt is broken.\r\nAgain.\r\n"
)
FOUND = "dmarc=pass header.from=alfa.example"


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


def sealed(
    mail: bytes = MAIL,
    results: str = FOUND,
    domain: str = "lists.example",
    *,
    covers: tuple[bytes, ...] = (b"from", b"to", b"subject", b"date"),
    held: bytes | None = None,
    extra: tuple[tuple[bytes, bytes], ...] = (),
    signer: str | None = None,
) -> bytes:
    """The mail with one ARC set more (RFC 8617), of a forwarder who found `results`; `extra` is signed too."""
    arc = dkim.ARC(mail)
    arc.hasher = hashlib.sha256
    number, earlier = arc.sorted_arc_headers()
    policy = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    body = base64.b64encode(hashlib.sha256(policy.canonicalize_body(arc.body)).digest())
    common = [(b"i", b"%d" % (number + 1)), (b"a", b"rsa-sha256"), (b"s", b"mail"), (b"t", b"1700000000")]
    signing = [*common, (b"c", b"relaxed/relaxed"), (b"d", (signer or domain).encode()), (b"h", b" : ".join(covers))]
    sealing = [*common, (b"d", domain.encode()), (b"cv", held or (b"pass" if number else b"none"))]
    added = [(b"ARC-Authentication-Results", b" i=%d; mx.%s; %s\r\n" % (number + 1, domain.encode(), results.encode()))]
    pem = parse_pem_private_key(key(2048)[0])

    def add(name: bytes, tags: list[tuple[bytes, bytes]], over: tuple[bytes, ...]) -> None:
        arc.headers = policy.canonicalize_headers(added[:1]) + arc.headers
        arc.include_headers = over
        added.insert(0, (name, b" " + arc.gen_header([*tags, (b"b", b"0" * 60)], over, policy, name, pem)))

    add(b"ARC-Message-Signature", [*signing, (b"bh", body), *extra], covers)
    whole = [*added, *(header for _, header in earlier)]
    add(b"ARC-Seal", sealing, tuple(name.lower() for name, _ in reversed(whole)))
    return b"".join(name + b":" + value for name, value in added) + mail


@cache
def forged_chains() -> dict[str, bytes]:
    """Mail whose ARC chain proves nothing of alfa.example where only lists.example and forward.example are trusted."""
    return {
        "seal of a stranger": sealed(domain="evil.example"),
        "seal of a subdomain": sealed(domain="x.lists.example"),
        "seal of a stranger on top": sealed(sealed(), f"arc=pass; {FOUND}", "evil.example"),
        "trusted seal on a stranger's finding": sealed(sealed(domain="evil.example"), "arc=pass; dmarc=fail"),
        "signed by a stranger": sealed(signer="evil.example"),
        "sealer says that the chain is broken": sealed(sealed(), f"arc=fail; {FOUND}", held=b"fail"),
        "sealer says nothing of the chain": sealed(sealed(), FOUND, held=b"none"),
        "the first cannot have found a chain": sealed(held=b"pass"),
        "From is not covered": sealed(covers=(b"to", b"subject", b"date")),
        "part of the body is not covered": sealed(extra=((b"l", b"5"),)),
        "another sender": sealed().replace(b"Ivan <ivan.petrov@", b"Boss <boss@"),
        "another body": sealed().replace(b"It is broken", b"Pay me"),
        "more body": sealed().replace(b"Again.\r\n", b"Again.\r\nAnd more.\r\n"),
        "another subject": sealed().replace(b"Subject: Printer", b"Subject: [SD-2026-000001]"),
        "another result": sealed(results="dmarc=fail header.from=alfa.example").replace(b"dmarc=fail", b"dmarc=pass"),
        "a second From": sealed().replace(b"To: ", b"From: Boss <boss@alfa.example>\r\nTo: "),
        "a second set of the same number": sealed(results="none").replace(
            b"From:", b"ARC-Authentication-Results: i=1; mx.lists.example; " + FOUND.encode() + b"\r\nFrom:", 1
        ),
        "results without a seal": b"ARC-Authentication-Results: i=1; lists.example; " + FOUND.encode() + b"\r\n" + MAIL,
        "results on top of a chain": b"ARC-Authentication-Results: i=2; lists.example; "
        + FOUND.encode() + b"\r\n" + sealed(results="none"),
        "a set is missing": sealed().replace(b"i=1;", b"i=2;"),
        "no instance": sealed().replace(b"ARC-Authentication-Results: i=1; ", b"ARC-Authentication-Results: "),
        "the signature's domain swapped": sealed(domain="evil.example").replace(b"d=evil.example", b"d=lists.example"),
        "the chain of another mail": sealed()[: sealed().index(b"From:")] + MAIL.replace(b"Printer", b"Money"),
        "a line end that some do not see": sealed().replace(b"Subject: Printer", b"Subject: Printer\rX: y"),
    }  # fmt: skip
