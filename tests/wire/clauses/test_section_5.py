"""Section 5 played by mail: completing and closing."""

from __future__ import annotations

import pytest

from tests.rig.house import ANNA, DESK, IVAN, SERGEY
from tests.rig.play import NEXT, NUMBER, Play, answers_of, bounce, minsk, words

DONE = "!готово\nПортал открывается, причину устранили."
UNTIL = "до четверга, 3 декабря 2026 г., 24:00 (Минск)"
REMINDS, ENDS = minsk(30, 11, 9, 0), minsk(4, 12, 0, 0)
IT, INFO = "it@alfa.example", "info@alfa.example"


# 5.1 Completion ------------------------------------------------------------------------------------------------------


def test_5_1_the_completion_notice_says_what_was_done_and_until_when_to_answer(play: Play):
    play.given("!взять", DONE)

    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("awaiting_confirmation", "2026-12-04T00:00:00+03:00")
    assert play.history()[-1] == ("completed", "5.1")
    told = words(play.last(IVAN, "completed"))
    assert "Портал открывается, причину устранили." in told
    assert UNTIL in told


@pytest.mark.parametrize(("link", "status"), [(0, "closed"), (1, "in_progress")])
def test_5_1_two_ready_answers_open_in_any_mail_client(play: Play, link: int, status: str):
    play.given(DONE)
    ready = answers_of(play.last(IVAN, "completed"))
    assert [each["To"] for each in ready] == [DESK, DESK]

    text = ready[link].get_content().rstrip("\n") + ("Портал снова закрылся." if link else "")
    play.write(IVAN, ready[link]["Subject"], text)
    play.run_once()

    assert (play.status(), play.numbers()) == (status, [NUMBER])


def test_5_1_a_question_that_came_back_after_the_end_is_asked_again(play: Play):
    play.given("!инфо 1 рабочий день\nПришлите номер договора.")
    report = bounce(play.last(IVAN, "info_needed"))
    play.go(minsk(24, 11, 18, 0))
    assert play.status() == "rejected"

    play.at(minsk(25, 11, 10, 0))
    play.deliver(report, proof="")
    play.run_once()

    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("awaiting_info", "2026-11-26T18:00:00+03:00")
    assert "до четверга, 26 ноября 2026 г., 18:00 (Минск)" in words(play.last(IT, "info_needed"))
    assert "снова ждёт" in words(play.last(ANNA, "staff_undeliverable"))


# 5.1 Disagreement ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Не согласен: портал снова закрылся.", "Нет, ошибка 502 осталась."])
def test_5_1_a_reply_with_reasons_resumes_the_work(play: Play, text: str):
    play.given("!взять", DONE)

    play.client(text)

    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("in_progress", None)
    assert play.history()[-2:] == [("disagreed", "5.1"), ("resumed", "5.1")]
    assert play.told(IVAN) == ["resumed"]
    assert text in words(play.last(ANNA, "staff_reply"))


@pytest.mark.parametrize("text", ["Нет", "Не согласен", "Не згодны"])
def test_5_1_a_bare_no_is_asked_for_its_reasons_and_changes_nothing(play: Play, text: str):
    play.given(DONE)

    play.client(text)

    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("awaiting_confirmation", "2026-12-04T00:00:00+03:00")
    assert play.history()[-1] == ("reasons_asked", "5.1")
    asked = words(play.last(IVAN, "reasons_needed"))
    assert "Напишите, пожалуйста, почему" in asked
    assert UNTIL in asked


@pytest.mark.parametrize("text", ["Спасибо!", "Дзякуй вялікі", "Thanks a lot"])
def test_5_1_a_bare_thank_you_neither_closes_nor_resumes(play: Play, text: str):
    play.given(DONE)

    play.client(text)

    assert play.status() == "awaiting_confirmation"
    assert play.history()[-1] == ("client_thanked", "5.1")
    assert play.told(IVAN) == []
    assert play.told(SERGEY) == ["staff_reply"]


def test_5_1_an_automatic_reply_does_nothing(play: Play):
    play.given(DONE)

    play.client("Спасибо, Ваше письмо получено. Подтверждаю получение.", headers=[("Auto-Submitted", "auto-replied")])

    assert play.status() == "awaiting_confirmation"
    assert play.history()[-1] == ("auto_reply_kept", "4.8")
    assert (play.told(IVAN), play.told(ANNA)) == ([], [])


# 5.1 Ten days --------------------------------------------------------------------------------------------------------


