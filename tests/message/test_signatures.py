"""Our own check of DKIM: what proves the domain in From, and what does not."""

from __future__ import annotations

import pytest

from mailgate.message.model import Verdict
from mailgate.message.signatures import dkim_verdict, key_names
from tests.rig.effort import cpu_seconds
from tests.rig.signing import MAIL, record, signed


def judged(raw: bytes, domain: str = "alfa.example", answer: bytes | None = None) -> Verdict:
    """The verdict where every key is the same."""
    return dkim_verdict(raw, domain, lambda _: record() if answer is None else answer)


def test_a_signature_of_the_domain_in_from_proves_it() -> None:
    asked: list[str] = []

    verdict = dkim_verdict(signed(), "alfa.example", lambda name: asked.append(name) or record())

    assert verdict is Verdict.PASS
    assert asked == ["mail._domainkey.alfa.example"]


@pytest.mark.parametrize("canonical", [(b"simple", b"simple"), (b"relaxed", b"relaxed")])
def test_both_canonical_forms(canonical: tuple[bytes, bytes]) -> None:
    assert judged(signed(canonicalize=canonical)) is Verdict.PASS


def test_a_signature_of_the_parent_domain_proves_a_subdomain_and_the_other_way_round() -> None:
    below = MAIL.replace(b"@alfa", b"@mail.alfa")

    assert judged(signed(below), "mail.alfa.example") is Verdict.PASS
    assert judged(signed(domain="mail.alfa.example")) is Verdict.PASS


@pytest.mark.parametrize("domain", ["evil.example", "xalfa.example", "alfa.example.evil.example", "example"])
def test_s1_a_signature_of_another_domain_proves_nothing(domain: str) -> None:
    assert judged(signed(domain=domain)) is Verdict.NONE
    assert key_names(signed(domain=domain), "alfa.example") == ()


@pytest.mark.parametrize(
    "changed",
    [
        (b"It is broken", b"Pay me"),
        (b"Ivan <ivan.petrov@", b"Boss <boss@"),
        (b"Subject: Printer", b"Subject: [SD-2026-000001]"),
        (b"Again.\r\n", b"Again.\r\nAnd more.\r\n"),
        (b"To: ", b"From: Boss <boss@alfa.example>\r\nTo: "),
    ],
    ids=["body", "sender", "subject", "appended", "second From"],
)
def test_what_was_changed_on_the_way_proves_nothing(changed: tuple[bytes, bytes]) -> None:
    assert judged(signed().replace(*changed)) is Verdict.NONE


def test_a_length_is_refused_even_where_nothing_was_appended() -> None:
    assert judged(signed(length=True)) is Verdict.NONE


def test_a_signature_that_does_not_cover_from_is_refused() -> None:
    unsigned = signed().replace(b"from", b"fr0m")

    assert judged(unsigned) is Verdict.NONE
    assert key_names(unsigned, "alfa.example") == ()


def test_s1_a_second_from_above_the_signature_is_refused() -> None:
    assert judged(b"From: Boss <boss@alfa.example>\r\n" + signed()) is Verdict.NONE


def test_s1_a_from_behind_a_bare_carriage_return_is_refused() -> None:
    assert judged(b"X-Odd: x\rFrom: Boss <boss@alfa.example>\r\r\r\n" + signed()) is Verdict.NONE


@pytest.mark.parametrize(
    ("tags", "verdict"),
    [
        ("v=DKIM1; k=rsa; t=y", Verdict.NONE),
        ("v=DKIM1; k=rsa; t=s", Verdict.PASS),
        ("v=DKIM1; k=rsa; t=s:y", Verdict.NONE),
        ("k=rsa", Verdict.PASS),
        ("v=DKIM2; k=rsa", Verdict.NONE),
        ("nonsense", Verdict.NONE),
    ],
)
def test_the_record_of_the_key_has_its_say(tags: str, verdict: Verdict) -> None:
    assert judged(signed(), answer=record(tags)) is verdict


def test_a_strict_key_speaks_for_its_own_domain_alone() -> None:
    raw = signed(identity=b"ivan@mail.alfa.example")

    assert judged(raw) is Verdict.PASS
    assert judged(raw, answer=record("t=s")) is Verdict.NONE


@pytest.mark.parametrize("answer", [b"", b"v=DKIM1; p=", b"\xff\xfe", b"p=AAAA", b"v=DKIM1; k=rsa; p=!!!"])
def test_no_key_no_proof(answer: bytes) -> None:
    assert judged(signed(), answer=answer) is Verdict.NONE


def test_a_key_of_another_owner_proves_nothing() -> None:
    assert judged(signed(bits=1024)) is Verdict.NONE
    assert judged(signed(bits=1024), answer=record(bits=1024)) is Verdict.PASS


def test_sha_1_is_refused() -> None:
    assert judged(signed(signature_algorithm=b"rsa-sha1")) is Verdict.NONE


def test_a_good_signature_below_broken_ones_proves_and_not_too_many_are_tried() -> None:
    broken = signed(MAIL.replace(b"broken", b"whole")).removesuffix(MAIL.replace(b"broken", b"whole"))
    good = signed()

    assert judged(broken * 2 + good) is Verdict.PASS
    assert judged(broken * 3 + good) is Verdict.NONE


def test_the_keys_that_will_be_asked_for_are_known_beforehand() -> None:
    asked: list[str] = []
    raw = signed(signed(), domain="mail.alfa.example")

    dkim_verdict(raw, "alfa.example", lambda name: asked.append(name))

    assert tuple(asked) == key_names(raw, "alfa.example")


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b" x\r\n", b"DKIM-Signature: d=\xff\r\n\r\n", b"garbage", b"\xef\xbb\xbf" + MAIL, MAIL]
)
def test_never_raises(raw: bytes) -> None:
    assert judged(raw) is Verdict.NONE
    assert key_names(raw, "alfa.example") == ()


@pytest.mark.parametrize(
    "body",
    [
        b" " * 3_000_000,
        (b" " * 150 + b"x") * 60_000,
        b" \t" * 1_000_000,
        (b" " * 19 + b"x") * 400_000,
        b"\r\n" * 2_000_000,
    ],
    ids=["one run", "many runs", "tabs", "short runs", "blank lines"],
)
def test_s20_hostile_white_space_costs_little(body: bytes) -> None:
    raw = signed(canonicalize=(b"relaxed", b"relaxed")) + body

    assert cpu_seconds(lambda: judged(raw)) < len(raw) / 1_000_000, "a second a megabyte"


def test_s20_a_hostile_signature_costs_little() -> None:
    blanks = b"\r\n " * 100_000
    raw = b"DKIM-Signature: v=1; a=rsa-sha256; d=alfa.example; s=x; h=from; bh=x; b=" + blanks + b"!\r\n" + MAIL

    assert judged(raw) is Verdict.NONE
    assert cpu_seconds(lambda: judged(raw)) < 1
