"""`requests`, `register`, `contact`: the work of staff from the command line."""

from __future__ import annotations

import re
import sys

import pytest

from mailgate.desk.arrived import SUBJECT_MOST
from tests.cli.conftest import CommandLine
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN, KATE, VOLHA

FIRST = "SD-2026-000001"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00")
REQUEST_KEYS = {
    "number", "status", "type", "type_suggested", "urgency", "impact", "priority", "priority_by_hand", "channel",
    "mailbox", "subject", "client", "contact", "assignee", "service", "registered_at", "deadline_at",
}  # fmt: skip


def letter_of_ivan(hand: DeskInHand) -> None:
    """A submission with fields and an attachment."""
    text = "Услуга: Виртуальный ЦОД\nСрочность: высокая\nТип запроса: Консультация\n\nПортал не открывается."
    hand.write(IVAN, "Не открывается портал", text, attachments=[("экран.png", b"\x89PNG" * 100)])


def test_4_1_the_list_stands_in_working_order(cli: CommandLine, hand: DeskInHand) -> None:
    for number, subject in enumerate(("Первый", "Второй", "Третий"), 1):
        hand.write(IVAN if number < 3 else JOHN, subject, "Текст.")
    cli("requests", "do", "SD-2026-000002", "type information_security\nurgency high", "--as", ANNA)

    rows = cli.json("requests", "list")

    assert [row["number"] for row in rows] == ["SD-2026-000002", "SD-2026-000001", "SD-2026-000003"]
    assert set(rows[0]) >= REQUEST_KEYS
    assert rows[0]["priority"] == "critical"


@pytest.mark.parametrize(
    ("choice", "numbers"),
    [
        (["--status", "rejected"], ["SD-2026-000001"]),
        (["--open"], ["SD-2026-000002"]),
        (["--client", "alfa"], ["SD-2026-000001"]),
        (["--priority", "medium"], ["SD-2026-000001", "SD-2026-000002"]),
        (["--priority", "planned"], []),
        (["--client", "beta", "--open"], ["SD-2026-000002"]),
    ],
)
def test_the_list_can_be_narrowed(cli: CommandLine, hand: DeskInHand, choice: list[str], numbers: list[str]) -> None:
    hand.write(IVAN, "Первый", "Текст.")
    hand.write(JOHN, "Second", "A text.")
    cli("requests", "do", FIRST, "reject", "--as", ANNA, "--text", "Не по адресу.")

    assert [row["number"] for row in cli.json("requests", "list", *choice)] == numbers


