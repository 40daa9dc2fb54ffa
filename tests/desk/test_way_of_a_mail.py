"""The way of a mail: from the client to staff and back, as the Rules say it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN, SERGEY
from tests.rig.play import minsk


def test_3_3_a_contact_s_mail_is_registered_and_answered(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "Портал не открывается с утра.")

    request = hand.show("SD-2026-000001")
    assert (request["status"], request["type"], request["priority"]) == ("registered", "unclassified", "medium")
    assert request["contact"] == IVAN
    assert "SD-2026-000001" in hand.last(IVAN, "registered").text
    assert [letter.to for letter in hand.told(name="staff_new")] == [ANNA, SERGEY]


def test_3_3_numbers_without_a_year_go_on_in_the_new_year(config: Path, hand: DeskInHand) -> None:
    config.write_text(config.read_text().replace("SD-{year}-", "SD-"))
    hand.reconfigure(config)
    hand.now = minsk(31, 12, 23, 59)
    hand.write(IVAN, "Не открывается портал", "С утра.")

    hand.now += timedelta(minutes=1)
    hand.write(IVAN, "Не открывается почта", "И она тоже.")

    assert hand.numbers() == ["SD-000001", "SD-000002"]


def test_4_5_a_plain_answer_starts_the_request_and_reaches_the_client(hand: DeskInHand) -> None:
    sent = hand.write(IVAN, "Не открывается портал", "Портал не открывается с утра.")

    hand.answer(hand.last(ANNA, "staff_new"), "Проверяем, что с порталом.")

    started = hand.last(IVAN, "started")
    assert hand.show()["status"] == "in_progress"
    assert "Проверяем, что с порталом." in started.text
    assert started["In-Reply-To"] == f"<{sent.message_id}>"
    assert started["Auto-Submitted"] == ""
    assert "Проверяем, что с порталом." in hand.last(ANNA, "staff_done").text


def test_4_4_the_client_s_reply_finds_its_request_and_reaches_staff(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "Портал не открывается с утра.")

    hand.answer(hand.last(IVAN, "registered"), "Теперь ещё и почта.")

    assert hand.numbers() == ["SD-2026-000001"]
    reply = hand.last(SERGEY, "staff_reply")
    assert "Теперь ещё и почта." in reply.text
    assert reply["References"].split()[0] == hand.last(SERGEY, "staff_new")["Message-ID"]


def test_another_client_s_number_opens_nothing(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "Портал не открывается с утра.")

    hand.write(JOHN, "[SD-2026-000001] I want in", "What is this about?")
    hand.answer(hand.last(IVAN, "registered"), "I was forwarded this.", sender=JOHN)

    assert hand.numbers() == ["SD-2026-000001", "SD-2026-000002", "SD-2026-000003"]
    assert hand.events("SD-2026-000001") == ["registered"]
