"""Whose words a notice quotes: nobody reads that he wrote what another contact or the desk wrote."""

from __future__ import annotations

from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, VOLHA
from tests.rig.play import words

FIRST, SECOND = "SD-2026-000001", "SD-2026-000002"


def opened(hand: DeskInHand) -> None:
    """A request of Ivan's in which Volha takes part."""
    hand.write(IVAN, "Не открывается портал", "С утра.", headers=[("Cc", VOLHA)])


def order(hand: DeskInHand, text: str) -> None:
    hand.write(ANNA, f"Re: [{FIRST}]", text)


def test_5_1_another_contact_s_bare_no_is_not_the_reader_s(hand: DeskInHand) -> None:
    opened(hand)
    order(hand, "!готово\nПортал работает.")

    hand.answer(hand.last(IVAN, "completed"), "Нет")

    his, hers = words(hand.last(IVAN, "reasons_needed")), words(hand.last(VOLHA, "reasons_needed"))
    assert "Вы не согласны" in his
    assert "Вы писали 23.11.2026 10:05: > Нет" in his
    assert "Вы не згодны" not in hers
    assert "Піша Иван Петров, 23.11.2026 10:05: > Нет" in hers


def test_5_1_who_disagreed_is_named_to_the_sender(hand: DeskInHand) -> None:
    opened(hand)
    order(hand, "!готово\nПортал работает.")

    hand.answer(hand.last(VOLHA, "completed"), "Не згодна: памылка засталася.")

    assert "Пишет Вольга Сідарэнка, 23.11.2026 10:05:" in words(hand.last(IVAN, "resumed"))
    assert "Вы пісалі" in words(hand.last(VOLHA, "resumed"))


def test_5_2_only_who_confirmed_reads_that_he_did(hand: DeskInHand) -> None:
    opened(hand)
    order(hand, "!готово\nПортал работает.")

    hand.answer(hand.last(VOLHA, "completed"), "Пацвярджаю")

    assert "Вы пацвердзілі" in words(hand.last(VOLHA, "closed"))
    assert "Вы подтвердили" not in words(hand.last(IVAN, "closed"))


def test_3_6_a_part_says_whence_it_comes_and_that_we_noted_it(hand: DeskInHand) -> None:
    opened(hand)

    order(hand, "!разделить Ошибка в счёте\nКлиент спрашивает ещё и про счёт.")

    told = words(hand.last(IVAN, "registered"))
    assert f"выделили вопрос из запроса {FIRST} в отдельный запрос {SECOND}" in told
    assert "Вы писали" not in told
    assert "Мы записали 23.11.2026 10:05: > Клиент спрашивает ещё и про счёт." in told


def test_3_4_of_a_call_the_client_reads_what_was_noted(hand: DeskInHand) -> None:
    hand.write(ANNA, "Нет связи", f"!телефон {IVAN} +375291234567 критично не-может-написать\nНе работает совсем.")

    told = words(hand.last(IVAN, "registered"))
    assert "Ваше обращение по телефону" in told
    assert "Вы писали" not in told
    assert "Мы записали 23.11.2026 10:05: > Не работает совсем." in told


def test_3_1_a_letter_that_is_taken_at_once_is_not_said_to_be_sent_to_the_client(hand: DeskInHand) -> None:
    hand.write(ANNA, "Письмо № 14", f"!письмо {IVAN}\n!взять\nПросим подключить филиал.")

    told = words(hand.last(ANNA, "staff_done"))
    assert "подключить филиал" not in hand.last(IVAN, "started").text
    assert "подключить филиал" not in told
    assert f"Письмо клиенту: {IVAN}" in told
    assert told.index("!письмо") < told.index("!взять")
