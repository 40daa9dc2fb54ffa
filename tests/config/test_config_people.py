"""Who is found by which address and name."""

from __future__ import annotations

import pytest

from mailgate.config import Client, Contact, Fallback, People, Staff, comparable
from mailgate.rules.vocabulary import Language

IVAN = Contact("Иван Петров", "ivan.petrov@alfa.example", ("+375 29 123-45-67",), Language.RU)
ANNA_K = Staff("Анна Ковалёва", "a.kovaleva@desk.example", ("support",), None)
ANNA_M = Staff("Анна Мороз", "a.moroz@desk.example", ("support", "complaints"), None)
ANN = Staff("Анна", "anna@desk.example", (), Language.EN)
KIRIL = Staff("Kirill O'Neil-Smith", "kirill@desk.example", ("complaints",), None)


@pytest.fixture
def people():
    alfa = Client("alfa", "ОАО «Альфа»", "info@alfa.example", None, Fallback.OFFICIAL, (IVAN,))
    return People([alfa], [ANNA_K, ANNA_M, ANN, KIRIL])


def test_3_10_a_contact_is_found_by_the_address(people):
    assert people.contact("ivan.petrov@alfa.example") is IVAN
    assert people.contact("Ivan.Petrov@ALFA.Example") is IVAN
    assert people.contact("info@alfa.example") is None
    assert people.contact("a.moroz@desk.example") is None
    assert people.clients["alfa"].contacts == (IVAN,)


@pytest.mark.parametrize(
    "addr",
    [
        "\u212airill@desk.example",
        "kirill@des\u212a.example",
        "kirill@ｄesk.example",
        "k\u0131rill@desk.example",
        *(f"kirill@de{sign}sk.example" for sign in "\u034f\u00ad\u115f\u180b\u200d\ufe00\ufe0f\U000e0100"),
        *(f"kirill@desk.example{sign}" for sign in "\u034f\u00ad\u115f\u180b\u200d\ufe00\ufe0f\U000e0100"),
        "kirill@desk\u3002example",
        "kirill@desk.example\x00",
        "kirill@desk.example\n",
        " kirill@desk.example",
        "<kirill@desk.example>",
        "",
        "@",
        "k" * 70_000 + "@desk.example",
    ],
)
def test_look_alikes_and_nonsense_are_nobody(people, addr):
    assert people.staff(addr) is None


def test_domains_compare_in_their_ascii_form():
    assert comparable("Support@ПРИМЕР.бел") == "support@xn--e1afmkfd.xn--90ais"
    assert comparable("support@XN--E1AFMKFD.xn--90ais") == "support@xn--e1afmkfd.xn--90ais"
    assert comparable("x@bücher.example") == "x@xn--bcher-kva.example"


def test_a_cyrillic_letter_in_a_domain_is_another_domain():
    assert comparable("ivan@\u0430lfa.example") not in (None, "ivan@alfa.example")


@pytest.mark.parametrize("addr", ["x@localhost", "x+y@a-b.example", "o'neil@a.example", "a.b@[", "a..b@c.example"])
def test_ordinary_forms(addr):
    assert comparable(addr) == (None if ".." in addr or "[" in addr else addr)


def test_groups_keep_the_order_of_the_file(people):
    assert people.group("support") == (ANNA_K, ANNA_M)
    assert people.group("complaints") == (ANNA_M, KIRIL)
    assert people.group("none") == ()
    assert people.everybody_on_staff() == (ANNA_K, ANNA_M, ANN, KIRIL)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.kovaleva@desk.example", (ANNA_K,)),
        (" A.Kovaleva@desk.example ", (ANNA_K,)),
        ("Анна Ковалёва", (ANNA_K,)),
        ("анна ковалева", (ANNA_K,)),
        ("Ковал", (ANNA_K,)),
        ("Ковалёва Анна", (ANNA_K,)),
        ("Анна\u00a0М", (ANNA_M,)),
        ("Анна", (ANN,)),
        ("Анн", (ANNA_K, ANNA_M, ANN)),
        ("kir smi", (KIRIL,)),
        ("овал", ()),
        ("", ()),
        ("...", ()),
    ],
)
def test_staff_are_named_by_address_or_the_beginning_of_a_name(people, text, found):
    assert people.staff_named(text) == found
