"""Letters are composed together when they are claimed, but for those whose words depend on the moment of sending."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailgate.daemon import composer
from mailgate.daemon.composer import LARGE, Composer
from mailgate.store import queries
from mailgate.store.tables import Notice
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN


@pytest.fixture
def composing(hand: DeskInHand) -> Iterator[Composer]:
    """A courier's composer."""
    made = Composer(hand.database, lambda: hand.desk)
    yield made
    made.close()


def _notice(hand: DeskInHand, name: str) -> Notice:
    with hand.read() as session:
        return next(each for each in queries.notices(session) if each.name == name)


def _ahead(composing: Composer, *notices: Notice) -> list[bool]:
    return [letter is not None for _, letter in composing.ahead(notices)]


def test_4_6_a_notice_that_tells_when_its_term_ends_waits_for_its_turn(hand: DeskInHand, composing: Composer) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    hand.answer(hand.last(ANNA, "staff_new"), "!info\nКакой у Вас браузер?", ANNA)

    said = _notice(hand, "registered"), _notice(hand, "staff_new"), _notice(hand, "info_needed")

    assert _ahead(composing, *said) == [True, True, False]


def test_what_goes_along_is_kept_in_memory_ahead_up_to_a_limit(hand: DeskInHand, composing: Composer) -> None:
    more_than_half = bytes(LARGE // 2 + 1)
    hand.write(IVAN, "Портал", "См. файл.", attachments=[("план.bin", more_than_half)])

    with_file, without = _notice(hand, "staff_new"), _notice(hand, "registered")

    assert _ahead(composing, with_file, with_file, without) == [True, False, True]


def test_one_that_cannot_be_composed_keeps_the_others_from_nothing(
    hand: DeskInHand, composing: Composer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    whole = composer.letter_of

    def of_clients_alone(*what: object) -> object:
        notice = what[3]
        assert isinstance(notice, Notice)
        if notice.name == "staff_new":
            raise KeyError("a fault of the template")
        return whole(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(composer, "letter_of", of_clients_alone)

    assert _ahead(composing, _notice(hand, "staff_new"), _notice(hand, "registered")) == [False, True]
