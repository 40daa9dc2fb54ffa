"""Section 5: completing and closing."""

from __future__ import annotations

import pytest

from mailgate.rules.lifecycle import Outcome, Refused, RequestFacts, step
from mailgate.rules.vocabulary import OPEN, Status, Trigger, Waiting

S, T = Status, Trigger
CLIENT_WORDS = (T.CLIENT_WROTE, T.CONFIRMED, T.DISAGREED, T.BARE_NO)


def a_request(status: Status = S.IN_PROGRESS, before: Status | None = None) -> RequestFacts:
    return RequestFacts(status=status, status_before=before)


def becomes(facts: RequestFacts, trigger: Trigger) -> tuple[Status, list[tuple[str, str]]]:
    outcome = step(facts, trigger)
    assert isinstance(outcome, Outcome)
    return outcome.status, [(happened.event.value, happened.clause) for happened in outcome.events]


def refused(facts: RequestFacts, trigger: Trigger) -> tuple[str, str]:
    refusal = step(facts, trigger)
    assert isinstance(refusal, Refused)
    return refusal.clause, refusal.why


def test_5_1_completion_waits_for_the_clients_word() -> None:
    outcome = step(a_request(S.IN_PROGRESS), T.COMPLETED)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.term) == (S.AWAITING_CONFIRMATION, Waiting.CONFIRMATION)


def test_5_1_completed_once() -> None:
    assert refused(a_request(S.AWAITING_CONFIRMATION), T.COMPLETED) == ("5.1", "already_completed")


def test_5_1_a_disagreement_resumes_the_work() -> None:
    completed = a_request(S.AWAITING_CONFIRMATION)

    assert becomes(completed, T.DISAGREED) == (S.IN_PROGRESS, [("disagreed", "5.1"), ("resumed", "5.1")])


@pytest.mark.parametrize(
    ("word", "event"),
    [(T.BARE_NO, "reasons_asked"), (T.THANKED, "client_thanked"), (T.CLIENT_WROTE, "client_wrote")],
)
def test_5_1_neither_word_leaves_the_days_running(word: Trigger, event: str) -> None:
    outcome = step(a_request(S.AWAITING_CONFIRMATION), word)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.clears_term, outcome.events[0].event) == (S.AWAITING_CONFIRMATION, False, event)


def test_5_1_the_ten_days_close() -> None:
    assert becomes(a_request(S.AWAITING_CONFIRMATION), T.CONFIRMATION_TERM_ENDED) == (S.CLOSED, [("closed", "5.1")])


@pytest.mark.parametrize("status", [S.AWAITING_INFO, S.AWAITING_CONFIRMATION])
def test_5_1_a_notice_that_bounced_stops_the_clock(status: Status) -> None:
    outcome = step(a_request(status), T.NOTICE_BOUNCED)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.clears_term) == (status, True)


@pytest.mark.parametrize(("ended", "waits"), [(S.REJECTED, S.AWAITING_INFO), (S.CLOSED, S.AWAITING_CONFIRMATION)])
def test_5_1_an_end_by_a_term_that_never_ran_is_none(ended: Status, waits: Status) -> None:
    outcome = step(a_request(ended), T.WAIT_NOT_SENT)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.term, outcome.events[0].event) == (waits, None, "notice_bounced")


def test_5_2_a_confirmation_closes_at_once() -> None:
    completed = a_request(S.AWAITING_CONFIRMATION)

    assert becomes(completed, T.CONFIRMED) == (S.CLOSED, [("confirmed", "5.2"), ("closed", "5.2")])


@pytest.mark.parametrize("status", [S.REGISTERED, S.IN_PROGRESS, S.AWAITING_THIRD_PARTY])
@pytest.mark.parametrize("word", CLIENT_WORDS)
def test_5_2_before_completion_no_word_closes(status: Status, word: Trigger) -> None:
    assert becomes(a_request(status), word) == (status, [("client_wrote", "4.4")])


@pytest.mark.parametrize("word", [T.CLIENT_WROTE, T.DISAGREED, T.BARE_NO])
def test_5_2_a_question_to_a_closed_request_becomes_a_new_one(word: Trigger) -> None:
    assert becomes(a_request(S.CLOSED), word) == (S.CLOSED, [("new_request_needed", "5.2")])


def test_5_2_thanks_to_a_closed_request_are_recorded_and_nothing_else() -> None:
    assert becomes(a_request(S.CLOSED), T.THANKED) == (S.CLOSED, [("client_thanked", "5.2")])


@pytest.mark.parametrize("status", sorted(OPEN))
def test_4_11_staff_close_what_the_client_confirmed_by_another_way(status: Status) -> None:
    assert becomes(a_request(status), T.CLOSED_BY_STAFF) == (S.CLOSED, [("confirmed", "4.11"), ("closed", "5.2")])


@pytest.mark.parametrize("status", Status)
def test_5_2_closed_is_final(status: Status) -> None:
    for trigger in set(Trigger) - {T.WAIT_NOT_SENT}:
        outcome = step(RequestFacts(status=S.CLOSED, status_before=status), trigger)
        assert isinstance(outcome, Refused) or outcome.status is S.CLOSED
