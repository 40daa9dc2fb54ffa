"""Section 6: complaints."""

from __future__ import annotations

import pytest

from mailgate.rules.lifecycle import Outcome, Refused, RequestFacts, registration, step
from mailgate.rules.vocabulary import Purpose, Status, Trigger, Waiting

S, T = Status, Trigger
CLIENT_WORDS = (T.CLIENT_WROTE, T.CONFIRMED, T.DISAGREED, T.BARE_NO)


def a_complaint(status: Status = S.IN_PROGRESS) -> RequestFacts:
    return RequestFacts(kind=Purpose.COMPLAINTS, status=status)


def becomes(facts: RequestFacts, trigger: Trigger) -> tuple[Status, list[tuple[str, str]]]:
    outcome = step(facts, trigger)
    assert isinstance(outcome, Outcome)
    return outcome.status, [(happened.event.value, happened.clause) for happened in outcome.events]


def test_6_2_a_complaints_term_begins_with_its_registration() -> None:
    outcome = registration(Purpose.COMPLAINTS)

    assert (outcome.status, outcome.term, outcome.restarts_progress) == (S.REGISTERED, Waiting.COMPLAINT, True)


def test_6_2_the_answer_closes_a_complaint() -> None:
    assert becomes(a_complaint(), T.COMPLETED) == (S.CLOSED, [("complaint_answered", "6.2"), ("closed", "6.2")])


def test_6_2_a_complaints_term_outlives_the_start_of_work() -> None:
    started = step(a_complaint(S.REGISTERED), T.STARTED)
    answered = step(a_complaint(S.IN_PROGRESS), T.COMPLETED)

    assert isinstance(started, Outcome)
    assert isinstance(answered, Outcome)
    assert (started.clears_term, answered.clears_term) == (False, True)


def test_6_3_a_new_term_is_named_to_the_complainant() -> None:
    outcome = step(a_complaint(), T.EXTENDED)

    assert isinstance(outcome, Outcome)
    assert (outcome.term, outcome.restarts_progress) == (Waiting.COMPLAINT, True)


@pytest.mark.parametrize("trigger", [T.ANSWERED, T.EXTENDED, T.PROGRESS_TERM_ENDED])
def test_6_3_whatever_the_complainant_hears_restarts_the_ten_days(trigger: Trigger) -> None:
    outcome = step(a_complaint(), trigger)

    assert isinstance(outcome, Outcome)
    assert outcome.restarts_progress


@pytest.mark.parametrize("trigger", [T.CLIENT_WROTE, T.NOTED, T.PROGRESS_TERM_NEAR, T.COMPLAINT_TERM_NEAR])
def test_6_3_what_the_complainant_does_not_hear_restarts_nothing(trigger: Trigger) -> None:
    outcome = step(a_complaint(), trigger)

    assert isinstance(outcome, Outcome)
    assert not outcome.restarts_progress


@pytest.mark.parametrize("trigger", [T.INFO_ASKED, T.THIRD_PARTY, T.OUT_OF_SCOPE, T.REJECTED, T.CLASSIFIED])
def test_6_2_a_complaint_is_answered_and_nothing_else(trigger: Trigger) -> None:
    assert step(a_complaint(), trigger) == Refused("6.2", "not_for_complaints")


@pytest.mark.parametrize("word", CLIENT_WORDS)
def test_6_2_no_word_of_the_complainant_closes(word: Trigger) -> None:
    assert becomes(a_complaint(), word) == (S.IN_PROGRESS, [("client_wrote", "6.3")])
