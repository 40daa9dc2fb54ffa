"""`explain`: what intake would do with a message, without doing it."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest

from mailgate.cli import main
from mailgate.store.database import Database
from tests.cli.conftest import CommandLine
from tests.rig.hand import DeskInHand
from tests.rig.house import IVAN

KEYS = {
    "kind", "decision", "reason", "request", "from_addr", "from_name", "message_id", "subject", "date", "text",
    "new_text", "attachments", "bounce_recipient", "bounce_class", "bounce_message_id", "authenticity", "fields",
    "defects",
}  # fmt: skip
MAIL = """\
Authentication-Results: mx.desk.example; dmarc=pass header.from=alfa.example
From: Иван Петров <{sender}>
To: support@desk.example
Subject: Не открывается портал
Message-ID: <1@alfa.example>
Date: Mon, 23 Nov 2026 10:00:00 +0300
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Услуга: Виртуальный ЦОД
Портал не открывается.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename=plan.pdf
Content-Transfer-Encoding: base64

JVBERi0=
--b--
"""
BOUNCE = """\
From: MAILER-DAEMON@mx.alfa.example
To: support@desk.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Nobody of that name.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.alfa.example

Final-Recipient: rfc822; ivan.petrov@alfa.example
Action: failed
Status: 5.1.1
--b
Content-Type: text/rfc822-headers

Message-ID: <SD-2026-000001.x@desk.example>
--b--
"""


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """A contact's mail with a field line and an attachment."""
    path = tmp_path / "mail.eml"
    path.write_text(MAIL.format(sender=IVAN))
    return path


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without any configuration, entered."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MAILGATE_CONFIG", raising=False)
    usual = (Path("config/mailgate.toml"),)
    monkeypatch.setattr(import_module("mailgate.config.find"), "USUAL", usual)  # the function hides the module
    return folder


def test_a_contact_s_mail_would_be_registered(cli: CommandLine, mail: Path) -> None:
    found = cli.json("explain", str(mail))

    assert set(found) >= KEYS
    assert (found["kind"], found["decision"], found["reason"]) == ("request", "register", "contact")
    assert (found["from_addr"], found["from_name"]) == (IVAN, "Иван Петров")
    assert (found["message_id"], found["date"]) == ("<1@alfa.example>", "2026-11-23T07:00:00+00:00")
    assert found["authenticity"] == "pass"
    assert found["fields"] == {"service": "Виртуальный ЦОД"}
    assert "Портал не открывается." in found["new_text"]
    assert found["attachments"] == [{"name": "plan.pdf", "type": "application/pdf", "size": 5, "inline": False}]
    assert found["request"] is None
    assert (found["bounce_recipient"], found["bounce_class"], found["bounce_message_id"]) == ([], None, None)


def test_it_writes_nothing(cli: CommandLine, hand: DeskInHand, mail: Path) -> None:
    cli("explain", str(mail))

    assert hand.numbers() == []
    assert cli.json("census", "--offline")["taken"] == 0


def test_without_a_database_none_is_made(cli: CommandLine, mail: Path) -> None:
    cli("explain", str(mail))

    assert not (cli.config.parents[1] / "var").exists()


def test_a_database_in_a_closed_folder_is_no_obstacle(
    cli: CommandLine, mail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Database) -> bool:
        raise PermissionError(13, "Permission denied", "var/mailgate.db")

    monkeypatch.setattr(Database, "exists", closed)

    assert cli.json("explain", str(mail))["decision"] == "register"


def test_a_reply_names_its_request(cli: CommandLine, hand: DeskInHand, tmp_path: Path) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    reply = tmp_path / "reply.eml"
    cited = hand.last(IVAN, "registered")["Message-ID"]
    reply.write_text(f"In-Reply-To: {cited}\n{MAIL.format(sender=IVAN)}")

    found = cli.json("explain", str(reply))

    assert (found["kind"], found["decision"], found["request"]) == ("reply", "append", "SD-2026-000001")


def test_the_same_mail_is_a_complaint_in_another_mailbox(cli: CommandLine, mail: Path) -> None:
    stranger = mail.with_name("stranger.eml")
    stranger.write_text(MAIL.format(sender="m@alfa.example"))

    assert cli.json("explain", str(stranger))["reason"] == "stranger"
    assert cli.json("explain", str(stranger), "--mailbox", "complaints")["reason"] == "complaint"
    assert "support, complaints" in cli.error("explain", str(mail), "--mailbox", "sales", expect=2)


def test_several_files_are_a_document_a_line_with_its_file(cli: CommandLine, mail: Path) -> None:
    bounce = mail.with_name("bounce.eml")
    bounce.write_text(BOUNCE)

    first, second = map(json.loads, cli("explain", str(mail), str(bounce), "--json").splitlines())

    assert (first["file"], first["kind"]) == (str(mail), "request")
    assert (second["file"], second["kind"], second["decision"]) == (str(bounce), "bounce", "ignore")
    assert (second["bounce_recipient"], second["bounce_class"]) == ([IVAN], "hard")
    assert second["bounce_message_id"] == "<SD-2026-000001.x@desk.example>"


def test_without_a_configuration_it_tells_what_a_stranger_gets(
    nowhere: Path, mail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(mail), "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert set(found) >= KEYS
    assert (found["decision"], found["reason"], found["authenticity"]) == ("not_registered", "stranger", "none")


def test_a_hostile_message_is_explained_too(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bomb = nowhere / "bomb.eml"
    bomb.write_bytes(b"Subject: " + b"=?utf-8?q?x?= " * 10_000 + b"\nFrom: a@b.example\n\nText\n")

    assert main(["explain", str(bomb), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["decision"], found["reason"]) == ("quarantine", "over_limit")


def test_a_mailbox_without_a_configuration_is_an_error(
    nowhere: Path, mail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(mail), "--mailbox", "support"]) == 2
    assert "--config" in capsys.readouterr().err


def test_a_wrong_configuration_in_the_usual_place_is_not_passed_over(
    nowhere: Path, mail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (nowhere / "config").mkdir()
    (nowhere / "config" / "mailgate.toml").write_text("[desk]\nlanguage = 7\n")

    assert main(["explain", str(mail)]) == 2
    assert "config/mailgate.toml:2: " in capsys.readouterr().err


def test_a_file_that_is_not_there_is_an_error(cli: CommandLine, mail: Path) -> None:
    assert "gone.eml" in cli.error("explain", str(mail.with_name("gone.eml")), expect=2)


def test_for_people_it_says_the_same(cli: CommandLine, mail: Path) -> None:
    printed = cli("explain", str(mail))

    for words in ("register", "contact", IVAN, "plan.pdf", "service: Виртуальный ЦОД\n", "Портал не открывается."):
        assert words in printed