def test_5_1_with_neither_word_it_is_closed_at_the_end_of_the_tenth_day(play: Play):
    play.given(DONE)

    play.go(minsk(3, 12, 23, 58))
    assert play.status() == "awaiting_confirmation"

    play.go(ENDS)
    assert play.status() == "closed"
    assert play.history()[-1] == ("closed", "5.1")
    assert play.told(IVAN) == ["closed"]
    assert play.show(NUMBER)["history"][-1]["at"].startswith("2026-12-04T00:00:")


def test_5_1_a_reminder_three_days_before(play: Play):
    play.given(DONE)

    play.go(minsk(30, 11, 8, 58))
    assert play.told(IVAN) == []

    play.go(REMINDS)
    reminder = play.last(IVAN, "completion_reminder")
    assert UNTIL in words(reminder)
    assert len(answers_of(reminder)) == 2
    play.go(minsk(1, 12, 9, 0))
    assert play.told(IVAN) == []


def test_5_1_a_day_off_moves_the_end_where_the_setting_says_so(play: Play):
    play.configure("[deadlines]\nconfirmation_ends_on_working_day = true")
    play.at(minsk(25, 11, 12, 0))

    play.given(DONE)  # the tenth day is Saturday, 05.12

    assert play.show(NUMBER)["deadline_at"] == "2026-12-08T00:00:00+03:00"
    assert "до понедельника, 7 декабря 2026 г., 24:00 (Минск)" in words(play.last(IVAN, "completed"))


def test_5_1_after_a_bounce_the_days_run_from_the_notice_that_arrived(play: Play):
    play.given(DONE)
    lost = play.last(IVAN, "completed")

    play.at(minsk(24, 11, 10, 0))
    play.deliver(bounce(lost), proof="")
    play.run_once()

    assert "до пятницы, 4 декабря 2026 г., 24:00 (Минск)" in words(play.last(IT, "completed"))
    assert play.show(NUMBER)["deadline_at"] == "2026-12-05T00:00:00+03:00"
    assert ("notice_bounced", "3.7") in play.history()


def test_5_1_where_every_notice_bounced_the_days_do_not_run(play: Play):
    play.given("!взять")
    play.sink.faults.recipients |= dict.fromkeys((IVAN, IT, INFO), "550 5.1.1 no such user")

    play.staff(DONE)

    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("awaiting_confirmation", None)
    play.go(minsk(23, 12, 0, 0))
    assert play.status() == "awaiting_confirmation"


# 5.2 Confirmation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["Подтверждаю.", "Да, всё работает, спасибо", "Пацвярджаю", "Confirmed, thank you"])
def test_5_2_the_client_s_confirmation_closes_at_once(play: Play, text: str):
    play.given(DONE)

    play.client(text)

    assert (play.status(), play.show(NUMBER)["deadline_at"]) == ("closed", None)
    assert play.history()[-2:] == [("confirmed", "5.2"), ("closed", "5.2")]
    assert "Вы подтвердили, что вопрос решён" in words(play.last(IVAN, "closed"))
    assert play.told(SERGEY) == ["staff_reply"]


def given_closed(play: Play) -> None:
    """Ivan confirmed what was done for him."""
    play.given(DONE)
    play.client("Подтверждаю.")
    assert play.status() == "closed"


def test_5_2_a_new_question_becomes_a_new_request_linked_to_the_closed_one(play: Play):
    given_closed(play)

    play.client("Теперь не открывается почта.")

    assert play.status() == "closed"
    assert play.show(NEXT)["status"] == "registered"
    assert play.show(NEXT)["links"] == [{"number": NUMBER, "kind": "follows"}]
    assert play.show(NUMBER)["links"] == [{"number": NEXT, "kind": "followed_by"}]
    assert play.told(IVAN) == ["closed_is_final", "registered"]
    assert f"зарегистрировано как новый запрос {NEXT}" in words(play.last(IVAN, "closed_is_final"))
    assert "Теперь не открывается почта." in words(play.last(ANNA, "staff_new"))


def test_5_2_a_bare_thank_you_after_closing_is_recorded_and_nothing_else(play: Play):
    given_closed(play)

    play.client("Большое спасибо!")

    assert (play.status(), play.numbers()) == ("closed", [NUMBER])
    assert play.history()[-1] == ("client_thanked", "5.2")
    assert play.told(IVAN) == []


def test_5_2_closed_is_final_for_staff_too(play: Play):
    given_closed(play)
    before = play.history()

    play.staff("!возобновить")

    assert "закрыт окончательно (5.2)" in words(play.last(ANNA, "staff_error"))
    assert (play.status(), play.history(), play.told(IVAN)) == ("closed", before, [])
