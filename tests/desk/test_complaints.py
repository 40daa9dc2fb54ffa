"""Section 6: complaints, with the clock."""

from __future__ import annotations

import pytest

from mailgate.desk.notice_settled import Settlement
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, DESK, IVAN, KATE, SERGEY
from tests.rig.play import minsk, words

JANE, JOE = "jane@elsewhere.example", "joe@elsewhere.example"
FIRST, SECOND = "C-2026-000001", "C-2026-000002"


@pytest.fixture
def complained(hand: DeskInHand) -> DeskInHand:
    """Jane, whom nobody knows, complained on Monday, 23.11.2026 at 10:05."""
    complain(hand, JANE)
    return hand


def complain(hand: DeskInHand, sender: str) -> None:
    hand.write(sender, "Не перезвонили", "Дважды обещали перезвонить.", to=COMPLAINTS)


def order(hand: DeskInHand, text: str, number: str = FIRST) -> None:
    hand.write(KATE, f"Re: [{number}]", text, to=COMPLAINTS)


def deadline(hand: DeskInHand) -> object:
    return hand.show(FIRST)["deadline_at"]


def test_6_1_anybody_may_complain(complained: DeskInHand) -> None:
    complaint = complained.show(FIRST)

    assert (complaint["status"], complaint["client"], complaint["contact"]) == ("registered", None, JANE)
    assert complained.last(JANE, "complaint_registered")


def test_6_1_a_contact_s_complaint_is_linked_to_his_client(hand: DeskInHand) -> None:
    complain(hand, IVAN)

    assert hand.show(FIRST)["client"] == "alfa"


