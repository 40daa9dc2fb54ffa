from __future__ import annotations

import pytest

from mailgate.rules import line_errors, obstacles, refusals, terms
from mailgate.rules.command_help import help_rows
from mailgate.rules.labels import label
from mailgate.rules.vocabulary import Channel, Impact, Language, Priority, RequestType, Role, Status, Urgency
from tests.rig import belarusian

LABELLED = [*Status, *RequestType, *Urgency, *Impact, *Priority, *Channel]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("value", LABELLED, ids=repr)
def test_every_word_of_the_rules_has_a_label(value: Status, language: Language) -> None:
    assert label(value, language).strip()


@pytest.mark.parametrize("kind", [Status, RequestType, Urgency, Impact, Priority, Channel])
@pytest.mark.parametrize("language", Language)
def test_labels_of_one_kind_differ(kind: type[Status], language: Language) -> None:
    assert len({label(value, language) for value in kind}) == len(kind)


def test_5_1_the_status_is_called_as_in_the_rules() -> None:
    assert label(Status.AWAITING_CONFIRMATION, "ru") == "Ожидает подтверждения"


def test_values_that_are_spelled_alike_keep_their_own_labels() -> None:
    assert label(Urgency.HIGH, "ru") == "высокая"
    assert label(Priority.HIGH, "ru") == "высокий"


def test_belarusian_is_written_as_the_state_writes_it() -> None:
    said = [label(value, Language.BE) for value in LABELLED]
    said += [words[Language.BE] for room in (line_errors, obstacles, refusals, terms) for words in room._WORDS.values()]
    said += [words for row in help_rows(Language.BE) for words in row]

    assert not [each for words in said for each in belarusian.sins(words)]


def test_unknown_kinds_and_languages_are_errors() -> None:
    with pytest.raises(KeyError):
        label(Role.STAFF, "ru")
    with pytest.raises(ValueError, match="de"):
        label(Status.CLOSED, "de")
