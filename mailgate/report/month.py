"""A month of the desk: its days are those of the desk's zone."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

_WRITTEN = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar; `month` is 1 to 12."""

    year: int
    month: int

    def __str__(self) -> str:
        """As it is written on the command line: `2026-11`."""
        return f"{self.year:04}-{self.month:02}"

    @classmethod
    def written(cls, text: str) -> Month | None:
        """The month of `2026-11`; None where the text is no month of the years 1970 to 9998."""
        match = _WRITTEN.fullmatch(text.strip())
        if match is None or not 1970 <= int(match[1]) <= 9998:
            return None
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, moment: datetime, zone: tzinfo) -> Month:
        """The month in which a moment lies."""
        here = moment.astimezone(zone)
        return cls(here.year, here.month)

    @property
    def before(self) -> Month:
        """The previous month."""
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)

    @property
    def after(self) -> Month:
        """The next month."""
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return calendar.monthrange(self.year, self.month)[1]

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """From its first midnight until that of the next month, in UTC."""
        start, end = (datetime(each.year, each.month, 1, tzinfo=zone).astimezone(UTC) for each in (self, self.after))
        return start, end
