"""`contact`: unavailable mailboxes; all that is held about one address, shown and erased."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from mailgate.store.database import Database
from mailgate.store.tables import DeadAddress
from tests.cli.conftest import CommandLine, replaced
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, DESK, IVAN, VOLHA
from tests.rig.postgres import Postgres

NUMBER = "SD-2026-000001"


@pytest.fixture
def hand(hand: DeskInHand) -> DeskInHand:
    """Ivan's request, in which Volha takes part."""
    hand.write(IVAN, "Не открывается портал", "С утра.", attachments=[("экран.png", b"\x89PNG")])
    hand.answer(hand.last(IVAN, "registered"), "И у меня.", sender=VOLHA)
    return hand


def closed(hand: DeskInHand) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), "!закрыть телефон\nРассказали.")


def exported(cli: CommandLine, addr: str) -> dict[str, list[dict[str, Any]]]:
    """The documents of an export, by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in cli("contact", "export", addr).splitlines():
        document = json.loads(line)
        found.setdefault(document.pop("record"), []).append(document)
    return found


def test_a_mailbox_is_marked_as_unavailable_and_as_working_again(cli: CommandLine, hand: DeskInHand) -> None:
    assert cli("contact", "unavailable", IVAN.upper(), "--reason", "left") == f"{IVAN}: unavailable\n"
    assert exported(cli, IVAN)["unavailable"][0]["reason"] == "left"
    assert cli("contact", "available", IVAN) == f"{IVAN}: available\n"
    assert "was not marked" in cli.error("contact", "available", IVAN, expect=1)


def test_a_mailbox_to_which_nothing_goes_is_a_slip(cli: CommandLine, hand: DeskInHand) -> None:
    slip = IVAN.replace("ivan", "iwan")

    assert cli.error("contact", "unavailable", slip, expect=2).endswith(f'; did you mean "{IVAN}"?')


@pytest.mark.parametrize("addr", ["info@alfa.example", ANNA, "jane@gamma.example"])
def test_every_mailbox_to_which_something_goes_may_be_unavailable(
    cli: CommandLine, hand: DeskInHand, addr: str
) -> None:
    hand.write("jane@gamma.example", "Вопрос", "Можно спросить?")

    cli("contact", "unavailable", addr)


def test_an_export_holds_who_he_is_what_he_wrote_and_what_he_got(cli: CommandLine, hand: DeskInHand) -> None:
    found = exported(cli, IVAN)

    assert found["contact"][0]["phones"] == ["+375 29 123-45-67"]
    assert found["request"][0]["number"] == NUMBER
    assert "С утра." in found["request"][0]["messages"][0]["text"]
    assert b"Subject: " in base64.b64decode(found["mail"][0]["raw_base64"])
    assert {each["to"] for each in found["notice"]} >= {IVAN, ANNA}
    assert found["notice"][0]["facts"]["request"]["number"] == NUMBER


def test_of_the_requests_of_others_it_holds_his_own_words_alone(cli: CommandLine, hand: DeskInHand) -> None:
    found = exported(cli, VOLHA)

    assert "request" not in found
    (part,) = found["taking_part"]
    assert [each["new_text"].strip() for each in part["messages"]] == ["И у меня."]
    assert {line["by"] for line in part["history"]} == {f"client:{VOLHA}"}
    assert {each["from"] for each in found["mail"]} == {VOLHA}
    assert "notice" not in found


def test_nothing_is_exported_of_somebody_unknown_nor_of_staff(cli: CommandLine, hand: DeskInHand) -> None:
    assert "holds nothing" in cli.error("contact", "export", "nobody@nowhere.example", expect=1)
    assert "is no e-mail address" in cli.error("contact", "export", "nobody", expect=2)
    assert "is a staff member" in cli.error("contact", "erase", ANNA, "--yes", expect=2)
    assert "the desk's own" in cli.error("contact", "erase", DESK, "--yes", expect=2)


@pytest.mark.parametrize("addr", [IVAN, VOLHA])
def test_it_is_refused_while_a_request_is_open(cli: CommandLine, hand: DeskInHand, addr: str) -> None:
    said = cli.error("contact", "erase", addr, "--yes", expect=1)

    assert NUMBER in said
    assert "close or reject" in said
    assert hand.show()["contact"] == IVAN


def test_without_yes_it_says_what_would_go_and_changes_nothing(cli: CommandLine, hand: DeskInHand) -> None:
    closed(hand)

    cli("contact", "erase", IVAN, expect=2)

    assert f"held about {IVAN}: requests 1, mails 1, notices" in cli.said
    assert "nothing was erased; with --yes it is" in cli.said
    assert hand.show()["contact"] == IVAN


def test_with_yes_it_goes_and_the_history_names_who_ordered_it(cli: CommandLine, hand: DeskInHand) -> None:
    closed(hand)

    said = cli("contact", "erase", IVAN, "--yes", "--as", ANNA)

    assert said.startswith("erased: messages ")
    assert "still stands in" in cli.said
    assert hand.show()["history"][-1]["by"] == f"staff:{ANNA}"
    assert IVAN not in cli("requests", "show", NUMBER, "--json")
    assert cli.json("requests", "list")[0]["erased_at"] is not None
    assert "holds nothing" in cli.error("contact", "erase", IVAN, "--yes", expect=1)


def test_whoever_never_wrote_is_known_by_the_name_in_the_file(cli: CommandLine, hand: DeskInHand) -> None:
    closed(hand)
    cli("contact", "erase", VOLHA, "--yes", "--as", ANNA)
    hand.write(IVAN, "Доступ", "Нужен доступ: Вольга Сідарэнка.", headers=[("Cc", VOLHA)])
    hand.answer(hand.last(ANNA, "staff_new"), "!закрыть телефон\nЕсть.")

    cli("contact", "erase", VOLHA, "--yes", "--as", ANNA)

    assert "Сідарэнка" not in cli("requests", "show", "SD-2026-000002", "--json")
    assert hand.show("SD-2026-000002")["contact"] == IVAN


def test_whoever_marks_a_mailbox_a_moment_later_is_told_so(cli: CommandLine, postgres: Postgres) -> None:
    database = Database(postgres.new_database())
    database.upgrade()
    replaced(cli.config, "sqlite:///../var/mailgate.db", str(database.url))

    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            session.add(DeadAddress(addr=IVAN, since=datetime.now(UTC), reason="bounced"))
            session.flush()
            marked = pool.submit(cli.error, "contact", "unavailable", IVAN, expect=1)
            while not (session.scalar(text("SELECT 1 FROM pg_locks WHERE NOT granted")) or marked.done()):
                pass
        said = marked.result(60)

    assert said == "somebody else changed the same at this very moment, and nothing was done; try again"
    database.dispose()


def test_what_was_erased_is_no_fault_of_the_database(cli: CommandLine, hand: DeskInHand) -> None:
    closed(hand)
    hand.write("olga@gamma.example", "Вопрос", "Здравствуйте!")

    for addr in (VOLHA, IVAN, "olga@gamma.example"):
        cli("contact", "erase", addr, "--yes")
        assert cli("db", "check") == "sound\n"


def test_the_order_of_an_admin_bears_his_login(cli: CommandLine, hand: DeskInHand, monkeypatch) -> None:
    closed(hand)
    monkeypatch.setenv("LOGNAME", "olga")

    cli("contact", "erase", IVAN, "--yes")

    assert hand.show()["history"][-1]["by"] == "admin:olga"


def test_it_says_so_where_the_log_of_the_database_could_not_be_emptied(cli: CommandLine, hand: DeskInHand) -> None:
    closed(hand)
    reader = hand.database.reader.connect()
    reader.exec_driver_sql("SELECT * FROM entry").fetchone()

    cli("contact", "erase", IVAN, "--yes", expect=1)

    assert "its log still holds it" in cli.said
    reader.close()
