"""How long waits last, and when the operator works."""

from __future__ import annotations

from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from mailgate.config.fields import DEFAULT_COUNTRY, Country, Day, Hours, Section, TermOf
from mailgate.config.problems import Wrong
from mailgate.rules.calendar import WorkingCalendar
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Unit, Waiting


class NoAnswer(StrEnum):
    """4.8: whether a request whose client did not answer is rejected, or staff are asked first."""

    REJECT = "reject"
    ASK = "ask"


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_REMINDERS = {
    "info_reminder": "info",
    "confirmation_reminder": "confirmation",
    "complaint_warning": "complaint",
    "complaint_progress_warning": "complaint_progress",
}
"""Which term each of them comes before the end of."""


def _is_longer(before: Term, lasts: Term) -> bool:
    """Surely: so many working days are at least as many calendar days, and the other way round nobody knows."""
    days = (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)
    return before.amount > lasts.amount and (before.unit is lasts.unit or (before.unit, lasts.unit) == days)


class Deadlines(Section):
    """How long waits last, and how long before their end somebody is reminded."""

    info: TermOf = Field("3 working days", validate_default=True)
    """4.6: how long a client has to answer where staff named no term."""
    info_reminder: TermOf = Field("1 working day", validate_default=True)
    """4.6: how long before its end he is reminded."""
    no_answer: NoAnswer = NoAnswer.REJECT
    """4.8: whether a request without an answer is rejected by itself, or staff are asked first."""
    resume_rejected_within: TermOf = Field("10 calendar days", validate_default=True)
    """4.8: how long after that rejection an answer still resumes the request."""
    confirmation: TermOf = Field("10 calendar days", validate_default=True)
    """5.1: how long after the completion notice a request is closed without a word of the client."""
    confirmation_reminder: TermOf = Field("3 calendar days", validate_default=True)
    """5.1: how long before that he is reminded."""
    confirmation_ends_on_working_day: bool = Field(False, strict=True, description="true or false, without quotes")
    """5.1: where the last day is a day off, the next working day is the last."""
    complaint: TermOf = Field("15 calendar days", validate_default=True)
    """6.2: how long a complaint may take."""
    complaint_warning: TermOf = Field("3 calendar days", validate_default=True)
    """6.2: how long before its end staff are warned."""
    complaint_progress: TermOf = Field("10 working days", validate_default=True)
    """6.3: how long a complainant may be without word; then a holding notice goes out by itself."""
    complaint_progress_warning: TermOf = Field("2 working days", validate_default=True)
    """6.3: how long before that staff are reminded."""

    @model_validator(mode="after")
    def _reminded_before_the_end(self) -> Self:
        """Only a reminder that is written is refused: a term may be shortened alone."""
        for reminder, whole in _REMINDERS.items():
            before, lasts = getattr(self, reminder), getattr(self, whole)
            if reminder in self.model_fields_set and _is_longer(before, lasts):
                raise Wrong("a shorter one", f"{reminder} is longer than {whole}, which is {lasts}", reminder)
        return self

    def term(self, waiting: Waiting) -> Term | None:
        """How long a wait lasts where staff named no term; None: without end (4.10)."""
        match waiting:
            case Waiting.INFO:
                return self.info
            case Waiting.CONFIRMATION:
                return self.confirmation
            case Waiting.COMPLAINT:
                return self.complaint
        return None


class Calendar(Section):
    """3.9: when the operator works."""

    country: Country = DEFAULT_COUNTRY
    """Whose holidays, and decreed moves of days off, are days off."""
    hours: Hours = Field("09:00-18:00", validate_default=True)
    """Opening and closing; a closing at 24:00 is midnight after the day."""
    working_week: tuple[Weekday, ...] = Field(
        tuple(Weekday)[:5], min_length=1, description='a list of weekdays: ["mon", "tue", "wed", "thu", "fri"]'
    )
    """The days on which the operator works."""
    days_off: tuple[Day, ...] = Field((), description='a list of days: ["2026-12-24"]')
    """Days off on top of the country's."""
    working_days: tuple[Day, ...] = Field((), description='a list of days: ["2026-12-26"]')
    """Days that are worked although the week or the country says otherwise."""

    @model_validator(mode="after")
    def _one_list_a_day(self) -> Self:
        if both := set(self.days_off) & set(self.working_days):
            raise Wrong("it in one of them", f"{min(both)} stands both in days_off and in working_days")
        return self

    def working(self, zone: ZoneInfo) -> WorkingCalendar:
        """The calendar on which terms run."""
        week = {tuple(Weekday).index(day) for day in self.working_week}
        return WorkingCalendar(zone, self.hours, week, self.country, self.days_off, self.working_days)
