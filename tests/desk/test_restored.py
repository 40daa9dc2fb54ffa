"""An older copy of the database is put in place while newer notices are out: numbers are given once more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mailgate.store.database import Database
from tests.rig import sqlite
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN, VOLHA
from tests.rig.play import words

FIRST, SECOND = "SD-2026-000001", "SD-2026-000002"
SECRET = "Ваш новый пароль: Жук-7."
Restore = Callable[[], None]


@pytest.fixture
def hand(config: Path, sqlite_database: Database) -> DeskInHand:
    """The desk of the example configuration, on a file that can be replaced."""
    return DeskInHand(config, sqlite_database)


@pytest.fixture
def restore(hand: DeskInHand, config: Path, tmp_path: Path) -> Restore:
    """Puts the copy in place that was made when a test asked for this; there was no request yet."""
    return copy_of(hand, config, tmp_path / "copy.db")


def copy_of(hand: DeskInHand, config: Path, copy: Path) -> Restore:
    hand.database.backup(copy)

    def put_in_place() -> None:
        hand.database.dispose()
        file = Path(str(hand.database.url.database))
        sqlite.renew(file)
        shutil.copyfile(copy, file)
        hand.reconfigure(config)

    return put_in_place


def test_3_10_what_staff_answer_about_a_lost_request_goes_to_no_other_client(
    hand: DeskInHand, restore: Restore
) -> None:
    hand.write(IVAN, "Пароль", "Забыл пароль.")
    of_the_lost = hand.last(ANNA, "staff_new")
    restore()
    hand.write(JOHN, "Invoice", "Where is it?")

    hand.answer(of_the_lost, SECRET)

    assert hand.numbers() == [FIRST]
    assert not [letter for letter in hand.told(JOHN) if SECRET in words(letter)]
    assert SECRET in words(hand.last(ANNA, "staff_error"))
    assert hand.events() == ["registered"]


def test_3_10_nor_does_an_answer_of_the_same_client_change_the_other_request(
    hand: DeskInHand, restore: Restore
) -> None:
    hand.write(IVAN, "Пароль", "Забыл пароль.")
    hand.answer(hand.last(ANNA, "staff_new"), "!готово\n\nСброшен.")
    of_the_lost = hand.last(IVAN, "completed")
    restore()
    hand.write(VOLHA, "Счёт", "Где счёт?")
    hand.answer(hand.last(ANNA, "staff_new"), "!готово\n\nВыслан.")

    hand.answer(of_the_lost, "!подтверждаю")

    assert hand.show(FIRST)["status"] == "awaiting_confirmation"
    assert hand.numbers() == [FIRST, SECOND]


def test_3_3_a_submission_that_is_read_again_is_answered_by_its_old_notices(hand: DeskInHand, restore: Restore) -> None:
    hand.write(IVAN, "Пароль", "Забыл пароль.")
    before = hand.last(ANNA, "staff_new")
    restore()
    hand.write(IVAN, "Пароль", "Забыл пароль.")

    hand.answer(before, SECRET)

    assert SECRET in words(hand.last(IVAN, "started"))


def test_4_7_a_request_that_stood_in_the_copy_knows_the_notices_that_were_lost(
    hand: DeskInHand, config: Path, tmp_path: Path
) -> None:
    hand.write(IVAN, "Пароль", "Забыл пароль.")
    restore = copy_of(hand, config, tmp_path / "copy.db")
    hand.answer(hand.last(ANNA, "staff_new"), "!инфо\n\nКакой?")
    of_the_lost = hand.last(IVAN, "info_needed")
    restore()

    hand.answer(of_the_lost, "От портала.")

    assert (hand.numbers(), "От портала." in words(hand.last(ANNA, "staff_reply"))) == ([FIRST], True)
