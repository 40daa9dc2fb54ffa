from __future__ import annotations

import pytest

from mailgate.rules.spelling import look, meant, other_layouts, plain


@pytest.mark.parametrize("typed", ["Готово", "ГОТОВО!", " готово. ", "«готово»", "го\u200bтово", "готово\u00a0"])
def test_case_marks_and_odd_spaces_do_not_matter(typed: str) -> None:
    assert plain(typed) == "готово"


def test_yo_hyphens_and_apostrophes_do_not_matter() -> None:
    assert plain("Отклонён") == "отклонен"
    assert plain("Third-Party") == "third party"
    assert plain("аб'яднаць") == plain("аб’яднаць") == "абяднаць"


def test_latin_letters_that_look_cyrillic_are_the_same() -> None:
    assert look("гoтoвo") == look("готово")
    assert look("Bзять") == look("взять")


NAMES = {"start": 1, "старт": 1, "status": 2, "стоп": 3, "stop it": 4}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("start", (1,)),
        ("star", (1,)),
        ("sta", (1, 2)),
        ("СТО", (3,)),
        ("stop-it", (4,)),
        ("стaрт", (1,)),
        ("x", ()),
        ("", ()),
    ],
)
def test_a_whole_name_or_its_beginning(typed: str, found: tuple[int, ...]) -> None:
    assert meant(typed, NAMES) == found


def test_a_whole_name_wins_over_longer_ones() -> None:
    assert meant("stop", {"stop": 1, "stop it": 2}) == (1,)


@pytest.mark.parametrize(("typed", "intended"), [("ujnjdj", "готово"), ("вщту", "done"), ("d hf,jne", "в работу")])
def test_the_same_keys_on_another_layout(typed: str, intended: str) -> None:
    assert intended in other_layouts(typed)
