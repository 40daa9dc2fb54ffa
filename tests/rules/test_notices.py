"""Which notices there are, and who hears of what."""

from __future__ import annotations

import pytest

from mailgate.rules.notices import (
    CLIENT_HEARS,
    COMPLAINANT_HEARS,
    NOTICES,
    STAFF_HEARS,
    Audience,
    auto_submitted,
    for_client,
    for_staff,
)
from mailgate.rules.transitions import COMPLAINT_ROWS
from mailgate.rules.vocabulary import Event as E
from mailgate.rules.vocabulary import Language, Purpose, Waiting
from tests.rig.house import ROOT

TO_CLIENTS = [
    "registered", "not_registered", "started", "changed", "info_needed", "info_reminder", "progress", "out_of_scope",
    "third_party", "completed", "completion_reminder", "reasons_needed", "resumed", "closed", "rejected", "split",
    "merged", "closed_is_final", "complaint_registered", "complaint_extended", "complaint_progress",
    "complaint_answered",
]  # fmt: skip
TO_STAFF = [
    "staff_new", "staff_reply", "staff_done", "staff_error", "staff_deadline", "staff_queue", "staff_digest",
    "staff_undeliverable", "staff_quarantine", "staff_configuration", "staff_census", "report",
]  # fmt: skip

THE_CLIENT_HEARS_NOTHING_OF = {
    E.ASSIGNED: "who works on it is the desk's own affair",
    E.NOTED: "4.7: a note is internal",
    E.CLIENT_ANSWERED: "he wrote it himself",
    E.CLIENT_WROTE: "he wrote it himself",
    E.CLIENT_THANKED: "5.1: recorded and nothing else",
    E.AUTO_REPLY_KEPT: "4.8: an automatic reply does nothing",
    E.NOTICE_BOUNCED: "3.7: the notice is sent again",
    E.CONFIRMED: "the notice of the closing says it",
    E.DISAGREED: "the notice of the resumption says it",
    E.LINKED: "a link is for staff",
    E.UNDONE: "what was taken back he never got",
    E.NEW_REQUEST_NEEDED: "the registering of the new request tells him, and closed_is_final",
    E.ERASED: "who asked for it was told by whoever erased it",
    E.INFO_OVERDUE: "staff are asked",
    E.THIRD_PARTY_OVERDUE: "staff are reminded",
    E.COMPLAINT_DUE_SOON: "staff are warned",
    E.COMPLAINT_OVERDUE: "staff are warned",
    E.PROGRESS_DUE_SOON: "staff are warned",
    E.ANSWER_DUE_SOON: "staff are warned",
    E.ANSWER_OVERDUE: "staff are warned",
    E.COMPLETION_DUE_SOON: "staff are warned",
    E.COMPLETION_OVERDUE: "staff are warned",
}
BY_TERM = {E.EXTENDED}
"""What he hears depends on which term was extended."""
OF_COMPLAINTS = {E.COMPLAINT_ANSWERED, E.HOLDING_NOTICE_SENT}


def test_every_notice_of_the_interface_is_here_and_no_other() -> None:
    assert [name for name, kind in NOTICES.items() if kind.audience is Audience.CLIENT] == TO_CLIENTS
    assert [name for name, kind in NOTICES.items() if kind.audience is Audience.STAFF] == TO_STAFF


def test_4_11_of_what_staff_did_only_a_new_request_is_news_to_staff() -> None:
    assert for_staff((E.CONFIRMED, E.CLOSED), by_staff=True) == ()
    assert for_staff((E.REGISTERED,), by_staff=True) == ("staff_new",)


@pytest.mark.parametrize("name", NOTICES)
@pytest.mark.parametrize("language", Language)
def test_every_notice_has_its_templates(name: str, language: Language) -> None:
    for part in ("subject", "txt", "html"):
        assert (ROOT / "templates" / language / f"{name}.{part}.j2").is_file()


def test_there_is_no_template_of_a_notice_that_nobody_sends() -> None:
    named = {path.name.split(".")[0] for path in (ROOT / "templates" / "ru").glob("[a-z]*.j2")}
    assert named == set(NOTICES)


def test_of_every_event_the_client_hears_or_does_not_on_purpose() -> None:
    heard = set(CLIENT_HEARS) | BY_TERM | OF_COMPLAINTS
    assert heard.isdisjoint(THE_CLIENT_HEARS_NOTHING_OF)
    assert heard | set(THE_CLIENT_HEARS_NOTHING_OF) == set(E)


def test_section_6_a_complainant_hears_of_all_that_can_happen_to_his_complaint() -> None:
    happen = {happened.event for row in COMPLAINT_ROWS for happened in row.events}
    told_by_another = {E.CLOSED}  # complaint_answered, or merged, says it
    assert happen - told_by_another - BY_TERM - set(THE_CLIENT_HEARS_NOTHING_OF) <= set(COMPLAINANT_HEARS)


def test_staff_hear_of_all_that_clients_do() -> None:
    by_clients = {E.CLIENT_WROTE, E.CLIENT_ANSWERED, E.CLIENT_THANKED, E.CONFIRMED, E.DISAGREED, E.REASONS_ASKED}
    assert set(STAFF_HEARS) == by_clients | {E.REGISTERED}


@pytest.mark.parametrize("hears", [CLIENT_HEARS, COMPLAINANT_HEARS, STAFF_HEARS])
def test_only_notices_that_there_are_are_told(hears: dict[E, str]) -> None:
    assert set(hears.values()) <= set(NOTICES)


def test_4_5_a_text_that_starts_the_work_is_told_in_one_notice() -> None:
    assert for_client(Purpose.REQUESTS, (E.STARTED, E.PROGRESSED)) == ("started",)


def test_3_6_a_merged_request_is_told_as_merged_not_as_closed() -> None:
    assert for_client(Purpose.REQUESTS, (E.MERGED, E.CLOSED)) == ("merged",)


def test_6_2_the_answer_to_a_complaint_says_that_it_is_closed() -> None:
    assert for_client(Purpose.COMPLAINTS, (E.COMPLAINT_ANSWERED, E.CLOSED)) == ("complaint_answered",)


@pytest.mark.parametrize(
    ("term", "name"),
    [
        (Waiting.INFO, "info_needed"),
        (Waiting.THIRD_PARTY, "third_party"),
        (Waiting.CONFIRMATION, "completion_reminder"),
        (Waiting.COMPLAINT, "complaint_extended"),
    ],
)
def test_4_6_6_3_a_new_term_is_told_by_the_notice_of_its_wait(term: Waiting, name: str) -> None:
    assert for_client(Purpose.REQUESTS, (E.EXTENDED,), term) == (name,)


def test_one_mail_of_a_client_is_one_notice_to_staff() -> None:
    assert for_staff((E.CLIENT_ANSWERED, E.CONFIRMED, E.DISAGREED)) == ("staff_reply",)


@pytest.mark.parametrize("name", NOTICES)
def test_rfc_3834_what_the_program_wrote_says_so_and_what_a_person_wrote_does_not(name: str) -> None:
    assert auto_submitted(name, written_by_person=False) in ("auto-replied", "auto-generated")

    by_person = auto_submitted(name, written_by_person=True)

    assert (by_person is None) == (NOTICES[name].audience is Audience.CLIENT)
