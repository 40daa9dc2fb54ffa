"""The types of the settings. The description of each is its right form, which a problem shows."""

from __future__ import annotations

import os.path
import re
import string
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StringConstraints,
    ValidationInfo,
)

from mailgate.config.addresses import ADDRESS, canonical
from mailgate.config.problems import Wrong, nearest
from mailgate.config.units import DURATION, HOURS, SIZE, parse_duration, parse_hours, parse_size
from mailgate.rules.calendar import Term, known_country, parse_config_term
from mailgate.rules.vocabulary import Language

DEFAULT_COUNTRY: Final = "BY"
TERM: Final = 'a number with its unit: "3 working days", "10 calendar days", "4 working hours" or "30s"'
NUMBER_FORMAT: Final = (
    'Latin letters, digits and any of -._/ with the fields {year} and {seq}, {seq} required: "SD-{year}-{seq:06d}"'
)
DATABASE_URL: Final = '"sqlite:///path/to/mailgate.db" or "postgresql+psycopg://user@host/database"'
_OWNER: Final = r"(?:[^\s/?#@%]|%[0-9A-Fa-f]{2})*@"
_POSTGRESQL: Final = re.compile(rf"postgresql\+psycopg://(?:{_OWNER})?(?:\[[^/\s]*\]|[^/:@\s]*)(?::\d*)?/[^/\s]\S*")
_PERCENT: Final = 'in user and password write "%40" for "@", "%2F" for "/", "%25" for "%" (RFC 3986)'


STRICT: Final = ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True)
"""No unknown keys. A validator is built for a whole file, where it is first read, and none for each table in it."""


class Section(BaseModel):
    """A table of the configuration: nothing changes afterwards."""

    model_config = STRICT | {"frozen": True}


def _relative(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder")
    return Path(os.path.normpath(folder / path)) if folder else path


def _database_url(url: str, info: ValidationInfo) -> str:
    """Why so strict: SQLAlchemy and libpq read apart what is not escaped, and libpq says it back in its errors."""
    if _POSTGRESQL.fullmatch(url):
        return url
    if re.match(r"postgresql\+psycopg://.*[\s/?#@%].*@", url):
        raise Wrong(f"{DATABASE_URL}; {_PERCENT}")
    prefix, slashes, path = url.partition(":///")
    if prefix != "sqlite" or not slashes or not path or path.startswith(":memory:"):
        raise Wrong(DATABASE_URL)
    return f"sqlite:///{_relative(Path(path), info)}"


def _number_format(text: str) -> str:
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        sample = text.format(year=2026, seq=42)
    except (ValueError, KeyError, IndexError, AttributeError):
        raise Wrong(NUMBER_FORMAT) from None
    if not {"seq"} <= fields <= {"seq", "year"} or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", sample):
        raise Wrong(NUMBER_FORMAT)
    return text


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zones = {zone.lower(): zone for zone in available_timezones()}
        like = zones.get(nearest(name, zones) or "", "Europe/Minsk")
        raise Wrong(f'the name of a zone, such as "{like}"') from None
    return name


def _country(code: str) -> str:
    # The holiday library is slow to load, and for the default there is nothing to ask.
    if code != DEFAULT_COUNTRY and not known_country(code):
        raise Wrong('the two letters of a country whose holidays are known, such as "BY"')
    return code


def term_of(value: object, *, want: str = TERM) -> Term:
    """A term of the configuration; `want` says which. Raises Wrong."""
    if isinstance(value, Term):
        return value
    term = parse_config_term(value) if isinstance(value, str) else None
    if isinstance(term, Term):
        return term
    raise Wrong(f"{want}. {term.words(Language.EN)}" if term and term.code != "not_a_config_term" else want)


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        raise Wrong('a day as year-month-day: "2026-12-26"') from None


def _weekdays(names: Sequence[str]) -> Sequence[str]:
    if len(set(names)) < len(names):
        raise Wrong("each weekday once")
    return names


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\p{Cc}\p{Zl}\p{Zp}]+$"),
    Field(description="one line of text, at most 200 characters"),
]
"""Text that may stand in a mail header: one line, no control characters."""
Name = Annotated[
    str,
    Field(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="Latin letters, digits and any of -._"),
]
Host = Annotated[
    str,
    Field(
        pattern=r"^([^\s/@:\p{Cc}]+|[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*)$",
        description='the name or address of a server, without its port: "mail.example.org"',
    ),
]
Port = Annotated[int, Field(strict=True, ge=1, le=65_535, description="a port number from 1 to 65535, without quotes")]
Text = Annotated[str, Field(min_length=1, description="text in double quotes")]
MailAddress = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(canonical), Field(description=ADDRESS)
]
RelativePath = Annotated[Path, AfterValidator(_relative), Field(description="a path, relative to this file")]
"""A path that is absolute once it is read; it was relative to the file that names it."""
DatabaseUrl = Annotated[str, AfterValidator(_database_url), Field(description=DATABASE_URL)]
NumberFormat = Annotated[str, AfterValidator(_number_format), Field(description=NUMBER_FORMAT)]
TimeZone = Annotated[str, AfterValidator(_timezone), Field(description='the name of a zone: "Europe/Minsk"')]
Country = Annotated[str, AfterValidator(_country), Field(description='the two letters of a country: "BY"')]
Duration = Annotated[timedelta, BeforeValidator(parse_duration), Field(description=DURATION)]
Size = Annotated[int, BeforeValidator(parse_size), Field(ge=1, description=SIZE)]
"""Bytes."""
Hours = Annotated[tuple[time, time], BeforeValidator(parse_hours), Field(description=HOURS)]
TermOf = Annotated[InstanceOf[Term], BeforeValidator(term_of), Field(description=TERM)]
Day = Annotated[date, BeforeValidator(_day), Field(description='a day as year-month-day: "2026-12-26"')]
