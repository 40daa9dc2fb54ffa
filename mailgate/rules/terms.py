"""Terms: how long, or until when. Staff write them in mails, admins in the configuration.

Why: a term that a mail names is kept with its request as `str(term)` until the notice is accepted
for delivery, because only then the clock starts (4.6, 5.1); `stored_term` reads it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from mailgate.rules.spelling import alike, plain
from mailgate.rules.vocabulary import Language, Unit

LONGEST: Final = 3650
"""The most days or hours that a term may have."""
LONGEST_SECONDS: Final = LONGEST * 86_400
_TEXT_CAP = 100


@dataclass(frozen=True, slots=True)
class Term:
    """An amount of days, hours or seconds, or a named date or moment."""

    unit: Unit
    amount: int = 0
    day: date | None = None
    """Of a named date: it ends with that day's working hours."""
    moment: datetime | None = None
    """Of a named moment; aware."""

    def __str__(self) -> str:
        """The canonical form, which `stored_term` and, for amounts, the configuration read."""
        match self.unit:
            case Unit.DATE:
                return str(self.day)
            case Unit.MOMENT:
                return self.moment.isoformat() if self.moment else ""
            case Unit.SECONDS:
                return f"{self.amount}s"
        return f"{self.amount} {self.unit.value.removesuffix('s') if self.amount == 1 else self.unit.value}"


@dataclass(frozen=True, slots=True)
class TermError:
    """Why a text is no term: `code` names the reason, `words` say it to a person."""

    code: str
    found: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def words(self, language: Language | str) -> str:
        """What is wrong and what would be right, in the reader's language."""
        return _WORDS[self.code][Language(language)].format(found=self.found, **self.values)


_MINUS = ("-", "\u2212", "\u2013")
_AMOUNT = re.compile(r"([0-9]{1,12}) ?(.*)")
_ISO_DAY = r"(?P<y>[0-9]{4})[ .](?P<m>[0-9]{1,2})[ .](?P<d>[0-9]{1,2})"
_DOTTED_DAY = r"(?P<d2>[0-9]{1,2})\.(?P<m2>[0-9]{1,2})\.(?P<y2>[0-9]{4})"
_CLOCK = r"[, t]{1,3}(?:в |у |at )?(?P<h>[0-9]{1,2})[:.](?P<min>[0-9]{2})(?::00)?"
_NAMED = re.compile(rf"(?:{_ISO_DAY}|{_DOTTED_DAY})(?: ?(?:г|года)\.?)?(?:{_CLOCK})?")
_UNTIL = re.compile(r"(?:до|да|until|till|by) +")
_CONFIG = re.compile(r"([0-9]{1,12}) (working|calendar) (day|hour)s?")
_CONFIG_SECONDS = re.compile(r"([0-9]{1,12})s")

_DAY_WORDS = "d|days?|д|дн|день|дня|дней|дзень|дні|дзен"
_HOUR_WORDS = "h|hr|hours?|ч|час|часа|часов|часы|гадз|гадзіна|гадзіну|гадзіны|гадзін"
_WORKING = r"(?:w|working|work|business|раб|рабоч\w{2,3}|прац|працоўн\w{1,2})\.?"
_CALENDAR = r"(?:calendar|кал|календарн\w{2,3}|каляндарн\w{1,2})\.?"
_UNITS: Final = (
    (re.compile(alike(rf"(?:{_WORKING} ?)(?:{_DAY_WORDS})|рд")), Unit.WORKING_DAYS),
    (re.compile(alike(rf"(?:{_CALENDAR} ?)?(?:{_DAY_WORDS})")), Unit.CALENDAR_DAYS),
    (re.compile(alike(rf"(?:{_WORKING} ?)?(?:{_HOUR_WORDS})")), Unit.WORKING_HOURS),
)


def parse_term(text: str, now: datetime, zone: tzinfo, closes: time = time.min) -> Term | TermError:
    """A term as staff write it: `3d`, `5 рабочих дней`, `4 часа`, `до 25.12.2026`, `2026-12-25 18:00`.

    Days are calendar days unless "working" stands there; hours are working hours. A date or moment
    is of `zone`; `closes` is the end of its working hours (midnight after it, unless named), so that
    a date that has ended is an error.
    """
    written = plain(text[:_TEXT_CAP])
    bare = _UNTIL.sub("", written, count=1)
    if named := _NAMED.fullmatch(bare):
        return _named(named, text.strip(), now, zone, closes)
    amount = _AMOUNT.fullmatch(written)
    if amount and not text.lstrip().startswith(_MINUS):
        return _amount(int(amount[1]), amount[2], text.strip())
    return TermError("not_a_term", _shown(text))


def parse_config_term(text: str) -> Term | TermError:
    """A term of the configuration: `3 working days`, `10 calendar days`, `4 working hours`, `30s`."""
    written = " ".join(text[:_TEXT_CAP].split()).lower()
    if seconds := _CONFIG_SECONDS.fullmatch(written):
        return _within(Unit.SECONDS, int(seconds[1]), text, LONGEST_SECONDS)
    match = _CONFIG.fullmatch(written)
    if match is None or (match[2] == "calendar" and match[3] == "hour"):
        return TermError("not_a_config_term", _shown(text))
    return _within(Unit(f"{match[2]} {match[3]}s"), int(match[1]), text)


def stored_term(text: str) -> Term:
    """Reads back `str(term)`. Raises ValueError for anything else."""
    term = parse_config_term(text)
    if isinstance(term, Term):
        return term
    if len(text) == len("2026-12-25"):
        return Term(Unit.DATE, day=date.fromisoformat(text))
    return Term(Unit.MOMENT, moment=datetime.fromisoformat(text))


