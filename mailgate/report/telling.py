"""The numbers of a month as its notice tells them, and as a table of one number a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mailgate.report.figures import Figures

CLIENTS_MOST = 30
"""Clients that the notice names; all of them stand in the other forms."""
COLUMNS = ("section", "key", "measure", "value")
"""Of `rows`."""


def detail(figures: Figures, names: Mapping[str, str]) -> dict[str, Any]:
    """What the notice `report` tells; `names` are those of the clients, by id."""
    told = figures.as_dict()
    by = {name: [{"key": key} | row for key, row in rows.items()] for name, rows in told["by"].items()}
    by["client"] = [row | {"key": names.get(row["key"], row["key"])} for row in by["client"][:CLIENTS_MOST]]
    return {
        **{name: told[name] for name in ("month", "total", "days", "disagreements", "rejected_for_no_answer")},
        "client": names.get(figures.client, figures.client) if figures.client else None,
        "by": by,
        "busy": [[day, *numbers] for day, numbers in enumerate(figures.days, 1) if any(numbers)],
        "answer": [{"key": key} | row for key, row in told["answer"].items()],
        "completion": [{"key": key} | row for key, row in told["completion"].items()],
        "targets": [
            {"key": priority, "aim": aim} | kept
            for priority, aims in (told["targets"] or {}).items()
            for aim, kept in aims.items()
            if any(kept.values())
        ],
        "complaints": told["complaints"] if any(told["complaints"].values()) else None,
        "opened": [{"key": key, "number": number} for key, number in figures.open.items()],
    }


def rows(figures: Figures) -> Iterator[tuple[str, str, str, int]]:
    """Every number with its place: (section, key, measure, value). Times are seconds of working time."""
    yield from _of("total", "", figures.total)
    yield "total", "", "disagreements", figures.disagreements
    yield "total", "", "rejected_for_no_answer", figures.rejected_for_no_answer
    for name, tallies in figures.by.items():
        for key, tally in tallies.items():
            yield from _of(name, key, tally)
    for day, (registered, completed) in enumerate(figures.days, 1):
        yield from _of("day", f"{figures.month}-{day:02}", {"registered": registered, "completed": completed})
    for section, spreads in (("answer", figures.answer), ("completion", figures.completion)):
        for key, spread in spreads.items():
            yield from _of(section, key, spread)
    for priority, aims in (figures.targets or {}).items():
        for aim, kept in aims.items():
            yield from ((f"target_{aim}", priority, *each) for each in (("met", kept.met), ("missed", kept.missed)))
    yield from _of("complaints", "", figures.complaints)
    for priority, number in figures.open.items():
        yield "open", priority, "open", number


def _of(section: str, key: str, numbers: Any) -> Iterator[tuple[str, str, str, int]]:
    found = numbers if isinstance(numbers, dict) else {name: getattr(numbers, name) for name in numbers.__slots__}
    yield from ((section, key, measure, value) for measure, value in found.items())
