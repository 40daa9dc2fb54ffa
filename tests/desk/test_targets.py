"""3.9: service targets on the desk: warnings, breaches, pauses, priorities, the queue and the digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate.desk.digest import send_digest
from mailgate.store import queries
from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN, SERGEY
from tests.rig.play import minsk, words

TARGETS = """
[targets]
medium = { answer = "2 working hours", completion = "8 working hours" }
critical = { answer = "1 working hour", completion = "2 working hours" }
"""
CLIENTS_OWN = """
[client.targets]
medium = { answer = "1 working hour" }
"""


@pytest.fixture
def promised(config: Path, database: Database) -> DeskInHand:
    """Targets for medium and critical; Beta's medium requests are answered sooner. It is Monday, 23.11.2026 10:05."""
    config.write_text(config.read_text() + TARGETS)
    clients = config.with_name("clients.toml")
    clients.write_text(clients.read_text() + CLIENTS_OWN)
    return DeskInHand(config, database)


@pytest.fixture
def opened(promised: DeskInHand) -> DeskInHand:
    """Ivan's request was registered at 10:05; its first answer is due at 12:05, its completion at 18:05 of work."""
    promised.write(IVAN, "Не открывается портал", "С утра.")
    return promised


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), text)


def due(hand: DeskInHand) -> dict[str, str]:
    with hand.read() as session:
        request = queries.request_by_number(session, "SD-2026-000001")
        assert request is not None
        return {
            each.trigger: f"{each.due_at.astimezone(minsk(1, 1).tzinfo):%d.%m %H:%M}"
            for each in queries.deadlines(session, request.id)
        }


def standing(hand: DeskInHand, number: str = "SD-2026-000001") -> tuple[object, object, bool]:
    with hand.read() as session:
        request = queries.request_by_number(session, number)
        assert request is not None
        return request.answer_due_at, request.completion_due_at, request.breached


def test_3_9_registration_sets_both_targets(opened: DeskInHand) -> None:
    # A fifth of two hours before 12:05, and of eight hours before 9:05 on Tuesday.
    assert due(opened) == {
        "answer_target_near": "23.11 11:41",
        "answer_target_missed": "23.11 12:05",
        "completion_target_near": "23.11 16:29",
        "completion_target_missed": "24.11 09:05",
    }
    assert standing(opened) == (minsk(23, 11, 12, 5), minsk(24, 11, 9, 5), False)


def test_3_9_staff_are_warned_once_and_told_once_that_the_answer_is_late(opened: DeskInHand) -> None:
    opened.travel(minsk(23, 11, 15))

    warning, breach = opened.told(ANNA, "staff_deadline")
    assert "срок первого ответа клиенту подходит" in words(warning)
    assert "до понедельника, 23 ноября 2026 г., 12:05 (Минск)" in words(warning)
    assert "срок первого ответа клиенту прошёл" in words(breach)
    assert len(opened.told(SERGEY, "staff_deadline")) == 2
    assert opened.events() == ["registered", "answer_due_soon", "answer_overdue"]
    assert standing(opened)[2]
    assert not opened.told(IVAN, "staff_deadline")


@pytest.mark.parametrize(
    "answer", ["Смотрим.", "!в работу", "!инфо\n\nНомер договора?", "!готово\n\nИсправили.", "!отклонить\n\nНет."]
)
def test_3_9_whatever_staff_tell_the_client_is_the_first_answer(opened: DeskInHand, answer: str) -> None:
    order(opened, answer)

    assert not {"answer_target_near", "answer_target_missed"} & set(due(opened))
    opened.travel(minsk(23, 11, 13))
    assert not opened.told(ANNA, "staff_deadline")


def test_3_9_a_text_that_goes_along_with_a_change_answers_and_a_change_alone_does_not(opened: DeskInHand) -> None:
    order(opened, "!срочность низкая")
    assert "answer_target_missed" in due(opened)

    order(opened, "!срочность высокая\n\nСмотрим.")

    assert "answer_target_missed" not in due(opened)


@pytest.mark.parametrize("order_", ["!заметка\n\nЗнаю.", "!назначить Анна"])
def test_3_9_what_staff_do_among_themselves_is_no_answer(opened: DeskInHand, order_: str) -> None:
    order(opened, order_)

    assert "answer_target_missed" in due(opened)


def test_3_9_an_answer_that_is_taken_back_was_none(opened: DeskInHand) -> None:
    before = due(opened)
    with_undo = opened.last(ANNA, "staff_new")
    opened.send = lambda **_: None  # type: ignore[method-assign]
    opened.answer(with_undo, "Смотрим.")
    assert "answer_target_missed" not in due(opened)

    opened.answer(with_undo, "!undo")

    assert due(opened) == before


def test_3_9_the_clock_stands_still_while_the_client_is_asked(opened: DeskInHand) -> None:
    opened.now = minsk(23, 11, 11)
    order(opened, "!инфо\n\nНомер договора?")
    assert not {"completion_target_near", "completion_target_missed"} & set(due(opened))
    assert standing(opened) == (None, None, False)

    opened.now = minsk(23, 11, 14)
    opened.answer(opened.last(IVAN, "info_needed"), "Договор 17.")

    # Three hours of work were waited.
    assert due(opened)["completion_target_missed"] == "24.11 12:05"
    opened.travel(minsk(24, 11, 12, 4))
    assert not standing(opened)[2]
    opened.travel(minsk(24, 11, 12, 5))
    assert standing(opened)[2]
    assert [each.name for each in opened.told(ANNA, "staff_deadline")] == ["staff_deadline"] * 2


