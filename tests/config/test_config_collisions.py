"""Names and addresses that stand twice."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            "mailgate.toml",
            '"claims"',
            '"support"',
            'name = "support" is already the name of a mailbox (mailgate.toml:12); give each mailbox a name of its own',
        ),
        (
            "mailgate.toml",
            '"claims@desk.example"',
            '"Support@desk.example"',
            (
                'address = "Support@desk.example" is already the address of a mailbox (mailgate.toml:13); '
                "give each mailbox an address of its own"
            ),
        ),
        (
            "clients.toml",
            '"volha@alfa.example"',
            '"Ivan.Petrov@ALFA.example"',
            (
                'email = "Ivan.Petrov@ALFA.example" is already the address of a contact (clients.toml:9); '
                "name each address once: a contact belongs to one client"
            ),
        ),
        (
            "clients.toml",
            '"volha@alfa.example"',
            '"a.moroz@desk.example"',
            (
                'email = "a.moroz@desk.example" is already the address of a staff member (staff.toml:8); '
                "an address belongs either to a contact or to a staff member"
            ),
        ),
        (
            "clients.toml",
            '"volha@alfa.example"',
            '"support@desk.example"',
            (
                'email = "support@desk.example" is already the address of a mailbox (mailgate.toml:13); '
                "write an address that is not the desk's own"
            ),
        ),
        (
            "clients.toml",
            '"info@alfa.example"',
            '"claims@desk.example"',
            (
                'official_mailbox = "claims@desk.example" is a mailbox of the desk; '
                "write an address that is not the desk's own"
            ),
        ),
        (
            "staff.toml",
            '"a.moroz@desk.example"',
            '"a.kovaleva@desk.example"',
            (
                'email = "a.kovaleva@desk.example" is already the address of a staff member (staff.toml:3); '
                "name each staff member once"
            ),
        ),
        (
            "staff.toml",
            '"a.moroz@desk.example"',
            '"claims@desk.example"',
            (
                'email = "claims@desk.example" is already the address of a mailbox (mailgate.toml:27); '
                "write an address that is not the desk's own"
            ),
        ),
    ],
)
def test_what_stands_twice_is_told_with_both_places(folder, name, old, new, said):
    line = folder.replace(name, old, new)

    assert folder.problems() == [f"{name}:{line}: {said}"]


@pytest.mark.parametrize("id", ["alfa", " alfa"])
def test_a_client_that_stands_twice(folder, id):
    text = (folder.path / "clients.toml").read_text(encoding="utf-8")
    folder.write("clients.toml", f'{text}[[client]]\nid = "{id}"\nname = "Другая"\n')

    assert folder.problems() == [
        f'clients.toml:16: id = "{id}" is already the id of a client (clients.toml:2); '
        "give each client an id of its own"
    ]


def test_a_client_without_contacts_that_stands_twice(folder):
    text = (folder.path / "clients.toml").read_text(encoding="utf-8")
    folder.write("clients.toml", text + '[[client]]\nid = "beta"\nname = "Бета"\n' * 2)

    assert folder.problems() == [
        'clients.toml:19: id = "beta" is already the id of a client (clients.toml:16); '
        "give each client an id of its own"
    ]
