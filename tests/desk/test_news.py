"""What staff hear of a client's word: what it meant, and what it follows (4.4, 5.1, 5.2)."""

from __future__ import annotations

import pytest

from mailgate.message import thread
from tests.rig.effort import cpu_seconds
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN
from tests.rig.play import words

FIRST, SECOND = "SD-2026-000001", "SD-2026-000002"


@pytest.fixture
def completed(hand: DeskInHand) -> DeskInHand:
    hand.write(IVAN, "Re: Fwd: RE: Портал", "С утра.")
    hand.answer(hand.last(ANNA, "staff_new"), "!готово\nРаботает.")
    return hand


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("Подтверждаю", "решение подтверждено, запрос закрыт"),
        ("Нет, не открывается", "несогласие с завершением, работа возобновлена"),
        ("Нет", "несогласие без причин, мы попросили их назвать"),
        ("Спасибо!", "благодарность, в запросе ничего не изменилось"),
        ("А когда обновите второй узел?", "ответ по запросу"),
    ],
)
def test_5_1_staff_read_what_the_word_meant(completed: DeskInHand, said: str, means: str) -> None:
    completed.answer(completed.last(IVAN, "completed"), said)

    assert f"ОАО «Альфа», Иван Петров: {means}, приоритет средний." in words(completed.last(ANNA, "staff_reply"))


def test_4_6_an_answer_is_called_one(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    hand.answer(hand.last(ANNA, "staff_new"), "!инфо\nНомер договора?")

    hand.answer(hand.last(IVAN, "info_needed"), "118/25")

    assert "Иван Петров: ответ на наш вопрос" in words(hand.last(ANNA, "staff_reply"))


@pytest.mark.parametrize(
    ("said", "shown"), [("!подтверждаю", "подтверждаю"), ("!не согласен: 502", "не согласен: 502")]
)
def test_5_1_a_ready_answer_is_shown_without_its_sign(completed: DeskInHand, said: str, shown: str) -> None:
    completed.answer(completed.last(IVAN, "completed"), said)

    name = "closed" if shown == "подтверждаю" else "resumed"
    assert f"  {shown}" in completed.last(ANNA, "staff_reply").text
    assert f"> {shown}" in completed.last(IVAN, name).text
    assert said not in completed.last(ANNA, "staff_reply").text


def test_5_2_the_new_request_is_named_by_its_topic_and_says_what_it_follows(completed: DeskInHand) -> None:
    completed.answer(completed.last(IVAN, "completed"), "Подтверждаю")

    completed.answer(completed.last(IVAN, "closed"), "А теперь не открывается отчёт.")

    news = completed.last(ANNA, "staff_new")
    assert news["Subject"] == f"[{SECOND}] Портал — ОАО «Альфа»"
    assert f"новый запрос, продолжает {FIRST}, срочность" in words(news)


def test_3_3_what_mail_programs_put_before_a_subject_is_no_part_of_it(completed: DeskInHand) -> None:
    assert completed.show()["subject"] == "Портал"


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("RE[2]: FW: Ответ: Портал", "Портал"),
        ("Адказ: Отв.: Відповідь: Портал", "Портал"),
        ("Re: [SD-2026-000009] Re: Портал", "Портал"),
        ("Software: re: install", "Software: re: install"),
        ("[SD-2026-000010] Портал", "[SD-2026-000010] Портал"),
        ("Re:", ""),
    ],
)
def test_only_what_stands_in_front_is_taken_off(subject: str, topic: str) -> None:
    assert thread.topic(subject, "SD-2026-000009") == topic


@pytest.mark.parametrize("piece", ["re: ", "re:", " ", "[SD-2026-000009]", "fwd[1]: ", "re : re", "[SD-2026-000009] ["])
def test_s20_all_that_a_subject_can_hold_of_it_is_taken_off_at_once(piece: str) -> None:
    subject = (piece * 400_000)[:400_000]

    assert cpu_seconds(lambda: thread.topic(subject, "SD-2026-000009")) < 0.5
