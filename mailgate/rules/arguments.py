"""What stands after the name of a mail command, read into a typed value or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from typing import Final, TypeVar

from mailgate.rules.command_table import Arg
from mailgate.rules.labels import label
from mailgate.rules.priority import find_type
from mailgate.rules.spelling import meant, plain
from mailgate.rules.terms import Term, TermError, parse_term
from mailgate.rules.vocabulary import Channel, Impact, Language, Priority, RequestType, Urgency

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class When:
    """What a term is read against: the moment, the desk's zone, and when its working hours end."""

    now: datetime
    zone: tzinfo
    closes: time = time.min


@dataclass(frozen=True, slots=True)
class TypeNamed:
    """4.2: a type, and the impact where it was named as well."""

    type: RequestType
    impact: Impact | None = None


@dataclass(frozen=True, slots=True)
class PriorityNamed:
    """4.2: a priority set by hand; None follows Appendix 2 again."""

    priority: Priority | None


@dataclass(frozen=True, slots=True)
class Submission:
    """3.1, 3.4: whose call or letter it is, and what makes a call fit to be registered."""

    contact: str
    """E-mail address of the client's contact, as written."""
    phone: str | None = None
    """As written."""
    critical: bool = False
    cannot_write: bool = False


Value = None | str | Term | TypeNamed | Urgency | Impact | PriorityNamed | Channel | Submission


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why an argument cannot be read."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


def read_argument(arg: Arg, written: str, when: When) -> Value | Wrong:
    """The value of an argument. What is missing or too much is `Wrong` as well."""
    if not plain(written):
        return Wrong("argument_missing") if arg.required else None
    if arg is Arg.NONE:
        return Wrong("no_argument", {"found": written})
    return _READERS[arg](written, when)


def _term(written: str, when: When) -> Term | Wrong:
    term = parse_term(written, when.now, when.zone, when.closes)
    if isinstance(term, TermError):
        return Wrong(term.code, {"found": term.found, **term.values})
    return term


def _type(written: str, _: When) -> TypeNamed | Wrong:
    found = find_type(written)
    if isinstance(found, RequestType):
        return TypeNamed(found)
    for type_words, impact_words in _cut(written):
        type, impacts = find_type(type_words), meant(impact_words, _IMPACTS)
        if isinstance(type, RequestType) and len(impacts) == 1:
            return _type_with_impact(type, impacts[0])
    code = "ambiguous_type" if found else "unknown_type"
    return Wrong(code, {"found": written, "types": " ".join(found or RequestType)})


def _type_with_impact(type: RequestType, impact: Impact) -> TypeNamed | Wrong:
    if type is not RequestType.TECHNICAL_SUPPORT:
        return Wrong("impact_of_technical_support_only", {"types": type})
    return TypeNamed(type, impact)


def _cut(written: str) -> tuple[tuple[str, str], ...]:
    """The words with the last one, and with the last two, taken off."""
    words = written.split()
    return tuple((" ".join(words[:-count]), " ".join(words[-count:])) for count in (1, 2) if len(words) > count)


def _one_of(names: Mapping[str, T]) -> Callable[[str, When], T | Wrong]:
    def read(written: str, _: When) -> T | Wrong:
        found = meant(written, names)
        return found[0] if len(found) == 1 else Wrong("unknown_value", {"found": written})

    return read


def _priority(written: str, when: When) -> PriorityNamed | Wrong:
    found = _one_of(_PRIORITIES)(written, when)
    return found if isinstance(found, Wrong) else PriorityNamed(found)


def _channel(written: str, when: When) -> Channel | Wrong:
    words = _BY_WAY_OF.sub("", plain(written))
    return Wrong("unknown_value", {"found": written}) if words == _IN_PERSON else _one_of(_CHANNELS)(words, when)


def _channel_or_too_much(written: str, when: When) -> Channel | Wrong:
    channel = _channel(written, when)
    return Wrong("no_argument", {"found": written}) if isinstance(channel, Wrong) else channel


def _words(written: str, _: When) -> str:
    return " ".join(written.split())


def _staff(written: str, _: When) -> str:
    """A name or an address; the address alone where a mail program put the name before it, in angle brackets."""
    address, rest = _address(written)
    is_alone = address is not None and (not plain(rest) or written.rstrip().endswith(f"<{address}>"))
    return address if address is not None and is_alone else " ".join(written.split())


def bare_number(written: str) -> str:
    """A request's number without what stands around it in what people copy: a subject's brackets, a № before it."""
    return written.translate(_HYPHENS).strip("[]()«»\"'№#.,;:! \t\u00a0")


def _number(written: str, _: When) -> str | Wrong:
    number = bare_number(written)
    if not number or len(number.split()) > 1:
        return Wrong("not_one_number", {"found": written})
    return number


def _contact(written: str, _: When) -> Submission | Wrong:
    contact, rest = _address(written)
    if contact is None:
        return Wrong("contact_missing")
    return _nothing_left(plain(rest)) or Submission(contact)


