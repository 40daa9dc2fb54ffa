"""Each setting with a value that it cannot have, and the words that help out of it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, get_args

import pytest

from mailgate.config import ConfigError, Problem
from mailgate.config.models import Settings
from mailgate.config.people import ClientsFile, StaffFile
from mailgate.config.validation import fields, models

TERM = 'write a number with its unit: "3 working days", "10 calendar days", "4 working hours" or "30s"'
PARAMETERS = "postgresql://h/db?user=u&password=…&sslmode=require"
FORMAT = (
    "write Latin letters, digits and any of -._/ with the fields {year} and {seq}, {seq} required: "
    '"SD-{year}-{seq:06d}"'
)
DURATION = 'write a number with its unit: "30s", "5min", "2h" or "5d"'
HOST = 'write the name or address of a server, without its port: "mail.example.org"'

ONE_LINE = [
    # (what stands there, what is written instead, what is reported after the line's number)
    ("[desk]", "[dsek]", 'unknown key "dsek"; did you mean "desk"?'),
    ('language = "ru"', 'langauge = "ru"', 'unknown key "langauge" in [desk]; did you mean "language"?'),
    ('folder = "INBOX"', 'foldr = "INBOX"', 'unknown key "foldr" in [mailbox.imap]; did you mean "folder"?'),
    ('hold = "30s"', "xyzzy = 1", 'unknown key "xyzzy" in [outbox]; known here: hold, retry_for'),
    (
        'purpose = "requests"',
        "color = 1",
        'unknown key "color" in [[mailbox]]; known here: name, address, purpose, staff_group, imap',
    ),
    ('language = "ru"', 'language = "rus"', 'language = "rus"; write one of ru, be, en (did you mean "ru"?)'),
    ('policy = "require"', 'policy = "strict"', 'policy = "strict"; write one of require, hold, off'),
    (
        'purpose = "requests"',
        'purpose = "complaint"',
        'purpose = "complaint"; write one of requests, complaints (did you mean "complaints"?)',
    ),
    ('after = "move"', 'after = "delete"', 'after = "delete"; write one of move, seen'),
    ('security = "none"', 'security = "ssl"', 'security = "ssl"; write one of tls, starttls, none'),
    (
        'language = "ru"',
        'plain_reply = "notes"',
        'plain_reply = "notes"; write one of client, note (did you mean "note"?)',
    ),
    (
        'name = "Служба поддержки пользователей"',
        'name = "a\\nb"',
        'name = "a\\nb"; write one line of text, at most 200 characters',
    ),
    (
        'timezone = "Europe/Minsk"',
        'timezone = "europe/minks"',
        'timezone = "europe/minks"; write the name of a zone, such as "Europe/Minsk"',
    ),
    ('"SD-{year}-{seq:06d}"', '"SD-{year}"', f'number_format = "SD-{{year}}"; {FORMAT}'),
    ('"SD-{year}-{seq:06d}"', '"SD-{month}-{seq}"', f'number_format = "SD-{{month}}-{{seq}}"; {FORMAT}'),
    ('"SD-{year}-{seq:06d}"', '"SD {seq}"', f'number_format = "SD {{seq}}"; {FORMAT}'),
    ('"SD-{year}-{seq:06d}"', '"SD-{seq"', f'number_format = "SD-{{seq"; {FORMAT}'),
    ('"SD-{year}-{seq:06d}"', '"SD-{seq.real}"', f'number_format = "SD-{{seq.real}}"; {FORMAT}'),
    (
        "sqlite:///var/mailgate.db",
        "mysql://u:s3cret@h/db",
        'url = "mysql://u:…@h/db"; write "sqlite:///path/to/mailgate.db" or "postgresql+psycopg://user@host/database"',
    ),
    (
        "sqlite:///var/mailgate.db",
        "sqlite://",
        'url = "sqlite://"; write "sqlite:///path/to/mailgate.db" or "postgresql+psycopg://user@host/database"',
    ),
    (
        "sqlite:///var/mailgate.db",
        "postgresql+psycopg://u:p@h:543a/db",
        (
            'url = "postgresql+psycopg://u:…@h:543a/db"; '
            'write "sqlite:///path/to/mailgate.db" or "postgresql+psycopg://user@host/database"'
        ),
    ),
    *(
        (
            "sqlite:///var/mailgate.db",
            f"postgresql+psycopg://u:{password}@h/db",
            (
                'url = "postgresql+psycopg://u:…@h/db"; '
                'write "sqlite:///path/to/mailgate.db" or "postgresql+psycopg://user@host/database"; '
                'in user and password write "%40" for "@", "%2F" for "/", "%25" for "%" (RFC 3986)'
            ),
        )
        for password in ("50%off", "s3@cret", "s3/cret", "s3?cret", "s3#cret", "s3 cret", "a:b@c:d@e")
    ),
    *(
        (
            "sqlite:///var/mailgate.db",
            url,
            f'url = "{told}"; write "sqlite:///path/to/mailgate.db" or "postgresql+psycopg://user@host/database"',
        )
        for url, told in (
            ("postgresql:u:s3cret@h/db", "postgresql:u:…@h/db"),
            ("postgresql://h/db?user=u&password=s3cret&sslmode=require", PARAMETERS),
            ("host=h password=s3cret user=u", "host=h password=… user=u"),
        )
    ),
    ('name = "support"', 'name = "two words"', 'name = "two words"; write Latin letters, digits and any of -._'),
    (
        '"support@desk.example"',
        '"support@"',
        (
            'address = "support@"; '
            'write an address such as "ivan.petrov@alfa.example" (There must be something after the @-sign.)'
        ),
    ),
    ('host = "127.0.0.1"', 'host = "imap://mail.example"', f'host = "imap://mail.example"; {HOST}'),
    ('host = "127.0.0.1"', 'host = "mail.example:993"', f'host = "mail.example:993"; {HOST}'),
    *(('host = "127.0.0.1"', f'host = "{host}"', f'host = "{host}"; {HOST}') for host in ("127.0.0.1:143", "cafe:143")),
    ("port = 1143", 'port = "1143"', 'port = "1143"; write a port number from 1 to 65535, without quotes'),
    ("port = 1143", "port = 70000", "port = 70000; write a port number from 1 to 65535, without quotes"),
    ("port = 1025", "port = 0", "port = 0; write a port number from 1 to 65535, without quotes"),
    ("port = 1025", "connections = true", "connections = true; write a number from 1 to 50, without quotes"),
    ("port = 1025", "size_limit = 25", 'size_limit = 25; write a number with its unit: "512 KiB" or "25 MiB"'),
    ('folder = "INBOX"', 'poll = "1d"', 'poll = "1d"; write a time from "1s" to "28min"'),
    ('folder = "INBOX"', "poll = 60", f"poll = 60; {DURATION}"),
    *(
        (
            '"mx.desk.example"',
            f'"{name}"',
            (
                f'trusted_authserv_ids = "{name}"; '
                'write a name such as "mx.desk.example", or "*.desk.example" for every name below that'
            ),
        )
        for name in ("*", "mx*.desk.example")
    ),
    ('"mx.desk.example"', "7", 'trusted_authserv_ids = 7; write a list of names: ["mx.desk.example"]'),
    (
        '["mx.desk.example"]',
        '"mx.desk.example"',
        'trusted_authserv_ids = "mx.desk.example"; write a list: ["mx.desk.example"]',
    ),
    ('info = "3 working days"', "info = 3", f"info = 3; {TERM}"),
    ('info = "3 working days"', 'info = "3 days"', f'info = "3 days"; {TERM}'),
    (
        'info = "3 working days"',
        'info = "0 working days"',
        f'info = "0 working days"; {TERM}. The term “0 working days” is out of range: 1 to 3650.',
    ),
    ('info = "3 working days"', 'no_answer = "wait"', 'no_answer = "wait"; write one of reject, ask'),
    (
        'info = "3 working days"',
        'confirmation_ends_on_working_day = "yes"',
        'confirmation_ends_on_working_day = "yes"; write true or false, without quotes',
    ),
    (
        'country = "BY"',
        'country = "XX"',
        'country = "XX"; write the two letters of a country whose holidays are known, such as "BY"',
    ),
    ('"09:00-18:00"', '"9-18"', 'hours = "9-18"; write opening and closing time: "09:00-18:00"'),
    (
        '"09:00-18:00"',
        '"18:00-09:00"',
        (
            'hours = "18:00-09:00"; '
            'write opening and closing time: "09:00-18:00", the opening before the closing, between 00:00 and 24:00'
        ),
    ),
    (
        "days_off = []",
        'days_off = ["26.12.2026"]',
        'days_off = "26.12.2026"; write a day as year-month-day: "2026-12-26"',
    ),
    (
        "days_off = []",
        'days_off = ["2026-13-01"]',
        'days_off = "2026-13-01"; write a day as year-month-day: "2026-12-26"',
    ),
    (
        "days_off = []",
        'working_week = ["Monday"]',
        'working_week = "Monday"; write one of mon, tue, wed, thu, fri, sat, sun (did you mean "mon"?)',
    ),
    (
        "days_off = []",
        "working_week = []",
        'working_week = []; write a list of weekdays: ["mon", "tue", "wed", "thu", "fri"]',
    ),
    ('hold = "30s"', 'hold = "2h"', 'hold = "2h"; write a time from "0s" to "1h"'),
    ('hold = "30s"', 'retry_for = "5 days"', f'retry_for = "5 days"; {DURATION}'),
    ('hold = "30s"', 'retry_for = "9999999d"', 'retry_for = "9999999d"; write a time from "0s" to "3650d"'),
    ('size = "50 MiB"', 'size = "0 B"', 'size = "0 B"; write a number with its unit: "512 KiB" or "25 MiB"'),
    ('size = "50 MiB"', "nesting = 1000", "nesting = 1000; write a number from 1 to 100"),
    (
        'size = "50 MiB"',
        'header_bytes = "0.5 MiB"',
        'header_bytes = "0.5 MiB"; write a number with its unit: "512 KiB" or "25 MiB"',
    ),
    (
        'password_env = "MAILGATE_TEST_PASSWORD"',
        "password = 12345",
        "password = …; write the password in double quotes; better password_file",
    ),
    ('"s3cret" }', '"s3cret", password_file = "x" }', "password and password_file are both given; write one of them"),
]


@pytest.mark.parametrize(("old", "new", "said"), ONE_LINE)
def test_a_wrong_line_is_told_with_its_number_and_the_right_form(folder, old, new, said):
    line = folder.replace("mailgate.toml", old, new)

    assert f"mailgate.toml:{line}: {said}" in folder.problems()


@pytest.mark.parametrize("table", [Settings, ClientsFile, StaffFile])
def test_every_setting_that_is_no_choice_of_words_has_a_right_form(table):
    assert list(without_right_form(table)) == []


def without_right_form(table: type[Any]) -> Iterator[str]:
    for name, field in fields(table).items():
        kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        for inner in models(field.annotation):
            yield from without_right_form(inner)
        if not field.description and not any(issubclass(kind, StrEnum) for kind in kinds):
            yield f"{table.__name__}.{name}"


WEIRD = [
    *("true", "-1", "1e400", "nan", "99999999999999999999999", "2026-01-01", "2026-01-01T10:00:00Z", "10:00:00"),
    *('""', '"\\u0000"', '"{"', "'''a\nb'''", '"×"', '"../../.."', '"' + "9" * 5000 + '"'),
    *("[]", "[[]]", "[{}]", "{}", "{a.b = 1}"),
]


@pytest.mark.parametrize("name", ["mailgate.toml", "clients.toml", "staff.toml"])
@pytest.mark.parametrize("weird", WEIRD)
def test_whatever_stands_there_is_taken_or_told_with_its_line_and_nothing_breaks(folder, name, weird):
    lines = (folder.path / name).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if " = " in line:
            folder.write(name, "\n".join([*lines[:number], f"{line.split(' = ')[0]} = {weird}", *lines[number + 1 :]]))

            told = problems_of(folder)

            assert [problem for problem in told if not problem.line or "None" in str(problem)] == []


def problems_of(folder) -> tuple[Problem, ...]:
    try:
        folder.load()
    except ConfigError as error:
        return error.problems
    return ()
