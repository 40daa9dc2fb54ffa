"""4.6, 5.1: what asks for something that is not awaited any more is read by nobody, whether it waits or came back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mailgate.desk.notice_settled import Settlement
from mailgate.store.tables import Notice
from tests.rig.hand import DeskInHand, written
from tests.rig.house import ANNA, IVAN, VOLHA
from tests.rig.play import bounce, minsk, words

AUTHORISED = "it@alfa.example"
INFO, DONE = "!инфо\n\nКакой браузер?", "!готово\n\nСделано."


@pytest.fixture
def opened(hand: DeskInHand) -> DeskInHand:
    """Ivan's request was registered on Monday, 23.11.2026 at 10:05."""
    hand.write(IVAN, "Не открывается портал", "С утра.")
    return hand


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.told(ANNA, "staff_new")[0], text)


def put_off(hand: DeskInHand, until: datetime, *readers: str) -> None:
    """The mail server of these readers takes nothing before that moment."""
    hand.refuses = {addr: Settlement(False, next_at=until, error="451 greylisted") for addr in readers}


def goes_on(hand: DeskInHand, moment: datetime) -> None:
    """It is `moment`, and mail goes out again."""
    hand.refuses = {}
    hand.travel(moment)
    hand.send()


def came_back(hand: DeskInHand, name: str) -> list[str]:
    """Ivan's notice of that name comes back; gives the names of what it causes for the client's own mailbox."""
    before = len(hand.letters)
    hand.receive(bounce(hand.last(IVAN, name)))
    hand.send()
    return [letter.name for letter in hand.letters[before:] if letter.to == AUTHORISED]


def kinds(hand: DeskInHand) -> list[str]:
    return [entry["kind"] for entry in hand.show()["messages"]]


def state_of(hand: DeskInHand, name: str) -> list[tuple[str, str | None]]:
    def facts(notice: Notice) -> tuple[str, str | None]:
        return notice.state, notice.last_error

    with hand.read() as session:
        return [facts(notice) for notice in written(session) if notice.name == name]


# --- it comes back ----------------------------------------------------------------------------------------------------


def test_4_6_a_reminder_that_comes_back_after_the_wait_is_sent_to_nobody_else(opened: DeskInHand) -> None:
    order(opened, INFO)
    opened.travel(minsk(25, 11, 9, 30))
    order(opened, "!возобновить\n\nУзнали по телефону.")

    assert came_back(opened, "info_reminder") == []
    assert "продвинулся" in words(opened.last(ANNA, "staff_undeliverable"))


def test_5_1_a_reminder_of_the_completion_that_comes_back_after_the_closing_is_sent_to_nobody_else(
    opened: DeskInHand,
) -> None:
    order(opened, DONE)
    opened.travel(minsk(30, 11, 9, 30))
    order(opened, "!закрыть телефон\n\nПодтвердил по телефону.")

    assert came_back(opened, "completion_reminder") == []


def test_5_1_the_question_for_reasons_that_comes_back_after_the_work_went_on_is_sent_to_nobody_else(
    opened: DeskInHand,
) -> None:
    order(opened, DONE)
    opened.answer(opened.last(IVAN, "completed"), "Нет")
    order(opened, "!возобновить\n\nЧиним дальше.")

    assert came_back(opened, "reasons_needed") == []


def test_4_6_a_reminder_of_an_end_that_was_put_off_is_sent_to_nobody_else(opened: DeskInHand) -> None:
    order(opened, INFO)
    opened.travel(minsk(25, 11, 9, 30))
    order(opened, "!продлить 5 рабочих дней")

    assert came_back(opened, "info_reminder") == []


@pytest.mark.parametrize(
    ("asks", "moment", "name"),
    [
        (INFO, minsk(25, 11, 9, 30), "info_reminder"),
        (DONE, minsk(30, 11, 9, 30), "completion_reminder"),
    ],
)
def test_3_7_a_reminder_of_a_wait_that_goes_on_is_sent_to_the_fallback(
    opened: DeskInHand, asks: str, moment: datetime, name: str
) -> None:
    order(opened, asks)
    opened.travel(moment)

    assert came_back(opened, name) == [name]


def test_3_7_a_question_for_reasons_that_still_stands_is_sent_to_the_fallback(opened: DeskInHand) -> None:
    order(opened, DONE)
    opened.answer(opened.last(IVAN, "completed"), "Нет")

    assert came_back(opened, "reasons_needed") == ["reasons_needed"]


# --- it still waits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asks", "then", "name"),
    [
        (DONE, "!возобновить\n\nНашли ещё ошибку.", "completed"),
        (INFO, "!готово\n\nРазобрались по телефону.", "info_needed"),
        (DONE, "!закрыть телефон\n\nПодтвердил.", "completed"),
        ("!отклонить\n\nНе будем.", "!возобновить", "rejected"),
    ],
)
def test_5_1_what_was_put_off_until_it_was_outdated_is_sent_to_nobody(
    opened: DeskInHand, asks: str, then: str, name: str
) -> None:
    put_off(opened, minsk(23, 11, 10, 20), IVAN)
    order(opened, asks)
    opened.refuses = {}
    opened.now += timedelta(minutes=5)
    order(opened, then)
    status = opened.show()["status"]

    goes_on(opened, minsk(23, 11, 10, 30))

    assert not opened.told(name=name)
    assert state_of(opened, name) == [("withdrawn", "outdated")]
    assert opened.show()["status"] == status
    line = opened.show()["history"][-1]
    assert (line["event"], line["detail"]["error"]) == ("notice_bounced", "outdated")


