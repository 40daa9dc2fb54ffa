"""4.6, 4.8, 4.10: waiting for the client and for somebody else, with the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailgate.desk.notice_settled import Settlement
from mailgate.desk.term_ended import end_one_term
from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, SERGEY
from tests.rig.play import bounce, minsk, words

NO_ANSWER = "Запрос отклонен, в связи с отсутствием ответа клиента по запросу"
VACATION = [("Auto-Submitted", "auto-replied")]


@pytest.fixture
def opened(hand: DeskInHand) -> DeskInHand:
    """Ivan's request was registered on Monday, 23.11.2026 at 10:05."""
    hand.write(IVAN, "Не открывается портал", "С утра.")
    return hand


@pytest.fixture
def asked(opened: DeskInHand) -> DeskInHand:
    """Anna began the work and asked him something."""
    return ask(opened)


def ask(hand: DeskInHand, term: str = "") -> DeskInHand:
    order(hand, "!в работу")
    order(hand, f"!инфо {term}\n\nПришлите номер договора.")
    return hand


def order(hand: DeskInHand, text: str, by: str = ANNA) -> None:
    hand.answer(hand.last(by, "staff_new"), text)


def deadline(hand: DeskInHand) -> object:
    return hand.show()["deadline_at"]


def test_4_6_the_notice_says_until_when_and_the_clock_runs_until_then(asked: DeskInHand) -> None:
    assert "26 ноября 2026 г., 18:00" in words(asked.last(IVAN, "info_needed"))
    assert "Пришлите номер договора." in asked.last(IVAN, "info_needed").text
    assert deadline(asked) == "2026-11-26T18:00:00+03:00"
    assert asked.show()["status"] == "awaiting_info"


def test_4_8_the_client_is_told_what_comes_of_no_answer_and_how_long_he_may_still_answer(asked: DeskInHand) -> None:
    asked.travel(minsk(25, 11, 10, 0))

    for name in ("info_needed", "info_reminder"):
        told = words(asked.last(IVAN, name))
        assert "запрос будет отклонён; если Вы ответите в течение 10 календарных дней после этого" in told


@pytest.mark.parametrize(
    ("term", "ends"),
    [
        ("4 часа", "2026-11-23T14:05:00+03:00"),
        ("2 дня", "2026-11-26T00:00:00+03:00"),
        ("2 рабочих дня", "2026-11-25T18:00:00+03:00"),
        ("до 27.11.2026", "2026-11-27T18:00:00+03:00"),
        ("2026-11-27 12:30", "2026-11-27T12:30:00+03:00"),
    ],
)
def test_4_6_staff_name_the_term(opened: DeskInHand, term: str, ends: str) -> None:
    ask(opened, term)

    assert deadline(opened) == ends


def test_4_6_one_reminder_one_working_day_before_the_end(asked: DeskInHand) -> None:
    asked.travel(minsk(25, 11, 8, 59))
    assert not asked.told(IVAN, "info_reminder")

    asked.travel(minsk(26, 11, 17, 59))

    assert len(asked.told(IVAN, "info_reminder")) == 1
    assert asked.show()["history"][-1]["at"] == "2026-11-25T09:00:00+03:00"
    assert "26 ноября 2026 г., 18:00" in words(asked.last(IVAN, "info_reminder"))


@pytest.mark.parametrize(
    ("before", "status"),
    [("!срочность высокая", "registered"), ("!в работу", "in_progress"), ("!третья сторона", "awaiting_third_party")],
)
def test_4_6_the_answer_returns_the_request_to_the_status_it_had(opened: DeskInHand, before: str, status: str) -> None:
    order(opened, before)
    order(opened, "!инфо\n\nПришлите номер договора.")

    opened.answer(opened.last(IVAN, "info_needed"), "Договор 17.")

    assert (opened.show()["status"], deadline(opened)) == (status, None)
    assert "Договор 17." in opened.last(ANNA, "staff_reply").text
    opened.travel(minsk(30, 11))
    assert not opened.told(IVAN, "info_reminder")
    assert not opened.told(IVAN, "rejected")


def test_4_6_the_clock_starts_when_the_notice_is_accepted(opened: DeskInHand) -> None:
    opened.refuses[IVAN] = Settlement(False, next_at=minsk(24, 11, 12, 0), error="450 try later")
    ask(opened)
    assert deadline(opened) is None

    opened.refuses.clear()
    opened.travel(minsk(24, 11, 12, 0))
    opened.send()

    assert deadline(opened) == "2026-11-27T18:00:00+03:00"
    assert "27 ноября 2026 г., 18:00" in words(opened.last(IVAN, "info_needed"))


