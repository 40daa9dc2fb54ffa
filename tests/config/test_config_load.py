"""What a right configuration gives."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from mailgate import assets
from mailgate.config import (
    After,
    Config,
    Deadlines,
    Imap,
    NoAnswer,
    PlainReply,
    Policy,
    SecretError,
    Security,
    Smtp,
    load,
)
from mailgate.config.limits import MessageLimits
from mailgate.message.guard import Limits
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Language, Unit, Waiting

MINIMAL = """
[desk]
organisation = "ООО «Пример»"
[database]
url = "postgresql+psycopg://mailgate@db.example/mailgate"
[[mailbox]]
name = "support"
address = "support@desk.example"
imap = { host = "imap.example", username = "support" }
[smtp]
host = "smtp.example"
"""


def test_every_table_has_its_values(folder):
    config = folder.load()

    assert (config.desk.language, config.desk.zone) == (Language.RU, ZoneInfo("Europe/Minsk"))
    assert [box.name for box in config.mailboxes] == ["support", "claims"]
    assert config.mailboxes[0].imap.port == 1143
    assert config.mailboxes[0].imap.security is Security.NONE
    assert config.smtp.port == 1025
    assert config.authenticity.trusted_authserv_ids == ("mx.desk.example",)
    assert config.deadlines.info == Term(Unit.WORKING_DAYS, 3)
    assert config.calendar.hours == (time(9), time(18))
    assert config.path == folder.path / "mailgate.toml"


def test_what_is_left_out_has_its_default(folder):
    folder.write("mailgate.toml", MINIMAL)

    config = folder.load()

    desk, imap = config.desk, config.mailboxes[0].imap
    assert (desk.timezone, desk.plain_reply) == ("Europe/Minsk", PlainReply.CLIENT)
    assert (desk.number_format, desk.complaint_number_format) == ("SD-{year}-{seq:06d}", "C-{year}-{seq:06d}")
    assert (imap.port, imap.security, imap.folder, imap.after) == (993, Security.TLS, "INBOX", After.MOVE)
    assert (imap.processed_folder, imap.poll) == ("Processed", timedelta(seconds=60))
    assert (config.smtp.port, config.smtp.connections, config.smtp.size_limit) == (465, 4, 26_214_400)
    assert config.authenticity.policy is Policy.REQUIRE
    assert (config.outbox.hold, config.outbox.retry_for) == (timedelta(seconds=30), timedelta(days=5))
    assert config.files.clients == folder.path / "clients.toml"
    assert config.files.templates is None


def test_the_default_terms_are_those_of_the_rules():
    terms = Deadlines()

    assert str(terms.info) == "3 working days"
    assert str(terms.info_reminder) == "1 working day"
    assert str(terms.confirmation) == "10 calendar days"
    assert str(terms.confirmation_reminder) == "3 calendar days"
    assert str(terms.resume_rejected_within) == "10 calendar days"
    assert str(terms.complaint) == "15 calendar days"
    assert str(terms.complaint_progress) == "10 working days"
    assert terms.no_answer is NoAnswer.REJECT
    assert not terms.confirmation_ends_on_working_day


@pytest.mark.parametrize(
    ("waiting", "term"),
    [
        (Waiting.INFO, "3 working days"),
        (Waiting.CONFIRMATION, "10 calendar days"),
        (Waiting.COMPLAINT, "15 calendar days"),
        (Waiting.THIRD_PARTY, "None"),
    ],
)
def test_each_wait_has_its_term(waiting, term):
    assert str(Deadlines().term(waiting)) == term


def test_limits_are_the_guards_own(folder):
    folder.replace("mailgate.toml", 'size = "50 MiB"', 'size = "1 MiB"\nparts = 7')

    assert MessageLimits().guard == Limits()
    assert folder.load().limits.guard == dataclasses.replace(Limits(), size=1_048_576, parts=7)


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("starttls", 587), ("none", 25)])
def test_smtp_port_follows_the_security(security, port):
    assert Smtp(host="smtp.example", security=security).port == port
    assert Smtp(host="smtp.example", security=security, port=2525).port == 2525


@pytest.mark.parametrize(
    ("extra", "group"),
    [("", "support"), ('purpose = "complaints"', "complaints"), ('staff_group = "night"', "night")],
)
def test_whose_mail_it_is(folder, extra, group):
    folder.write("mailgate.toml", MINIMAL.replace("[[mailbox]]", f"[[mailbox]]\n{extra}"))

    assert folder.load().mailboxes[0].group == group


def test_3_9_days_are_written_as_text_or_as_toml_dates(folder):
    folder.replace("mailgate.toml", "days_off = []", 'days_off = ["2026-12-24", 2026-12-23]')
    folder.replace("mailgate.toml", "working_days = []", 'working_days = ["2026-12-26"]\nworking_week = ["mon", "sat"]')

    config = folder.load()
    calendar = config.calendar.working(config.desk.zone)

    assert config.calendar.days_off == (date(2026, 12, 24), date(2026, 12, 23))
    assert calendar.is_working(date(2026, 12, 26))
    assert not calendar.is_working(date(2026, 12, 24))
    assert calendar.is_working(date(2026, 11, 28))
    assert not calendar.is_working(date(2026, 11, 27))
    ends = calendar.end(Term(Unit.CALENDAR_DAYS, 1), datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert ends == datetime(2026, 11, 24, 21, tzinfo=UTC)


def test_paths_are_relative_to_the_file(folder, monkeypatch):
    monkeypatch.chdir("/")
    (folder.path / "own").mkdir()
    folder.replace("mailgate.toml", "[outbox]", 'templates = "./own"\n[outbox]')

    config = folder.load()

    assert config.database.url == f"sqlite:///{folder.path}/var/mailgate.db"
    assert config.files.templates == folder.path / "own"


def test_absolute_sqlite_path_stays(folder):
    folder.replace("mailgate.toml", "sqlite:///var/mailgate.db", "sqlite:////var/lib/mailgate.db")

    assert folder.load().database.url == "sqlite:////var/lib/mailgate.db"


def test_a_windows_editor_does_no_harm(folder):
    path = folder.path / "mailgate.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert isinstance(folder.load(), Config)


def test_nothing_changes_afterwards(folder):
    config = folder.load()

    with pytest.raises(dataclasses.FrozenInstanceError):
        config.desk = None
    with pytest.raises(ValidationError):
        config.desk.name = "other"


def test_passwords_are_not_shown(folder):
    assert "s3cret" not in repr(folder.load())


def test_password_in_the_file(folder):
    assert folder.load(people=False).mailboxes[1].imap.password_value() == "s3cret"
    assert Imap(host="h", username="u", password=" with spaces ").password_value() == " with spaces "


def test_password_from_the_environment_at_use(folder, monkeypatch):
    imap = folder.load().mailboxes[0].imap

    monkeypatch.setenv("MAILGATE_TEST_PASSWORD", "first")
    assert imap.password_value() == "first"
    monkeypatch.setenv("MAILGATE_TEST_PASSWORD", "second")
    assert imap.password_value() == "second"


def test_password_from_a_file_beside_the_configuration(folder):
    folder.write("support.password", "пароль \n")
    folder.replace("mailgate.toml", 'password_env = "MAILGATE_TEST_PASSWORD"', 'password_file = "support.password"')

    assert folder.load(secrets=True).mailboxes[0].imap.password_value() == "пароль "


def test_password_from_systemd(folder, tmp_path, monkeypatch):
    folder.write("mailgate.toml", MINIMAL + 'username = "desk"')
    folder.write("support", "of support\n")
    folder.write("smtp", "of smtp\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    config = folder.load(secrets=True)

    assert config.mailboxes[0].imap.password_value() == "of support"
    assert config.smtp.password_value() == "of smtp"


def test_a_command_beside_the_service_has_its_passwords(folder, tmp_path, monkeypatch):
    folder.write("mailgate.toml", MINIMAL + 'username = "desk"')
    folder.write("smtp", "of smtp\n")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr("mailgate.config.secrets.OF_THE_SERVICE", str(tmp_path))

    assert folder.load().smtp.password_value() == "of smtp"


def test_no_password_configured(monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    assert Smtp(host="smtp.example").password_value() is None


def test_a_secret_that_vanished_is_told_at_use(folder):
    folder.replace("mailgate.toml", 'password_env = "MAILGATE_TEST_PASSWORD"', 'password_file = "gone"')

    with pytest.raises(
        SecretError, match=r"the password file .*/gone cannot be read: No such file or directory; name a"
    ):
        folder.load().mailboxes[0].imap.password_value()


def test_without_people_their_files_are_not_read(folder):
    (folder.path / "clients.toml").unlink()
    folder.write("staff.toml", "nonsense")

    assert dict(folder.load(people=False).people.clients) == {}


def test_the_example_is_right_and_needs_no_secret(monkeypatch):
    monkeypatch.delenv("SUPPORT_PASSWORD", raising=False)

    config = load(assets.example_config() / "mailgate.toml")

    assert [box.group for box in config.mailboxes] == ["support", "complaints"]
    assert all(config.people.group(box.group) for box in config.mailboxes)
    assert config.database.url.endswith("/var/mailgate.db")


WITHOUT_DEFAULT = (
    "staff_group|username|password_file|oauth|token_file|per_minute|per_day|templates|listen|ended|unregistered"
)


def test_what_the_example_comments_out_is_the_default(folder):
    source = assets.example_config()
    for name in ("mailgate.toml", "clients.toml", "staff.toml"):
        folder.write(name, (source / name).read_text(encoding="utf-8"))
    as_it_stands = folder.load()
    text = (folder.path / "mailgate.toml").read_text(encoding="utf-8")
    without_tables = re.sub(r"^# \[\[\w+\]\]\n(# .*\n)+", "", text, flags=re.MULTILINE)

    all_in, count = re.subn(rf"^# (?!{WITHOUT_DEFAULT})(\w+ = )", r"\1", without_tables, flags=re.MULTILINE)
    folder.write("mailgate.toml", all_in)

    assert count >= 15
    assert dataclasses.replace(folder.load(), people=as_it_stands.people) == as_it_stands


def test_the_examples_table_holds_the_same_clients(folder):
    source = assets.example_config()
    for name in ("clients.toml", "clients.csv"):
        folder.write(name, (source / name).read_text(encoding="utf-8"))
    as_toml = folder.load().people.clients
    folder.replace("mailgate.toml", '"clients.toml"', '"clients.csv"')

    assert folder.load().people.clients == as_toml


def test_assets_of_a_wheel_come_first(tmp_path, monkeypatch):
    (tmp_path / "_assets" / "templates").mkdir(parents=True)
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path)

    assert assets.templates() == tmp_path / "_assets" / "templates"
    assert assets.example_config() == tmp_path.parent / "config"


def test_importing_the_configuration_is_light():
    heavy = "{'email_validator', 'holidays', 'sqlalchemy', 'difflib', 'imapclient'}"
    script = f"import sys, mailgate.config; print(sorted({heavy} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path.cwd())

    assert done.stdout.strip() == "[]"
