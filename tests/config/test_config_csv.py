"""Clients as a table."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from mailgate.config import Fallback, Policy
from mailgate.config.csv_clients import COLUMNS
from mailgate.rules.vocabulary import Language

ALL = ",".join(COLUMNS)
HEAD = ALL.replace("authenticity,retention,", "")
ALFA = "alfa,ОАО «Альфа»,info@alfa.example,it@alfa.example,official"
TABLE = f"{HEAD}\n{ALFA},Иван Петров,ivan@alfa.example,+375 29 1; +375 29 2,be\nalfa,,,,,Ольга,olga@alfa.example,,\n"


@pytest.mark.parametrize(
    "form",
    [
        lambda text: text,
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("+375 29 1; +375 29 2", '"+375 29 1; +375 29 2"').replace(",", ";"),
        lambda text: text.replace(HEAD, HEAD.replace(",", " , ").upper()),
        lambda text: text.replace("ОАО «Альфа»", '"ОАО «Альфа»"'),
        lambda text: text + "\n,,,,,,,,\n\n",
    ],
    ids=["plain", "mark", "crlf", "semicolons", "spaced header", "quoted", "empty rows"],
)
def test_the_forms_that_spreadsheets_write(folder, form):
    folder.use_csv(form(TABLE))

    client = folder.load().people.clients["alfa"]

    assert (client.name, client.official_mailbox, client.authorised_mailbox, client.preferred_fallback) == (
        "ОАО «Альфа»",
        "info@alfa.example",
        "it@alfa.example",
        Fallback.OFFICIAL,
    )
    assert [astuple(contact) for contact in client.contacts] == [
        ("Иван Петров", "ivan@alfa.example", ("+375 29 1", "+375 29 2"), Language.BE, "alfa"),
        ("Ольга", "olga@alfa.example", (), None, "alfa"),
    ]


def test_columns_that_may_be_left_out_and_clients_without_contacts(folder):
    folder.use_csv("client_name,client_id,name,email\nБета,beta,,\nГамма,gamma,Ян,jan@gamma.example\n")

    people = folder.load().people

    assert people.clients["beta"].contacts == ()
    assert people.contact("jan@gamma.example").client_id == "gamma"


def test_3_10_a_client_may_have_a_policy_of_its_own(folder):
    folder.use_csv(
        "client_id,client_name,authenticity,name,email\n"
        "alfa,Альфа,off,Иван,ivan@alfa.example\nbeta,Бета,require,Ян,jan@beta.example\ngamma,Гамма,,,\n"
    )

    clients = folder.load().people.clients

    assert [clients[each].authenticity for each in ("alfa", "beta", "gamma")] == [Policy.OFF, Policy.REQUIRE, None]


def test_rows_of_a_client_need_not_stand_together(folder):
    folder.use_csv(f"{TABLE}beta,Бета,,,,Ян,jan@beta.example,,\nalfa,,,,,Пётр,petr@alfa.example,,\n")

    assert [each.name for each in folder.load().people.clients["alfa"].contacts] == ["Иван Петров", "Ольга", "Пётр"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("alfa,,,,,,petr@alfa.example,,", 'column name is empty; write the name of the person: "Иван Петров"'),
        ("alfa,,,,,Пётр,,,", 'column email is empty; write an address such as "ivan.petrov@alfa.example"'),
        (
            "beta,,,,,Пётр,petr@beta.example,,",
            'column client_name is empty; write the name of the client: "ОАО «Альфа»"',
        ),
        (
            ",Бета,,,,Пётр,petr@beta.example,,",
            'column client_id is empty; write a short name that stays the same for good: "alfa"',
        ),
        (
            "alfa,,,,,Пётр,petr,,",
            (
                'column email: "petr"; '
                'write an address such as "ivan.petrov@alfa.example" (An email address must have an @-sign.)'
            ),
        ),
        (
            "alfa,,,,,Пётр,olga@alfa.example,,",
            (
                'column email: "olga@alfa.example" is already the address of a contact (clients.csv:3); '
                "name each address once: a contact belongs to one client"
            ),
        ),
        (
            "alfa,,,,,Пётр,petr@alfa.example,mobile,",
            'column phones: "mobile"; write phone numbers such as "+375 29 123-45-67"',
        ),
        ("alfa,,,,,Пётр,petr@alfa.example,,by", 'column language: "by"; write one of ru, be, en'),
        (
            "alfa,Бета,,,,Пётр,petr@alfa.example,,",
            (
                'column client_name: "Бета", and "ОАО «Альфа»" in an earlier row of the same client; '
                "write the same in each row of a client, or leave it empty"
            ),
        ),
        (
            "beta,Бета,,,both,Пётр,petr@beta.example,,",
            'column preferred_fallback: "both"; write one of authorised, official',
        ),
        (
            "beta,Бета,support@desk.example,,,Пётр,petr@beta.example,,",
            (
                'column official_mailbox: "support@desk.example" is a mailbox of the desk; '
                "write an address that is not the desk's own"
            ),
        ),
        (
            "alfa,,,,,Пётр",
            "a row of 6 cells; 9 of them, as in the first row; a cell that holds the separator stands in double quotes",
        ),
        (
            'alfa,,,,,"Пётр,petr@alfa.example,,',
            (
                "not CSV: unexpected end of data; "
                "a quote inside a quoted cell is doubled, and each quoted cell ends with its quote"
            ),
        ),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_column(folder, row, said):
    folder.use_csv(f"{TABLE}\n{row}\n")

    assert folder.problems() == [f"clients.csv:5: {said}"]


def test_a_row_begins_where_its_quoted_cell_begins(folder):
    folder.use_csv(f'{HEAD}\n{ALFA},"Иван\nПетров",ivan@alfa.example,,\nalfa,,,,,Ольга,olga,,\n')

    assert folder.problems() == [
        'clients.csv:2: column name: "Иван\\nПетров"; write the name of the person: "Иван Петров"',
        'clients.csv:4: column email: "olga"; write an address such as "ivan.petrov@alfa.example" '
        "(An email address must have an @-sign.)",
    ]


def test_a_wrong_contact_is_told_with_its_line_wherever_the_rows_of_its_client_stand(folder):
    folder.use_csv(
        f"{TABLE}beta,Бета,,,,Ян,jan@beta.example,,\n\nalfa,,,,,Пётр,petr,,\nbeta,,,,,,jana@beta.example,,\n"
    )

    assert [problem.partition(";")[0] for problem in folder.problems()] == [
        'clients.csv:6: column email: "petr"',
        "clients.csv:7: column name is empty",
    ]


def test_columns_stand_in_any_order(folder):
    folder.use_csv("email,client_name,phones,name,client_id\nivan@alfa.example,Альфа,1; 2,Иван,alfa\n,,,,\n")

    (contact,) = folder.load().people.clients["alfa"].contacts

    assert astuple(contact) == ("Иван", "ivan@alfa.example", ("1", "2"), None, "alfa")


def test_a_later_row_that_first_fills_a_column_is_the_one_that_is_told(folder):
    folder.use_csv(f"{HEAD}\nbeta,Бета,,,,Ян,jan@beta.example,,\nbeta,,nobody,,,Ян,jan2@beta.example,,\n")

    assert [problem.split(": ")[0] for problem in folder.problems()] == ["clients.csv:3"]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (HEAD.replace("phones", "phone"), ['unknown column "phone"; did you mean "phones"?']),
        (
            HEAD.replace("email", "xyzzy"),
            [f'unknown column "xyzzy"; known here: {", ".join(COLUMNS)}', f"column email is missing; columns: {ALL}"],
        ),
        (f"{HEAD},email", ["column email stands twice; each column once"]),
    ],
)
def test_a_wrong_first_row(folder, head, said):
    folder.use_csv(f"{head}\n")

    assert folder.problems() == [f"clients.csv:1: {problem}" for problem in said]


def test_an_empty_table(folder):
    folder.use_csv("")

    assert folder.problems() == [f"clients.csv:1: an empty file; begin with the row {ALL}"]


def test_a_table_of_another_encoding(folder):
    folder.use_csv(TABLE.replace("Ольга", "Яна").encode("cp1251"))

    assert folder.problems() == [
        "clients.csv:2: text that is not UTF-8; save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"
    ]
