"""Section 3: the verdict table."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.rules.intake import TESTS, Decision, Disposition, IntakeFacts, decide
from mailgate.rules.vocabulary import Purpose, Role

KNOWN = (Role.CONTACT, Role.STAFF, Role.GATEWAY)
ACTS = {Decision.REGISTER, Decision.APPEND, Decision.COMMAND}
NUMBER = "SD-2026-000001"

CONTACT = IntakeFacts(role=Role.CONTACT, proven=True)
STAFF = IntakeFacts(role=Role.STAFF, proven=True)
STRANGER = IntakeFacts(role=Role.STRANGER, proven=True)
GATEWAY = IntakeFacts(role=Role.GATEWAY, proven=True, gateway_names_contact=True)

CASES = {
    "over a limit": (replace(CONTACT, over_limit="size"), Decision.QUARANTINE),
    "a notice of our own": (replace(STRANGER, role=Role.OWN, own_notice=True), Decision.IGNORE),
    "a delivery report": (replace(STRANGER, bounce=True, automatic="bounce"), Decision.IGNORE),
    "no single sender": (replace(STRANGER, sender_problem="two From headers"), Decision.QUARANTINE),
    "the desk's own address": (replace(STRANGER, role=Role.OWN), Decision.QUARANTINE),
    "an automatic reply, not of a gateway": (replace(CONTACT, auto_reply=True, automatic="yes"), Decision.IGNORE),
    "a known sender, not proven": (replace(CONTACT, proven=False), Decision.QUARANTINE),
    "a gateway that names nobody": (replace(GATEWAY, gateway_names_contact=False), Decision.QUARANTINE),
    "a gateway's mail to a request": (replace(GATEWAY, cited=NUMBER), Decision.APPEND),
    "a gateway": (replace(GATEWAY, automatic="auto-generated"), Decision.REGISTER),
    "machine mail of a known sender": (replace(CONTACT, automatic="List-Id header"), Decision.QUARANTINE),
    "a complaint of a stranger's machine": (
        replace(STRANGER, purpose=Purpose.COMPLAINTS, automatic="yes"),
        Decision.QUARANTINE,
    ),
    "machine mail of a stranger": (replace(STRANGER, automatic="Precedence: bulk"), Decision.NOT_REGISTERED),
    "staff": (STAFF, Decision.COMMAND),
    "a contact's mail to his request": (replace(CONTACT, cited=NUMBER), Decision.APPEND),
    "a contact": (CONTACT, Decision.REGISTER),
    "a stranger's complaint, not proven": (
        replace(STRANGER, purpose=Purpose.COMPLAINTS, proven=False),
        Decision.QUARANTINE,
    ),
    "a stranger, not proven": (replace(STRANGER, proven=False), Decision.NOT_REGISTERED),
    "a stranger's complaint": (replace(STRANGER, purpose=Purpose.COMPLAINTS), Decision.REGISTER),
    "somebody who is no contact any more": (replace(STRANGER, revoked=True), Decision.NOT_REGISTERED),
    "a stranger": (STRANGER, Decision.NOT_REGISTERED),
}

problems = st.none() | st.just("something")
anything = st.builds(
    IntakeFacts,
    role=st.sampled_from(Role),
    proven=st.booleans(),
    purpose=st.sampled_from(Purpose),
    over_limit=problems,
    sender_problem=problems,
    own_notice=st.booleans(),
    bounce=st.booleans(),
    auto_reply=st.booleans(),
    automatic=problems,
    gateway_names_contact=st.booleans(),
    revoked=st.booleans(),
    cited=st.none() | st.just(NUMBER),
)


def test_every_row_of_the_table_has_a_case_here() -> None:
    assert list(CASES) == [test.name for test in TESTS]


@pytest.mark.parametrize("name", CASES)
def test_each_row_decides_its_case(name: str) -> None:
    facts, decision = CASES[name]

    disposition = decide(facts)

    assert (disposition.tests[-1], disposition.decision) == ((name, True), decision)
    assert disposition.clause


@given(anything)
def test_a_verdict_names_every_test_that_led_to_it(facts: IntakeFacts) -> None:
    asked = decide(facts).tests

    assert [name for name, _ in asked] == [test.name for test in TESTS[: len(asked)]]
    assert [answer for _, answer in asked] == [False] * (len(asked) - 1) + [True]


@given(anything, st.sampled_from(KNOWN))
def test_3_10_a_known_sender_who_is_not_proven_causes_nothing(facts: IntakeFacts, role: Role) -> None:
    assert decide(replace(facts, role=role, proven=False)).decision not in ACTS


@given(anything)
def test_machine_mail_causes_nothing_unless_a_gateway_hands_it_over(facts: IntakeFacts) -> None:
    disposition = decide(facts)

    if disposition.decision in ACTS:
        assert not facts.bounce
        by_program = facts.auto_reply or facts.automatic is not None
        assert not by_program or facts.role is Role.GATEWAY


@given(anything)
def test_only_staff_command(facts: IntakeFacts) -> None:
    assert (decide(facts).decision is Decision.COMMAND) <= (facts.role is Role.STAFF)


@given(anything)
def test_nothing_is_appended_that_belongs_to_no_request(facts: IntakeFacts) -> None:
    assert decide(replace(facts, cited=None)).decision is not Decision.APPEND


@given(anything)
def test_3_10_a_stranger_registers_nothing_but_a_proven_complaint(facts: IntakeFacts) -> None:
    disposition = decide(replace(facts, role=Role.STRANGER))

    if disposition.decision is Decision.REGISTER:
        assert disposition.reason == "complaint"
        assert facts.proven
        assert facts.purpose is Purpose.COMPLAINTS


@given(anything)
def test_what_is_over_a_limit_or_from_nobody_certain_is_never_acted_on(facts: IntakeFacts) -> None:
    for unclear in (replace(facts, over_limit="size"), replace(facts, sender_problem="two addresses")):
        assert decide(unclear).decision not in ACTS


@given(anything)
def test_3_10_what_is_quarantined_staff_have_to_see(facts: IntakeFacts) -> None:
    disposition: Disposition = decide(facts)

    seen = disposition.decision is Decision.QUARANTINE or disposition.reason == "revoked"
    assert disposition.needs_a_look == seen
