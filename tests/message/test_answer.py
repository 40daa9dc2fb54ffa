"""5.1, 5.2: the client's word in plain language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.message.answer import TRIGGERS, Reading, Word, client_word
from mailgate.rules.vocabulary import Trigger
from tests.rig.effort import cpu_seconds

CONFIRMS = (
    "Заявку можно закрыть.",
    "Портал открывается, вопрос можно закрывать.",
    "Пытанне можна закрыць, дзякуй",
    "The ticket can be closed.",
    "!подтверждаю",
    "!Подтверждаю.",
    "! подтверждаю\nСпасибо за помощь",
    "!пацвярджаю",
    "!confirm",
    "Подтверждаю",
    "Подтверждаем выполнение запроса.",
    "Подтверждаю, портал открывается, письма уходят.",
    "Да",
    "да.",
    "Да, спасибо!",
    "Да, подтверждаю",
    "Всё работает, спасибо",
    "Все работает",
    "Спасибо, всё заработало!",
    "Добрый день!\n\nПроверили, всё в порядке.\n\nС уважением,\nИван Петров\nне отвечайте на этот номер",
    "Проблема решена, спасибо за оперативность",
    "Вопрос решён.",
    "Вопросов больше нет, спасибо",
    "Замечаний нет",
    "Ошибка больше не повторяется",
    "Снова работает, благодарю",
    "Прошу закрыть запрос",
    "Прошу закрыть",
    "Подтверждаю спасибо",
    "Подтверждаем, что всё работает",
    "Подтверждаю решение вопроса",
    "Выполнено",
    "Можно закрывать",
    "Согласен",
    "Не возражаю",
    "Ок",
    "Доступ появился, всё работает",
    "Запрос выполнен, претензий не имеем",
    "Всё ок 👍",
    "Пацвярджаю",
    "Так, усё працуе, дзякуй",
    "Усё запрацавала",
    "Праблема вырашана, дзякуем",
    "Пытанняў няма",
    "Згодны",
    "Можна закрываць",
    "Yes",
    "Yes, it works now. Thank you!",
    "Confirmed",
    "I confirm.",
    "I agree",
    "Everything works, thanks",
    "The problem is solved",
    "No more problems, please close the ticket",
    "Почта приходит и уходит, всё работает",
    "Сообщаем, что отчёты формируются корректно, проблема решена.",
    "Проверили на другом компьютере, всё ок",
    "Подтверждаю решение проблемы",
    "Запрос выполнен в полном объёме. Замечаний нет.",
    "Доступ з'явіўся, усё працуе",
    "Hi Ann, everything works now, thanks a lot!",
    "Всё работает. Извините за задержку с ответом",
)
DISAGREES = (
    "!не согласен: портал по-прежнему не открывается",
    "!Не согласна: отчёт пустой",
    "!не згодны: памылка засталася",
    "!disagree: still 502",
    "Спасибо, но не работает",
    "Не работает",
    "Нет, не работает",
    "Ничего не работает",
    "Не всё работает: отчёты не формируются",
    "Нет. Ошибка та же.",
    "Не согласен, письма до сих пор не уходят",
    "Не подтверждаю: архив не открывается",
    "Подтверждаю, что портал не открывается",
    "Проблема осталась",
    "Опять ошибка 502",
    "Ошибка повторилась сегодня утром",
    "Работает, но очень медленно",
    "Портал снова зависает",
    "Почему до сих пор не работает?",
    "Не помогло",
    "Отчёт формируется неправильно",
    "Ничего не изменилось",
    "Пока не закрывайте, проверим завтра",
    "Возобновите работу, пожалуйста",
    "Спасибо, аднак партал не працуе",
    "Дзякуй, але памылка засталася",
    "Нічога не працуе",
    "Не згодны: даступу няма",
    "It doesn't work",
    "Thanks, but the page still fails",
    "Not resolved",
    "No, the error is back",
    "It works, but only for half of the users",
)
BARE_NO = (
    "Нет",
    "нет!",
    "Нет, спасибо",
    "Не согласен",
    "Не согласна.",
    "Нет, не согласен",
    "Не подтверждаю",
    "Здравствуйте! Не согласны.",
    "!не согласен:",
    "!не согласен: ",
    "!не згодны:",
    "!disagree",
    "Не",
    "Не згодны",
    "No",
    "No, thanks",
    "I disagree",
    "К сожалению, нет",
    "I don't agree with this",
)
THANKS = (
    "Спасибо",
    "Спасибо!",
    "Большое спасибо!",
    "Благодарю",
    "Спасибо за помощь",
    "Спасибо вам за оперативную работу! Хорошего дня!",
    "Добрый день! Спасибо большое.",
    "Ещё раз спасибо",
    "Отлично, спасибо",
    "Принято",
    "Дзякуй",
    "Вялікі дзякуй за дапамогу",
    "Thank you",
    "Thanks a lot for your quick help!",
    "👍",
)
OTHER = (
    "Заявку можно закрыть, когда вернёте старый отчёт.",
    "Заявку можно закрыть только в пятницу.",
    "Почему заявку можно закрыть?",
    "",
    "...",
    "Проверю завтра",
    "Ещё не проверял, отвечу позже",
    "Не могу проверить до понедельника",
    "А всё работает?",
    "Всё работает, но есть вопрос по счёту",
    "Не могли бы Вы прислать акт?",
    "Подтверждаю получение письма",
    "Всё работает. Прошу также прислать акт.",
    "Вроде работает",
    "Если всё работает, закройте",
    "Нет, всё работает",
    "Да нет, всё хорошо",
    "Доступ появился, спасибо",
    "Да. А когда будет счёт?",
    "!подтверждаю, но отчёт не открывается",
    "Во вложении снимок экрана",
    "Закройте доступ для Петрова",
    "Прошу закрыть доступ для Петрова",
    "Подтверждаю встречу в 15:00",
    "Решено отложить проверку",
    "Отправили без проблем, ждём ответа банка",
    "I am working on it",
    "We fixed the contract on our side",
    "Спасибо, проверим и ответим",
    "Яшчэ не правяраў",
    "I haven't checked yet",
    "It seems to work",
    "Could you send the invoice?",
    "Всё работает. " + "Подробности нашей проверки. " * 20,
    *(
        "Всё работает ужасно",
        "Всё работает только в Chrome",
        "Всё работает, правда отчёт пустой",
        "Всё хорошо за исключением отчётов",
        "Вопрос решён наполовину",
        "Заработало, теперь ошибка 500",
        "Заработало и тут же упало",
        "Ошибка пропала, вылезла другая",
        "Подтверждаю, ошибка есть",
        "Подтверждаю: проблема воспроизводится",
        "Вы пишете, что всё работает, а у нас тишина",
        "С чего вы взяли, что всё работает",
        "У нас всё в порядке, проверяйте у себя",
        "Как закрыть заявку",
        "Прошу закрыть запрос 41, а этот оставить",
        "Всё работает, понаблюдаем до пятницы",
        "Надеюсь, всё в порядке",
        "Усё працуе, толькі марудна",
        "It works now. Yesterday it went down twice.",
        "Everything works apart from printing",
        "Why did you close this ticket",
        "It is fine to wait until Monday",
        "All is good on our side, waiting for you",
    ),
)
SAMPLES = [
    *((text, Word.CONFIRMS) for text in CONFIRMS),
    *((text, Word.DISAGREES) for text in DISAGREES),
    *((text, Word.BARE_NO) for text in BARE_NO),
    *((text, Word.THANKS) for text in THANKS),
    *((text, Word.OTHER) for text in OTHER),
]


@pytest.mark.parametrize(("text", "word"), SAMPLES, ids=[text[:40] for text, _ in SAMPLES])
def test_5_1_the_word_of_an_answer(text: str, word: Word) -> None:
    assert client_word(text).word is word


@pytest.mark.parametrize("text", CONFIRMS)
def test_5_2_an_objection_after_a_confirmation_never_closes(text: str) -> None:
    assert client_word(f"{text}\nНо отчёт не открывается.").word is not Word.CONFIRMS


@pytest.mark.parametrize(("text", "word"), SAMPLES)
def test_case_yo_and_non_breaking_spaces_do_not_matter(text: str, word: Word) -> None:
    typed = text.replace("ё", "е").replace("Ё", "Е").replace(" ", "\u00a0").upper()

    assert client_word(typed).word is word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Анна, подтверждаю выполнение запроса SD-2026-000042.\n\nИван Петров", Word.CONFIRMS),
        ("Спасибо, Анна! Всё работает.\nИван", Word.CONFIRMS),
        ("Анна Сергеевна, спасибо!\nПетров И.", Word.THANKS),
        ("Подтверждаю.\n\nИван Петров\nинженер ОАО «Альфа»\n+375 29 123-45-67", Word.CONFIRMS),
        ("Подтверждаю.\n\nИван Петров\nНо печать не работает", Word.OTHER),
        ("Подтверждаю выполнение запроса SD-2026-000041.", Word.OTHER),
        ("Всё работает у Ольги", Word.OTHER),
    ],
)
def test_5_2_names_of_the_people_and_the_number_say_nothing(text: str, word: Word) -> None:
    said = client_word(text, writers=("Иван Петров", ""), known=("SD-2026-000042", "Анна Ковалёва"))

    assert said.word is word


def test_5_1_the_reasons_of_a_disagreement_are_kept_as_written() -> None:
    assert client_word("!Не согласен: Отчёт пустой") == Reading(Word.DISAGREES, "Отчёт пустой")
    assert client_word("Нет, не работает\nОшибка 502") == Reading(Word.DISAGREES, "Нет, не работает\nОшибка 502")


def test_what_is_no_disagreement_has_no_reason() -> None:
    assert client_word("Да") == Reading(Word.CONFIRMS)
    assert client_word("Нет") == Reading(Word.BARE_NO)


def test_every_word_has_its_trigger() -> None:
    assert set(TRIGGERS) == set(Word)
    assert TRIGGERS[Word.OTHER] is Trigger.CLIENT_WROTE


@given(st.text(max_size=400))
def test_any_text_has_a_word(text: str) -> None:
    assert client_word(text).word in Word


PIECES = ("за помощь ", "не ", "не все ", "for quick ", "все теперь ", "вопросов больше ", "0", " \n", "с уважением")


@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_of_one_piece_takes_no_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))

    assert cpu_seconds(lambda: client_word(text)) < 1