def test_4_6_extend_begins_the_wait_anew_and_the_client_is_told(asked: DeskInHand) -> None:
    order(asked, "!продлить 5 рабочих дней")

    assert deadline(asked) == "2026-11-30T18:00:00+03:00"
    told = words(asked.last(IVAN, "info_needed"))
    assert "30 ноября 2026 г., 18:00" in told
    assert f"Срок Вашего ответа по запросу {asked.show()['number']} продлён." in told
    asked.travel(minsk(27, 11))
    assert asked.show()["status"] == "awaiting_info"


def test_4_6_what_ends_earlier_extends_nothing(asked: DeskInHand) -> None:
    before, told = deadline(asked), len(asked.told(IVAN))

    order(asked, "!продлить 1 рабочий день")

    assert (deadline(asked), len(asked.told(IVAN))) == (before, told)
    assert "Так срок не продлевается: сейчас он до 26.11.2026 18:00" in words(asked.last(ANNA, "staff_error"))


def test_4_6_nor_does_it_before_the_question_was_accepted(opened: DeskInHand) -> None:
    opened.refuses[IVAN] = Settlement(False, next_at=minsk(23, 11, 12, 0), error="450 try later")
    ask(opened, "до 25.12.2026")

    order(opened, "!продлить 1 рабочий день")

    assert "Так срок не продлевается: сейчас он до 25.12.2026 18:00" in words(opened.last(ANNA, "staff_error"))
    opened.refuses.clear()
    opened.travel(minsk(23, 11, 12, 0))
    opened.send()
    assert deadline(opened) == "2026-12-25T18:00:00+03:00"


def test_4_4_the_history_says_from_which_end_a_term_was_extended(asked: DeskInHand) -> None:
    before = deadline(asked)

    order(asked, "!продлить 5 рабочих дней")

    (line,) = (each for each in asked.show()["history"] if each["event"] == "extended")
    assert datetime.fromisoformat(line["detail"]["was"]) == datetime.fromisoformat(before)
    assert line["detail"]["term"] == "5 working days"


def test_4_6_the_bounce_of_an_earlier_notice_does_not_stop_the_clock_of_a_later_one(asked: DeskInHand) -> None:
    first = asked.last(IVAN, "info_needed")
    order(asked, "!продлить 5 рабочих дней")

    asked.receive(bounce(first, "4.4.1"))

    assert deadline(asked) == "2026-11-30T18:00:00+03:00"


def test_4_6_an_earlier_notice_that_arrives_late_does_not_set_the_clock_of_a_later_one(opened: DeskInHand) -> None:
    opened.refuses[IVAN] = Settlement(False, next_at=minsk(23, 11, 16, 0), error="450 try later")
    ask(opened)
    opened.refuses.clear()
    order(opened, "!продлить 5 рабочих дней")

    opened.travel(minsk(23, 11, 16, 0))
    opened.send()

    assert len(opened.told(IVAN, "info_needed")) == 2
    assert deadline(opened) == "2026-11-30T18:00:00+03:00"


def test_4_8_without_an_answer_the_request_is_rejected_in_these_words(asked: DeskInHand) -> None:
    asked.travel(minsk(26, 11, 17, 59))
    assert asked.show()["status"] == "awaiting_info"

    asked.travel(minsk(26, 11, 18, 0))

    rejected = words(asked.last(IVAN, "rejected"))
    assert (asked.show()["status"], deadline(asked)) == ("rejected", None)
    assert NO_ANSWER in rejected
    assert "6 декабря" in rejected  # the tenth day after; an answer is in time until it ends
    assert asked.show()["history"][-1]["clause"] == "4.8"


def test_4_4_an_automatic_reply_of_staff_is_theirs_and_not_the_client_s(asked: DeskInHand) -> None:
    asked.answer(asked.last(ANNA, "staff_new"), "Я в отпуске, вместо меня Сергей.", headers=VACATION)

    shown = asked.show()
    assert (shown["messages"][-1]["kind"], shown["messages"][-1]["internal"]) == ("auto_reply", True)
    assert shown["history"][-1]["by"] == f"staff:{ANNA}"


def test_4_8_an_automatic_reply_is_no_answer(asked: DeskInHand) -> None:
    asked.answer(asked.last(IVAN, "info_needed"), "Я в отпуске до 15 декабря.", headers=VACATION)

    assert (asked.show()["status"], asked.events()[-1]) == ("awaiting_info", "auto_reply_kept")
    assert asked.show()["messages"][-1]["kind"] == "auto_reply"
    asked.travel(minsk(26, 11, 18, 0))
    assert asked.show()["status"] == "rejected"


