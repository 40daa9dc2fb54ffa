"""ARC (RFC 8617): whose seal counts for what, and what a forged chain is worth."""

from __future__ import annotations

import pytest

from mailgate.message.arc import arc_key_names, arc_verdict
from mailgate.message.model import Verdict
from tests.rig.signing import FOUND as ALFA
from tests.rig.signing import MAIL, forged_chains, record, sealed

TRUSTED = ("lists.example", "forward.example")


def judged(raw: bytes, sealers: tuple[str, ...] = TRUSTED, answer: bytes | None = None) -> Verdict:
    """The verdict where every key is the same: a seal is forged by its words, not by its key."""
    return arc_verdict(raw, "alfa.example", sealers, lambda _: record() if answer is None else answer)


@pytest.mark.parametrize("found", [ALFA, "spf=fail; dkim=pass header.d=alfa.example", f"arc=none; {ALFA}"])
def test_what_a_trusted_sealer_found_counts(found: str) -> None:
    assert judged(sealed(results=found)) is Verdict.PASS


def test_several_trusted_sealers_in_a_row_count() -> None:
    assert judged(sealed(sealed(), "arc=pass; dmarc=fail header.from=alfa.example", "forward.example")) is Verdict.PASS


def test_a_sealer_may_come_after_one_who_is_not_trusted_if_it_found_the_sender_proven_itself() -> None:
    assert judged(sealed(sealed(results="none", domain="other.example"), f"arc=pass; {ALFA}")) is Verdict.PASS


@pytest.mark.parametrize(
    "found",
    [
        "none",
        "arc=pass",
        "dmarc=fail header.from=alfa.example",
        "dmarc=pass header.from=evil.example",
        "dmarc=pass header.from=alfa.example.evil.example",
        "dkim=pass header.d=evil.example",
        "spf=pass smtp.mailfrom=alfa.example",
        "dmarc=fail (dmarc=pass header.from=alfa.example) header.from=alfa.example",
        f"=?utf-8?q?x?= {ALFA}",
    ],
)
def test_s3_a_trusted_sealer_who_did_not_find_the_sender_proven_proves_nothing(found: str) -> None:
    assert judged(sealed(results=found)) is Verdict.NONE


@pytest.mark.parametrize("raw", forged_chains().values(), ids=forged_chains())
def test_s3_a_forged_chain_proves_nothing(raw: bytes) -> None:
    assert judged(raw) is Verdict.NONE


def test_a_seal_by_another_key_proves_nothing() -> None:
    assert judged(sealed(), answer=record(bits=1024)) is Verdict.NONE


@pytest.mark.parametrize("answer", [b"", b"nonsense", b"v=DKIM1; p=", record("v=DKIM1; k=rsa; t=y")])
def test_a_key_that_is_revoked_broken_or_in_test_mode_proves_nothing(answer: bytes) -> None:
    assert judged(sealed(), answer=answer) is Verdict.NONE


def test_without_trusted_sealers_nothing_is_asked_and_nothing_proven() -> None:
    asked: list[str] = []

    verdict = arc_verdict(sealed(), "alfa.example", (), lambda name: asked.append(name) or record())

    assert verdict is Verdict.NONE
    assert asked == []
    assert arc_key_names(sealed(), ()) == ()


def test_only_the_keys_that_were_named_are_asked_for() -> None:
    asked: list[str] = []
    raw = sealed(sealed(domain="other.example", results="none"), f"arc=pass; {ALFA}")

    assert arc_verdict(raw, "alfa.example", TRUSTED, lambda name: asked.append(name) or record()) is Verdict.PASS

    assert set(asked) == set(arc_key_names(raw, TRUSTED))
    assert set(asked) == {"mail._domainkey.lists.example", "mail._domainkey.other.example"}


def test_a_chain_longer_than_any_real_one_is_not_followed() -> None:
    raw = sealed()
    for _ in range(8):
        raw = sealed(raw, f"arc=pass; {ALFA}")

    assert judged(raw) is Verdict.NONE
    assert arc_key_names(raw, TRUSTED) == ()


@pytest.mark.parametrize("junk", [b"", b"ARC-Seal:\r\n", b"ARC-Seal: i=1; d=lists.example\r\n", b"\xff\x00: \r\n\r\n"])
def test_what_is_broken_proves_nothing_and_raises_nothing(junk: bytes) -> None:
    assert judged(junk + MAIL) is Verdict.NONE
    assert arc_key_names(junk + MAIL, TRUSTED) == ()
