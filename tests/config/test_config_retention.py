"""How long personal data is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgate.config.problems import Wrong
from mailgate.config.retention import Period, parse_period


@pytest.mark.parametrize(
    ("text", "moment", "before"),
    [
        ("5 years", datetime(2026, 11, 23, 10, 5, tzinfo=UTC), datetime(2021, 11, 23, 10, 5, tzinfo=UTC)),
        ("1 year", datetime(2028, 2, 29, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)),
        ("18 months", datetime(2026, 5, 31, tzinfo=UTC), datetime(2024, 11, 30, tzinfo=UTC)),
        ("1 month", datetime(2026, 1, 15, tzinfo=UTC), datetime(2025, 12, 15, tzinfo=UTC)),
        ("90 days", datetime(2026, 3, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)),
    ],
)
def test_a_period_goes_back_by_the_calendar(text: str, moment: datetime, before: datetime) -> None:
    assert parse_period(text).before(moment) == before


@pytest.mark.parametrize("text", ["29 days", "0 years", "101 years", "5", "5 y", "five years", "-1 year", 5, None, ""])
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(Wrong, match="from 30 days to 100 years"):
        parse_period(text)


def test_nothing_is_erased_unless_it_is_named(folder) -> None:
    config = folder.load()

    assert (config.retention.ended, config.retention.unregistered) == (None, None)
    assert {client.retention for client in config.people.clients.values()} == {None}


def test_a_client_has_a_term_of_its_own_in_a_table(folder) -> None:
    folder.use_csv(
        "client_id,client_name,retention,name,email\nalfa,Альфа,1 year,Иван,ivan@alfa.example\nbeta,Бета,,,\n"
    )

    clients = folder.load().people.clients

    assert [clients[each].retention for each in ("alfa", "beta")] == [Period(months=12), None]
