"""What the guides for staff and clients promise is what the program does; each example is tried on it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailgate.config import Deadlines
from mailgate.message.answer import Word, client_word
from mailgate.message.fields import field_lines, urgency_word
from mailgate.rules.commands import Orders, parse_orders
from mailgate.rules.labels import label
from mailgate.rules.vocabulary import Language, RequestType, Status
from mailgate.store.database import Database
from scripts.configuration import ROOT
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, SERGEY, VOLHA

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def page(reader: str) -> str:
    """A guide as it stands there."""
    return (ROOT / "docs" / f"guide-{reader}.ru.md").read_text(encoding="utf-8")


def example(reader: str) -> str:
    """The one letter that a guide shows."""
    (found,) = re.findall(r"^```\n(.*?)^```$", page(reader), re.MULTILINE | re.DOTALL)
    return str(found)


STAFF, CLIENT = (" ".join(page(reader).split()) for reader in ("staff", "client"))
COMMANDS = sorted(set(re.findall(r"`(![^`]+)`", STAFF)))


@pytest.fixture
def hand(tmp_path: Path) -> DeskInHand:
    """The desk of the example configuration, with a request of Ivan's."""
    database = Database(f"sqlite:///{tmp_path / 'mailgate.db'}")
    desk = DeskInHand(ROOT / "config" / "mailgate.toml", database)
    desk.write(IVAN, "Портал", "Портал не открывается.")
    return desk


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_staff_are_shown_is_understood(command: str):
    assert isinstance(parse_orders(f"{command}\n\nТекст.", NOW, UTC), Orders)


def test_the_letter_that_staff_are_shown_does_what_it_says(hand: DeskInHand):
    hand.answer(hand.last(ANNA, "staff_new"), example("staff"))

    assert [hand.show()[name] for name in ("assignee", "type", "impact")] == [ANNA, "technical_support", "major"]
    assert "Напишем до обеда." in hand.last(IVAN, "started").text
    assert "!" not in hand.last(IVAN, "started").text.partition("----")[0]


def test_what_staff_attach_goes_to_the_client_and_their_signature_does_not(hand: DeskInHand):
    answer = "Смотрим.\n\n-- \nАнна Ковалёва, кабинет 214"

    hand.answer(hand.last(ANNA, "staff_new"), answer, attachments=[("схема.png", b"png")])

    started = hand.last(IVAN, "started")
    assert [each.get_filename() for each in started.attachments] == ["схема.png"]
    assert "кабинет 214" not in started.text


def test_only_the_assignee_hears_of_a_request_once_there_is_one(hand: DeskInHand):
    hand.answer(hand.last(ANNA, "staff_new"), "!назначить Мороз\n\nСергей, это по Вашей части.")
    hand.write(IVAN, "Re: [SD-2026-000001] Портал", "Номер договора 118.")

    assert hand.last(SERGEY, "staff_reply")
    assert not hand.told(ANNA, "staff_reply")
    assert not any("по Вашей части" in letter.text for letter in hand.told(IVAN))


def test_the_letter_that_clients_are_shown_is_read_as_they_expect():
    found = field_lines(example("client"))

    assert found == {
        "client": "ОАО «Альфа»",
        "service": "Виртуальный ЦОД",
        "type": label(RequestType.TECHNICAL_SUPPORT, Language.RU),
        "urgency": "высокая",
    }


@pytest.mark.parametrize(("word", "urgency"), [("высокая", "high"), ("нормальная", "normal"), ("низкая", "low")])
def test_every_urgency_that_clients_are_shown_is_one(word: str, urgency: str):
    assert word in CLIENT
    assert urgency_word(word) == urgency


def test_a_subject_that_begins_with_urgent_in_brackets_is_urgent(hand: DeskInHand):
    assert "«[срочно]»" in CLIENT

    hand.write(IVAN, "[срочно] Почта", "Не отправляется почта.")

    assert hand.show("SD-2026-000002")["urgency"] == "high"


@pytest.mark.parametrize(
    ("says", "means"),
    [
        ("Подтверждаю", Word.CONFIRMS),
        ("Всё работает", Word.CONFIRMS),
        ("Не согласен: ошибка повторилась", Word.DISAGREES),
        ("нет", Word.BARE_NO),
        ("Спасибо", Word.THANKS),
    ],
)
def test_what_clients_may_answer_means_what_the_guide_says(says: str, means: Word):
    assert f"«{says}»" in CLIENT
    assert client_word(says).word is means


def test_every_status_is_explained_to_clients():
    assert [status for status in Status if f"| {label(status, Language.RU)} |" not in CLIENT] == []


def test_a_colleague_may_answer_by_the_number_in_the_subject(hand: DeskInHand):
    hand.answer(hand.last(ANNA, "staff_new"), "!готово\n\nЗаменили сертификат.")

    hand.write(VOLHA, "Re: [SD-2026-000001] Портал", "Подтверждаю")

    assert hand.show()["status"] == "closed"


@pytest.mark.parametrize(
    ("setting", "words", "guides"),
    [
        ("info", "3 рабочих дня", (STAFF, CLIENT)),
        ("info_reminder", "за рабочий день", (STAFF, CLIENT)),
        ("confirmation", "10 календарных дней", (STAFF, CLIENT)),
        ("confirmation_reminder", "за 3 дня", (STAFF, CLIENT)),
        ("resume_rejected_within", "10 календарных дней", (CLIENT,)),
        ("complaint", "15 календарных дней", (STAFF, CLIENT)),
        ("complaint_progress", "раз в 10 рабочих дней", (STAFF, CLIENT)),
    ],
)
def test_the_terms_of_the_guides_are_the_defaults(setting: str, words: str, guides: tuple[str, ...]):
    amount = getattr(Deadlines(), setting).amount

    assert re.search(rf"\b{amount}\b", words) or amount == 1
    assert all(words in guide.lower() for guide in guides)
