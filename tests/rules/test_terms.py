"""Terms as staff and admins write them (the end of the section on mail commands)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.rules.terms import LONGEST, Term, TermError, parse_config_term, parse_term, stored_term
from mailgate.rules.vocabulary import Language, Unit

MINSK = ZoneInfo("Europe/Minsk")
NOW = datetime(2026, 11, 23, 10, 5, tzinfo=MINSK)

AMOUNTS = [
    ("3d", Unit.CALENDAR_DAYS, 3),
    ("3 d", Unit.CALENDAR_DAYS, 3),
    ("3D.", Unit.CALENDAR_DAYS, 3),
    ("3 days", Unit.CALENDAR_DAYS, 3),
    ("3 calendar days", Unit.CALENDAR_DAYS, 3),
    ("3 дня", Unit.CALENDAR_DAYS, 3),
    ("1 день", Unit.CALENDAR_DAYS, 1),
    ("10\u00a0дней", Unit.CALENDAR_DAYS, 10),
    ("10 календарных дней", Unit.CALENDAR_DAYS, 10),
    ("3 дні", Unit.CALENDAR_DAYS, 3),
    ("1 дзень", Unit.CALENDAR_DAYS, 1),
    ("5 дзён", Unit.CALENDAR_DAYS, 5),
    ("5 каляндарных дзён", Unit.CALENDAR_DAYS, 5),
    ("3wd", Unit.WORKING_DAYS, 3),
    ("3 wd", Unit.WORKING_DAYS, 3),
    ("3 working days", Unit.WORKING_DAYS, 3),
    ("1 working day", Unit.WORKING_DAYS, 1),
    ("5 рабочих дней", Unit.WORKING_DAYS, 5),
    ("3 рабочих дня", Unit.WORKING_DAYS, 3),
    ("1 рабочий день", Unit.WORKING_DAYS, 1),
    ("3 раб. дня", Unit.WORKING_DAYS, 3),
    ("5 pабочих днeй", Unit.WORKING_DAYS, 5),
    ("5 працоўных дзён", Unit.WORKING_DAYS, 5),
    ("3 працоўныя дні", Unit.WORKING_DAYS, 3),
    ("4h", Unit.WORKING_HOURS, 4),
    ("4 hours", Unit.WORKING_HOURS, 4),
    ("4 часа", Unit.WORKING_HOURS, 4),
    ("1 час", Unit.WORKING_HOURS, 1),
    ("8 часов", Unit.WORKING_HOURS, 8),
    ("4 рабочих часа", Unit.WORKING_HOURS, 4),
    ("4 гадзіны", Unit.WORKING_HOURS, 4),
    ("4 ч.", Unit.WORKING_HOURS, 4),
]


@pytest.mark.parametrize(("text", "unit", "amount"), AMOUNTS)
def test_amounts(text: str, unit: Unit, amount: int) -> None:
    assert parse_term(text, NOW, MINSK) == Term(unit, amount)


@pytest.mark.parametrize(
    "text",
    ["до 25.12.2026", "25.12.2026 г.", "да 25.12.2026", "2026-12-25", "until 2026-12-25", "ДО 25.12.2026"],
)
def test_named_dates(text: str) -> None:
    assert parse_term(text, NOW, MINSK) == Term(Unit.DATE, day=date(2026, 12, 25))


@pytest.mark.parametrize(
    "text",
    ["2026-12-25 18:00", "2026-12-25T18:00", "до 25.12.2026 18:00", "25.12.2026, 18:00", "до 25.12.2026 г. в 18:00"],
)
def test_named_moments_are_of_the_desks_zone(text: str) -> None:
    term = parse_term(text, NOW, MINSK)

    assert isinstance(term, Term)
    assert term.moment == datetime(2026, 12, 25, 15, 0, tzinfo=UTC)


WRONG = [
    ("быстро", "not_a_term"),
    ("", "not_a_term"),
    ("3 попугая", "not_a_term"),
    ("-3d", "not_a_term"),
    ("5-7 дней", "not_a_term"),
    ("30s", "not_a_term"),
    ("5", "no_unit"),
    ("0d", "out_of_range"),
    ("99999 дней", "out_of_range"),
    ("25.12.2999", "too_far"),
    ("31.02.2027", "no_such_date"),
    ("2026-12-25 25:00", "no_such_date"),
    ("до 25.12.2025", "past"),
    ("2026-11-23 10:05", "past"),
]


def test_an_hour_that_summer_time_leaves_out_is_no_such_time() -> None:
    warsaw = ZoneInfo("Europe/Warsaw")

    error = parse_term("28.03.2027 02:30", NOW, warsaw)

    assert isinstance(error, TermError)
    assert error.code == "no_such_date"
    assert isinstance(parse_term("28.03.2027 03:00", NOW, warsaw), Term)


@pytest.mark.parametrize(("text", "code"), WRONG)
def test_what_is_no_term_says_why_in_every_language(text: str, code: str) -> None:
    error = parse_term(text, NOW, MINSK)

    assert isinstance(error, TermError)
    assert error.code == code
    assert len({error.words(language) for language in Language}) == 3


def test_the_words_of_errors_help() -> None:
    def words(text: str) -> str:
        error = parse_term(text, NOW, MINSK)
        assert isinstance(error, TermError)
        return error.words("ru")

    assert words("до 25.12.2025") == "Срок «до 25.12.2025» уже прошёл: сейчас 23.11.2026 10:05. Назовите будущую дату."
    assert words("5") == "«5» — чего? Допишите единицу: 5d (дни), 5wd (рабочие дни) или 5h (рабочие часы)."
    assert words("скоро") == (
        "«скоро» не похоже на срок. "
        "Напишите, например: 3d, 3 дня, 5 рабочих дней, 4 часа, до 25.12.2026, 2026-12-25 18:00."
    )


def test_today_is_past_when_its_working_hours_have_ended() -> None:
    evening = datetime(2026, 11, 23, 18, 30, tzinfo=MINSK)

    at_closing = parse_term("23.11.2026", evening, MINSK, time(18))
    at_midnight = parse_term("23.11.2026", evening, MINSK)

    assert isinstance(at_closing, TermError)
    assert at_midnight == Term(Unit.DATE, day=date(2026, 11, 23))


CONFIGURED = [
    ("3 working days", Term(Unit.WORKING_DAYS, 3)),
    ("1 working day", Term(Unit.WORKING_DAYS, 1)),
    ("10 calendar days", Term(Unit.CALENDAR_DAYS, 10)),
    ("1 calendar day", Term(Unit.CALENDAR_DAYS, 1)),
    ("4 working hours", Term(Unit.WORKING_HOURS, 4)),
    ("30s", Term(Unit.SECONDS, 30)),
    (" 3  Working Days ", Term(Unit.WORKING_DAYS, 3)),
]


@pytest.mark.parametrize(("text", "expected"), CONFIGURED)
def test_terms_of_the_configuration(text: str, expected: Term) -> None:
    assert parse_config_term(text) == expected


@pytest.mark.parametrize("text", ["3", "3 days", "3d", "4 hours", "4 calendar hours", "-3 working days", "", "30 s"])
def test_the_configuration_needs_the_unit_in_full(text: str) -> None:
    error = parse_config_term(text)

    assert isinstance(error, TermError)
    assert error.code == "not_a_config_term"
    assert '"3 working days"' in error.words("en")


@pytest.mark.parametrize("text", ["0 working days", "0s", "100000 calendar days"])
def test_the_configuration_has_bounds(text: str) -> None:
    error = parse_config_term(text)

    assert isinstance(error, TermError)
    assert error.code == "out_of_range"


TERMS = st.one_of(
    st.builds(
        Term,
        st.sampled_from([Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.WORKING_HOURS, Unit.SECONDS]),
        st.integers(1, LONGEST),
    ),
    st.builds(lambda day: Term(Unit.DATE, day=day), st.dates(min_value=date(1970, 1, 1))),
    st.builds(lambda at: Term(Unit.MOMENT, moment=at), st.datetimes(timezones=st.just(UTC))),
)


@given(TERMS)
def test_a_stored_term_reads_back_the_same(term: Term) -> None:
    assert stored_term(str(term)) == term


def test_a_stored_moment_in_the_desks_zone_is_the_same_moment() -> None:
    term = parse_term("2026-12-25 18:00", NOW, MINSK)

    assert stored_term(str(term)).moment == datetime(2026, 12, 25, 15, 0, tzinfo=UTC)


def test_what_was_never_stored_is_an_error() -> None:
    with pytest.raises(ValueError, match="soon"):
        stored_term("soon")


@given(st.text(max_size=300))
def test_any_text_is_a_term_or_an_error_with_words(text: str) -> None:
    for read in (parse_term(text, NOW, MINSK), parse_config_term(text)):
        if isinstance(read, TermError):
            assert read.words("be")


@given(st.from_regex(r"(?:до )?[0-9]{1,5}[ .-]{0,2}[0-9]{0,4}[.-]?[0-9]{0,4}[ t,:0-9hdдняч.]{0,12}", fullmatch=True))
def test_what_nearly_is_a_term_never_raises(text: str) -> None:
    assert isinstance(parse_term(text, NOW, MINSK), Term | TermError)


def test_a_date_that_is_too_far_ahead_is_told_with_the_last_one() -> None:
    error = parse_term("до 25.12.2062", NOW, MINSK)

    assert isinstance(error, TermError)
    assert "самый поздний — " in error.words("ru")
    assert "3650" not in error.words("ru")