def test_3_9_a_changed_priority_changes_the_target_counted_from_registration(opened: DeskInHand) -> None:
    order(opened, "!в работу")
    opened.now = minsk(23, 11, 11)

    order(opened, "!приоритет критический")

    assert due(opened) == {"completion_target_near": "23.11 11:41", "completion_target_missed": "23.11 12:05"}
    order(opened, "!приоритет низкий")
    assert (due(opened), standing(opened)) == ({}, (None, None, False))


def test_3_9_a_priority_that_is_late_already_is_told_at_once_and_only_once(opened: DeskInHand) -> None:
    order(opened, "!в работу")
    opened.now = minsk(23, 11, 15)

    order(opened, "!приоритет критический")
    opened.travel(minsk(23, 11, 15, 1))
    order(opened, "!срочность высокая")
    opened.travel(minsk(25, 11))

    (breach,) = opened.told(ANNA, "staff_deadline")
    assert "срок завершения работы по запросу прошёл" in words(breach)
    assert "12:05" in words(breach)


def test_3_9_a_client_may_have_targets_of_its_own(promised: DeskInHand) -> None:
    promised.write(JOHN, "Portal", "It is down.")

    assert due(promised)["answer_target_missed"] == "23.11 11:05"
    assert due(promised)["completion_target_missed"] == "24.11 09:05"


def test_6_2_a_complaint_has_its_own_terms_and_no_targets(promised: DeskInHand) -> None:
    promised.write(IVAN, "Претензия", "Не отвечаете.", to="complaints@desk.example")

    with promised.read() as session:
        (number,) = promised.numbers()
        request = queries.request_by_number(session, number)
        assert request is not None
        assert not [each for each in queries.deadlines(session, request.id) if "target" in each.trigger]


def test_3_9_the_assignee_alone_is_warned(opened: DeskInHand) -> None:
    order(opened, "!назначить Сергей")

    opened.travel(minsk(23, 11, 13))

    assert len(opened.told(SERGEY, "staff_deadline")) == 2
    assert not opened.told(ANNA, "staff_deadline")


def test_3_9_the_queue_shows_what_is_due(opened: DeskInHand) -> None:
    order(opened, "!очередь")
    assert "первый ответ до 23.11.2026 12:05" in words(opened.last(ANNA, "staff_queue"))

    opened.travel(minsk(23, 11, 13))
    order(opened, "!очередь")

    assert "первый ответ: срок прошёл 23.11.2026 12:05" in words(opened.last(ANNA, "staff_queue"))


def test_4_1_in_the_digest_what_is_about_to_be_missed_comes_first_within_its_priority(opened: DeskInHand) -> None:
    """The first request waits for its client and nothing is due; the second is younger, but due on Tuesday."""
    order(opened, "!инфо 5 рабочих дней\n\nНомер договора?")
    opened.write(IVAN, "Второй", "Вопрос.")
    opened.write(IVAN, "Третий", "Срочный вопрос.")
    opened.answer(opened.last(ANNA, "staff_new"), "!приоритет высокий")
    opened.now = minsk(24, 11, 9)

    with opened.database.write() as session:
        send_digest(session, opened.now, opened.desk)
    opened.send()

    text = opened.last(ANNA, "staff_digest").text
    order_ = [text.index(number) for number in ("SD-2026-000003", "SD-2026-000002", "SD-2026-000001")]
    assert order_ == sorted(order_)


def test_3_9_without_targets_nothing_is_seen_of_them(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")

    assert (due(hand), standing(hand)) == ({}, (None, None, False))


def test_3_9_targets_that_were_taken_out_of_the_configuration_are_told_no_more(
    opened: DeskInHand, config: Path
) -> None:
    config.write_text(config.read_text().replace(TARGETS, ""))
    clients = config.with_name("clients.toml")
    clients.write_text(clients.read_text().replace(CLIENTS_OWN, ""))
    opened.reconfigure(config)

    opened.travel(minsk(25, 11))
    order(opened, "!очередь")

    assert not opened.told(ANNA, "staff_deadline")
    assert "первый ответ" not in words(opened.last(ANNA, "staff_queue"))


def test_3_9_a_desk_that_configures_targets_knows_the_course_of_what_is_open(hand: DeskInHand, config: Path) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    order(hand, "!инфо\n\nНомер договора?")
    config.write_text(config.read_text() + TARGETS)
    hand.reconfigure(config)
    hand.now = minsk(23, 11, 14, 5)

    hand.answer(hand.last(IVAN, "info_needed"), "Договор 17.")

    # Asked at once, answered four hours later: what was promised within eight hours is due four hours later too.
    assert due(hand)["completion_target_missed"] == "24.11 13:05"
    assert "answer_target_missed" not in due(hand)