@pytest.fixture
def asks_staff(config: Path, database: Database) -> DeskInHand:
    """The setting says: staff are asked before a request is rejected."""
    config.write_text(config.read_text().replace('no_answer = "reject"', 'no_answer = "ask"'))
    hand = DeskInHand(config, database)
    hand.write(IVAN, "Не открывается портал", "С утра.")
    return ask(hand)


def test_4_8_staff_are_asked_first_where_the_setting_says_so(asks_staff: DeskInHand) -> None:
    assert "запрос может быть отклонён" in words(asks_staff.last(IVAN, "info_needed"))
    asks_staff.travel(minsk(27, 11))

    assert asks_staff.show()["status"] == "awaiting_info"
    assert [letter.to for letter in asks_staff.told(name="staff_deadline")] == [ANNA, SERGEY]
    assert not asks_staff.told(IVAN, "rejected")


def test_4_8_what_staff_then_reject_was_rejected_for_no_answer(asks_staff: DeskInHand) -> None:
    asks_staff.travel(minsk(27, 11, 10, 0))
    order(asks_staff, "!отклонить\n\nЖдали до четверга.")
    assert NO_ANSWER in words(asks_staff.last(IVAN, "rejected"))

    asks_staff.answer(asks_staff.last(IVAN, "rejected"), "Договор 17.")

    assert asks_staff.show()["status"] == "in_progress"


def test_4_8_an_answer_before_staff_decide_goes_on_as_if_in_time(asks_staff: DeskInHand) -> None:
    asks_staff.travel(minsk(27, 11, 10, 0))

    asks_staff.answer(asks_staff.last(IVAN, "info_needed"), "Договор 17.")

    assert (asks_staff.show()["status"], deadline(asks_staff)) == ("in_progress", None)


def test_4_8_a_late_answer_resumes_until_the_tenth_day_ends(asked: DeskInHand) -> None:
    asked.travel(minsk(6, 12, 23, 59))

    asked.answer(asked.last(IVAN, "rejected"), "Договор 17.")

    assert asked.show()["status"] == "in_progress"
    assert asked.events()[-2:] == ["client_answered", "resumed"]
    assert asked.last(IVAN, "resumed")
    assert "Договор 17." in asked.last(ANNA, "staff_reply").text


def test_4_8_after_the_tenth_day_an_answer_becomes_a_new_request_linked_to_it(asked: DeskInHand) -> None:
    asked.travel(minsk(7, 12, 0, 0))

    asked.answer(asked.last(IVAN, "rejected"), "Договор 17.")

    assert asked.show()["status"] == "rejected"
    assert asked.show("SD-2026-000002")["links"] == [{"number": "SD-2026-000001", "kind": "follows"}]
    assert "SD-2026-000002" in asked.last(IVAN, "closed_is_final").text


@pytest.mark.parametrize(
    ("setting", "resumes", "moment"),
    [
        ("2 calendar days", True, minsk(6, 12, 23, 59)),
        ("30 calendar days", False, minsk(7, 12, 0, 0)),
    ],
)
def test_4_8_a_late_answer_counts_as_long_as_he_was_told_whatever_is_set_now(
    asked: DeskInHand, config: Path, setting: str, resumes: bool, moment: datetime
) -> None:
    asked.travel(minsk(27, 11))
    assert "6 декабря 2026 г." in words(asked.last(IVAN, "rejected"))
    set_to(asked, config, setting)
    asked.travel(moment)

    asked.answer(asked.last(IVAN, "rejected"), "Договор 17.")

    assert (asked.show()["status"] == "in_progress", len(asked.numbers()) == 1) == (resumes, resumes)


def test_4_8_what_staff_reject_after_the_term_is_resumed_as_long_as_he_was_told(
    asks_staff: DeskInHand, config: Path
) -> None:
    asks_staff.travel(minsk(26, 11, 18, 0))
    order(asks_staff, "!отклонить\n\nОтвета нет.")
    set_to(asks_staff, config, "2 calendar days")
    asks_staff.travel(minsk(6, 12, 23, 59))

    asks_staff.answer(asks_staff.last(IVAN, "rejected"), "Договор 17.")

    assert (asks_staff.show()["status"], asks_staff.numbers()) == ("in_progress", ["SD-2026-000001"])


