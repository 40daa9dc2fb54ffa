"""`why`, `census`, `export`: what became of every message."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from mailgate.desk import journal
from mailgate.store.tables import Mail
from tests.cli.conftest import CommandLine
from tests.rig.dovecot import Dovecot
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, DESK, IVAN, House
from tests.rig.smtp import Sink


def test_why_tells_every_test_and_the_one_that_decided(cli: CommandLine, hand: DeskInHand) -> None:
    mail = hand.write("m@gamma.example", "Вопрос", "Можно?")

    (fate,) = cli.json("why", f"<{mail.message_id}>")

    assert (fate["direction"], fate["decision"], fate["reason"]) == ("in", "not_registered", "stranger")
    assert fate["tests"][0] == ["over a limit", False]
    assert fate["tests"][-1] == ["a stranger", True]
    assert re.fullmatch(r"support UID \d+", fate["copies"][0])
    assert "a stranger" in cli("why", str(mail.message_id))


def test_why_tells_of_what_went_out(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "С утра.")

    (fate,) = cli.json("why", hand.last(IVAN, "registered")["Message-ID"])

    assert (fate["direction"], fate["name"], fate["to"]) == ("out", "registered", IVAN)
    assert (fate["state"], fate["request"]) == ("accepted", "SD-2026-000001")


def test_why_does_not_know_every_message(cli: CommandLine, hand: DeskInHand) -> None:
    assert "<x@y.example>" in cli.error("why", "x@y.example", expect=1)


def test_the_census_is_the_sum_of_what_became_of_messages(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    hand.write("m@gamma.example", "Вопрос", "Можно?")
    hand.answer(hand.last(ANNA, "staff_new"), "!в работу")

    census = cli.json("census", "--offline")

    assert (census["taken"], census["copies"], census["decided"], census["complete"]) == (3, 3, 3, True)
    assert sorted((each["decision"], each["reason"], each["messages"]) for each in census["outcomes"]) == [
        ("command", "staff", 1),
        ("not_registered", "stranger", 1),
        ("register", "contact", 1),
    ]
    assert "taken 3 (3 copies), decided 3, difference 0" in cli("census", "--offline")


def test_the_census_can_begin_at_a_day(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "С утра.")

    assert cli.json("census", "--offline", "--since", "2026-11-23")["taken"] == 1
    assert cli.json("census", "--offline", "--since", "2026-11-24")["taken"] == 0


def test_the_census_fails_while_a_message_is_undecided(cli: CommandLine, hand: DeskInHand) -> None:
    with hand.database.write() as session:
        journal.take(session, [journal.Copy("support", 1, 1, b"From: a@b.example\n\nText\n", 25)], hand.now)

    assert cli.json("census", "--offline", expect=1)["complete"] is False
    assert "difference 1" in cli("census", "--offline", expect=1)


def test_the_census_looks_into_the_mailboxes(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    house = House(tmp_path, dovecot, sink)
    house.configure(after="seen")
    house.write(IVAN, "Первое", "Текст.")
    house.run_once()
    assert house.json("census")["waiting"] == {"support": 0, "complaints": 0}

    house.write(IVAN, "Второе", "Текст.")

    assert "mailbox support: 1 never taken" in house.cli("census", expect=1)
    assert house.cli("census", "--offline").startswith("decision")


def test_the_census_names_a_mailbox_that_it_could_not_count(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    house = House(tmp_path, dovecot, sink)
    house.run_once()
    dovecot.set_password(house.users[DESK], "changed")

    said = house.cli("census", expect=1)

    assert "taken 0" in said
    assert "mailbox support: not counted: " in said


def test_export_carries_everything(cli: CommandLine, hand: DeskInHand, capsys: pytest.CaptureFixture[str]) -> None:
    kept = hand.write(IVAN, "Портал", "С утра.", attachments=[("план.pdf", b"%PDF")])
    hand.write("m@gamma.example", "Вопрос", "Можно?")

    documents = [json.loads(line) for line in cli("export", "--json").splitlines()]

    request = next(each for each in documents if each["record"] == "request")
    assert request["messages"][0]["attachments"][0]["name"] == "план.pdf"
    mails = [each for each in documents if each["record"] == "mail"]
    assert [each["decision"] for each in mails] == ["register", "not_registered"]
    assert b"JVBERg==" in base64.b64decode(mails[0]["raw_base64"])
    assert mails[0]["message_id"] == f"<{kept.message_id}>"
    notices = [each for each in documents if each["record"] == "notice"]
    assert {each["name"] for each in notices} == {"registered", "staff_new", "not_registered"}


def test_a_fault_of_ours_is_told(cli: CommandLine, hand: DeskInHand) -> None:
    mail = hand.write(IVAN, "Портал", "С утра.")
    with hand.database.write() as session:
        session.get_one(Mail, mail.id).error = "ValueError: no such thing"

    assert "ValueError: no such thing" in cli("why", str(mail.message_id))
