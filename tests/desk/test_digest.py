"""4.1: the daily digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mailgate.desk.digest import send_digest
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, KATE, SERGEY


def digest(hand: DeskInHand) -> bool:
    with hand.database.write() as session:
        sent = send_digest(session, hand.now, hand.desk)
    hand.send()
    return sent


def test_4_1_digest_goes_once_a_day_to_those_who_have_something_to_do(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")

    assert [digest(hand), digest(hand)] == [True, False]

    assert sorted(letter.to for letter in hand.told(name="staff_digest")) == sorted([ANNA, SERGEY])
    assert "SD-2026-000001" in hand.last(ANNA, "staff_digest").text
    assert not hand.told(KATE, "staff_digest")


def test_4_1_no_digest_before_hours_on_days_off_or_with_nothing_to_say(hand: DeskInHand) -> None:
    hand.now = hand.now.replace(hour=8, minute=59)
    assert not digest(hand)
    hand.now = hand.now.replace(hour=9, minute=0) + timedelta(days=5)  # Saturday
    assert not digest(hand)
    hand.now = hand.now + timedelta(days=2)
    assert digest(hand)

    assert not hand.told(name="staff_digest")


def test_4_1_what_somebody_who_left_had_taken_stands_in_the_queue_of_those_who_serve_it(
    config: Path, hand: DeskInHand
) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    hand.answer(hand.last(SERGEY, "staff_new"), "!взять")
    staff = config.with_name("staff.toml")
    staff.write_text(staff.read_text().replace(SERGEY, "somebody.else@desk.example"))
    hand.reconfigure(config)

    assert digest(hand)

    assert "SD-2026-000001" in hand.last(ANNA, "staff_digest").text


def test_4_1_what_came_to_a_mailbox_that_is_no_more_stands_in_the_queue_of_the_first_one(
    config: Path, hand: DeskInHand
) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    fewer = replace(hand.desk.config, mailboxes=hand.desk.config.mailboxes[1:])
    hand.desk = replace(hand.desk, config=fewer)

    assert digest(hand)

    assert "SD-2026-000001" in hand.last(KATE, "staff_digest").text
