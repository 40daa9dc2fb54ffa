"""The section on terms, with the dates of its examples, played by mail."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.rig.house import ANNA, IVAN, JOHN
from tests.rig.play import NEXT, NUMBER, Play, minsk, words

ASK, DONE = "!инфо 3 рабочих дня\nПришлите номер договора.", "!готово\nПортал открывается."


def test_terms_asked_on_monday_reminded_on_wednesday_rejected_on_thursday(play: Play):
    play.given(ASK)
    assert "до четверга, 26 ноября 2026 г., 18:00 (Минск)" in words(play.last(IVAN, "info_needed"))

    play.go(minsk(25, 11, 9, 0))
    assert play.told(IVAN) == ["info_reminder"]

    play.go(minsk(26, 11, 18, 0))
    assert play.told(IVAN) == ["rejected"]


def test_terms_completed_on_23_11_reminded_on_30_11_closed_at_midnight_on_04_12(play: Play):
    play.given(DONE)
    assert "до четверга, 3 декабря 2026 г., 24:00 (Минск)" in words(play.last(IVAN, "completed"))

    play.go(minsk(30, 11, 9, 0))
    assert play.told(IVAN) == ["completion_reminder"]

    play.go(minsk(4, 12, 0, 0))
    assert play.told(IVAN) == ["closed"]


@pytest.mark.parametrize(
    ("term", "ends"),
    [
        ("3d", "2026-11-27T00:00:00+03:00"),
        ("3 дня", "2026-11-27T00:00:00+03:00"),
        ("5 рабочих дней", "2026-11-30T18:00:00+03:00"),
        ("3wd", "2026-11-26T18:00:00+03:00"),
        ("до 25.12.2026", "2026-12-25T18:00:00+03:00"),
        ("2026-12-24 16:00", "2026-12-24T16:00:00+03:00"),
    ],
)
def test_terms_days_do_not_count_their_first_and_a_named_date_ends_with_its_working_hours(
    play: Play, term: str, ends: str
):
    play.given(f"!инфо {term}\nПришлите номер договора.")

    assert play.show(NUMBER)["deadline_at"] == ends


def test_terms_a_moment_that_is_over_is_refused(play: Play):
    play.given("!инфо до 20.11.2026\nПришлите номер договора.")

    assert play.told(IVAN) == ["registered"]
    assert "Пришлите номер договора." in words(play.last(ANNA, "staff_error"))
    assert play.status() == "registered"


def test_terms_what_fell_due_while_the_daemon_was_down_is_done_once_and_in_order(play: Play):
    play.given(DONE)
    play.write(JOHN, "Second", "Nothing works.")
    play.write(ANNA, f"[{NEXT}]", "!info 3 working days\nWhich contract is it?")
    play.run_once()

    play.go(minsk(23, 12, 12, 0))
    assert (play.status(NUMBER), play.status(NEXT)) == ("closed", "rejected")
    rejected, closed = play.show(NEXT)["history"][-1], play.show(NUMBER)["history"][-1]
    assert rejected["at"] <= closed["at"]
    assert play.told(IVAN) == ["closed", "completion_reminder"]

    play.go(minsk(24, 12, 12, 0))
    assert (play.told(IVAN), play.told(JOHN)) == ([], [])


@pytest.mark.parametrize(
    ("staff", "client", "over", "event", "status"),
    [
        (DONE, "!не согласен: портал не открывается", minsk(5, 12, 10, 0), "disagreed", "in_progress"),
        (ASK, "Договор 17/04.", minsk(27, 11, 10, 0), "client_answered", "registered"),
    ],
)
def test_terms_a_word_that_came_in_time_counts_though_the_daemon_was_down(
    play: Play, staff: str, client: str, over: datetime, event: str, status: str
):
    play.given(staff)
    play.at(minsk(25, 11, 10, 0))
    play.answer(play.letters(IVAN)[-1], client)

    play.at(over)
    play.start()

    play.wait_letter(ANNA, "staff_reply")
    assert play.status() == status
    assert not {"closed", "rejected"} & {name for name, _ in play.history()}
    assert event in {name for name, _ in play.history()}


def test_terms_none_of_a_client_ends_while_the_mailbox_cannot_be_read(play: Play):
    play.given(DONE)
    play.at(minsk(25, 11, 10, 0))
    play.answer(play.letters(IVAN)[-1], "!не согласен: портал не открывается")
    configured = play.config.read_text()
    play.config.write_text(configured.replace(f"port = {play.dovecot.port}", "port = 9", 1))

    play.at(minsk(5, 12, 10, 0))
    play.cli("run", "--once", expect=1)
    assert play.status() == "awaiting_confirmation"

    play.config.write_text(configured)
    play.run_once()
    assert (play.status(), play.told(IVAN)) == ("in_progress", ["resumed"])


def test_terms_one_that_ends_while_the_daemon_runs_ends_at_once(play: Play):
    play.given(DONE)
    play.at(minsk(3, 12, 23, 59) + timedelta(seconds=56))

    play.start(wrapper="import mailgate.daemon.terms as terms; terms.TERMS_EVERY = 1")

    play.wait_letter(IVAN, "closed", timeout=20)  # an IDLE in which nobody looks for mail takes 45 seconds


def test_terms_a_late_answer_is_measured_by_when_it_came_in(play: Play):
    play.given(ASK)
    play.go(minsk(26, 11, 18, 0))
    play.at(minsk(6, 12, 10, 0))
    received = ("Received", "from mx.alfa.example by mx.desk.example; Sun, 06 Dec 2026 10:00:00 +0300")
    play.answer(play.letters(IVAN)[-1], "Договор 17/04.", headers=[received])

    play.go(minsk(8, 12, 10, 0))

    assert play.status() == "in_progress"
    assert play.numbers() == [NUMBER]


def test_terms_the_zone_and_the_week_come_from_the_configuration(play: Play):
    play.configure(
        '[calendar]\ncountry = "BY"\nhours = "08:00-16:00"\nworking_week = ["sun", "mon", "tue", "wed"]',
        desk='digest = false\ntimezone = "Asia/Tokyo"',
    )

    play.given(ASK)  # Monday, 16:05 in Tokyo

    assert play.show(NUMBER)["deadline_at"] == "2026-11-29T16:00:00+09:00"
    assert "29 ноября 2026 г., 16:00 (Токио)" in words(play.last(IVAN, "info_needed"))
