"""5.1: the notice that began a wait comes back after the wait has ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate.desk.notice_settled import Settlement
from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, VOLHA
from tests.rig.play import bounce, minsk, words

AUTHORISED = "it@alfa.example"


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), text)


@pytest.fixture
def rejected(hand: DeskInHand) -> DeskInHand:
    """Ivan did not answer what he was asked on Monday, 23.11.2026 at 10:05, and it is Wednesday."""
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!инфо 1 рабочий день\n\nПришлите номер договора.")
    hand.travel(minsk(25, 11, 10, 0))
    assert hand.show()["status"] == "rejected"
    return hand


@pytest.fixture
def closed(config: Path, database: Database) -> DeskInHand:
    """A request that was closed by its days, of which the desk has set but one; it is Wednesday."""
    shorter = {'confirmation = "10 calendar days"': 'confirmation = "1 calendar day"'}
    shorter['confirmation_reminder = "3 calendar days"'] = 'confirmation_reminder = "1 calendar day"'
    text = config.read_text()
    for usual, here in shorter.items():
        text = text.replace(usual, here)
    config.write_text(text)
    hand = DeskInHand(config, database)
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!готово\n\nСделано.")
    hand.travel(minsk(25, 11, 10, 0))
    assert hand.show()["status"] == "closed"
    return hand


def back(hand: DeskInHand, name: str, status: str = "5.1.1", to: str = IVAN) -> None:
    hand.receive(bounce(hand.last(to, name), status))
    hand.send()


@pytest.mark.parametrize("status", ["5.1.1", "4.4.7"])
def test_5_1_a_question_that_came_back_after_the_rejection_is_asked_again(rejected: DeskInHand, status: str) -> None:
    back(rejected, "info_needed", status)

    line = rejected.show()["history"][-1]
    assert (line["event"], line["from"], line["to"]) == ("notice_bounced", "rejected", "awaiting_info")
    assert (rejected.show()["status"], rejected.show()["deadline_at"]) == ("awaiting_info", "2026-11-26T18:00:00+03:00")
    assert "26 ноября 2026 г., 18:00" in words(rejected.last(AUTHORISED, "info_needed"))
    told = words(rejected.last(ANNA, "staff_undeliverable"))
    assert AUTHORISED in told
    assert "снова ждёт" in told


def test_5_1_the_fallback_answers_and_the_request_has_the_status_it_had(rejected: DeskInHand) -> None:
    back(rejected, "info_needed")

    rejected.answer(rejected.last(AUTHORISED, "info_needed"), "Договор 17.")

    assert (rejected.show()["status"], rejected.numbers()) == ("registered", ["SD-2026-000001"])


def test_5_1_without_an_answer_it_is_rejected_for_that_again(rejected: DeskInHand) -> None:
    back(rejected, "info_needed")

    rejected.travel(minsk(27, 11))

    assert (rejected.show()["status"], rejected.events()[-1]) == ("rejected", "rejected")
    assert rejected.last(AUTHORISED, "rejected")


def test_5_1_the_end_that_did_not_count_is_told_to_nobody_more(rejected: DeskInHand) -> None:
    back(rejected, "info_needed")

    back(rejected, "rejected")

    assert not rejected.told(AUTHORISED, "rejected")
    assert "продвинулся" in words(rejected.last(ANNA, "staff_undeliverable"))


def test_5_1_a_notice_of_the_end_that_still_waits_is_withdrawn(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!инфо 1 рабочий день\n\nПришлите номер договора.")
    hand.refuses[IVAN] = Settlement(False, next_at=minsk(26, 11), error="450 try later")
    hand.travel(minsk(25, 11, 10, 0))
    assert hand.show()["status"] == "rejected"

    back(hand, "info_needed")
    hand.refuses.clear()
    hand.travel(minsk(26, 11, 10, 0))
    hand.send()

    assert not hand.told(name="rejected")
    assert "rejected" not in [entry["kind"] for entry in hand.show()["messages"]]


def test_5_1_where_no_other_mailbox_works_staff_are_told_and_no_clock_runs(rejected: DeskInHand) -> None:
    for addr in (AUTHORISED, "info@alfa.example"):
        rejected.refuses[addr] = Settlement(False, error="550 no such user", address_is_dead=True)

    back(rejected, "info_needed")
    rejected.send()

    assert (rejected.show()["status"], rejected.show()["deadline_at"]) == ("awaiting_info", None)
    rejected.travel(minsk(24, 12))
    assert rejected.show()["status"] == "awaiting_info"


@pytest.fixture
def owed(hand: DeskInHand) -> DeskInHand:
    """The same, while somebody outside both was awaited until 30.12.2026."""
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!третья сторона до 30.12.2026")
    order(hand, "!инфо 1 рабочий день\n\nПришлите номер договора.")
    hand.travel(minsk(25, 11, 10, 0))
    assert hand.show()["status"] == "rejected"
    return hand


def test_4_6_the_answer_to_what_was_asked_again_returns_the_request_to_the_status_before(owed: DeskInHand) -> None:
    back(owed, "info_needed")

    owed.answer(owed.last(AUTHORISED, "info_needed"), "Договор 17.")

    stands = owed.show()["status"], owed.show()["deadline_at"]
    assert stands == ("awaiting_third_party", "2026-12-30T18:00:00+03:00")
    owed.travel(minsk(30, 12, 18, 0))
    assert owed.events()[-1] == "third_party_overdue"


def test_4_10_a_date_that_passed_while_it_was_rejected_in_vain_is_told_once_it_waits_again(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!третья сторона до 01.12.2026")
    order(hand, "!инфо до 30.11.2026\n\nПришлите номер договора.")
    hand.travel(minsk(2, 12, 10, 0))
    assert not hand.told(ANNA, "staff_deadline")

    back(hand, "info_needed")
    hand.travel(minsk(2, 12, 10, 1))

    assert "1 декабря 2026 г., 18:00" in words(hand.last(ANNA, "staff_deadline"))
    hand.answer(hand.last(AUTHORISED, "info_needed"), "Договор 17.")
    stands = hand.show()["status"], hand.show()["deadline_at"]
    assert stands == ("awaiting_third_party", "2026-12-01T18:00:00+03:00")


def test_4_10_a_date_that_had_passed_before_the_end_is_told_no_second_time(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!третья сторона до 23.11.2026")
    order(hand, "!инфо 1 рабочий день\n\nПришлите номер договора.")
    hand.travel(minsk(25, 11, 10, 0))
    back(hand, "info_needed")

    hand.answer(hand.last(AUTHORISED, "info_needed"), "Договор 17.")

    stands = hand.show()["status"], hand.show()["deadline_at"]
    assert stands == ("awaiting_third_party", "2026-11-23T18:00:00+03:00")
    hand.travel(minsk(30, 12, 18, 0))
    assert hand.events().count("third_party_overdue") == 1


def test_5_1_the_days_of_a_completion_that_came_back_did_not_run(closed: DeskInHand) -> None:
    back(closed, "completed")

    assert (closed.show()["status"], closed.show()["deadline_at"]) == (
        "awaiting_confirmation",
        "2026-11-27T00:00:00+03:00",
    )
    closed.answer(closed.last(AUTHORISED, "completed"), "!подтверждаю")
    assert (closed.show()["status"], closed.events()[-1]) == ("closed", "closed")


def test_5_2_what_the_client_closed_stays_closed_and_is_asked_of_nobody(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.", headers=[("Cc", VOLHA)])
    order(hand, "!готово\n\nСделано.")
    hand.answer(hand.last(VOLHA, "completed"), "!пацвярджаю")
    assert hand.show()["status"] == "closed"

    back(hand, "completed")

    assert hand.show()["status"] == "closed"
    assert not hand.told(AUTHORISED, "completed")
    assert "продвинулся" in words(hand.last(ANNA, "staff_undeliverable"))


def test_5_2_what_goes_on_in_a_new_request_is_not_opened_again(closed: DeskInHand) -> None:
    closed.write(VOLHA, "Re: [SD-2026-000001]", "А как теперь быть с отчётом?")
    assert closed.numbers() == ["SD-2026-000001", "SD-2026-000002"]

    back(closed, "completed")

    assert closed.show()["status"] == "closed"


def test_4_8_what_staff_rejected_stays_rejected(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!инфо\n\nПришлите номер договора.")
    order(hand, "!отклонить\n\nНе будем.")

    back(hand, "info_needed")

    assert hand.show()["status"] == "rejected"
    assert not hand.told(AUTHORISED, "info_needed")
