"""3.2, 3.11: field lines and urgency."""

from __future__ import annotations

import pytest

from mailgate.message.fields import fields, urgency_word
from mailgate.message.model import Fields, IncomingMessage
from mailgate.message.parse import parse


def mail(text: str = "", subject: str = "x", **headers: str) -> IncomingMessage:
    extra = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return parse(f"From: a@b.by\nSubject: {subject}\n{extra}Content-Type: text/plain; charset=utf-8\n\n{text}".encode())


@pytest.mark.parametrize(
    "text",
    [
        "Клиент: ОАО «Альфа»\nУслуга: Портал\nТип запроса: Консультация\nТема: Вход\nСрочность: высокая",
        "*Клиент:* ОАО «Альфа»\n*Услуга:* Портал\n*Тип запроса:* Консультация\n*Тема:* Вход\n*Срочность:* срочно",
        "Кліент: ОАО «Альфа»\nПаслуга: Портал\nТып запыту: Консультация\nТэма: Вход\nТэрміновасць: высокая",
        "Client: ОАО «Альфа»\nService: Портал\nRequest type: Консультация\nSubject: Вход\nUrgency: HIGH!",
        "  КЛИЕНТ : ОАО «Альфа»\nуслуга:Портал\nТип\xa0запроса: Консультация\nтема: Вход\nСРОЧНОСТЬ: Высокая",
        "1. Клиент: ОАО «Альфа»\n2) Услуга: Портал\n3.Тип запроса: Консультация\n4. Тема: Вход\n5. Срочность: срочно",
    ],
)
def test_3_2_field_lines_are_read_in_three_languages(text: str) -> None:
    assert fields(mail(text)) == Fields("ОАО «Альфа»", "Портал", "Консультация", "Вход", "high")


def test_3_2_fields_of_a_quote_are_not_the_writers() -> None:
    assert fields(mail("Да\n\n24.11.2026, 10:15, С <s@d.example>:\n> Клиент: чужой\n> Срочность: высокая")) == Fields()


@pytest.mark.parametrize(
    "text", ["Клиент:", "Клиент не может войти: ошибка", "Наш клиент: недоволен", "http://x.by: нет", ""]
)
def test_3_2_other_lines_are_no_fields(text: str) -> None:
    assert fields(mail(text)) == Fields()


@pytest.mark.parametrize(
    ("word", "urgency"),
    [
        ("срочно", "high"), ("Срочно!!!", "high"), ("СРОЧНО", "high"), ("тэрмінова", "high"), ("urgent", "high"),
        ("ASAP", "high"),
        ("высокая", "high"), ("критическая", "high"), ("не срочно", "low"), ("несрочно", "low"), ("низкая", "low"),
        ("not urgent", "low"),
        ("low", "low"), ("нізкая", "low"), ("обычная", "normal"), ("звычайная", "normal"), ("normal", "normal"),
        ("SD-2026-000042", None),
        ("очень срочно", "high"), ("Очень высокая", "high"), ("вельмі тэрмінова", "high"), ("very urgent", "high"),
        ("не очень срочно", "low"), ("очень низкая", "low"), ("очень", None),
        ("", None), ("вопрос", None), ("не критично", None),
    ],
)  # fmt: skip
def test_3_11_words_of_urgency(word: str, urgency: str | None) -> None:
    assert urgency_word(word) == urgency


@pytest.mark.parametrize(
    ("message", "urgency"),
    [
        (mail("Срочность: низкая", "[срочно] x", Importance="high"), "low"),
        (mail("", "[SD-2026-000042] [срочно] x", Importance="low"), "high"),
        (mail("", "[тэрмінова] x"), "high"),
        (mail("", "[не срочно] x"), "low"),
        (mail("", "срочно"), None),
        (mail("", "x", Importance="High"), "high"),
        (mail("", "x", X_Priority="1 (Highest)"), "high"),
        (mail("", "x", X_Priority="5"), "low"),
        (mail("", "x", X_Priority="3"), None),
        (mail("", "x", Priority="urgent"), "high"),
        (mail("", "x"), None),
    ],
    ids=range(11),
)
def test_3_11_field_line_then_subject_then_header(message: IncomingMessage, urgency: str | None) -> None:
    assert fields(message).urgency == urgency
