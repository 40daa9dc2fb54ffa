"""3.2, 3.11: what a client wrote as `Name: value` lines, and how urgent the mail says it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailgate.message.body import new_text
from mailgate.message.model import Fields, IncomingMessage

_LONGEST_VALUE = 500
_MOST_LINES = 2_000
_NAMES = {
    "client": ("клиент", "наименование клиента", "организация", "кліент", "назва кліента", "арганізацыя", "client",
               "customer", "organisation", "organization", "company"),
    "service": ("услуга", "сервис", "наименование услуги", "паслуга", "сэрвіс", "service"),
    "type": ("тип запроса", "тип заявки", "вид запроса", "тип", "тып запыту", "тып заяўкі", "тып", "request type",
             "type of request", "type"),
    "subject": ("тема", "тема запроса", "тэма", "тэма запыту", "subject", "topic"),
    "urgency": ("срочность", "приоритет", "тэрміновасць", "прыярытэт", "urgency", "priority"),
}  # fmt: skip
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names}
_LINE = re.compile(r"^[ \t*_•-]*(?:\d{1,2}[.)][ \t*_]*)?([^\W\d_][^\n:=]{1,30}?)[ \t*_]*:[ \t*_]*(.*?)[ \t*_]*$")
_BRACKETS = re.compile(r"\[([^\[\]]{2,40})\]")
_VERY = re.compile(r"(?:очень|крайне|максимально|вельмі|надта|very|most|extremely) ")
_NOT = re.compile(r"\b(?:не|ня|not)\s*")

_HIGH = ("срочн", "безотлагательн", "критич", "авари", "неотложн", "высок", "тэрмінов", "пільн", "высок", "крытычн",
         "аварый", "urgent", "high", "critical", "asap", "emergency", "important", "!!!")  # fmt: skip
_LOW = ("низк", "несрочн", "не срочн", "планов", "нетороплив", "терпит", "нізк", "нетэрмінов", "не тэрмінов", "планав",
        "low", "not urgent", "non-urgent", "nonurgent", "no rush", "whenever")  # fmt: skip
_NORMAL = ("обычн", "нормальн", "средн", "звычайн", "нармальн", "сярэдн", "normal", "medium", "regular", "standard")
_X_PRIORITY = {"1": "high", "2": "high", "3": "normal", "4": "low", "5": "low"}


def fields(message: IncomingMessage, written: str | None = None) -> Fields:
    """What the client wrote into the field lines of the new text; the urgency also from the subject and the headers.

    `written` is the new text, where the caller has it already.
    """
    found = field_lines(new_text(message) if written is None else written)
    urgency = (
        urgency_word(found.get("urgency", ""))
        or _in_brackets(message.subject)
        or _from_headers(message)
    )  # fmt: skip
    return Fields(
        client=found.get("client"),
        service=found.get("service"),
        type=found.get("type"),
        subject=found.get("subject"),
        urgency=urgency,
    )


def field_lines(text: str) -> dict[str, str]:
    """The first value of each field that is written as a line of its own."""
    found: dict[str, str] = {}
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        match = _LINE.match(line[:_LONGEST_VALUE])
        field = _FIELD_OF.get(_folded(match[1])) if match else None
        if match and field and match[2].strip():
            found.setdefault(field, match[2].strip())
    return found


def urgency_word(text: str) -> str | None:
    """`high`, `normal` or `low` for a word in Russian, Belarusian or English; None for any other word."""
    word = _VERY.sub("", _folded(text), count=1)
    if not word:
        return None
    if _starts(word, _LOW):
        return "low"
    if _starts(word, _NORMAL):
        return "normal"
    return "high" if _starts(word, _HIGH) and not _NOT.match(word) else None


def _starts(word: str, beginnings: Iterable[str]) -> bool:
    return word.startswith(tuple(beginnings))


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("ё", "е").replace("\xa0", " ").split())


def _in_brackets(subject: str) -> str | None:
    words = (urgency_word(word) for word in _BRACKETS.findall(subject[:1_000]))
    return next((word for word in words if word), None)


def _from_headers(message: IncomingMessage) -> str | None:
    """RFC 4021 section 2.1.53 Importance; X-Priority from 1 (highest) to 5, as mail programs write it."""
    importance = (message.header("Importance") or message.header("X-MSMail-Priority") or "").strip().lower()
    if importance in {"high", "low"}:
        return importance
    priority = (message.header("X-Priority") or "").strip()[:1]
    by_number = _X_PRIORITY.get(priority)
    if by_number and by_number != "normal":
        return by_number
    return {"urgent": "high", "non-urgent": "low"}.get((message.header("Priority") or "").strip().lower())
