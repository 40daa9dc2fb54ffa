"""Section 4, and every status and trigger of requests and complaints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from mailgate.rules.lifecycle import Outcome, Refused, RequestFacts, diagram, registration, step
from mailgate.rules.transitions import COMPLAINT_ROWS, REQUEST_ROWS, TABLES
from mailgate.rules.vocabulary import OPEN, Event, Language, Purpose, Status, Trigger, Waiting

S, T, E = Status, Trigger, Event
NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=10)
CLIENT_WORDS = (T.CLIENT_WROTE, T.CONFIRMED, T.DISAGREED, T.BARE_NO)


def a_request(status: Status = S.IN_PROGRESS, before: Status | None = None) -> RequestFacts:
    return RequestFacts(status=status, status_before=before)


def becomes(facts: RequestFacts, trigger: Trigger) -> tuple[Status, list[tuple[str, str]]]:
    outcome = step(facts, trigger, NOW)
    assert isinstance(outcome, Outcome)
    return outcome.status, [(happened.event.value, happened.clause) for happened in outcome.events]


def refused(facts: RequestFacts, trigger: Trigger) -> tuple[str, str]:
    refusal = step(facts, trigger, NOW)
    assert isinstance(refusal, Refused)
    return refusal.clause, refusal.why


@pytest.mark.parametrize(("kind", "status", "trigger"), list(product(Purpose, Status, Trigger)))
def test_every_status_and_trigger_is_in_the_table_or_refused(kind: Purpose, status: Status, trigger: Trigger) -> None:
    result = step(RequestFacts(kind=kind, status=status), trigger, NOW)

    if (status, trigger) in TABLES[kind]:
        assert isinstance(result, Outcome)
        assert result.events
    else:
        assert isinstance(result, Refused)
        assert len({result.words(language) for language in Language}) == 3


@pytest.mark.parametrize("row", [*REQUEST_ROWS, *COMPLAINT_ROWS], ids=lambda row: "-".join(sorted(row.triggers)))
def test_every_event_names_its_clause(row: object) -> None:
    for happened in row.events:  # type: ignore[attr-defined]
        section, _, point = happened.clause.partition(".")
        assert section in "3456"
        assert point.isdigit()


def test_3_3_a_request_begins_registered() -> None:
    outcome = registration(Purpose.REQUESTS)

    assert (outcome.status, outcome.term) == (S.REGISTERED, None)
    assert outcome.events[0].clause == "3.3"


def test_4_5_staff_start_the_work() -> None:
    assert becomes(a_request(S.REGISTERED), T.STARTED) == (S.IN_PROGRESS, [("started", "4.5")])


def test_4_5_work_is_started_once() -> None:
    assert refused(a_request(S.IN_PROGRESS), T.STARTED) == ("4.5", "already_started")


def test_4_5_who_takes_a_request_starts_it_or_takes_it_over() -> None:
    assert becomes(a_request(S.REGISTERED), T.TAKEN) == (S.IN_PROGRESS, [("started", "4.5"), ("assigned", "4.5")])
    assert becomes(a_request(S.AWAITING_INFO), T.TAKEN) == (S.AWAITING_INFO, [("assigned", "4.5")])


def test_4_7_a_plain_answer_starts_a_request_and_goes_to_the_client() -> None:
    started = (S.IN_PROGRESS, [("started", "4.5"), ("progressed", "4.7")])

    assert becomes(a_request(S.REGISTERED), T.ANSWERED) == started


@pytest.mark.parametrize("status", sorted(OPEN - {S.REGISTERED}))
def test_4_7_a_plain_answer_changes_no_other_status(status: Status) -> None:
    outcome = step(a_request(status), T.ANSWERED)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.clears_term) == (status, False)


def test_4_7_no_plain_answer_to_what_is_over() -> None:
    assert refused(a_request(S.CLOSED), T.ANSWERED) == ("5.2", "closed_is_final")
    assert refused(a_request(S.REJECTED), T.ANSWERED) == ("4.8", "rejected_resume_first")


@pytest.mark.parametrize("status", Status)
def test_4_7_a_note_is_kept_in_every_status(status: Status) -> None:
    assert becomes(a_request(status), T.NOTED) == (status, [("noted", "4.4")])


@pytest.mark.parametrize("status", sorted(OPEN))
def test_4_6_asking_waits_for_the_client(status: Status) -> None:
    outcome = step(a_request(status), T.INFO_ASKED)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.term, outcome.clears_term) == (S.AWAITING_INFO, Waiting.INFO, True)


@pytest.mark.parametrize("before", [S.REGISTERED, S.IN_PROGRESS, S.AWAITING_THIRD_PARTY])
@pytest.mark.parametrize("word", [*CLIENT_WORDS, T.THANKED])
def test_4_6_the_clients_answer_returns_the_request_to_the_status_it_had(before: Status, word: Trigger) -> None:
    outcome = step(a_request(S.AWAITING_INFO, before), word)

    assert isinstance(outcome, Outcome)
    assert outcome.has(E.CLIENT_ANSWERED)
    assert (outcome.status, outcome.clears_term) == (before, True)


@pytest.mark.parametrize("status", [S.AWAITING_INFO, S.AWAITING_CONFIRMATION])
def test_4_6_a_word_before_the_question_has_gone_out_answers_nothing(status: Status) -> None:
    outcome = step(a_request(status, S.REGISTERED), T.WROTE_BEFORE_ASKED)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.clears_term, outcome.events[0].event) == (status, False, E.CLIENT_WROTE)


def test_4_6_who_was_asked_after_completion_answers_into_work() -> None:
    assert becomes(a_request(S.AWAITING_INFO, S.AWAITING_CONFIRMATION), T.CLIENT_WROTE)[0] is S.IN_PROGRESS
    assert becomes(a_request(S.AWAITING_INFO, None), T.CLIENT_WROTE)[0] is S.IN_PROGRESS


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", Purpose)
def test_4_8_an_automatic_reply_is_no_answer(kind: Purpose, status: Status) -> None:
    facts = RequestFacts(kind=kind, status=status, rejected_for_no_answer=True)

    outcome = step(facts, T.AUTO_REPLIED, NOW, resume_until=LATER)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.clears_term) == (status, False)


def test_4_8_at_the_end_of_the_waiting_time_the_request_is_rejected() -> None:
    outcome = step(a_request(S.AWAITING_INFO), T.INFO_TERM_ENDED)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.for_no_answer) == (S.REJECTED, True)


def test_4_8_staff_may_be_asked_first() -> None:
    asked_first = step(a_request(S.AWAITING_INFO), T.INFO_TERM_PASSED)
    overdue = RequestFacts(status=S.AWAITING_INFO, deadline_at=NOW)
    rejected = step(overdue, T.REJECTED, NOW)

    assert isinstance(asked_first, Outcome)
    assert (asked_first.status, asked_first.clears_term) == (S.AWAITING_INFO, False)
    assert isinstance(rejected, Outcome)
    assert (rejected.status, rejected.for_no_answer) == (S.REJECTED, True)


def test_4_8_rejecting_before_the_term_is_no_want_of_an_answer() -> None:
    waiting = RequestFacts(status=S.AWAITING_INFO, deadline_at=LATER)

    outcome = step(waiting, T.REJECTED, NOW)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.for_no_answer) == (S.REJECTED, False)


REJECTED_UNANSWERED = RequestFacts(status=S.REJECTED, ended_at=NOW, rejected_for_no_answer=True)


@pytest.mark.parametrize("word", CLIENT_WORDS)
def test_4_8_an_answer_in_time_resumes(word: Trigger) -> None:
    outcome = step(REJECTED_UNANSWERED, word, NOW, resume_until=LATER)

    assert isinstance(outcome, Outcome)
    assert outcome.status is S.IN_PROGRESS
    assert [happened.event for happened in outcome.events] == [E.CLIENT_ANSWERED, E.RESUMED]


@pytest.mark.parametrize(
    ("facts", "now", "until"),
    [
        (REJECTED_UNANSWERED, LATER, LATER),
        (REJECTED_UNANSWERED, NOW, None),
        (RequestFacts(status=S.REJECTED, ended_at=NOW), NOW, LATER),
    ],
    ids=["too late", "setting off", "rejected with reasons"],
)
def test_4_8_otherwise_an_answer_becomes_a_new_request(
    facts: RequestFacts, now: datetime, until: datetime | None
) -> None:
    outcome = step(facts, T.CLIENT_WROTE, now, resume_until=until)

    assert isinstance(outcome, Outcome)
    assert outcome.status is S.REJECTED
    assert outcome.has(E.NEW_REQUEST_NEEDED)


def test_4_8_bare_thanks_do_not_resume() -> None:
    outcome = step(REJECTED_UNANSWERED, T.THANKED, NOW, resume_until=LATER)

    assert isinstance(outcome, Outcome)
    assert outcome.status is S.REJECTED


def test_4_9_out_of_scope_is_said_and_the_status_stays() -> None:
    assert becomes(a_request(S.IN_PROGRESS), T.OUT_OF_SCOPE) == (S.IN_PROGRESS, [("out_of_scope_said", "4.9")])


def test_4_10_the_request_waits_for_a_third_party() -> None:
    outcome = step(a_request(S.IN_PROGRESS), T.THIRD_PARTY)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.term) == (S.AWAITING_THIRD_PARTY, Waiting.THIRD_PARTY)


def test_4_10_past_the_date_the_request_goes_on_waiting() -> None:
    waiting = a_request(S.AWAITING_THIRD_PARTY)

    assert becomes(waiting, T.THIRD_PARTY_TERM_ENDED) == (S.AWAITING_THIRD_PARTY, [("third_party_overdue", "4.10")])
    asked = a_request(S.AWAITING_INFO, S.AWAITING_THIRD_PARTY)
    assert becomes(asked, T.THIRD_PARTY_TERM_ENDED) == (S.AWAITING_INFO, [("third_party_overdue", "4.10")])


@pytest.mark.parametrize("status", [S.AWAITING_INFO, S.AWAITING_THIRD_PARTY, S.AWAITING_CONFIRMATION, S.REJECTED])
def test_staff_resume(status: Status) -> None:
    outcome = step(a_request(status), T.RESUMED)

    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.clears_term) == (S.IN_PROGRESS, True)


@pytest.mark.parametrize("status", [S.REGISTERED, S.IN_PROGRESS])
def test_nothing_to_resume(status: Status) -> None:
    assert refused(a_request(status), T.RESUMED) == ("4.5", "nothing_to_resume")


def test_only_a_running_term_can_be_extended() -> None:
    extended = step(a_request(S.AWAITING_INFO), T.EXTENDED)

    assert isinstance(extended, Outcome)
    assert (extended.status, extended.term) == (S.AWAITING_INFO, Waiting.INFO)
    assert refused(a_request(S.IN_PROGRESS), T.EXTENDED) == ("4.6", "nothing_waits")


def test_a_term_that_no_longer_runs_does_nothing() -> None:
    assert refused(a_request(S.IN_PROGRESS), T.INFO_TERM_ENDED) == ("3.9", "term_no_longer_runs")
    assert refused(a_request(S.CLOSED), T.CONFIRMATION_TERM_ENDED) == ("3.9", "term_no_longer_runs")


@pytest.mark.parametrize("kind", Purpose)
def test_the_diagrams_of_the_document_are_the_tables(kind: Purpose) -> None:
    document = Path(__file__).parents[2].joinpath("docs/lifecycle.md").read_text(encoding="utf-8")

    assert f"```mermaid\n{diagram(kind)}\n```" in document
