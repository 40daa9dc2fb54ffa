"""Appendices 1 and 2."""

from __future__ import annotations

import pytest

from mailgate.rules.priority import find_type, priority
from mailgate.rules.vocabulary import Impact, Priority, RequestType, Urgency

APPENDIX_2 = """
technical_support    full     critical critical critical
technical_support    major    critical high     medium
technical_support    partial  high     medium   medium
technical_support    -        high     medium   medium
change_request       -        high     medium   low
service_request      -        high     medium   low
document_upload      -        high     high     high
quotation_request    -        medium   low      planned
consultation         -        low      low      low
new_order            -        high     medium   low
account_registration -        high     high     high
information_security -        critical high     medium
unclassified         -        medium   medium   medium
"""
CELLS = [
    (row[0], row[1], urgency, expected)
    for row in map(str.split, APPENDIX_2.strip().splitlines())
    for urgency, expected in zip(("high", "normal", "low"), row[2:], strict=True)
]


@pytest.mark.parametrize(("type", "impact", "urgency", "expected"), CELLS)
def test_appendix_2(type: str, impact: str, urgency: str, expected: str) -> None:
    named = None if impact == "-" else Impact(impact)

    assert priority(RequestType(type), named, Urgency(urgency)) is Priority(expected)


def test_appendix_2_has_every_type() -> None:
    assert {cell[0] for cell in CELLS} == set(RequestType)


@pytest.mark.parametrize("type", sorted(set(RequestType) - {RequestType.TECHNICAL_SUPPORT}))
@pytest.mark.parametrize("impact", Impact)
def test_appendix_2_impact_counts_for_technical_support_only(type: RequestType, impact: Impact) -> None:
    for urgency in Urgency:
        assert priority(type, impact, urgency) is priority(type, None, urgency)


FOUND = [
    ("8", RequestType.TECHNICAL_SUPPORT),
    ("1", RequestType.ACCOUNT_REGISTRATION),
    ("10", RequestType.UNCLASSIFIED),
    ("№ 3", RequestType.DOCUMENT_UPLOAD),
    ("technical_support", RequestType.TECHNICAL_SUPPORT),
    ("Technical-Support", RequestType.TECHNICAL_SUPPORT),
    ("tech", RequestType.TECHNICAL_SUPPORT),
    ("Консультация.", RequestType.CONSULTATION),
    ("консульт", RequestType.CONSULTATION),
    ("Koнcультaция", RequestType.CONSULTATION),
    ("КАНСУЛЬТАЦЫЯ", RequestType.CONSULTATION),
    ("запрос\u00a0на изменение", RequestType.CHANGE_REQUEST),
    ("техническое сопровождение", RequestType.TECHNICAL_SUPPORT),
    ("тэхнічнае суправаджэнне", RequestType.TECHNICAL_SUPPORT),
    ("Загрузка дакументаў", RequestType.DOCUMENT_UPLOAD),
    ("коммерческое", RequestType.QUOTATION_REQUEST),
    ("«Новый заказ»", RequestType.NEW_ORDER),
    ("неклассифицированный запрос", RequestType.UNCLASSIFIED),
    ("обеспечение", RequestType.INFORMATION_SECURITY),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_4_2_a_type_is_found_by_code_number_or_beginning(text: str, expected: RequestType) -> None:
    assert find_type(text) is expected


def test_4_2_an_ambiguous_beginning_gives_every_candidate() -> None:
    found = find_type("запрос на")

    assert found == (
        RequestType.SERVICE_REQUEST,
        RequestType.QUOTATION_REQUEST,
        RequestType.CHANGE_REQUEST,
        RequestType.TECHNICAL_SUPPORT,
    )


@pytest.mark.parametrize("text", ["", " ", "0", "11", "поломка", "№", "x" * 100_000])
def test_4_2_what_names_no_type_gives_none(text: str) -> None:
    assert find_type(text) == ()