def test_an_open_request_may_wait_for_anybody(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Первый", "Текст.")
    cli("requests", "do", FIRST, "third-party", "--as", ANNA)

    assert [row["status"] for row in cli.json("requests", "list", "--open")] == ["awaiting_third_party"]


def test_a_list_of_a_client_whom_nobody_knows(cli: CommandLine, hand: DeskInHand) -> None:
    said = cli.error("requests", "list", "--client", "nosuch", expect=2)

    assert said.startswith("--client nosuch: no client has this id in ")
    assert said.endswith("known are alfa, beta")
    assert cli.json("requests", "list", "--client", "beta") == []


def test_a_list_that_is_cut_says_so(cli: CommandLine, hand: DeskInHand) -> None:
    for subject in ("Первый", "Второй", "Третий"):
        hand.write(IVAN, subject, "Текст.")

    first_two = cli.json("requests", "list", "--limit", "2")
    said = cli.said
    everything = cli.json("requests", "list", "--limit", "3")

    assert [row["subject"] for row in first_two] == ["Первый", "Второй"]
    assert "the first 2 are shown" in said
    assert len(everything) == 3
    assert cli.said == ""


def test_a_request_is_shown_in_the_shape_that_scripts_rely_on(cli: CommandLine, hand: DeskInHand) -> None:
    letter_of_ivan(hand)

    shown = cli.json("requests", "show", FIRST)

    assert set(shown) >= REQUEST_KEYS | {"links", "messages", "history"}
    assert (shown["client"], shown["contact"], shown["channel"], shown["mailbox"]) == ("alfa", IVAN, "email", "support")
    assert (shown["service"], shown["urgency"], shown["type"]) == ("Виртуальный ЦОД", "high", "unclassified")
    assert shown["type_suggested"] == "consultation"
    assert shown["registered_at"] == "2026-11-23T10:05:00+03:00"
    assert shown["deadline_at"] is None
    assert shown["priority_by_hand"] is False
    first = shown["messages"][0]
    assert set(first) == {
        "direction", "kind", "from", "to", "at", "message_id", "text", "new_text", "internal", "attachments"
    }  # fmt: skip
    assert (first["direction"], first["kind"], first["from"]) == ("in", "submission", IVAN)
    assert first["to"] == ["support@desk.example"]
    assert re.fullmatch(r"<.+@alfa\.example>", first["message_id"])
    attached = first["attachments"][0]
    assert (attached["name"], attached["size"], len(attached["sha256"])) == ("экран.png", 400, 64)
    line = shown["history"][0]
    assert (line["event"], line["by"], line["clause"]) == ("registered", f"client:{IVAN}", "3.3")
    assert (line["from"], line["to"]) == (None, "registered")
    assert isinstance(line["detail"], dict)
    moments = [each["at"] for each in (*shown["messages"], *shown["history"])]
    assert all(RFC_3339.fullmatch(moment) for moment in moments)


def test_a_request_is_shown_to_people(cli: CommandLine, hand: DeskInHand) -> None:
    letter_of_ivan(hand)

    shown = cli("requests", "show", FIRST.lower())

    assert "Виртуальный ЦОД" in shown
    assert "Портал не открывается." in shown
    assert "экран.png" in shown
    assert f"client:{IVAN}" in shown


def test_a_number_that_nobody_has_is_an_error(cli: CommandLine, hand: DeskInHand) -> None:
    assert "SD-2026-000099" in cli.error("requests", "show", "SD-2026-000099", expect=1)
    assert "SD-2026-000099" in cli.error("requests", "do", "SD-2026-000099", "start", "--as", ANNA, expect=1)


@pytest.mark.parametrize("command", [("requests", "list"), ("outbox", "list")])
def test_on_a_narrow_terminal_a_number_stays_whole(
    cli: CommandLine, hand: DeskInHand, command: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_of_ivan(hand)
    monkeypatch.setenv("TERM", "dumb")  # 80 columns, no colours
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    lines = cli(*command).splitlines()

    assert any(FIRST in line for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    "typed", ["sd-2026-000001", " SD-2026-000001 ", "[SD-2026-000001]", "#SD-2026-000001", "№SD–2026–000001"]
)
def test_a_number_may_be_typed_as_in_a_mail(cli: CommandLine, hand: DeskInHand, typed: str) -> None:
    letter_of_ivan(hand)

    assert cli.json("requests", "show", typed)["number"] == FIRST
    assert cli("requests", "do", typed, "start", "--as", ANNA) == f"{FIRST}: in_progress\n"


def test_an_order_without_a_line_of_its_own_is_refused_in_words_alone(cli: CommandLine, hand: DeskInHand) -> None:
    letter_of_ivan(hand)

    cli("requests", "do", FIRST, "", "--as", ANNA, expect=1)

    assert cli.said.splitlines()[1].startswith("The answer holds neither a command nor a text.")


def test_4_6_commands_work_as_by_mail_with_or_without_their_sign(cli: CommandLine, hand: DeskInHand) -> None:
    letter_of_ivan(hand)

    assert cli("requests", "do", FIRST, "type 8 major", "--as", ANNA) == f"{FIRST}: registered\n"
    done = cli("requests", "do", FIRST, "!инфо 3 рабочих дня", "--as", ANNA, "--text", "Пришлите номер договора.")

    assert done == f"{FIRST}: awaiting_info\n"
    shown = cli.json("requests", "show", FIRST)
    assert (shown["type"], shown["impact"], shown["priority"]) == ("technical_support", "major", "critical")
    asked = next(each for each in shown["messages"] if each["kind"] == "info_needed")
    assert (asked["direction"], asked["internal"]) == ("out", False)
    assert shown["history"][-1]["by"] == f"staff:{ANNA}"


def test_all_the_commands_are_carried_out_or_none(cli: CommandLine, hand: DeskInHand) -> None:
    letter_of_ivan(hand)

    cli("requests", "do", FIRST, "start\nfrobnicate", "--as", ANNA, expect=1)

    assert "nothing was done" in cli.said
    assert "frobnicate" in cli.said
    assert not re.search("[а-я]", cli.said), "the command line speaks English to everybody"
    assert hand.show()["status"] == "registered"


def test_4_7_an_internal_note_is_marked_as_one(cli: CommandLine, hand: DeskInHand) -> None:
    letter_of_ivan(hand)

    cli("requests", "do", FIRST, "note", "--as", ANNA, "--text", "Клиент звонил дважды.")

    noted = [each for each in cli.json("requests", "show", FIRST)["messages"] if each["internal"]]
    assert [each["new_text"] for each in noted] == ["Клиент звонил дважды."]


def test_3_1_a_letter_is_entered_in_the_contact_s_name(cli: CommandLine, hand: DeskInHand) -> None:
    words = ("--channel", "letter", "--contact", VOLHA, "--subject", "Дагавор", "--text", "Прашу копію.", "--as", ANNA)

    assert cli("register", *words, "--type", "consultation") == f"{FIRST}\n"

    shown = cli.json("requests", "show", FIRST)
    assert (shown["channel"], shown["contact"], shown["client"]) == ("letter", VOLHA, "alfa")
    assert (shown["type"], shown["priority"]) == ("consultation", "low")
    assert shown["messages"][0]["text"] == "Прашу копію."
    assert shown["history"][0]["by"] == f"staff:{ANNA}"


def test_a_subject_is_entered_as_a_mail_could_bear_it(cli: CommandLine, hand: DeskInHand) -> None:
    subject = "Договор\n№ 5\t\x1b[31mсрочно" + " и важно" * 100

    cli("register", "--channel", "letter", "--contact", IVAN, "--subject", subject, "--as", ANNA)

    entered = hand.show()["subject"]
    assert entered.startswith("Договор № 5 [31mсрочно и важно")
    assert len(entered) == SUBJECT_MOST


def test_appendix_2_only_technical_support_is_entered_with_an_impact(cli: CommandLine, hand: DeskInHand) -> None:
    words = ("--channel", "letter", "--contact", VOLHA, "--subject", "Дагавор", "--as", KATE, "--impact", "full")

    assert "Only technical support" in cli.error("register", *words, "--type", "consultation", expect=1)
    assert "Only technical support" in cli.error("register", *words, expect=1)
    assert cli("register", *words, "--type", "technical_support") == f"{FIRST}\n"
    assert cli.json("requests", "show", FIRST)["priority"] == "critical"


PHONE = ("--channel", "phone", "--contact", IVAN, "--subject", "Авария", "--text", "Всё лежит.", "--as", ANNA)
NUMBER = ("--phone", "+375 29 123-45-67")


def test_3_4_a_call_that_meets_all_three_conditions_is_entered(cli: CommandLine, hand: DeskInHand) -> None:
    assert cli("register", *PHONE, *NUMBER, "--critical", "--cannot-write") == f"{FIRST}\n"
    assert cli.json("requests", "show", FIRST)["channel"] == "phone"


@pytest.mark.parametrize(
    ("conditions", "named"),
    [
        (["--phone", "+375 29 999-99-99", "--critical", "--cannot-write"], "+375 29 999-99-99"),
        ([*NUMBER, "--cannot-write"], "critical"),
        ([*NUMBER, "--critical"], "can write"),
    ],
)
def test_3_4_the_condition_that_failed_is_named(
    cli: CommandLine, hand: DeskInHand, conditions: list[str], named: str
) -> None:
    assert named in cli.error("register", *PHONE, *conditions, expect=1)
    assert cli.json("requests", "list") == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([*PHONE, *NUMBER, "--critical"], "phone_can_write"),
        (["--channel", "letter", "--contact", "m@x.example", "--subject", "S\nBcc: a@b.example", "--as", KATE],
         "unknown_contact"),
        (["--channel", "letter", "--contact", "whoever", "--subject", "", "--as", KATE], "unknown_contact"),
    ],
)  # fmt: skip
def test_3_5_an_attempt_that_is_not_registered_stays_in_the_journal_with_its_reason(
    cli: CommandLine, hand: DeskInHand, words: list[str], reason: str
) -> None:
    message_id = cli.error("register", *words, expect=1).rpartition(" ")[2]

    (found,) = cli.json("why", message_id)
    assert (found["decision"], found["reason"], found["request"]) == ("not_registered", reason, None)
    assert (cli.json("requests", "list"), cli.json("quarantine", "list")) == ([], [])
    census = cli.json("census", "--offline")
    assert (census["taken"], census["decided"], census["complete"]) == (1, 1, True)
    cli("db", "check")