def test_4_4_staff_read_which_of_their_words_were_not_sent_and_the_correspondence_does_not_say_so(
    opened: DeskInHand,
) -> None:
    put_off(opened, minsk(23, 11, 10, 20), IVAN)
    order(opened, DONE)
    opened.refuses = {}
    order(opened, "!возобновить\n\nНашли ещё ошибку.")

    goes_on(opened, minsk(23, 11, 10, 30))

    told = words(opened.last(ANNA, "staff_undeliverable"))
    assert "Отправлять его мы не стали: пока оно ждало, запрос продвинулся дальше." in told
    assert "напишите ему ещё раз" in told
    assert "Сделано." in told
    assert "completed" not in kinds(opened)
    assert "resumed" in kinds(opened)


def test_4_6_a_reminder_that_was_put_off_until_he_had_answered_is_sent_to_nobody(opened: DeskInHand) -> None:
    order(opened, INFO)
    put_off(opened, minsk(25, 11, 15), IVAN)
    opened.travel(minsk(25, 11, 9, 30))
    opened.answer(opened.last(IVAN, "info_needed"), "Firefox.")

    goes_on(opened, minsk(25, 11, 16))

    assert not opened.told(name="info_reminder")
    assert "От Вас ничего не требуется" in words(opened.last(ANNA, "staff_undeliverable"))


def test_4_6_what_is_put_off_and_still_awaited_is_sent_and_starts_its_clock(opened: DeskInHand) -> None:
    put_off(opened, minsk(24, 11, 10), IVAN)
    order(opened, INFO)

    goes_on(opened, minsk(24, 11, 10))

    assert opened.last(IVAN, "info_needed")
    assert opened.show()["deadline_at"] == "2026-11-27T18:00:00+03:00"


def test_5_1_whoever_takes_part_is_spared_it_as_well_and_staff_hear_of_it_once(shared: DeskInHand) -> None:
    put_off(shared, minsk(23, 11, 10, 20), IVAN, VOLHA)
    order(shared, DONE)
    shared.refuses = {}
    order(shared, "!возобновить\n\nНашли ещё ошибку.")

    goes_on(shared, minsk(23, 11, 10, 30))

    assert not shared.told(name="completed")
    assert len(shared.told(ANNA, "staff_undeliverable")) == 1


def test_4_4_what_one_of_them_has_read_stays_in_the_correspondence(shared: DeskInHand) -> None:
    put_off(shared, minsk(23, 11, 10, 20), IVAN)
    order(shared, DONE)
    shared.refuses = {}
    order(shared, "!возобновить\n\nНашли ещё ошибку.")

    goes_on(shared, minsk(23, 11, 10, 30))

    assert [letter.to for letter in shared.told(name="completed")] == [VOLHA]
    assert "completed" in kinds(shared)


def test_5_1_what_staff_order_one_after_the_other_is_told_in_that_order(opened: DeskInHand) -> None:
    send = opened.send
    opened.send = lambda held=False: send(held=held)  # type: ignore[method-assign,misc]
    order(opened, DONE)
    opened.now += timedelta(seconds=5)
    order(opened, "!закрыть телефон\n\nПодтвердил.")
    for _ in range(3):
        opened.now += timedelta(seconds=25)
        opened.send()

    assert [letter.name for letter in opened.told(IVAN)][1:] == ["completed", "closed"]
    assert not opened.told(name="staff_undeliverable")
    assert "Сделано." in opened.last(IVAN, "completed").text


def test_5_1_nothing_is_outdated_by_what_can_still_be_undone(opened: DeskInHand) -> None:
    put_off(opened, minsk(23, 11, 10, 20), IVAN)
    order(opened, DONE)
    opened.refuses, opened.now = {}, minsk(23, 11, 10, 19) + timedelta(seconds=50)
    send = opened.send
    opened.send = lambda held=False: send(held=held)  # type: ignore[method-assign,misc]
    order(opened, "!возобновить")
    opened.now = minsk(23, 11, 10, 20) + timedelta(seconds=5)
    opened.send()

    order(opened, "!отменить")

    assert opened.last(IVAN, "completed")
    assert (opened.show()["status"], opened.show()["deadline_at"]) == (
        "awaiting_confirmation",
        "2026-12-04T00:00:00+03:00",
    )


def test_5_1_a_completion_that_comes_back_while_its_end_can_be_undone_goes_to_the_fallback(opened: DeskInHand) -> None:
    order(opened, DONE)
    send = opened.send
    opened.send = lambda held=False: send(held=held)  # type: ignore[method-assign,misc]
    order(opened, "!возобновить")
    opened.now += timedelta(seconds=5)
    opened.receive(bounce(opened.last(IVAN, "completed")))
    opened.now += timedelta(seconds=5)

    order(opened, "!отменить")

    assert opened.last(AUTHORISED, "completed")
    assert (opened.show()["status"], opened.show()["deadline_at"]) == (
        "awaiting_confirmation",
        "2026-12-04T00:00:00+03:00",
    )
