"""Appendices 1 and 2 played by mail: representative cells; `tests/rules` has every one."""

from __future__ import annotations

import pytest

from tests.rig.house import ANNA, IVAN
from tests.rig.play import NUMBER, SUBJECT, TROUBLE, Play, words

GATE = "gate@portal.example"


@pytest.mark.parametrize("named", ["account_registration", "document_upload"])
def test_appendix_1_types_1_and_3_are_set_by_the_portal(play: Play, named: str):
    play.configure(f'[[gateway]]\naddress = "{GATE}"\nchannel = "portal"')

    play.write(GATE, SUBJECT, TROUBLE, headers=[("X-Mailgate-Contact", IVAN), ("X-Mailgate-Type", named)])
    play.run_once()

    assert (play.show(NUMBER)["type"], play.show(NUMBER)["priority"]) == (named, "high")


@pytest.mark.parametrize("named", ["consultation", "document_upload"])
def test_appendix_1_10_mail_and_smdo_are_unclassified(play: Play, named: str):
    play.configure(f'[[gateway]]\naddress = "{GATE}"\nchannel = "smdo"')

    play.write(GATE, SUBJECT, TROUBLE, headers=[("X-Mailgate-Contact", IVAN), ("X-Mailgate-Type", named)])
    play.run_once()

    found = play.show(NUMBER)
    assert (found["type"], found["type_suggested"], found["priority"]) == ("unclassified", named, "medium")


@pytest.mark.parametrize(
    ("written", "code"),
    [("2", "service_request"), ("new_order", "new_order"), ("Консульт", "consultation"), ("9", "information_security")],
)
def test_appendix_1_staff_set_a_type_by_number_code_or_the_beginning_of_its_name(play: Play, written: str, code: str):
    play.given(f"!тип {written}")

    assert play.show(NUMBER)["type"] == code


@pytest.mark.parametrize(
    ("orders", "priority"),
    [
        ("!type 8 full\n!urgency low", "critical"),
        ("!type 8 major\n!urgency low", "medium"),
        ("!type 8 partial\n!urgency high", "high"),
        ("!type 5\n!urgency low", "planned"),
        ("!type 4\n!urgency high", "low"),
        ("!type 9\n!urgency high", "critical"),
        ("!type 6", "medium"),
        ("!urgency high", "medium"),
        ("!type 4\n!priority high", "high"),
    ],
)
def test_appendix_2_the_priority_of_type_impact_and_urgency(play: Play, orders: str, priority: str):
    play.given(orders)

    assert play.show(NUMBER)["priority"] == priority


def test_appendix_2_technical_support_without_an_impact_counts_as_partial_and_staff_are_told(play: Play):
    play.given("!тип 8\n!срочность высокая")
    assert play.show(NUMBER)["priority"] == "high"
    assert "!влияние" in words(play.last(ANNA, "staff_done"))

    play.staff("!влияние полное")

    assert (play.show(NUMBER)["impact"], play.show(NUMBER)["priority"]) == ("full", "critical")
