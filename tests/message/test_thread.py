"""What a message cites, numbers in subjects, and our own Message-IDs (S6, S7)."""

from __future__ import annotations

import re

import pytest

from mailgate.message.parse import parse
from mailgate.message.thread import bracketed, cited, message_id, numbers, own, stated
from tests.rig.effort import cpu_seconds

SECRET = b"0123456789abcdef0123456789abcdef"
FORMAT = "SD-{year}-{seq:06d}"


def test_in_reply_to_comes_first_then_the_newest_reference() -> None:
    message = parse(b"In-Reply-To: <3@a>\nReferences: <1@a> <2@a>\n <3@a>\n\nx")

    assert cited(message) == ("3@a", "2@a", "1@a")


def test_citations_are_capped_in_number_and_length() -> None:
    ids = " ".join(f"<{i}@a>" for i in range(500))
    message = parse(f"References: {ids} <{'x' * 900}@a>\n\nx".encode())

    found = cited(message)

    assert len(found) == 50
    assert all(len(one) <= 400 for one in found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Re: [SD-2026-000042] x", ("SD-2026-000042",)),
        ("SD-2026-000042, SD-2026-000043 and SD-2026-000042", ("SD-2026-000042", "SD-2026-000043")),
        ("re: [sd-2026-000042] x", ("SD-2026-000042",)),
        ("XSD-2026-000042", ()),
        ("SD-2026-0000421x", ()),
        ("SD-2026-42", ()),
        ("SD-2026-1000000", ("SD-2026-1000000",)),
        ("", ()),
    ],
)
def test_numbers_in_a_subject(text: str, found: tuple[str, ...]) -> None:
    assert numbers(text, FORMAT) == found


def test_numbers_of_other_formats() -> None:
    assert numbers("№ 17/2026 (x)", "{seq}/{year}") == ("17/2026",)
    assert numbers("#5", "#{seq}") == ("#5",)


def test_numbers_of_several_formats_come_as_they_stand() -> None:
    subject = "Re: [C-2026-000001] По запросу [SD-2026-000042]"
    assert numbers(subject, FORMAT, "C-{year}-{seq:06d}") == ("C-2026-000001", "SD-2026-000042")


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("Re: [SD-2026-000001] Портал", ("SD-2026-000001",)),
        ("Re: [REQ/7][ 17/2026 ] Портал", ("REQ/7", "17/2026")),
        ("[срочно] [EXTERNAL] [см. пункт 5] Портал", ()),
        ("".join(f"[{number}]" for number in range(9)), ("0", "1", "2", "3", "4")),
        ("[" * 100_000, ()),
    ],
)
def test_words_in_brackets_that_may_be_numbers(subject: str, found: tuple[str, ...]) -> None:
    assert bracketed(subject) == found


def test_numbers_in_a_megabyte_take_no_time() -> None:
    text = "SD-2026-" * 125_000

    assert cpu_seconds(lambda: numbers(text, FORMAT)) < 0.1


def test_our_identifier_is_short_and_well_formed() -> None:
    made = message_id(SECRET, "SD-2026-000042", "k3", "Ivan@alfa.example", "desk.example")

    assert re.fullmatch(r"[A-Za-z0-9.-]+@desk\.example", made)
    assert len(made) <= 78
    assert made == message_id(SECRET, "SD-2026-000042", "k3", "ivan@ALFA.example", "desk.example")


def test_s6_s7_only_the_reader_it_was_made_for_owns_it() -> None:
    made = message_id(SECRET, "SD-2026-000042", "k3", "ivan@alfa.example", "desk.example")

    assert own(SECRET, made, "Ivan@Alfa.example", "desk.example") == "SD-2026-000042"
    assert own(SECRET, f"<{made}>", "ivan@alfa.example", "DESK.example") == "SD-2026-000042"
    assert own(SECRET, made, "eva@alfa.example", "desk.example") is None
    assert own(b"another secret", made, "ivan@alfa.example", "desk.example") is None
    assert own(SECRET, made.replace("000042", "000043"), "ivan@alfa.example", "desk.example") is None
    assert own(SECRET, made.replace(".k3.", ".k4."), "ivan@alfa.example", "desk.example") is None
    assert own(SECRET, made, "ivan@alfa.example", "other.example") is None


@pytest.mark.parametrize(
    "foreign", ["", "x@desk.example", "mg.SD-1.n.short@desk.example", "@", "mg.@desk.example", "a" * 10_000]
)
def test_foreign_identifiers_are_not_ours(foreign: str) -> None:
    assert own(SECRET, foreign, "i@a", "desk.example") is None
    assert stated(foreign, "desk.example") is None


def test_what_an_identifier_states_proves_nothing() -> None:
    made = message_id(SECRET, "SD-2026-000042", "k3", "ivan@alfa.example", "desk.example")

    assert stated(made, "desk.example") == ("SD-2026-000042", "k3")
    assert stated(made[:30] + ("b" if made[30] == "a" else "a") + made[31:], "desk.example") == ("SD-2026-000042", "k3")


def test_the_proof_has_128_bits() -> None:
    proof = message_id(SECRET, "1", "n", "r", "d").partition("@")[0].rpartition(".")[2]

    assert len(proof) * 5 >= 128


@pytest.mark.parametrize("nonce", ["n.n", "", "n\r\n", "н"])
def test_s11_unfit_parts_are_refused(nonce: str) -> None:
    with pytest.raises(ValueError, match="not fit"):
        message_id(SECRET, "SD-1", nonce, "i@a", "desk.example")


@pytest.mark.parametrize("number", ["SD 1", "2026/17", "ЗД-1", "SD-1\r\nBcc: x", "a.b", "50%"])
def test_s11_any_number_comes_back_from_an_identifier_that_stays_one_atom(number: str) -> None:
    made = message_id(SECRET, number, "n", "i@a", "desk.example")

    assert re.fullmatch(r"mg\.[\w~%-]+\.n\.[a-z2-7]{26}@desk\.example", made, re.ASCII)
    assert own(SECRET, made, "i@a", "desk.example") == number
