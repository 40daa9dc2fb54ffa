"""Appendices 1 and 2: which type a word names, and the priority of a request."""

from __future__ import annotations

from typing import Final

from mailgate.rules.labels import label
from mailgate.rules.spelling import meant
from mailgate.rules.vocabulary import Impact, Language, Priority, RequestType, Urgency

_CRITICAL, _HIGH, _MEDIUM, _LOW, _PLANNED = Priority
_TYPE_TEXT_CAP = 200

_TECHNICAL_SUPPORT: Final = {
    Impact.FULL: (_CRITICAL, _CRITICAL, _CRITICAL),
    Impact.MAJOR: (_CRITICAL, _HIGH, _MEDIUM),
    Impact.PARTIAL: (_HIGH, _MEDIUM, _MEDIUM),
}
_OTHER_TYPES: Final = {
    RequestType.CHANGE_REQUEST: (_HIGH, _MEDIUM, _LOW),
    RequestType.SERVICE_REQUEST: (_HIGH, _MEDIUM, _LOW),
    RequestType.DOCUMENT_UPLOAD: (_HIGH, _HIGH, _HIGH),
    RequestType.QUOTATION_REQUEST: (_MEDIUM, _LOW, _PLANNED),
    RequestType.CONSULTATION: (_LOW, _LOW, _LOW),
    RequestType.NEW_ORDER: (_HIGH, _MEDIUM, _LOW),
    RequestType.ACCOUNT_REGISTRATION: (_HIGH, _HIGH, _HIGH),
    RequestType.INFORMATION_SECURITY: (_CRITICAL, _HIGH, _MEDIUM),
    RequestType.UNCLASSIFIED: (_MEDIUM, _MEDIUM, _MEDIUM),
}


def priority(type: RequestType, impact: Impact | None, urgency: Urgency) -> Priority:
    """Appendix 2. Technical support without a named impact counts as `partial`; other types have none."""
    column = tuple(Urgency).index(urgency)
    if type is RequestType.TECHNICAL_SUPPORT:
        return _TECHNICAL_SUPPORT[impact or Impact.PARTIAL][column]
    return _OTHER_TYPES[type][column]


def find_type(text: str) -> RequestType | tuple[RequestType, ...]:
    """The type that a word names: its code, its number in Appendix 1, or the beginning of its name.

    Names are Russian, Belarusian and English, with or without their leading "Запрос на". Answers
    every type that may be meant, most often none, where it is not exactly one.
    """
    found = meant(text[:_TYPE_TEXT_CAP].strip().lstrip("№#"), _TYPE_NAMES)
    return found[0] if len(found) == 1 else found


def _type_names() -> dict[str, RequestType]:
    names: dict[str, RequestType] = {}
    for type in RequestType:
        labels = [label(type, language) for language in Language]
        short = [name.partition(" на ")[2] for name in labels if " на " in name]
        names |= dict.fromkeys((type.value, str(type.number), *labels, *short), type)
    return names


_TYPE_NAMES: Final = _type_names()
