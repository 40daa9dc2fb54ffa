"""The report that leads get by mail on the first working day of a month."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailgate.desk.monthly import send_report
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, KATE, SERGEY, Letter
from tests.rig.play import minsk, words


@pytest.fixture
def led(hand: DeskInHand, config: Path) -> DeskInHand:
    """Anna and Kate are leads. Ivan wrote twice in November, and one of it was completed an hour later."""
    staff = config.with_name("staff.toml")
    text = staff.read_text().replace('["support"]', '["support", "leads"]').replace('["complaints"]', '["leads"]')
    staff.write_text(text)
    hand.reconfigure(config)
    hand.write(IVAN, "Первый", "Вопрос.")
    hand.write(IVAN, "Второй", "Вопрос.")
    hand.now = minsk(23, 11, 11, 5)
    hand.answer(hand.last(ANNA, "staff_new"), "!готово\n\nИсправили.")
    return hand


def report(hand: DeskInHand, now: datetime) -> bool:
    hand.now = now
    sent = send_report(hand.database, now, hand.desk)
    hand.send()
    return sent


def parts(letter: Letter) -> dict[str, EmailMessage]:
    return {part.get_content_type() + str(part["Content-ID"] or ""): part for part in letter.message.walk()}  # type: ignore[misc]


def test_the_report_goes_once_to_the_leads_at_the_start_of_the_first_working_day(led: DeskInHand) -> None:
    # 1 December 2026 is a Tuesday.
    assert not report(led, minsk(30, 11, 23, 59))
    assert not report(led, minsk(1, 12, 8, 59))

    assert [report(led, minsk(1, 12, 9)), report(led, minsk(1, 12, 9, 1))] == [True, False]

    assert sorted(letter.to for letter in led.told(name="report")) == sorted([ANNA, KATE])
    assert not led.told(SERGEY, "report")


def test_the_first_working_day_is_not_a_day_off(led: DeskInHand) -> None:
    # 1 January is a holiday and 2 January a decreed day off; 3 January 2027 is a Sunday.
    assert report(led, minsk(1, 12, 9))

    days = [day for day in range(1, 8) if report(led, minsk(day, 1, 9, year=2027))]

    assert days == [4]


def test_a_report_that_was_due_while_the_daemon_was_down_is_sent_when_it_comes_back(led: DeskInHand) -> None:
    assert report(led, minsk(12, 12, 3))

    assert len(led.told(ANNA, "report")) == 1


def test_a_month_without_anything_is_not_told(hand: DeskInHand, config: Path) -> None:
    staff = config.with_name("staff.toml")
    staff.write_text(staff.read_text().replace('["support"]', '["support", "leads"]'))
    hand.reconfigure(config)

    assert not report(hand, minsk(1, 12, 9))

    assert not hand.told(name="report")


def test_without_leads_there_is_no_report(hand: DeskInHand) -> None:
    hand.write(IVAN, "Первый", "Вопрос.")

    assert not report(hand, minsk(1, 12, 9))


def test_the_mail_tells_its_numbers_in_text_in_a_table_and_in_pictures(led: DeskInHand) -> None:
    report(led, minsk(1, 12, 9))

    letter = led.last(ANNA, "report")
    assert letter["Subject"] == "Отчёт за ноябрь 2026\u00a0г."
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "зарегистрировано запросов: 2, завершено 1." in words(letter)
    assert "Все запросы: 1 ч; 90 из 100 — не дольше 1 ч (1 запрос)" in words(letter)
    assert "ОАО «Альфа»: 2; завершено 1" in words(letter)
    found = parts(letter)
    html = str(found["text/html"].get_content())
    named = re.findall(r'<img src="cid:([^"]+)"', html)
    assert set(named) == {"days@mailgate", "first@mailgate", "second@mailgate"}
    for name in set(named):
        picture = found[f"image/png<{name}>"]
        assert picture.get_content_disposition() == "inline"
        assert picture.get_content().startswith(b"\x89PNG")
    assert all('alt="' in tag for tag in re.findall(r"<img [^>]*>", html))
    assert [part.get_content_type() for part in letter.message.walk()][:4] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
    ]


def test_each_lead_reads_it_in_his_language(led: DeskInHand) -> None:
    report(led, minsk(1, 12, 9))

    assert led.last(KATE, "report")["Subject"] == "Report for November 2026"
    assert "2 requests were registered in the month" in words(led.last(KATE, "report"))
