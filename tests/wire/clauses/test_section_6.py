"""Section 6 played by mail: complaints."""

from __future__ import annotations

from typing import Any

from tests.rig.house import ANNA, COMPLAINTS, IVAN, KATE, SERGEY
from tests.rig.play import Play, minsk, words

COMPLAINT = "C-2026-000001"
MARIA = "maria@gamma.example"
UNTIL = "до вторника, 8 декабря 2026 г., 24:00 (Минск)"
GRIEVANCE = "Дважды обещали перезвонить и не перезвонили."


def complain(play: Play, *staff: str, sender: str = MARIA, **more: Any) -> None:
    """A complaint, and then what Sergey wrote about it, are done."""
    play.write(sender, "Претензия", GRIEVANCE, to=COMPLAINTS, **more)
    for mail in staff:
        play.write(SERGEY, f"Re: [{COMPLAINT}] Претензия", mail, to=COMPLAINTS)
    play.run_once()


# 6.1, 6.4 ------------------------------------------------------------------------------------------------------------


def test_6_1_anyone_may_complain_and_gets_a_number_of_its_own_kind(play: Play):
    play.given()
    complain(play)

    found = play.show(COMPLAINT)
    assert (found["kind"], found["status"]) == ("complaints", "registered")
    assert (found["client"], found["contact"]) == (None, MARIA)
    assert found["history"][0]["clause"] == "6.2"
    told = words(play.last(MARIA, "complaint_registered"))
    assert f"под номером {COMPLAINT}" in told
    assert UNTIL in told


def test_6_1_only_a_contact_s_complaint_is_linked_to_the_client(play: Play):
    complain(play, sender=IVAN)

    assert play.show(COMPLAINT)["client"] == "alfa"


def test_6_1_an_unproven_complaint_is_kept_and_not_answered(play: Play):
    complain(play, proof="fail")

    assert (play.numbers(), play.told(MARIA)) == ([], [])
    assert [mail["subject"] for mail in play.json("quarantine", "list")] == ["Претензия"]


def test_6_4_those_who_handle_complaints_are_a_group_of_their_own(play: Play):
    complain(play)

    assert [play.told(member) for member in (ANNA, SERGEY, KATE)] == [[], ["staff_new"], ["staff_new"]]


# 6.2 The term --------------------------------------------------------------------------------------------------------


def test_6_2_the_term_is_fifteen_calendar_days(play: Play):
    complain(play)

    assert play.show(COMPLAINT)["deadline_at"] == "2026-12-09T00:00:00+03:00"


def test_6_2_the_term_is_a_setting(play: Play):
    play.configure('[deadlines]\ncomplaint = "30 calendar days"')

    complain(play)

    assert play.show(COMPLAINT)["deadline_at"] == "2026-12-24T00:00:00+03:00"
    assert "до среды, 23 декабря 2026 г., 24:00 (Минск)" in words(play.last(MARIA, "complaint_registered"))


def test_6_2_staff_are_warned_before_the_term_ends_and_when_it_has_passed(play: Play):
    complain(play, "!взять")
    play.go(minsk(3, 12, 9, 0))

    play.go(minsk(5, 12, 9, 0))
    near = words(play.last(SERGEY, "staff_deadline"))
    assert "срок ответа на претензию подходит" in near
    assert UNTIL in near

    play.go(minsk(9, 12, 0, 0))
    told = [words(letter) for letter in play.letters(SERGEY, "staff_deadline")]
    assert any("срок ответа на претензию прошёл" in each and UNTIL in each for each in told)
    assert play.status(COMPLAINT) == "in_progress"


def test_6_2_the_answer_ends_the_complaint(play: Play):
    complain(play, "!взять", "!готово\nВы правы, приносим извинения.")

    assert play.status(COMPLAINT) == "closed"
    assert [line["event"] for line in play.show(COMPLAINT)["history"]][-2:] == ["complaint_answered", "closed"]
    assert "Вы правы, приносим извинения." in words(play.last(MARIA, "complaint_answered"))
    play.go(minsk(9, 12, 0, 0))
    assert (play.told(MARIA), play.told(SERGEY)) == ([], [])


# 6.3 If it takes longer ----------------------------------------------------------------------------------------------


def test_6_3_a_new_term_and_what_is_being_done_are_told(play: Play):
    complain(play, "!продлить до 21.12.2026\nЖдём записи разговоров от оператора связи.")

    assert play.show(COMPLAINT)["deadline_at"] == "2026-12-21T18:00:00+03:00"
    told = words(play.last(MARIA, "complaint_extended"))
    assert "Ждём записи разговоров от оператора связи." in told
    assert "до понедельника, 21 декабря 2026 г., 18:00 (Минск)" in told
    assert ("extended", "6.3") in play.history(COMPLAINT)


def test_6_3_the_complainant_hears_of_progress(play: Play):
    complain(play, "Запросили записи разговоров.")

    assert "Запросили записи разговоров." in words(play.last(MARIA, "complaint_progress"))
    assert play.history(COMPLAINT)[-1] == ("progressed", "6.3")


def test_6_3_staff_are_reminded_in_time_and_a_holding_notice_goes_out_by_itself(play: Play):
    complain(play)

    play.go(minsk(2, 12, 18, 0))
    assert play.told(SERGEY) == []
    play.go(minsk(3, 12, 9, 0))
    near = words(play.last(SERGEY, "staff_deadline"))
    assert "срок сообщения заявителю о ходе работ подходит" in near
    assert "до понедельника, 7 декабря 2026 г., 18:00 (Минск)" in near
    assert play.told(MARIA) == []

    play.go(minsk(7, 12, 18, 0))  # the tenth working day
    assert UNTIL in words(play.last(MARIA, "complaint_progress"))
    assert play.history(COMPLAINT)[-1] == ("holding_notice_sent", "6.3")
    told = [words(letter) for letter in play.letters(SERGEY, "staff_deadline")]
    passed = next(each for each in told if "Заявителю ушло промежуточное сообщение" in each)
    assert "Срок был до понедельника, 7 декабря 2026 г., 18:00 (Минск)" in passed


def test_6_3_a_word_of_staff_begins_the_ten_working_days_anew(play: Play):
    complain(play)
    play.at(minsk(1, 12, 12, 0))
    play.staff("Запросили записи разговоров.", by=SERGEY, to=COMPLAINTS)

    play.go(minsk(7, 12, 18, 0))

    assert "complaint_progress" not in play.told(MARIA)
    assert ("holding_notice_sent", "6.3") not in play.history(COMPLAINT)
