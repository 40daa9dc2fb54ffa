"""4.2, 4.3: what staff name, and the priority that follows."""

from __future__ import annotations

from mailgate.rules.lifecycle import RequestFacts, reclassified
from mailgate.rules.vocabulary import Impact, Priority, RequestType, Urgency

TECHNICAL = RequestFacts(type=RequestType.TECHNICAL_SUPPORT, urgency=Urgency.NORMAL, priority=Priority.MEDIUM)


def test_4_2_the_priority_follows_the_table() -> None:
    changed = reclassified(TECHNICAL, impact=Impact.MAJOR)

    assert (changed.priority, changed.priority_by_hand) == (Priority.HIGH, False)


def test_4_2_a_priority_set_by_hand_stays() -> None:
    by_hand = reclassified(TECHNICAL, priority=Priority.PLANNED)
    changed = reclassified(by_hand, urgency=Urgency.HIGH, impact=Impact.FULL)

    assert (changed.priority, changed.priority_by_hand) == (Priority.PLANNED, True)


def test_4_2_a_priority_set_by_hand_can_be_given_back_to_the_table() -> None:
    by_hand = reclassified(TECHNICAL, priority=Priority.PLANNED)

    assert reclassified(by_hand, priority_by_table=True) == TECHNICAL


def test_3_11_the_urgency_of_an_unclassified_request_counts_with_its_type() -> None:
    mailed = RequestFacts(urgency=Urgency.HIGH)

    assert reclassified(mailed).priority is Priority.MEDIUM
    assert reclassified(mailed, type=RequestType.NEW_ORDER).priority is Priority.HIGH


def test_4_3_naming_what_is_already_so_changes_nothing() -> None:
    assert reclassified(TECHNICAL, type=RequestType.TECHNICAL_SUPPORT, urgency=Urgency.NORMAL) == TECHNICAL