def set_to(hand: DeskInHand, config: Path, within: str) -> None:
    """From now on a late answer resumes what was rejected within another time."""
    text = config.read_text()
    setting = 'resume_rejected_within = "{}"'.format
    config.write_text(text.replace(setting("10 calendar days"), setting(within)))
    hand.reconfigure(config)


def test_4_8_late_thanks_resume_nothing(asked: DeskInHand) -> None:
    asked.travel(minsk(27, 11, 10, 0))

    asked.answer(asked.last(IVAN, "rejected"), "Спасибо!")

    assert (asked.show()["status"], asked.numbers()) == ("rejected", ["SD-2026-000001"])


def test_4_8_a_request_rejected_with_reasons_is_not_resumed_by_an_answer(opened: DeskInHand) -> None:
    order(opened, "!отклонить\n\nТакой услуги нет.")
    assert NO_ANSWER not in words(opened.last(IVAN, "rejected"))

    opened.answer(opened.last(IVAN, "rejected"), "А когда появится?")

    assert opened.show()["status"] == "rejected"
    assert opened.numbers() == ["SD-2026-000001", "SD-2026-000002"]


def test_4_6_a_reminder_that_has_gone_out_is_not_brought_back_by_undo(asked: DeskInHand) -> None:
    asked.travel(minsk(25, 11, 9, 0) - timedelta(seconds=10))
    hold, asked.send = asked.send, lambda: hold(held=False)  # type: ignore[method-assign]
    order(asked, "!срочность высокая")
    asked.travel(minsk(25, 11, 9, 0))

    order(asked, "!отменить")
    asked.travel(minsk(25, 11, 12, 0))

    assert asked.show()["urgency"] == "normal"
    assert asked.events().count("info_reminded") == 1
    assert deadline(asked) == "2026-11-26T18:00:00+03:00"


def test_4_6_undo_brings_back_the_clock_that_an_order_stopped(asked: DeskInHand) -> None:
    hold, asked.send = asked.send, lambda: hold(held=False)  # type: ignore[method-assign]
    order(asked, "!готово\n\nРазобрались сами.")
    assert deadline(asked) is None

    order(asked, "!отменить")
    asked.travel(minsk(26, 11, 18, 0))

    assert asked.events()[-2:] == ["info_reminded", "rejected"]


def test_4_10_the_client_is_told_until_when_and_staff_are_reminded_past_it(opened: DeskInHand) -> None:
    order(opened, "!третья сторона до 27.11.2026\n\nЖдём оператора связи.")
    assert "27 ноября 2026 г., 18:00" in words(opened.last(IVAN, "third_party"))
    assert "Ждём оператора связи." in opened.last(IVAN, "third_party").text

    opened.travel(minsk(30, 11))

    assert opened.show()["status"] == "awaiting_third_party"
    assert [letter.to for letter in opened.told(name="staff_deadline")] == [ANNA, SERGEY]
    assert opened.told(IVAN)[-1].name == "third_party"


def test_4_10_without_a_date_there_is_no_deadline(opened: DeskInHand) -> None:
    order(opened, "!третья сторона\n\nЖдём оператора связи.")
    assert deadline(opened) is None

    opened.travel(minsk(24, 12))

    assert opened.show()["status"] == "awaiting_third_party"
    assert not opened.told(name="staff_deadline")


def test_5_1_a_reminder_that_comes_after_the_end_names_the_end_that_was_and_no_other(opened: DeskInHand) -> None:
    order(opened, "!готово\nСделано.")
    opened.now = minsk(20, 12, 10, 0)

    with opened.database.write() as session:
        while end_one_term(session, opened.now, opened.desk):
            pass
    opened.send()

    assert opened.show()["status"] == "closed"
    assert "до четверга, 3 декабря 2026 г., 24:00" in words(opened.last(IVAN, "completion_reminder"))


def test_4_6_a_reminder_that_comes_after_the_end_names_the_end_that_was(asked: DeskInHand) -> None:
    asked.now = minsk(1, 12, 10, 0)

    asked.travel(asked.now)

    assert "до четверга, 26 ноября 2026 г., 18:00" in words(asked.last(IVAN, "info_reminder"))


def test_4_6_what_fell_due_while_the_desk_was_down_is_done_once_and_in_order(asked: DeskInHand) -> None:
    asked.now = minsk(1, 12, 10, 0)

    asked.travel(asked.now)

    assert [letter.name for letter in asked.told(IVAN)][-2:] == ["info_reminder", "rejected"]
    assert asked.events()[-2:] == ["info_reminded", "rejected"]