def test_6_1_complaints_have_numbers_of_their_own(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    complain(hand, IVAN)
    complain(hand, JANE)
    hand.write(IVAN, "И почта", "Тоже.")

    assert hand.numbers() == ["SD-2026-000001", FIRST, SECOND, "SD-2026-000002"]


def test_6_1_who_complained_is_no_client_in_what_staff_read(complained: DeskInHand) -> None:
    order(complained, "!take\n\nWe look into it.")

    assert f"To the complainant: {JANE}" in complained.last(KATE, "staff_done").text


def test_6_3_an_end_at_midnight_is_the_same_day_in_all_that_staff_read(complained: DeskInHand) -> None:
    order(complained, "!extend 5 working days")

    told = words(complained.last(KATE, "staff_error"))
    assert "runs until 08.12.2026 24:00" in told
    assert "8 December 2026, 24:00" in told


def test_6_4_only_those_who_handle_complaints_hear_of_them(complained: DeskInHand) -> None:
    complained.answer(complained.last(JANE, "complaint_registered"), "И ещё вот что.", to=COMPLAINTS)

    assert {letter.to for letter in complained.letters} == {JANE, SERGEY, KATE}
    assert not complained.told(ANNA)


@pytest.mark.parametrize("said", ["!готово\n\nОтвечаю.", "Отвечаю.", "!помощь"])
def test_6_4_who_does_not_handle_complaints_does_nothing_in_one(complained: DeskInHand, said: str) -> None:
    before = complained.events(FIRST)

    complained.write(ANNA, f"[{FIRST}]", said)

    assert (complained.events(FIRST), complained.show(FIRST)["status"]) == (before, "registered")
    (told,) = complained.told(ANNA)
    assert told.name == "staff_error"
    assert all(word in words(told) for word in ("6.4", KATE, SERGEY))
    assert not any(secret in told.text for secret in (JANE, "Не перезвонили"))


def test_6_4_nor_sees_any_where_he_asks(complained: DeskInHand) -> None:
    complained.write(IVAN, "Портал", "Не открывается.")

    complained.write(ANNA, "Вопрос", f"!показать {FIRST}")
    complained.write(ANNA, "Вопрос", "!очередь")
    complained.write(KATE, "Question", f"!show {FIRST}\n!queue")

    assert "6.4" in words(complained.last(ANNA, "staff_error"))
    assert not complained.told(ANNA, "staff_done")
    hers, kates = complained.last(ANNA, "staff_queue").text, complained.last(KATE, "staff_queue").text
    assert (FIRST in hers, "SD-2026-000001" in hers) == (False, True)
    assert FIRST in kates
    assert "Дважды обещали" in complained.last(KATE, "staff_done").text


@pytest.mark.parametrize("number", ["С-2026-000001", "с-2026-000001", "c-2026-000001"])
def test_4_4_a_number_is_known_however_its_letters_were_typed(complained: DeskInHand, number: str) -> None:
    complained.write(KATE, "Question", f"!show {number}")

    assert "Дважды обещали" in complained.last(KATE, "staff_done").text


def test_6_4_a_complaint_is_its_assignee_s_whoever_he_is(complained: DeskInHand) -> None:
    order(complained, "!assign Анна")

    complained.answer(complained.last(ANNA, "staff_new"), "!показать " + FIRST + "\n!очередь", to=COMPLAINTS)
    complained.answer(complained.last(ANNA, "staff_new"), "!готово\n\nВы правы.", to=COMPLAINTS)

    assert FIRST in complained.last(ANNA, "staff_queue").text
    assert complained.show(FIRST)["status"] == "closed"


@pytest.mark.parametrize(
    ("headers", "proof", "reason"),
    [([], "fail", "not_authentic"), ([("Precedence", "bulk")], "pass", "automatic")],
)
def test_6_1_a_complaint_that_nobody_vouches_for_is_told_to_those_who_handle_complaints(
    hand: DeskInHand, headers: list[tuple[str, str]], proof: str, reason: str
) -> None:
    for _ in range(3):
        mail = hand.write(JANE, "Не перезвонили", "Дважды обещали.", to=COMPLAINTS, headers=headers, proof=proof)
    assert (mail.decision, mail.reason, hand.numbers()) == ("quarantine", reason, [])
    assert [letter.to for letter in hand.letters] == [SERGEY, KATE], (
        "of the first in one name a day, and not its sender"
    )

    hand.answer(hand.last(KATE, "staff_quarantine"), "!release", to=COMPLAINTS)

    assert hand.numbers() == [FIRST]
    assert hand.told(JANE, "complaint_registered")


@pytest.mark.parametrize("command", ["!release", "!drop"])
def test_6_4_who_does_not_handle_complaints_lets_none_in_and_drops_none(hand: DeskInHand, command: str) -> None:
    mail = hand.write(JANE, "Не перезвонили", "Дважды обещали.", to=COMPLAINTS, proof="fail")

    hand.write(ANNA, f"Re: [quarantine {mail.id}]", command)

    assert hand.numbers() == []
    (told,) = hand.told(ANNA)
    assert told.name == "staff_error"
    assert all(word in words(told) for word in ("6.4", KATE, SERGEY))
    hand.write(KATE, f"Re: [quarantine {mail.id}]", "!release", to=COMPLAINTS)
    assert hand.numbers() == [FIRST]


def test_6_4_an_unproven_complaint_does_not_keep_support_from_hearing_of_unproven_mail(hand: DeskInHand) -> None:
    for to in (COMPLAINTS, COMPLAINTS, DESK, DESK):
        hand.write(IVAN, "Не перезвонили", "Дважды обещали.", to=to, proof="fail")

    assert [letter.to for letter in hand.told(name="staff_quarantine")] == [SERGEY, KATE, ANNA, SERGEY]


BOTH = [(DESK, COMPLAINTS), (COMPLAINTS, DESK)]
"""Where the first copy of a mail to both comes in, and what else it is addressed to."""


@pytest.mark.parametrize(("first", "other"), BOTH)
def test_6_1_what_is_addressed_to_both_mailboxes_is_a_complaint_and_a_request(
    hand: DeskInHand, first: str, other: str
) -> None:
    hand.write(IVAN, "Не перезвонили", "Дважды обещали.", to=first, headers=[("Cc", other)])

    assert sorted(hand.numbers()) == [FIRST, "SD-2026-000001"]
    assert {letter.name for letter in hand.told(IVAN)} == {"registered", "complaint_registered"}
    assert FIRST not in "".join(letter.text for letter in hand.told(ANNA))


@pytest.mark.parametrize(("first", "other"), BOTH)
def test_6_1_a_stranger_who_writes_to_both_mailboxes_complains(hand: DeskInHand, first: str, other: str) -> None:
    hand.write(JANE, "Не перезвонили", "Дважды обещали.", to=first, headers=[("Cc", other)])

    assert hand.numbers() == [FIRST]
    assert [letter.name for letter in hand.told(JANE)] == ["complaint_registered"]


@pytest.mark.parametrize(("first", "other"), BOTH)
def test_6_1_an_answer_that_goes_to_both_mailboxes_is_an_answer_and_a_complaint(
    hand: DeskInHand, first: str, other: str
) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    hand.answer(hand.last(ANNA, "staff_new"), "!info\nКакой браузер?")

    hand.answer(hand.last(IVAN, "info_needed"), "Firefox. И я жалуюсь.", to=first, headers=[("Cc", other)])

    assert hand.show("SD-2026-000001")["status"] == "registered"
    assert hand.numbers() == ["SD-2026-000001", FIRST]


@pytest.mark.parametrize(("first", "other"), BOTH)
def test_6_1_an_answer_in_a_complaint_is_no_request_beside_it(complained: DeskInHand, first: str, other: str) -> None:
    complained.answer(
        complained.last(JANE, "complaint_registered"), "И ещё вот что.", to=first, headers=[("Cc", other)]
    )

    assert complained.numbers() == [FIRST]
    assert "И ещё вот что." in complained.last(KATE, "staff_reply").text


@pytest.mark.parametrize(("first", "other"), BOTH)
def test_6_4_what_nobody_vouches_for_and_is_addressed_to_both_is_looked_at_by_those_who_handle_complaints(
    hand: DeskInHand, first: str, other: str
) -> None:
    hand.write(IVAN, "Не перезвонили", "Дважды обещали.", to=first, headers=[("Cc", other)], proof="fail")
    assert [letter.to for letter in hand.letters] == [SERGEY, KATE]

    hand.answer(hand.last(KATE, "staff_quarantine"), "!release", to=COMPLAINTS)

    assert hand.numbers() == [FIRST]


def test_6_4_a_staff_member_whose_name_was_used_to_complain_hears_nothing_of_it(hand: DeskInHand) -> None:
    hand.write(ANNA, "Не перезвонили", "Дважды обещали.", to=COMPLAINTS, proof="fail")
    hand.write(ANNA, "Re", "!очередь", proof="fail")

    assert [letter.to for letter in hand.told(name="staff_quarantine")].count(ANNA) == 1


def test_6_1_a_stranger_s_answer_belongs_to_his_own_complaint_alone(complained: DeskInHand) -> None:
    complained.answer(complained.last(JANE, "complaint_registered"), "Мне переслали.", sender=JOE, to=COMPLAINTS)

    assert complained.numbers() == [FIRST, SECOND]
    assert [line["kind"] for line in complained.show(FIRST)["messages"]] == ["submission", "complaint_registered"]


def test_6_2_the_term_runs_fifteen_calendar_days(complained: DeskInHand) -> None:
    assert deadline(complained) == "2026-12-09T00:00:00+03:00"
    assert "8 декабря 2026 г." in words(complained.last(JANE, "complaint_registered"))


def test_6_2_the_term_runs_even_where_the_complainant_cannot_be_reached(hand: DeskInHand) -> None:
    hand.refuses[JANE] = Settlement(False, address_is_dead=True, error="550 no such user")

    complain(hand, JANE)

    assert deadline(hand) == "2026-12-09T00:00:00+03:00"
    hand.travel(minsk(9, 12))
    assert "complaint_overdue" in hand.events(FIRST)


def test_6_2_staff_are_warned_before_the_term_ends_and_when_it_has(complained: DeskInHand) -> None:
    order(complained, "Разбираемся.")
    told = len(complained.told(name="staff_deadline"))
    complained.travel(minsk(5, 12, 8, 59))
    before = [line for line in complained.events(FIRST) if line.startswith("complaint_")]

    complained.travel(minsk(5, 12, 9, 0))
    assert complained.events(FIRST)[-1] == "complaint_due_soon"
    complained.travel(minsk(9, 12, 0, 0))

    assert (before, complained.events(FIRST)[-1]) == ([], "complaint_overdue")
    about_term = complained.told(name="staff_deadline")[told:]
    assert {letter.to for letter in about_term} == {SERGEY, KATE}
    assert complained.show(FIRST)["status"] == "in_progress"


def test_6_3_a_new_term_is_named_with_what_is_being_done(complained: DeskInHand) -> None:
    order(complained, "!extend 2026-12-25\n\nЗапросили записи разговоров.")

    told = complained.last(JANE, "complaint_extended")
    assert deadline(complained) == "2026-12-25T18:00:00+03:00"
    assert "25 декабря 2026 г., 18:00" in words(told)
    assert "Запросили записи разговоров." in told.text
    assert "Term: by Friday, 25 December 2026, 18:00 (Minsk)." in words(complained.last(KATE, "staff_done"))
    complained.travel(minsk(22, 12, 8, 59))
    assert "complaint_overdue" not in complained.events(FIRST)


def test_6_3_a_named_term_runs_even_where_the_complainant_cannot_be_reached(complained: DeskInHand) -> None:
    complained.refuses[JANE] = Settlement(False, error="gave up after five days")

    order(complained, "!extend 2026-12-25\n\nЗапросили записи.")

    assert deadline(complained) == "2026-12-25T18:00:00+03:00"


def test_6_3_staff_are_reminded_in_time_that_the_complainant_waits_for_news(complained: DeskInHand) -> None:
    complained.travel(minsk(3, 12, 8, 59))
    assert not complained.told(name="staff_deadline")

    complained.travel(minsk(3, 12, 9, 0))

    assert complained.events(FIRST)[-1] == "progress_due_soon"
    assert {letter.to for letter in complained.told(name="staff_deadline")} == {SERGEY, KATE}


def test_6_3_if_staff_stay_silent_a_holding_notice_goes_out_by_itself_every_ten_working_days(
    complained: DeskInHand,
) -> None:
    complained.travel(minsk(7, 12, 17, 59))
    assert not complained.told(JANE, "complaint_progress")

    complained.travel(minsk(7, 12, 18, 0))

    assert len(complained.told(JANE, "complaint_progress")) == 1
    assert complained.last(JANE, "complaint_progress")["Auto-Submitted"] == "auto-generated"
    assert "промежуточное сообщение" in words(complained.last(SERGEY, "staff_deadline"))
    complained.travel(minsk(21, 12, 18, 0))
    assert len(complained.told(JANE, "complaint_progress")) == 2


def test_6_3_news_from_staff_begin_the_ten_working_days_anew(complained: DeskInHand) -> None:
    complained.travel(minsk(4, 12, 12, 0))
    order(complained, "Получили записи, слушаем.")
    assert "слушаем" in complained.last(JANE, "complaint_progress").text

    complained.travel(minsk(18, 12, 17, 59))

    assert len(complained.told(JANE, "complaint_progress")) == 1
    complained.travel(minsk(18, 12, 18, 0))
    assert len(complained.told(JANE, "complaint_progress")) == 2


def test_6_2_the_answer_ends_the_complaint_and_all_its_terms(complained: DeskInHand) -> None:
    order(complained, "!done\n\nВы правы, приносим извинения.")

    assert (complained.show(FIRST)["status"], deadline(complained)) == ("closed", None)
    assert "приносим извинения" in complained.last(JANE, "complaint_answered").text
    told = len(complained.told(JANE))
    complained.travel(minsk(24, 12))
    assert len(complained.told(JANE)) == told


def test_6_2_a_notice_that_is_accepted_after_the_end_starts_no_term(hand: DeskInHand) -> None:
    hand.refuses[JANE] = Settlement(False, next_at=minsk(24, 11), error="450 try later")
    complain(hand, JANE)
    order(hand, "!done\n\nВы правы.")

    hand.refuses.clear()
    hand.travel(minsk(24, 11))
    hand.send()

    assert (hand.show(FIRST)["status"], deadline(hand)) == ("closed", None)


def test_6_2_what_a_complainant_writes_after_the_answer_is_a_new_complaint_linked_to_it(
    complained: DeskInHand,
) -> None:
    order(complained, "!done\n\nВы правы.")

    complained.answer(complained.last(JANE, "complaint_answered"), "Это не ответ на мой вопрос.", to=COMPLAINTS)

    assert complained.show(SECOND)["links"] == [{"number": FIRST, "kind": "follows"}]
    assert SECOND in complained.last(JANE, "closed_is_final").text


def test_6_2_what_is_for_requests_is_refused_for_complaints(complained: DeskInHand) -> None:
    order(complained, "!type 8")

    assert "not for complaints" in complained.last(KATE, "staff_error").text
    assert complained.show(FIRST)["type"] == "unclassified"


def test_3_6_a_complainant_is_told_that_his_complaint_was_merged(complained: DeskInHand) -> None:
    complain(complained, JANE)

    order(complained, f"!merge {FIRST}", number=SECOND)

    assert complained.show(SECOND)["status"] == "closed"
    assert FIRST in complained.last(JANE, "merged").text


def test_6_2_no_merge_puts_off_the_answer_that_a_complainant_was_promised(complained: DeskInHand) -> None:
    complained.travel(minsk(2, 12, 10, 5))
    complain(complained, JANE)

    order(complained, f"!merge {SECOND}")

    assert (complained.show(FIRST)["status"], deadline(complained)) == ("registered", "2026-12-09T00:00:00+03:00")
    told = words(complained.last(KATE, "staff_error"))
    assert f"{FIRST} is due earlier, by 08.12.2026 24:00." in told
    assert f"about {SECOND}: !merge {FIRST}" in told
    order(complained, "!extend 30 days\n\nЗапросили записи.")
    order(complained, f"!merge {SECOND}")
    assert complained.show(FIRST)["status"] == "closed"


def test_3_6_a_complaint_and_a_request_of_one_client_are_not_merged_for_what_they_are(hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    complain(hand, IVAN)

    order(hand, "!merge SD-2026-000001")

    told = words(hand.last(KATE, "staff_error"))
    assert "Complaints and requests are not merged" in told
    assert "another client" not in told


def test_3_6_complaints_of_two_strangers_are_not_merged(complained: DeskInHand) -> None:
    complain(complained, JOE)

    order(complained, f"!merge {FIRST}", number=SECOND)

    assert complained.show(SECOND)["status"] == "registered"
    assert complained.last(KATE, "staff_error")


def test_3_6_a_complainant_is_told_that_his_complaint_was_split(complained: DeskInHand) -> None:
    order(complained, "!split Возврат денег\n\nВерните деньги за ноябрь.")

    assert SECOND in complained.last(JANE, "split").text


def test_6_1_a_complaint_sent_to_support_is_a_request(hand: DeskInHand) -> None:
    hand.write(IVAN, "Жалоба", "Дважды обещали перезвонить.", to=DESK)

    assert hand.numbers() == ["SD-2026-000001"]


@pytest.mark.parametrize("text", ["", "Ждём ответ склада."])
def test_6_3_no_answer_is_promised_by_an_end_that_has_passed(complained: DeskInHand, text: str) -> None:
    complained.travel(minsk(7, 12, 18))
    assert "Мы ответим Вам до вторника, 8 декабря 2026 г., 24:00" in words(complained.last(JANE, "complaint_progress"))

    complained.travel(minsk(21, 12, 18))  # nobody has answered, nor named a new term
    if text:
        order(complained, text)

    told = words(complained.last(JANE, "complaint_progress"))
    assert text in told
    assert "8 декабря" not in told
    assert "8 декабря 2026 г., 24:00" in words(complained.last(SERGEY, "staff_deadline"))


def test_6_1_a_complaint_that_names_a_request_is_answered_in_the_complaint(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    hand.write(JANE, "По запросу [SD-2026-000001]", "Отвечаете не мне.", to=COMPLAINTS)

    hand.write(KATE, hand.last(KATE, "staff_new")["Subject"], "We are sorry, Jane.", to=COMPLAINTS)

    assert "We are sorry, Jane." in hand.last(JANE, "complaint_progress").text
    assert [letter.name for letter in hand.told(IVAN)] == ["registered"]
