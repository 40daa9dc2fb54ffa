"""`staff_done` confirms what was done, from what to what (INTERFACE, mail commands)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, IVAN, KATE, SERGEY
from tests.rig.play import minsk, words

FIRST, SECOND = "SD-2026-000001", "SD-2026-000002"


@pytest.fixture
def opened(hand: DeskInHand) -> DeskInHand:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    return hand


def order(hand: DeskInHand, text: str) -> str:
    """The confirmation of this mail of staff's, a minute after the last one."""
    hand.now += timedelta(minutes=10)
    before = len(hand.told(ANNA, "staff_done"))
    hand.write(ANNA, f"Re: [{FIRST}]", text)
    assert len(hand.told(ANNA, "staff_done")) == before + 1, hand.last(ANNA, "staff_error").text
    return words(hand.last(ANNA, "staff_done"))


def test_4_2_every_change_is_told_from_what_to_what(opened: DeskInHand) -> None:
    done = order(opened, "!тип 8 значительное\n!срочность высокая")

    assert "!тип 8 значительное; !срочность высокая" in done
    assert "Тип: Неклассифицированный запрос → Запрос на техническое сопровождение." in done
    assert "Приоритет: средний → критический." in done


def test_4_5_who_took_it_and_the_status(opened: DeskInHand) -> None:
    done = order(opened, "!взять")

    assert "Статус: Зарегистрирован → В работе. Ответственный: Анна Ковалёва." in done


def test_no_change_is_told_as_none(opened: DeskInHand) -> None:
    order(opened, "!тип 4")

    assert "Ничего не изменилось" in order(opened, "!тип 4")


def test_4_6_the_term_stands_there_as_it_was_understood(opened: DeskInHand) -> None:
    done = order(opened, "!инфо 3 рабочих дня\nНомер договора?")

    assert "Статус: Зарегистрирован → Ожидает информации." in done
    assert "Срок: 3 рабочих дня, до четверга, 26 ноября 2026 г., 18:00 (Минск), если письмо не задержится." in done


def test_4_6_so_does_the_one_that_counts_where_none_was_named(opened: DeskInHand) -> None:
    assert "Срок: 3 рабочих дня, до четверга, 26 ноября" in order(opened, "!инфо\nНомер договора?")


def test_4_10_a_named_day_is_told_as_its_end(opened: DeskInHand) -> None:
    done = order(opened, "!третья сторона до 25.12.2026")

    assert "Срок: до пятницы, 25 декабря 2026 г., 18:00 (Минск)." in done


def test_5_1_completion_tells_its_ten_days(opened: DeskInHand) -> None:
    done = order(opened, "!готово\nРаботает.")

    assert "Ожидает подтверждения. Срок: 10 календарных дней, до четверга, 3 декабря 2026 г., 24:00 (Минск)" in done


def test_6_2_an_answered_complaint_is_closed(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не перезвонили", "Дважды.", to=COMPLAINTS)

    hand.write(KATE, "Re: [C-2026-000001]", "!done\nWe apologise.", to=COMPLAINTS)

    done = words(hand.last(KATE, "staff_done"))
    assert "Status: Registered → Closed." in done
    assert "confirmation" not in done


def test_3_6_the_other_request_is_named(opened: DeskInHand) -> None:
    assert f"Выделено под номером {SECOND}." in order(opened, "!разделить Счёт\nЕщё и про счёт.")
    assert f"Связано с {SECOND}." in order(opened, f"!связать {SECOND}")

    done = order(opened, f"!объединить {SECOND}")

    assert f"Объединено с {SECOND}. Статус: Зарегистрирован → Закрыт." in done


def test_4_11_the_channel_is_named(opened: DeskInHand) -> None:
    assert "Клиенту не уйдёт, записано как заметка (телефон)." in order(opened, "!заметка телефон\nЗвонил.")
    assert "Записано, что клиент подтвердил решение (телефон)." in order(opened, "!закрыть телефон\nПодтвердил.")


def test_3_4_the_call_is_named_by_its_number(hand: DeskInHand) -> None:
    hand.write(ANNA, "Нет связи", f"!телефон {IVAN} +375291234567 критично не-может-написать\nНе работает совсем.")

    assert f"Звонок зарегистрирован под номером {FIRST}." in words(hand.last(ANNA, "staff_done"))


def test_undo_says_what_was_undone(opened: DeskInHand) -> None:
    send = opened.send
    opened.send = lambda: send(held=False)  # type: ignore[method-assign, assignment, misc]
    order(opened, "!взять\n!тип 8 значительное")

    opened.write(ANNA, f"Re: [{FIRST}]", "!отменить")

    done = words(opened.last(ANNA, "staff_done"))
    assert "Сделанное последним отменено" in done
    assert "Статус: В работе → Зарегистрирован." in done
    assert "Тип: Запрос на техническое сопровождение → Неклассифицированный запрос." in done


def test_16_no_notice_of_a_mail_says_what_the_next_one_corrects(opened: DeskInHand) -> None:
    order(opened, "!взять\n!тип 8 значительное\nСмотрим.")

    started, changed = opened.last(IVAN, "started").text, opened.last(IVAN, "changed").text
    assert "Смотрим." in started
    assert "высокий" in started
    assert "Запрос на техническое сопровождение" in started
    assert "средний" not in started
    assert "средний → высокий" in words(opened.last(IVAN, "changed"))
    assert changed


def test_4_4_a_request_is_shown_with_each_mail_once(opened: DeskInHand) -> None:
    order(opened, "!взять\nСмотрим портал.")
    order(opened, "!заметка\nКлиент сердит.")
    opened.now += timedelta(minutes=10)
    opened.write(ANNA, f"Re: [{FIRST}]", "!готоово\nПоправили.")

    shown = order(opened, f"!показать {FIRST}")

    assert f"Запрос {FIRST}: вся переписка" in shown
    assert shown.count("Смотрим портал.") == 1
    assert "Анна Ковалёва (заметка для своих) Клиент сердит." in shown
    assert "Анна Ковалёва (не выполнено)" in shown
    assert "Служба поддержки пользователей Мы получили Вашу заявку" in shown


def test_6_1_a_complaint_is_shown_as_one(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не перезвонили", "Дважды.", to=COMPLAINTS)

    hand.write(KATE, "C", "!show C-2026-000001", to=COMPLAINTS)

    assert "Complaint C-2026-000001: the whole correspondence" in words(hand.last(KATE, "staff_done"))


def test_6_2_the_queue_says_a_complaint_s_term_as_every_notice_does(hand: DeskInHand) -> None:
    hand.write(IVAN, "Не перезвонили", "Дважды.", to=COMPLAINTS)
    hand.now = minsk(8, 12, 12, 0)

    hand.write(SERGEY, "очередь", "!очередь", to=COMPLAINTS)

    queue = words(hand.last(SERGEY, "staff_queue"))
    assert "зарегистрирована" in queue
    assert "срок до 08.12.2026 24:00" in queue
    assert "срок сегодня: 1" in queue


def test_what_names_no_request_is_told_by_its_subject_and_without_an_empty_line(hand: DeskInHand) -> None:
    hand.write(ANNA, "Про портал", "Посмотрите, пожалуйста.")

    error = hand.last(ANNA, "staff_error")
    assert error["Subject"] == "Не выполнено: Про портал"
    assert "\n\n  " not in error.text.replace("\r", "").partition("Ваш текст")[0]
    assert "\n\n\n" not in error.text.replace("\r", "")
