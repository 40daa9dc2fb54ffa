"""How long personal data is kept. Nothing is erased unless the configuration says when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, InstanceOf

from mailgate.config.fields import Section
from mailgate.config.problems import Wrong

PERIOD: Final = 'a number with its unit, from 30 days to 100 years: "5 years", "18 months" or "90 days"'
_PERIOD = re.compile(r"([0-9]{1,5}) (day|month|year)s?")
_DAYS: Final = {"day": 1, "month": 30, "year": 365}
_LEAST, _MOST = 30, 100 * 365


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time by the calendar: so many months, or so many days."""

    months: int = 0
    days: int = 0

    def before(self, moment: datetime) -> datetime:
        """The moment that lies so far back; the 31st becomes the last day of a shorter month."""
        year, month = divmod(moment.year * 12 + moment.month - 1 - self.months, 12)
        first = moment.replace(year=year, month=month + 1, day=1)
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return first.replace(day=min(moment.day, last.day)) - timedelta(days=self.days)


def parse_period(text: object) -> Period:
    """`"5 years"`, `"18 months"`, `"90 days"`. Raises Wrong for anything else, and for less than 30 days."""
    if isinstance(text, Period):
        return text
    match = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    number, unit = (int(match[1]), match[2]) if match else (0, "day")
    if not _LEAST <= number * _DAYS[unit] <= _MOST:
        raise Wrong(PERIOD)
    return Period(days=number) if unit == "day" else Period(months=number * (12 if unit == "year" else 1))


Kept = Annotated[InstanceOf[Period], BeforeValidator(parse_period), Field(description=PERIOD)]


class Retention(Section):
    """How long personal data is kept before it is erased by itself, at night; for good where a term is not named."""

    ended: Kept | None = Field(None, description=PERIOD)
    """Of requests and complaints, since they ended; a client may have a `retention` of its own."""
    unregistered: Kept | None = Field(None, description=PERIOD)
    """Of mail that belongs to no request (quarantine, strangers, machines), of notices about none, and of addresses
    that were found unavailable."""
