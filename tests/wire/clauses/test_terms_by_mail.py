"""The section on terms, with the dates of its examples, played by mail."""

from __future__ import annotations

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


def test_terms_the_zone_and_the_week_come_from_the_configuration(play: Play):
    play.configure(
        '[calendar]\ncountry = "BY"\nhours = "08:00-16:00"\nworking_week = ["sun", "mon", "tue", "wed"]',
        desk='digest = false\ntimezone = "Asia/Tokyo"',
    )

    play.given(ASK)  # Monday, 16:05 in Tokyo

    assert play.show(NUMBER)["deadline_at"] == "2026-11-29T16:00:00+09:00"
    assert "29 ноября 2026 г., 16:00 (Токио)" in words(play.last(IVAN, "info_needed"))
