"""Service targets and the monthly report on real servers, with the daemon's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.dovecot import Dovecot
from tests.rig.house import ANNA, IVAN
from tests.rig.play import MONDAY, NUMBER, SUBJECT, TROUBLE, Play, minsk, words
from tests.rig.smtp import Sink

TARGETS = '[targets]\nmedium = { answer = "2 working hours" }\n'


@pytest.fixture
def play(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[Play]:
    """It is Monday, 23.11.2026 10:05; Anna is a lead, and medium requests are answered within two hours."""
    desk = Play(tmp_path, dovecot, sink)
    desk.configure(TARGETS)
    staff = tmp_path / "staff.toml"
    staff.write_text(staff.read_text().replace('["support"] ', '["support", "leads"] '))
    desk.at(MONDAY)
    desk.given()
    yield desk
    desk.close()


def test_3_9_staff_hear_of_a_target_that_is_near_and_that_is_missed(play: Play) -> None:
    assert play.show(NUMBER)["answer_due_at"] is not None

    play.go(minsk(23, 11, 11, 50))
    assert play.told(ANNA) == ["staff_deadline"]
    play.go(minsk(23, 11, 12, 6))
    assert "срок первого ответа клиенту прошёл" in words(play.last(ANNA, "staff_deadline"))

    assert play.show(NUMBER)["breached"] is True
    play.go(minsk(23, 11, 15))
    assert play.told(ANNA) == []


def test_the_monthly_report_arrives_with_its_pictures(play: Play) -> None:
    play.write(IVAN, SUBJECT, TROUBLE)
    play.go(minsk(1, 12, 8, 58))
    assert "report" not in play.told(ANNA)

    play.go(minsk(1, 12, 9, 1))

    letter = play.last(ANNA, "report")
    assert "зарегистрировано запросов: 1, завершено 0." in words(letter)
    assert "Средний, первый ответ: 0 %; 0 из 1" in words(letter)
    assert sum(part.get_content_type() == "image/png" for part in letter.message.walk()) == 3
    play.go(minsk(2, 12, 9, 1))
    assert "report" not in play.told(ANNA)
