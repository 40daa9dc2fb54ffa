"""`quarantine`: nothing that arrived is lost, and staff can let it in (3.10)."""

from __future__ import annotations

from tests.cli.conftest import CommandLine
from tests.rig.hand import DeskInHand
from tests.rig.house import IVAN

STRANGER = "m.sidorova@gamma.example"


def test_3_10_what_was_not_registered_is_listed_with_its_reason(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(STRANGER, "Вопрос", "Можно спросить?")
    hand.write(IVAN, "Портал", "Не от него.", proof="fail")

    rows = cli.json("quarantine", "list")

    assert [(row["from"], row["decision"], row["reason"]) for row in rows] == [
        (STRANGER, "not_registered", "stranger"),
        (IVAN, "quarantine", "not_authentic"),
    ]
    assert rows[0]["taken_at"] == "2026-11-23T10:05:00+03:00"
    table = cli("quarantine", "list").splitlines()
    assert table[0].split() == ["id", "taken", "from", "subject", "why", "bytes"]
    assert len(table) == 3


def test_a_message_is_shown_whole(cli: CommandLine, hand: DeskInHand) -> None:
    mail = hand.write(STRANGER, "Вопрос", "Можно спросить?", attachments=[("план.pdf", b"%PDF")])

    shown = cli.json("quarantine", "show", str(mail.id))

    assert shown["text"].strip() == "Можно спросить?"
    assert shown["mailboxes"] == ["support"]
    assert shown["attachments"] == [{"name": "план.pdf", "type": "application/octet-stream", "size": 4}]
    printed = cli("quarantine", "show", str(mail.id))
    assert "Можно спросить?" in printed
    assert "план.pdf" in printed


def test_3_10_a_released_message_is_registered_for_the_client_named(cli: CommandLine, hand: DeskInHand) -> None:
    mail = hand.write(STRANGER, "Вопрос", "Можно спросить?")

    number = cli("quarantine", "release", str(mail.id), "--contact", "beta").strip()

    shown = cli.json("requests", "show", number)
    assert (shown["client"], shown["contact"], shown["subject"]) == ("beta", STRANGER, "Вопрос")
    assert cli.json("quarantine", "list") == []
    cli.error("quarantine", "release", str(mail.id), expect=1)


def test_a_client_that_does_not_exist_is_an_error(cli: CommandLine, hand: DeskInHand) -> None:
    mail = hand.write(STRANGER, "Вопрос", "Можно спросить?")

    assert "gamma" in cli.error("quarantine", "release", str(mail.id), "--contact", "gamma", expect=2)
    assert len(cli.json("quarantine", "list")) == 1


def test_a_message_without_a_single_sender_cannot_be_released(cli: CommandLine, hand: DeskInHand) -> None:
    mail = hand.receive(b"From: a@x.example\nFrom: b@x.example\nSubject: two\n\nText\n")

    assert "no single sender" in cli.error("quarantine", "release", str(mail.id), expect=1)
    assert [row["id"] for row in cli.json("quarantine", "list")] == [mail.id]


def test_a_dropped_message_leaves_the_list_and_stays_in_the_journal(cli: CommandLine, hand: DeskInHand) -> None:
    mail = hand.write(STRANGER, "Реклама", "Купите!")

    assert cli("quarantine", "drop", str(mail.id)) == f"dropped {mail.id}\n"

    assert cli.json("quarantine", "list") == []
    assert cli.json("why", str(mail.message_id))[0]["freed"] == "dropped"


def test_an_id_that_is_not_there_is_an_error(cli: CommandLine, hand: DeskInHand) -> None:
    registered = hand.write(IVAN, "Портал", "С утра.")

    for command in ("show", "release", "drop"):
        assert "quarantine list" in cli.error("quarantine", command, "4711", expect=1)
        cli.error("quarantine", command, str(registered.id), expect=1)
