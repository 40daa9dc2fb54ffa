"""The made-up month of the sample report."""

from __future__ import annotations

from typing import Any, Final

_REGISTERED: Final = (0, 3, 2, 4, 1, 2, 0, 0, 0, 5, 3, 2, 4, 0, 0, 6, 3, 2, 1, 2, 0, 0, 7, 4, 3, 2, 3, 1, 0, 2)
_COMPLETED: Final = (0, 1, 2, 3, 2, 2, 0, 0, 0, 3, 4, 2, 3, 0, 0, 4, 3, 3, 2, 2, 0, 0, 4, 5, 3, 2, 2, 0, 0, 3)


def _sums(registered: int, completed: int, closed: int, rejected: int) -> dict[str, Any]:
    return {"registered": registered, "completed": completed, "closed": closed, "rejected": rejected}


def _row(key: str, *sums: int) -> dict[str, Any]:
    return {"key": key} | _sums(*sums)


def _took(key: str, count: int, median: int, p90: int) -> dict[str, Any]:
    return {"key": key, "count": count, "median": median * 60, "p90": p90 * 60}


def _kept(key: str, aim: str, met: int, missed: int) -> dict[str, Any]:
    return {"key": key, "aim": aim, "met": met, "missed": missed}


_BY: Final = {
    "type": [
        _row("service_request", 13, 12, 11, 1),
        _row("consultation", 9, 9, 8, 0),
        _row("technical_support", 31, 28, 24, 2),
        _row("unclassified", 9, 6, 6, 1),
    ],
    "priority": [
        _row("critical", 4, 4, 3, 0),
        _row("high", 17, 15, 13, 1),
        _row("medium", 29, 25, 24, 2),
        _row("low", 12, 11, 9, 1),
    ],
    "channel": [_row("email", 48, 43, 39, 3), _row("portal", 11, 10, 8, 1), _row("phone", 3, 2, 2, 0)],
}
_ANSWER: Final = [
    _took("all", 61, 52, 214),
    _took("critical", 4, 11, 27),
    _took("high", 17, 38, 95),
    _took("medium", 29, 66, 231),
    _took("low", 11, 71, 240),
]
_COMPLETION: Final = [
    _took("all", 55, 540, 1610),
    _took("critical", 4, 160, 255),
    _took("high", 15, 415, 1120),
    _took("medium", 25, 610, 1655),
    _took("low", 11, 640, 1700),
]
_TARGETS: Final = [
    _kept("critical", "answer", 4, 0),
    _kept("critical", "completion", 3, 1),
    _kept("high", "answer", 15, 2),
    _kept("high", "completion", 13, 2),
]
_COMPLAINTS: Final = {
    "registered": 3,
    "answered": 2,
    "answered_in_time": 2,
    "extended": 1,
    "overdue": 0,
    "holding": 1,
    "open": 2,
}


def month(client: str) -> dict[str, Any]:
    """What the notice `report` tells of it; `client` is the name of the one that wrote most."""
    days = [list(day) for day in zip(_REGISTERED, _COMPLETED, strict=True)]
    return {
        "month": "2026-11",
        "client": None,
        "total": _sums(sum(_REGISTERED), sum(_COMPLETED), 49, 4),
        "rejected_for_no_answer": 3,
        "disagreements": 2,
        "days": days,
        "busy": [[day, *both] for day, both in enumerate(days, 1) if any(both)],
        "by": _BY | {"client": [_row(client, 41, 37, 33, 2), _row("", 21, 18, 16, 2)]},
        "answer": _ANSWER,
        "completion": _COMPLETION,
        "targets": _TARGETS,
        "complaints": _COMPLAINTS,
        "opened": [{"key": "high", "number": 2}, {"key": "medium", "number": 5}],
    }
