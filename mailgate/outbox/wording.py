"""What templates may call: dates, amounts and labels in the reader's language.

Dates come from babel's names, put together here: its own formatting costs thirty times as much, and neither Russian
nor Belarusian weekdays stand in the genitive there («до четверга»).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_timezone_location
from jinja2 import pass_context
from jinja2.runtime import Context

from mailgate.outbox.shapes import NBSP, one_line
from mailgate.rules.labels import label as words_of
from mailgate.rules.terms import told_end
from mailgate.rules.vocabulary import Channel, Impact, Priority, RequestType, Status, Urgency

HOUR, DAY = 3600, 86_400

_KINDS: Final[Mapping[str, type[StrEnum]]] = MappingProxyType(
    {
        "status": Status,
        "type": RequestType,
        "urgency": Urgency,
        "impact": Impact,
        "priority": Priority,
        "channel": Channel,
    }
)
_GENITIVE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ru": ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья"),
        "be": ("панядзелка", "аўторка", "серады", "чацвярга", "пятніцы", "суботы", "нядзелі"),
    }
)
_YEAR_MARK: Final = MappingProxyType({"ru": f"{NBSP}г.", "be": f"{NBSP}г.", "en": ""})
_AGES: Final = MappingProxyType(
    {
        "ru": (("день", "дня", "дней"), "ч", "мин"),
        "be": (("дзень", "дні", "дзён"), "гадз", "хв"),
        "en": (("day", "days"), "h", "min"),
    }
)
_UNITS: Final = MappingProxyType(
    {
        "ru": (("байт", "байта", "байт"), "КБ", "МБ"),
        "be": (("байт", "байты", "байтаў"), "КБ", "МБ"),
        "en": (("byte", "bytes"), "KB", "MB"),
    }
)


def label(context: Context, value: str | None, kind: str) -> str:
    """The human words of an enum's value; what is no value of it (a client's own word) is given back."""
    return _label(value or "", kind, context["language"])


@lru_cache(maxsize=1024)
def _label(value: str, kind: str, language: str) -> str:
    try:
        return words_of(_KINDS[kind](value), language)
    except ValueError:
        return value


def count(context: Context, number: int, *forms: str) -> str:
    """The number with its noun: Russian and Belarusian forms for 1, 2 and 5; English for 1 and 2."""
    keys = ("one", "other") if context["language"] == "en" else ("one", "few", "many")
    form = dict(zip(keys, forms, strict=True))[_locale(context["language"]).plural_form(number)]
    return f"{number}{NBSP}{form}"


def age(context: Context, seconds: int) -> str:
    """How long something has waited, in whole days, else in hours, else in minutes."""
    days, hours, minutes = _AGES[context["language"]]
    if seconds >= DAY:
        return count(context, seconds // DAY, *days)
    return f"{seconds // HOUR}{NBSP}{hours}" if seconds >= HOUR else f"{seconds // 60}{NBSP}{minutes}"


def hours(context: Context, seconds: int) -> str:
    """Working time in hours and minutes: a working day is no fixed number of hours to a reader."""
    _, hour, minute = _AGES[context["language"]]
    whole, rest = seconds // HOUR, seconds % HOUR // 60
    spelt = [f"{whole}{NBSP}{hour}"] if whole else []
    return " ".join([*spelt, f"{rest}{NBSP}{minute}"] if rest or not whole else spelt)


def month(context: Context, value: str) -> str:
    """«ноябрь 2026 г.» of `2026-11`."""
    language, (year, number) = context["language"], value.split("-")
    name = _locale(language).months["stand-alone"]["wide"][int(number)]
    return f"{name} {year}{_YEAR_MARK[language]}"


def percent(context: Context, part: int, whole: int) -> str:
    """The share of a part in a whole, which is not 0."""
    share = f"{round(100 * part / whole)}"
    return f"{share}%" if context["language"] == "en" else f"{share}{NBSP}%"


def size(context: Context, octets: int) -> str:
    """Octets in the unit that a person would choose."""
    small, kilo, mega = _UNITS[context["language"]]
    if octets < 1000:
        return count(context, octets, *small)
    if octets < 1_000_000:
        return f"{round(octets / 1000)}{NBSP}{kilo}"
    tenths = f"{octets / 1_000_000:.1f}"
    return f"{tenths if context['language'] == 'en' else tenths.replace('.', ',')}{NBSP}{mega}"


def dates(zone: ZoneInfo) -> dict[str, Callable[..., str]]:
    """The filters that turn RFC 3339 moments into dates of the desk's zone."""

    def moment(context: Context, value: str) -> str:
        """«четверг, 26 ноября 2026 г., 18:00 (Минск)»."""
        at = _local(value)
        return _spelt(at.date(), _hour(at), context["language"], _weekdays(context["language"]))

    def until(context: Context, value: str) -> str:
        """As `moment`, to stand after «до» or «until»; a term that ends at midnight ends at 24:00 of its last day."""
        at, language = _local(value), context["language"]
        weekdays = _GENITIVE.get(language) or _weekdays(language)
        return _spelt(*told_end(at), language, weekdays)

    def stamp(context: Context, value: str) -> str:
        """«26.11.2026 18:00», for tables; English names the month, lest it be read the American way."""
        at = _local(value)
        return _short(at.date(), _hour(at), context["language"])

    def ended(context: Context, value: str) -> str:
        """As `stamp`, of the end of a term: midnight is 24:00 of the day before, as `until` says it."""
        return _short(*told_end(_local(value)), context["language"])

    def clock(context: Context, value: str) -> str:
        """«18:00:30 (Минск)», for what happens within minutes."""
        at = _local(value)
        return f"{_hour(at)}:{at.second:02} ({_city(zone, context['language'])})"

    def _local(value: str) -> datetime:
        return datetime.fromisoformat(value).astimezone(zone)

    def _spelt(day: date, clock: str, language: str, weekdays: Sequence[str]) -> str:
        month = _months(language)[day.month - 1]
        named = f"{weekdays[day.weekday()]}, {day.day}{NBSP}{month} {day.year}{_YEAR_MARK[language]}"
        return f"{named}, {clock} ({_city(zone, language)})"

    return {each.__name__: pass_context(each) for each in (moment, until, stamp, ended, clock)}


def _hour(at: datetime) -> str:
    return f"{at.hour:02}:{at.minute:02}"


def _short(day: date, clock: str, language: str) -> str:
    if language == "en":
        return f"{day.day}{NBSP}{_months('en')[day.month - 1][:3]}{NBSP}{day.year:04}{NBSP}{clock}"
    return f"{day.day:02}.{day.month:02}.{day.year:04}{NBSP}{clock}"


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@lru_cache(maxsize=8)
def _months(language: str) -> tuple[str, ...]:
    names = _locale(language).months["format"]["wide"]
    return tuple(names[number] for number in range(1, 13))


@lru_cache(maxsize=8)
def _weekdays(language: str) -> tuple[str, ...]:
    names = _locale(language).days["format"]["wide"]
    return tuple(names[number] for number in range(7))


@lru_cache(maxsize=8)
def _city(zone: ZoneInfo, language: str) -> str:
    return get_timezone_location(zone, locale=language, return_city=True)


SHARED: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "label": pass_context(label),
        "count": pass_context(count),
        "size": pass_context(size),
        "age": pass_context(age),
        "hours": pass_context(hours),
        "month": pass_context(month),
        "percent": pass_context(percent),
        "one_line": one_line,
    }
)
