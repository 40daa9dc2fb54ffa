"""What reading the corpus costs, and the page that says how well and how dearly mailgate reads."""

from __future__ import annotations

import os
import platform
import statistics
import tracemalloc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mailgate.message.body import newly_written
from mailgate.message.classify import read
from mailgate.message.fields import fields
from mailgate.message.guard import inspect
from mailgate.message.parse import parse
from tests.message.replies import shares
from tests.rig.effort import TURNS, cpu_seconds

_DEAREST = 5
_MEANINGS = {
    "kind": "request, reply, automatic reply, delivery report, invitation, list or other",
    "person": "no person's mail is taken for a machine's",
    "automatic": "nothing that a machine wrote would be answered",
    "subject": "the subject, decoded",
    "from_addr": "the address in From",
    "message_id": "the Message-ID",
    "text": "the readable text holds what it must and nothing that it must not",
    "new_text": "the newly written text, word for word",
    "new_text_parts": "the newly written text holds what it must and no quotes",
    "attachments": "the names of all attachments",
    "bounce_recipient": "whom a delivery report speaks of",
    "bounce_class": "whether the failure is final, passing, or none yet",
    "guard": "let through by the scan before parsing",
}
_PAGE = """\
# How well mail is read

Written on {day} by

    MAILGATE_CORPUS=FOLDER python tests/message/corpus.py --write docs/reading.md

over a corpus of {messages} real and hostile messages from the public tests of other mail programs, each labelled with
what it says. The corpus is no part of the project, because each message has a licence of its own. The command reads
any folder of messages with a `labels.jsonl`; `python tests/message/corpus.py --wrong FIELD` names what is read wrongly.

Machine: {machine}.

## Accuracy

| field | what is right | labelled | read rightly | share |
|---|---|---:|---:|---:|
{accuracy}

Some labels say of a field that a careful reader may fail on it; where mailgate does, that counts neither way:
{excused} times. The corpus was at hand while the reading was written, so these shares are no forecast for other mail:
they say that nothing known is read wrongly. `tests/message/test_corpus.py` holds floors below them.

## Replies of every mail program

What is new in an answer, word for word, in {replies} replies that `tests/message/programs.py` composes as
{programs} ways of writing do, in {tongues} languages; text and HTML, above, below and between the quoted lines, with
signatures, adverts of apps, and prose that looks like a header, an attribution or an advert. They are written down from
what the programs send; what was read wrongly at first was mended by kind, so these shares are no forecast either.
`python -m tests.message.replies` prints them, `--wrong PROGRAM` shows what is read wrongly.

{shares}

## Cost

Of one message through the scan, the parser, the classifier, new text and field lines: CPU time, the best of {passes};
memory, the peak of what Python allocates for it beyond its own bytes (the HTML parser's own memory is not seen). The
machine's load was {load}: where it is above the number of cores, the times are longer than they would be alone.

| | median | 95 % | worst |
|---|---:|---:|---:|
{spread}

The dearest in CPU time:

| CPU | memory | size | kind |
|---:|---:|---:|---|
{dearest}

And in memory:

| CPU | memory | size | kind |
|---:|---:|---:|---|
{largest}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading one message takes: bytes of the message, CPU seconds, and bytes of memory at the peak."""

    kind: str
    size: int
    seconds: float
    memory: int


def cost(kind: str, raw: bytes) -> Cost:
    """Reads a message several times, once of them watched for its memory."""
    seconds = cpu_seconds(lambda: _read(raw))
    tracemalloc.start()
    _read(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Cost(kind, len(raw), seconds, peak)


def _read(raw: bytes) -> None:
    newly_written.cache_clear()
    inspect(raw)
    message = parse(raw)
    read(message)
    fields(message, newly_written(message.text))


def page(results: Mapping[str, tuple[int, Sequence[Any]]], excused: int, costs: Sequence[Cost], day: date) -> str:
    """The whole page; `results` holds for each field how many messages are labelled with it, and the wrong ones."""
    by_memory = sorted(costs, key=lambda each: each.memory, reverse=True)
    by_time = sorted(costs, key=lambda each: each.seconds, reverse=True)
    by_program, by_tongue = shares()
    return _PAGE.format(
        day=day.isoformat(),
        replies=sum(map(len, by_program.values())),
        programs=len(by_program),
        tongues=len(by_tongue),
        shares="\n\n".join(_shares(*table) for table in (("program", by_program), ("language", by_tongue))),
        load=f"{os.getloadavg()[0]:.0f}",
        messages=len(costs),
        machine=machine(),
        accuracy="\n".join(_accuracy(field, count, len(wrong)) for field, (count, wrong) in results.items()),
        excused=excused,
        passes=TURNS,
        spread="\n".join((
            _spread("CPU, ms", [each.seconds * 1000 for each in costs], 2),
            _spread("memory, KiB", [each.memory / 1024 for each in costs], 0),
        )),
        dearest=_rows(by_time),
        largest=_rows(by_memory),
    )  # fmt: skip


def _accuracy(field: str, count: int, wrong: int) -> str:
    share = f"{(count - wrong) / count:.3f}" if count else "-"
    return f"| {field} | {_MEANINGS[field]} | {count} | {count - wrong} | {share} |"


def _shares(what: str, table: Mapping[str, Sequence[bool]]) -> str:
    rows = (
        f"| {name} | {len(found)} | {sum(found)} | {sum(found) / len(found):.3f} |" for name, found in table.items()
    )
    return "\n".join((f"| {what} | replies | read rightly | share |", "|---|---:|---:|---:|", *rows))


def _spread(what: str, values: Iterable[float], digits: int) -> str:
    ordered = sorted(values)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    found = (statistics.median(ordered), late, ordered[-1])
    return f"| {what} | {' | '.join(f'{value:.{digits}f}' for value in found)} |"


def _rows(costs: Sequence[Cost]) -> str:
    return "\n".join(
        f"| {each.seconds * 1000:.1f} ms | {each.memory / 1024:.0f} KiB | {each.size / 1024:.0f} KiB | {each.kind} |"
        for each in costs[:_DEAREST]
    )


def machine() -> str:
    """Cores, processor, system and Python in one line."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "CPU")
    return f"{os.cpu_count()} × {model}, {platform.system()}, Python {platform.python_version()}"
