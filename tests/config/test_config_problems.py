"""Each kind of mistake, and the words that help out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate.config import ConfigError, Problem, load


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("clients.toml", 'id = "alfa"', 'idd = "alfa"', 'unknown key "idd" in [[client]]; did you mean "id"?'),
        ("clients.toml", "phones = ", "phone = ", 'unknown key "phone" in [[client.contact]]; did you mean "phones"?'),
        (
            "clients.toml",
            "phones = ",
            "client_id = ",
            'unknown key "client_id" in [[client.contact]]; known here: name, email, phones, language',
        ),
        (
            "clients.toml",
            '["+375 29 123-45-67"]',
            '["mobile"]',
            'phones = "mobile"; write phone numbers such as "+375 29 123-45-67"',
        ),
        (
            "clients.toml",
            '["+375 29 123-45-67"]',
            '"+375 29 123-45-67"',
            'phones = "+375 29 123-45-67"; write a list: ["+375 29 123-45-67"]',
        ),
        (
            "clients.toml",
            '"authorised"',
            '"oficial"',
            'preferred_fallback = "oficial"; write one of authorised, official (did you mean "official"?)',
        ),
        (
            "clients.toml",
            '"it@alfa.example"',
            '"it at alfa"',
            (
                'authorised_mailbox = "it at alfa"; '
                'write an address such as "ivan.petrov@alfa.example" (An email address must have an @-sign.)'
            ),
        ),
        ("staff.toml", "groups = ", "grops = ", 'unknown key "grops" in [[staff]]; did you mean "groups"?'),
        (
            "staff.toml",
            'groups = ["support"]',
            'groups = "support"',
            'groups = "support"; write a list: ["support"]',
        ),
        ("staff.toml", "[[staff]]", "[[stuff]]", 'unknown key "stuff"; did you mean "staff"?'),
    ],
)
def test_the_other_files_are_told_likewise(folder, name, old, new, said):
    line = folder.replace(name, old, new)

    assert f"{name}:{line}: {said}" in folder.problems()


@pytest.mark.parametrize(
    ("name", "missing", "line", "said"),
    [
        (
            "mailgate.toml",
            'organisation = "ООО «Пример»"\n',
            1,
            '[desk] has no "organisation"; write the name of the organisation: "ООО «Пример»"',
        ),
        (
            "mailgate.toml",
            'username = "support"\n',
            15,
            '[mailbox.imap] has no "username"; write the name of the account, in double quotes',
        ),
        (
            "mailgate.toml",
            'address = "support@desk.example"\n',
            11,
            '[[mailbox]] has no "address"; write an address such as "ivan.petrov@alfa.example"',
        ),
        (
            "clients.toml",
            'name = "Вольга Сідарэнка"\n',
            12,
            '[[client.contact]] has no "name"; write the name of the person: "Иван Петров"',
        ),
        (
            "staff.toml",
            'email = "a.moroz@desk.example"\n',
            6,
            '[[staff]] has no "email"; write an address such as "ivan.petrov@alfa.example"',
        ),
    ],
)
def test_a_missing_key_is_told_at_its_table(folder, name, missing, line, said):
    folder.replace(name, missing, "")

    assert folder.problems() == [f"{name}:{line}: {said}"]


def test_a_missing_table_is_told_of_the_file(folder):
    folder.write("mailgate.toml", '[smtp]\nhost = "h"\n')

    assert folder.problems() == [
        'mailgate.toml: the file has no "desk"; write a table [desk] with at least organisation = "…"',
        'mailgate.toml: the file has no "database"; write a table [database] with url = "sqlite:///…"',
        'mailgate.toml: the file has no "mailbox"; write at least one table [[mailbox]], in double brackets',
    ]


def test_a_mailbox_in_single_brackets(folder):
    text = (folder.path / "mailgate.toml").read_text(encoding="utf-8")
    before, _, rest = text.partition("[[mailbox]]")
    _, _, after = rest.partition("[[mailbox]]")
    folder.write("mailgate.toml", f"{before}[mailbox]{after}")

    assert folder.problems() == [
        "mailgate.toml:11: mailbox = {…}; write at least one table [[mailbox]], in double brackets"
    ]


def test_a_value_where_a_table_belongs(folder):
    folder.replace("mailgate.toml", "[desk]", 'outbox = "fast"\n[desk]')
    folder.replace("mailgate.toml", '[outbox]\nhold = "30s"\n', "")

    assert folder.problems() == ['mailgate.toml:1: outbox = "fast"; write a table [outbox]']


@pytest.mark.parametrize("value", ["9" * 5_000, "[" * 5_000 + "]" * 5_000])
def test_what_is_too_much_for_the_reader_of_toml_is_a_problem_too(folder, value):
    folder.replace("mailgate.toml", '[outbox]\nhold = "30s"\n', f"[outbox]\nhold = {value}\n")

    (said,) = folder.problems()

    assert said.startswith("mailgate.toml: it cannot be read: ")
    assert len(said) < 400


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'name = "support"',
            "name = support",
            (
                "not TOML: Invalid value at column 8; "
                'text stands in double quotes: host = "mail.example.org"; numbers, true and false without'
            ),
        ),
        (
            'name = "support"',
            "name support",
            (
                "not TOML: Expected '=' after a key in a key/value pair at column 6; "
                'write a [table], or key = value with text in double quotes: name = "support"'
            ),
        ),
        (
            "port = 1025",
            "port = 1025\nport = 1026",
            (
                "not TOML: Cannot overwrite a value at column 12; "
                "each key and each [table] stands once (several of a kind: [[mailbox]])"
            ),
        ),
        (
            "[limits]",
            "[smtp]",
            ("not TOML: [smtp] stands twice; put all its keys under one of them"),
        ),
        (
            "[limits]",
            "[mailbox]",
            "not TOML: [mailbox] stands twice; write each in double brackets: [[mailbox]]",
        ),
        (
            'name = "support"',
            "name = “support”",
            (
                "not TOML: Invalid value at column 8; "
                'write straight quotes, as on the keyboard, in place of “: host = "mail.example.org"'
            ),
        ),
        (
            'folder = "INBOX"',
            r'folder = "C:\Users"',
            (
                r"not TOML: Invalid hex value at column 15; "
                r"a backslash is written \\, or the text stands in single quotes"
            ),
        ),
        (
            'folder = "INBOX"',
            r'folder = "C:\windows"',
            (
                r"not TOML: Unescaped '\' in a string at column 15; "
                r"a backslash is written \\, or the text stands in single quotes"
            ),
        ),
    ],
)
def test_what_is_no_toml(folder, old, new, said):
    line = folder.replace("mailgate.toml", old, new) + new.count("\n")

    assert folder.problems() == [f"mailgate.toml:{line}: {said}"]


def test_a_contact_in_single_brackets(folder):
    line = folder.replace("clients.toml", '[[client.contact]]\nname = "Вольга', '[client.contact]\nname = "Вольга')
    folder.replace("clients.toml", "[[client.contact]]", "[client.contact]")

    assert folder.problems() == [
        f"clients.toml:{line}: not TOML: [client.contact] stands twice; "
        "write each in double brackets: [[client.contact]]"
    ]


def test_toml_that_ends_too_early(folder):
    folder.write("staff.toml", "[[staff]]\ngroups = [\n")

    assert folder.problems() == [
        "staff.toml:2: not TOML: Invalid value at the end of the file; text stands in double quotes: "
        'host = "mail.example.org"; numbers, true and false without'
    ]


def test_text_that_is_not_utf8(folder):
    (folder.path / "staff.toml").write_bytes("[[staff]]\n# ok\nname = 'Анна'\n".encode("cp1251"))

    assert folder.problems() == [
        "staff.toml:3: text that is not UTF-8; save the file as UTF-8 (in a spreadsheet: CSV UTF-8)"
    ]


def test_the_configuration_itself_is_not_there(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml")

    assert str(caught.value) == f"{tmp_path}/none.toml: there is no such file; create it or correct its name"


def test_a_folder_in_place_of_the_configuration(tmp_path):
    with pytest.raises(
        ConfigError, match="it cannot be read: Is a directory; a file that the user who runs mailgate can read"
    ):
        load(tmp_path)


def test_files_that_are_named_and_not_there(folder):
    clients = folder.replace("mailgate.toml", '"clients.toml"', '"clints.toml"')
    folder.replace("mailgate.toml", 'staff = "staff.toml"\n', 'templates = "nowhere"\n')
    (folder.path / "staff.toml").unlink()

    assert folder.problems() == [
        (
            f'mailgate.toml:{clients - 1}: staff = "staff.toml": there is no file staff.toml; '
            f"write a path relative to this file"
        ),
        (
            f'mailgate.toml:{clients}: clients = "clints.toml": there is no file clints.toml; '
            f"write a path relative to this file"
        ),
        f'mailgate.toml:{clients + 1}: templates = "nowhere": there is no folder nowhere; '
        "write a folder relative to this file, or leave templates out to use the built-in ones",
    ]


def test_all_problems_of_all_files_are_told_at_once_in_their_order(folder):
    folder.replace("mailgate.toml", 'policy = "require"', 'policy = "maybe"')
    folder.replace("mailgate.toml", "[desk]", "[desk]\nxyzzy = 1")
    folder.replace("clients.toml", 'language = "ru"', 'language = "de"')
    folder.replace("staff.toml", '"a.moroz@desk.example"', '"a.moroz@@desk.example"')
    folder.replace("staff.toml", '"a.kovaleva@desk.example"', '"ivan.petrov@alfa.example"')

    assert [problem.split(": ")[0] for problem in folder.problems()] == [
        "mailgate.toml:2",
        "mailgate.toml:39",
        "clients.toml:9",
        "clients.toml:11",
        "staff.toml:8",
    ]


def test_a_problem_has_its_parts(folder):
    folder.replace("mailgate.toml", "port = 1143", "port = 0")

    with pytest.raises(ConfigError) as caught:
        folder.load()

    want = "write a port number from 1 to 65535, without quotes"
    assert caught.value.problems == (Problem(folder.path / "mailgate.toml", 17, "port = 0", want),)


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        (
            'processed_folder = "Processed"',
            'processed_folder = "INBOX"',
            15,
            'folder and processed_folder are both "INBOX"; write a processed_folder of its own',
        ),
        (
            'processed_folder = "Processed"',
            'processed_folder = "Inbox"',
            15,
            'folder and processed_folder are both "INBOX"; write a processed_folder of its own',
        ),
        ("port = 1025", 'password = "x"', 33, "password without a username; write the username that it belongs to"),
        (
            'info = "3 working days"',
            'info = "3 working days"\ninfo_reminder = "5 working days"',
            42,
            "info_reminder is longer than info, which is 3 working days; write a shorter one",
        ),
        (
            'info = "3 working days"',
            'confirmation = "4 calendar days"\nconfirmation_reminder = "5 working days"',
            42,
            "confirmation_reminder is longer than confirmation, which is 4 calendar days; write a shorter one",
        ),
        (
            'password_env = "MAILGATE_TEST_PASSWORD"',
            'password = "y"\npassword_env = "X"',
            21,
            "password and password_env are both given; write one of them",
        ),
        (
            "working_days = []",
            "working_days = [2026-12-26]\ndays_off = [2026-12-26]",
            44,
            "2026-12-26 stands both in days_off and in working_days; write it in one of them",
        ),
        (
            'language = "ru"',
            'complaint_number_format = "SD-{year}-{seq:06d}"',
            6,
            "number_format and complaint_number_format are the same; write two that differ",
        ),
    ],
)
def test_settings_that_do_not_fit_together_are_told_where_they_stand(folder, old, new, place, said):
    if "days_off" in new:
        folder.replace("mailgate.toml", "days_off = []\n", "")
    folder.replace("mailgate.toml", old, new)

    assert folder.problems() == [f"mailgate.toml:{place}: {said}"]


@pytest.mark.parametrize("written", ['info = "10s"', 'info = "3 calendar days"\ninfo_reminder = "3 calendar days"'])
def test_a_term_may_be_short(folder, written):
    folder.replace("mailgate.toml", 'info = "3 working days"', written)

    folder.load()


def test_missing_secrets_are_told_only_where_they_are_demanded(folder, monkeypatch):
    monkeypatch.delenv("MAILGATE_TEST_PASSWORD", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    folder.replace("mailgate.toml", ', password = "s3cret"', "")
    folder.replace("mailgate.toml", "port = 1025", 'username = "desk"\npassword_file = "empty"')
    folder.write("empty", "\n")

    folder.load()

    assert folder.problems(secrets=True) == [
        'mailgate.toml:20: password_env = "MAILGATE_TEST_PASSWORD": there is no such environment variable, '
        "or it is empty; "
        "set MAILGATE_TEST_PASSWORD, or use password_file",
        'mailgate.toml:29: username = "claims" has no password; name a password_file or password_env, '
        'or give systemd\'s credential "claims" (while the service runs, root and its user have it as well)',
        "mailgate.toml:34: the password file empty is empty; write the password into it",
    ]


def test_no_problem_shows_a_password(folder):
    folder.replace("mailgate.toml", '"s3cret" }', '"s3cret", password_env = "X", pasword = "s3cret" }')
    folder.replace("mailgate.toml", "sqlite:///var/mailgate.db", "postgresql://mailgate:s3cret@db.example/mailgate")

    told = "\n".join(folder.problems())

    assert told
    assert "s3cret" not in told


def test_a_problem_without_a_line():
    assert (
        str(Problem(Path("a.toml"), None, "it is empty", "write something")) == "a.toml: it is empty; write something"
    )
