"""What the notices say: every name in every language, in both media, for everybody who may read it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, UndefinedError
from jinja2.exceptions import SecurityError

from mailgate.assets import templates as stock
from mailgate.outbox.compose import Draft, environment, html_of, subject_of, text_of
from mailgate.outbox.samples import NAMES, sample
from mailgate.rules.command_help import help_rows
from mailgate.rules.notices import NOTICES, Audience
from mailgate.rules.vocabulary import Event, Language

MINSK = ZoneInfo("Europe/Minsk")
EVERY = [(name, str(language)) for name in NAMES for language in Language]
QUOTED = {"addr": "ivan.petrov@alfa.example", "name": "Иван Петров", "at": "2026-11-23T10:05:00+03:00"}
CLIENT_NOTICES = [name for name in NAMES if NOTICES[name].audience is Audience.CLIENT and name != "not_registered"]


@pytest.fixture(scope="module")
def templates() -> Environment:
    return environment(stock(), zone=MINSK)


def with_facts(draft: Draft, **facts: Any) -> Draft:
    return replace(draft, facts={**draft.facts, **facts})


def with_request(draft: Draft, **changed: Any) -> Draft:
    return with_facts(draft, request={**draft.facts["request"], **changed})


def everywhere(value: Any, mark: str) -> Any:
    """The same facts with the mark behind every text that a person may have written."""
    if isinstance(value, dict):
        return {key: each if key in _NOT_WRITTEN else everywhere(each, mark) for key, each in value.items()}
    if isinstance(value, list):
        return [everywhere(each, mark) for each in value]
    return value + mark if isinstance(value, str) else value


_CODES = ("kind", "status", "type", "type_suggested", "urgency", "impact", "priority", "channel", "role", "event")
_MOMENTS = ("at", "registered_at", "deadline_at", "due_at", "undo_until", "resume_until", "since")
_LINKS = ("mailto", "confirm_mailto", "disagree_mailto")
_NOT_WRITTEN = frozenset([*_CODES, *_MOMENTS, *_LINKS, "what", "from", "how", "plain_reply", "aim", "month"])


@pytest.mark.parametrize("name", ["staff_new", "staff_reply", "registered", "info_needed", "progress"])
def test_what_a_person_set_in_columns_or_indented_stays_so_in_html(templates, name):
    written = "services:\n  web:\n    port:  8080\n\tname"
    draft = with_facts(sample(name, "ru"), text=written, quoted={**QUOTED, "text": written})

    html = html_of(draft, templates)

    elements = re.findall(
        r"<(blockquote|p)(?: class=\"(\w+)\")?>services:<br>  web:<br>    port:  8080<br>\tname</", html
    )
    assert elements
    kept = re.findall(r"^([^{\n]*) \{[^}]*white-space: pre-wrap", html, re.MULTILINE)[0].split(", ")
    assert all(tag in kept or f"{tag}.{style}" in kept for tag, style in elements)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_notice_says_the_same_in_text_and_html(templates, name, language):
    draft = sample(name, language)

    text, html = text_of(draft, templates), html_of(draft, templates)

    said = re.sub(r"<mailto:[^>]+>", "", text)
    shown = unescape(re.sub(r"<[^>]+>", " ", html.partition("<body>")[2]))
    assert set(re.findall(r"\w+", said)) == set(re.findall(r"\w+", shown))


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_our_own_words_keep_within_72_columns(templates, name, language):
    draft = sample(name, language)
    written = " ".join(str(draft.facts[key]) for key in ("text", "quoted", "detail"))

    for line in text_of(draft, templates).splitlines():
        own = line.lstrip("> ")
        assert len(line) <= 72 or own.startswith("<mailto:") or own in written.replace("\\n", "\n")


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_s14_the_html_part_fetches_and_runs_nothing(templates, name, language):
    html = html_of(sample(name, language), templates)

    inside = re.sub(r'<img src="cid:[a-z]+@mailgate"', "", html)
    assert not re.search(r"<(img|script|link|iframe|object|svg)|src=|url\(|@import|javascript:|https?:", inside, re.I)
    assert all(href.startswith("mailto:") for href in re.findall(r'href="([^"]*)"', html))


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_subject_begins_with_the_number(templates, name, language):
    draft = sample(name, language)

    subject = subject_of(draft, templates)

    number = draft.request_number
    assert subject.startswith(f"[{number}] " if number else subject[0])
    assert "\n" not in subject


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", NAMES)
def test_s13_what_people_write_is_never_a_template_nor_markup(templates, name, language):
    draft = sample(name, language)
    hostile = replace(draft, facts=everywhere(dict(draft.facts), " {{7*7}} <b onclick=x>&amp;</b>"))

    text, html = text_of(hostile, templates), html_of(hostile, templates)

    assert "{{7*7}}" in text
    assert "{{7*7}} &lt;b onclick=x&gt;&amp;amp;&lt;/b&gt;" in html
    assert "<b " not in html


@pytest.mark.parametrize("name", CLIENT_NOTICES)
@pytest.mark.parametrize("language", Language)
def test_notices_do_without_what_is_not_known(templates, name, language):
    detail = {"understood": {}, "missing": []} if name == "registered" else sample(name, language).facts["detail"]
    draft = with_facts(sample(name, language), author=None, text=None, quoted=None, detail=detail)
    bare = dict.fromkeys(("type_suggested", "impact", "service", "client_name", "deadline_at", "assignee_name"))

    text = text_of(with_request(draft, subject="", contact_name="", history=[], **bare), templates)

    assert "None" not in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", ["started", "rejected", "resumed", "staff_new", "staff_reply", "staff_done"])
def test_6_1_a_complaint_is_called_one(templates, name):
    draft = with_request(sample(name, "ru"), kind="complaints")

    assert (
        "претензи"
        in text_of(with_facts(draft, detail={**draft.facts["detail"], "no_answer": False}), templates).lower()
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", [name for name in NAMES if NOTICES[name].audience is Audience.STAFF])
def test_a_command_is_never_torn_from_its_sign(templates, name, language):
    body = html_of(sample(name, language), templates).partition("<body>")[2]

    ours = re.sub(r'(?s)<(blockquote|p class="commands").*?</(blockquote|p)>', "", body)
    assert not re.search(r"!\w", ours)
    assert "!\u2060" in ours or name not in ("staff_new", "staff_reply", "staff_done", "staff_error", "staff_deadline")


def test_a_paragraph_of_staff_is_set_in_72_columns_and_what_is_in_columns_is_left(templates):
    paragraph, table = "Мы проверили канал. " * 12, "узел 1    " * 12
    draft = with_facts(sample("completed", "ru"), text=f"{paragraph}\n{table}")

    lines = text_of(draft, templates).splitlines()

    assert all(len(line) <= 72 for line in lines if "Мы проверили" in line)
    assert " ".join(" ".join(lines).split()).count("Мы проверили канал.") == 12
    assert f"  {table}".rstrip() in lines


@pytest.mark.parametrize("language", Language)
def test_every_event_of_the_history_has_its_words(templates, language):
    history = [{"at": "2026-11-23T07:00:00+00:00", "event": event.value, "by": "mailgate"} for event in Event]

    text = text_of(with_request(sample("staff_new", language), history=history), templates)

    assert not [event for event in Event if re.search(rf"  {event} — ", text)] or language == "en"
    assert text.count(" — mailgate") == len(Event)


def test_3_3_the_registration_notice_says_back_what_was_understood_and_what_is_missing(templates):
    text = text_of(sample("registered", "ru"), templates)

    assert "В заявке не указано: тип запроса." in text
    assert "Услуга:      Виртуальный ЦОД" in text
    assert "Срочность:   высокая" in text


def test_4_6_the_client_is_told_until_when_with_the_zone(templates):
    assert "до четверга, 26 ноября 2026 г.,\n18:00 (Минск)" in text_of(sample("info_needed", "ru"), templates)
    assert "да чацвярга, 26 лістапада 2026 г., 18:00" in text_of(sample("info_needed", "be"), templates)
    assert "by Thursday, 26 November 2026, 18:00" in text_of(sample("info_needed", "en"), templates)


def test_4_8_rejection_for_want_of_an_answer_uses_the_words_of_the_rules(templates):
    text = text_of(sample("rejected", "ru"), templates)

    assert text.startswith("Запрос отклонен, в связи с отсутствием ответа клиента по запросу.\n")


def test_5_1_ten_days_end_at_24_hours_of_the_last_one(templates):
    text = text_of(sample("completed", "ru"), templates)

    assert "до четверга, 3 декабря 2026 г., 24:00 (Минск)" in text


def test_5_1_both_ready_answers_stand_in_both_parts(templates):
    draft = sample("completed", "ru")

    text, html = text_of(draft, templates), html_of(draft, templates)

    for link in (draft.facts["detail"]["confirm_mailto"], draft.facts["detail"]["disagree_mailto"]):
        assert f"<{link}>" in text
        assert f'href="{link.replace("&", "&amp;")}"' in html


def test_4_7_the_staff_members_words_open_the_letter(templates):
    assert text_of(sample("progress", "ru"), templates).startswith("Здравствуйте, Иван!\n\nНашли причину")


@pytest.mark.parametrize(
    ("setting", "says"),
    [("client", "Ответ на это письмо уйдёт клиенту."), ("note", "Ответ на это письмо останется заметкой")],
)
def test_the_first_lines_say_what_an_answer_will_do(templates, setting, says):
    draft = sample("staff_new", "ru")

    text = text_of(with_facts(draft, detail={**draft.facts["detail"], "plain_reply": setting}), templates)

    first = " ".join(text.partition("\n\n")[0].split("\n"))
    assert first.startswith("ОАО «Альфа», Иван Петров: новый запрос, срочность высокая, приоритет средний.")
    assert says in first


@pytest.mark.parametrize("notice", ["staff_done", "staff_error", "staff_undeliverable"])
@pytest.mark.parametrize("kind", ["requests", "complaints"])
def test_so_do_those_that_answer_staff_themselves(templates, notice, kind):
    draft = sample(notice, "ru")

    def opening(status):
        about = {**draft.facts["request"], "kind": kind, "status": status}
        return " ".join(text_of(with_facts(draft, request=about), templates).partition("\n\n")[0].split())

    closed, reader = ("Запрос закрыт", "клиенту") if kind == "requests" else ("Претензия закрыта", "заявителю")
    assert opening("in_progress").endswith(
        f"Ответ на это письмо уйдёт {reader}. Заметка для своих — !заметка первой строкой."
    )
    assert opening("closed").endswith(f"{closed}: ответ на это письмо {reader} уже не уйдёт.")


def test_the_new_assignee_reads_who_assigned_him_and_why(templates):
    draft = sample("staff_new", "ru")
    more = {"assigned_by": "Пётр Лис", "note": {"name": "Пётр Лис", "text": "Это по твоей части."}}

    text = text_of(with_facts(draft, detail={**draft.facts["detail"], **more}), templates)

    assert "запрос назначен Вам" in text
    assert text.index("Это по твоей части.") < text.index("С утра не открывается")


def test_asked_for_help_staff_read_every_command(templates):
    rows = [list(row) for row in help_rows("ru")]
    draft = with_facts(sample("staff_done", "ru"), request=None)
    asked = {"orders": [], "sent": None, "show": None, "help": rows, "undo_until": None}

    text = text_of(with_facts(draft, detail=asked), templates)

    assert all(form in text for form, _ in rows)


def test_asked_for_a_request_staff_read_its_correspondence_and_history(templates):
    draft = sample("staff_done", "ru")
    said = {"at": "2026-11-23T07:00:00+00:00", "direction": "in", "kind": "note", "from": "Анна", "internal": True}
    show = {"request": draft.facts["request"], "messages": [said | {"text": "Смотрим узел."}], "history": []}
    asked = {"orders": [], "sent": None, "show": show, "help": None, "undo_until": None}

    text = text_of(with_facts(draft, detail=asked), templates)

    assert "23.11.2026 10:00 — Анна (заметка для своих)\n  Смотрим узел." in text


@pytest.mark.parametrize(
    ("language", "sizes"),
    [
        ("ru", ("1 байт", "2 байта", "5 байт", "21 байт")),
        ("be", ("1 байт", "2 байты", "5 байтаў", "21 байт")),
        ("en", ("1 byte", "2 bytes", "5 bytes", "21 bytes")),
    ],
)
def test_small_files_have_the_plural_forms_of_the_language(templates, language, sizes):
    files = [{"name": f"{size}.txt", "type": "text/plain", "size": size} for size in (1, 2, 5, 21)]

    text = text_of(with_facts(sample("staff_reply", language), attachments=files), templates)

    joined = " ".join(text.replace("\u00a0", " ").split())
    assert all(f"({size})" in joined for size in sizes)


def test_a_late_request_says_so_in_the_queue(templates):
    text = text_of(sample("staff_queue", "ru"), templates)

    assert "срок истёк" in text
    assert "12 дней" in text


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1 запрос;"), (2, "2 запроса;"), (5, "5 запросов;"), (21, "21 запрос;")]
)
def test_russian_plurals(templates, number, words):
    draft = sample("staff_queue", "ru")
    rows = draft.facts["detail"]["rows"][:1] * number

    assert words in text_of(with_facts(draft, detail={**draft.facts["detail"], "rows": rows}), templates)


TERMS = {
    ("ru", "calendar days"): ("календарного дня", "календарных дней", "календарный день", "календарных дня"),
    ("ru", "working days"): ("рабочего дня", "рабочих дней", "рабочий день", "рабочих дня"),
    ("ru", "working hours"): ("рабочего часа", "рабочих часов", "рабочий час", "рабочих часа"),
    ("be", "calendar days"): ("каляндарнага дня", "каляндарных дзён", "каляндарны дзень", "каляндарныя дні"),
    ("be", "working days"): ("працоўнага дня", "працоўных дзён", "працоўны дзень", "працоўныя дні"),
    ("be", "working hours"): ("працоўнай гадзіны", "працоўных гадзін", "працоўная гадзіна", "працоўныя гадзіны"),
}


@pytest.mark.parametrize("number", [1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111, 112, 122])
@pytest.mark.parametrize(("language", "unit"), TERMS)
def test_a_term_agrees_with_its_number(templates, language, unit, number):
    within_one, many, one, few = TERMS[language, unit]
    draft = sample("info_needed", language)
    term = {"amount": number, "unit": unit}
    deed = {**sample("staff_done", language).facts["detail"]["orders"][-1], "term": term}
    detail = {**draft.facts["detail"], "resume_within": term}

    asked = " ".join(text_of(with_facts(draft, detail=detail), templates).split())
    done = sample("staff_done", language)
    said = " ".join(text_of(with_facts(done, detail={**done.facts["detail"], "orders": [deed]}), templates).split())

    is_one, is_few = number % 10 == 1 and number % 100 != 11, number % 10 in (2, 3, 4) and number % 100 // 10 != 1
    assert f" {number} {within_one if is_one else many} " in asked
    assert f" {number} {one if is_one else few if is_few else many}, " in said


@pytest.mark.parametrize("language", Language)
def test_3_6_of_one_part_the_client_reads_as_of_one(templates, language):
    draft = sample("split", language)
    plural = {"ru": "вопросы", "be": "пытанні", "en": "questions"}[language]

    one, two = (
        text_of(with_facts(draft, detail={"numbers": [f"SD-2026-00004{each}" for each in range(count)]}), templates)
        for count in (1, 2)
    )

    assert plural in two
    assert plural not in one


def test_one_file_of_an_admins_changes_one_notice_in_both_parts(tmp_path: Path):
    own = tmp_path / "ru" / "started.txt.j2"
    own.parent.mkdir()
    own.write_text('{% extends "_letter.j2" %}{% block lead %}Взялись за {{ number }}.{% endblock %}', encoding="utf-8")

    templates = environment(tmp_path, stock(), zone=MINSK)

    assert text_of(sample("started", "ru"), templates).startswith("Взялись за SD-2026-000042.\n\nЗапрос:")
    assert "Взялись за <span" in html_of(sample("started", "ru"), templates)
    assert text_of(sample("started", "be"), templates).startswith("Мы пачалі")


@pytest.mark.parametrize("words", ["{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ text.format.__globals__ }}"])
def test_s13_an_admins_template_stays_in_the_sandbox(tmp_path: Path, words):
    (tmp_path / "ru").mkdir()
    (tmp_path / "ru" / "progress.txt.j2").write_text(words, encoding="utf-8")

    with pytest.raises(SecurityError):
        text_of(sample("progress", "ru"), environment(tmp_path, stock(), zone=MINSK))


def test_a_fact_that_does_not_exist_raises(tmp_path: Path):
    (tmp_path / "ru").mkdir()
    (tmp_path / "ru" / "started.txt.j2").write_text("{{ request.nubmer }}", encoding="utf-8")

    with pytest.raises(UndefinedError, match="nubmer"):
        text_of(sample("started", "ru"), environment(tmp_path, stock(), zone=MINSK))