def _call(written: str, _: When) -> Submission | Wrong:
    contact, rest = _address(written)
    if contact is None:
        return Wrong("contact_missing")
    phone, rest = _take(_PHONE, rest.translate(_HYPHENS))
    if phone is None:
        return Wrong("phone_missing")
    critical, rest = _take(_CRITICAL, plain(rest))
    cannot_write, rest = _take(_CANNOT_WRITE, rest)
    named = Submission(contact, phone, critical=critical is not None, cannot_write=cannot_write is not None)
    return _nothing_left(rest) or named


def _address(written: str) -> tuple[str | None, str]:
    """The first address, and the words without it: `a@b.example`, `<a@b.example>`, Outlook's `a@b<mailto:a@b>`."""
    found = _CONTACT.search(written)
    if found is None:
        return None, written
    address = found["address"].strip(_AROUND)

    def without(other: re.Match[str]) -> str:
        return " " if other["address"].strip(_AROUND).lower() == address.lower() else other[0]

    return address, _CONTACT.sub(without, written)


def _take(pattern: re.Pattern[str], words: str) -> tuple[str | None, str]:
    """What the pattern finds first, and the words without it."""
    found = pattern.search(words)
    return (found[0], f"{words[: found.start()]} {words[found.end() :]}") if found else (None, words)


def _nothing_left(words: str) -> Wrong | None:
    left = " ".join(words.replace(",", " ").replace(";", " ").split())
    return Wrong("unknown_words", {"found": left}) if left else None


_CONTACT = re.compile(r"<?(?:mailto:)?(?P<address>[^\s<>,;:@]{1,64}@[^\s<>,;:@]{1,255})>?")
_AROUND: Final = ".!?…\"'«»“”„‘’()[]*"
"""What may stand around an address and is no part of it."""
_HYPHENS: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
"""What word processors make of the hyphens in numbers."""
_PHONE = re.compile(r"\+?[0-9(][0-9 ()\u00a0.-]{4,24}[0-9]")
_CRITICAL = re.compile(r"\b(?:critical|критичн\w{1,3}|критическ\w{1,3}|крытычн\w{1,3})\b")
_CANNOT_WRITE = re.compile(
    r"\b(?:cannot write|can not write|не може[тм] (?:на)?писать|не можа (?:на)?пісаць|писать не может|пісаць не можа)\b"
)
_BY_WAY_OF = re.compile(r"^(?:по|па|by|via|through|in|через|праз|в|у) ")
_IN_PERSON: Final = "лично"
"""Begins the name of another channel, and is none."""


def _named(words: Mapping[T, str]) -> dict[str, T]:
    names: dict[str, T] = {}
    for value, spelled in words.items():
        names |= dict.fromkeys(spelled.split(", "), value)
    return names


_URGENCIES: Final = _named(
    {
        Urgency.HIGH: "high, высокая, высокий, срочно, срочная, срочный, urgent, высокі, тэрмінова",
        Urgency.NORMAL: "normal, нормальная, нормальный, обычная, обычный, звычайная, звычайны, нармальная",
        Urgency.LOW: "low, низкая, низкий, не срочно, не срочная, нізкая, нізкі, не тэрмінова",
    }
)
_IMPACTS: Final = _named(
    {
        Impact.FULL: "full, полное, полная, полный, полностью, не работает, поўны, поўнае, цалкам, не працуе",
        Impact.MAJOR: "major, значительное, значительная, существенное, большое, значны, значнае, істотны, істотнае",
        Impact.PARTIAL: "partial, частичное, частичная, частично, частковы, частковае, часткова",
    }
)
_PRIORITIES: Final = _named(
    {
        Priority.CRITICAL: "critical, критический, критичный, крытычны",
        Priority.HIGH: "high, высокий, высокі",
        Priority.MEDIUM: "medium, средний, сярэдні",
        Priority.LOW: "low, низкий, нізкі",
        Priority.PLANNED: "planned, планируемый, плановый, планаваны",
        None: "auto, авто, аўта, по таблице, паводле табліцы",
    }
)
_CHANNELS: Final = {label(channel, language): channel for channel in Channel for language in Language} | _named(
    {
        Channel.EMAIL: "email, mail, почта, почте, почтой, пошта, пошце, поштай",
        Channel.PORTAL: "portal, лк, личном кабинете, ак, асабістым кабінеце",
        Channel.PORTAL_FORM: "portal_form, форма, форме, form",
        Channel.PHONE: "phone, call, телефону, телефоном, звонок, звонком, тэлефоне, тэлефонам, званок",
        Channel.LETTER: "letter, письмо, письмом, письму, ліст, лістом, лісце",
        Channel.SMDO: "smdo",
    }
)

_READERS: Final[Mapping[Arg, Callable[[str, When], Value | Wrong]]] = {
    Arg.TERM: _term,
    Arg.TERM_IF_ANY: _term,
    Arg.STAFF: _staff,
    Arg.TYPE_IF_ANY: _type,
    Arg.URGENCY: _one_of(_URGENCIES),
    Arg.IMPACT: _one_of(_IMPACTS),
    Arg.PRIORITY: _priority,
    Arg.CHANNEL: _channel,
    Arg.CHANNEL_IF_ANY: _channel_or_too_much,
    Arg.SUBJECT: _words,
    Arg.NUMBER: _number,
    Arg.CALL: _call,
    Arg.CONTACT: _contact,
    Arg.CLIENT_IF_ANY: _words,
}