def test_3_5_a_slip_of_who_enters_it_is_no_attempt(cli: CommandLine, hand: DeskInHand) -> None:
    words = ("--channel", "letter", "--contact", IVAN, "--subject", "Авария", "--as", KATE, "--impact", "full")

    cli.error("register", *words, expect=1)

    assert cli.json("census", "--offline")["taken"] == 0


def test_a_desk_for_complaints_alone_registers_no_letter(cli: CommandLine, hand: DeskInHand) -> None:
    only_complaints = cli.config.read_text().replace('purpose = "requests"', 'purpose = "complaints"')
    cli.config.write_text(only_complaints)
    words = ("--channel", "letter", "--contact", IVAN, "--subject", "Авария", "--as", KATE)

    assert "no mailbox of the configuration takes requests" in cli.error("register", *words, expect=1)


def test_3_10_nobody_but_a_contact_is_entered(cli: CommandLine, hand: DeskInHand) -> None:
    words = ("--channel", "letter", "--contact", "m@x.example", "--subject", "S", "--as", ANNA)

    assert "m@x.example" in cli.error("register", *words, expect=1)


def test_3_7_a_mailbox_is_marked_as_unavailable_and_back(cli: CommandLine, hand: DeskInHand) -> None:
    cli("contact", "unavailable", IVAN)

    hand.write(JOHN, "Hello", "A text.")
    cli("register", "--channel", "letter", "--contact", IVAN, "--subject", "Письмо", "--text", "Текст", "--as", ANNA)

    assert {row["to"] for row in cli.json("outbox", "list") if row["request"] == "SD-2026-000002"} >= {
        "it@alfa.example"
    }
    cli("contact", "available", IVAN)
    cli.error("contact", "available", IVAN, expect=1)


def test_3_9_targets_are_shown_where_the_desk_has_any(cli: CommandLine, hand: DeskInHand) -> None:
    targets = '\n[targets]\nmedium = { answer = "2 working hours", completion = "8 working hours" }\n'
    letter_of_ivan(hand)
    keys = {"answer_due_at", "completion_due_at", "breached"}
    assert not keys & set(cli.json("requests", "show", FIRST))

    cli.config.write_text(cli.config.read_text() + targets)
    hand.reconfigure(cli.config)
    hand.write(IVAN, "Второй", "Текст.")

    shown = cli.json("requests", "show", "SD-2026-000002")
    assert shown["answer_due_at"] == "2026-11-23T12:05:00+03:00"
    assert shown["completion_due_at"] == "2026-11-24T09:05:00+03:00"
    assert shown["breached"] is False
    assert {key: cli.json("requests", "list")[1][key] for key in keys} == {key: shown[key] for key in keys}
    assert not keys & set(cli.json("requests", "show", "SD-2026-000002", "--public"))