def told_end(end: datetime) -> tuple[date, str]:
    """The day and the hour by which the end of a term is told, in its own zone: midnight is 24:00 of the day before."""
    if end.time() == time():
        return end.date() - timedelta(days=1), "24:00"
    return end.date(), f"{end.hour:02}:{end.minute:02}"


def _amount(number: int, unit_words: str, found: str) -> Term | TermError:
    if not unit_words:
        return TermError("no_unit", str(number))
    for pattern, unit in _UNITS:
        if pattern.fullmatch(alike(unit_words)):
            return _within(unit, number, found)
    return TermError("not_a_term", _shown(found))


def _within(unit: Unit, number: int, found: str, longest: int = LONGEST) -> Term | TermError:
    if not 1 <= number <= longest:
        return TermError("out_of_range", _shown(found), {"longest": str(longest)})
    return Term(unit, number)


def _named(match: re.Match[str], found: str, now: datetime, zone: tzinfo, closes: time) -> Term | TermError:
    part = {name.rstrip("2"): int(value) for name, value in match.groupdict().items() if value is not None}
    try:
        day = date(part["y"], part["m"], part["d"])
        clock = time(part["h"], part["min"]) if "h" in part else closes
        end = datetime.combine(day, clock, zone)
        if "h" not in part and closes == time.min:
            end += timedelta(days=1)
        is_time = "h" not in part or _is_on_the_clock(end, zone)
    except (ValueError, OverflowError):
        is_time = False
    if not is_time:
        return TermError("no_such_date", _shown(found))
    if end <= now:
        here = now.astimezone(zone)
        return TermError("past", _shown(found), {"now": f"{here:%d.%m.%Y %H:%M}"})
    if end - now > timedelta(days=LONGEST):
        last = now.astimezone(zone) + timedelta(days=LONGEST)
        return TermError("too_far", _shown(found), {"last": f"{last:%d.%m.%Y %H:%M}"})
    return Term(Unit.MOMENT, moment=end) if "h" in part else Term(Unit.DATE, day=day)


def _is_on_the_clock(end: datetime, zone: tzinfo) -> bool:
    """Not where summer time leaves that hour out."""
    return end.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == end.replace(tzinfo=None)


def _shown(text: str) -> str:
    return " ".join(text.split())[:_TEXT_CAP]


_SAMPLES = "3d, 3 дня, 5 рабочих дней, 4 часа, до 25.12.2026, 2026-12-25 18:00"
_BE_SAMPLES = "3d, 3 дні, 5 працоўных дзён, 4 гадзіны, да 25.12.2026, 2026-12-25 18:00"
_EN_SAMPLES = "3d, 5 working days, 4h, until 25.12.2026, 2026-12-25 18:00"
_CONFIG_SAMPLES = '"3 working days", "10 calendar days", "4 working hours", "30s"'
_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "not_a_term": {
        Language.RU: f"«{{found}}» не похоже на срок. Напишите, например: {_SAMPLES}.",
        Language.BE: f"«{{found}}» не падобна на тэрмін. Напішыце, напрыклад: {_BE_SAMPLES}.",
        Language.EN: f"“{{found}}” is not a term. Write, for example: {_EN_SAMPLES}.",
    },
    "no_unit": {
        Language.RU: "«{found}» — чего? Допишите единицу: "
        "{found}d (дни), {found}wd (рабочие дни) или {found}h (рабочие часы).",
        Language.BE: "«{found}» — чаго? Дапішыце адзінку: "
        "{found}d (дні), {found}wd (працоўныя дні) або {found}h (працоўныя гадзіны).",
        Language.EN: "“{found}” of what? Add the unit: "
        "{found}d (days), {found}wd (working days) or {found}h (working hours).",
    },
    "out_of_range": {
        Language.RU: "Срок «{found}» вне допустимых пределов: от 1 до {longest}.",
        Language.BE: "Тэрмін «{found}» па-за дапушчальнымі межамі: ад 1 да {longest}.",
        Language.EN: "The term “{found}” is out of range: 1 to {longest}.",
    },
    "too_far": {
        Language.RU: "Срок «{found}» слишком далёк: самый поздний — {last}. Проверьте год.",
        Language.BE: "Тэрмін «{found}» занадта далёкі: самы позні — {last}. Праверце год.",
        Language.EN: "The term “{found}” is too far ahead: the latest is {last}. Check the year.",
    },
    "no_such_date": {
        Language.RU: "Такой даты или времени нет: «{found}». Напишите, например: до 25.12.2026 или 2026-12-25 18:00.",
        Language.BE: "Такой даты або часу няма: «{found}». Напішыце, напрыклад: да 25.12.2026 або 2026-12-25 18:00.",
        Language.EN: "There is no such date or time: “{found}”. Write, for example: until 25.12.2026.",
    },
    "past": {
        Language.RU: "Срок «{found}» уже прошёл: сейчас {now}. Назовите будущую дату.",
        Language.BE: "Тэрмін «{found}» ужо мінуў: зараз {now}. Назавіце будучую дату.",
        Language.EN: "The term “{found}” has already passed: it is {now} now. Name a date in the future.",
    },
    "not_a_config_term": {
        Language.RU: f"«{{found}}» — не срок. Пишите с единицей: {_CONFIG_SAMPLES}.",
        Language.BE: f"«{{found}}» — не тэрмін. Пішыце з адзінкай: {_CONFIG_SAMPLES}.",
        Language.EN: f"“{{found}}” is not a term. Write it with its unit: {_CONFIG_SAMPLES}.",
    },
}
