"""S20: each regular expression, by the text that is dearest to it and as long as its callers let through.

Every shape of text is tried short, and the dearest ones grow to the whole length. Every day they grow to an eighth of
a megabyte, in an eighth of the time, and few letters of each pattern are tried; `--full` is all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from mailgate.message import answer, authenticity, body, bounce, headers, signature, thread
from mailgate.rules import commands
from tests.rig.effort import cpu_seconds, once
from tests.security.conftest import Figures
from tests.security.patterns import ROOMS, Known, Shape, asked, inline, literal, modules, named, pieces

MEGABYTE = 1_000_000
BOUND = 1.0
"""Seconds of processor for the whole of a text."""
TINY, SHORT = 22, 2_000
DEAR = 0.03
"""Seconds for a short text, at which no other shape need be tried."""
CAPS: Mapping[str, int] = {
    "message.answer.": answer.READ_MOST,
    "message.answer_phrases.": 4 * answer.READ_MOST,  # a sign comes to four letters at most that phrases are made of
    "message.authenticity._TOKEN": authenticity._LONGEST,
    "message.authenticity._ENVELOPE": headers.LONGEST_VALUE,
    "message.bounce.": bounce._LONGEST,
    "message.bounce_phrases.": bounce._LONGEST,
    "message.bounce_phrases.DAEMON": bounce._LONGEST_SENDER,
    "message.bounce_phrases.DAEMON_NAME": headers._LONGEST_ADDRESSES,
    "message.bounce_phrases.SUBJECT": bounce._LONGEST_SUBJECT,
    "message.classify._NO_REPLY": headers._LONGEST_ADDRESSES,
    "message.headers._ADDRESS_LIKE": 8 * headers._LONGEST_ADDRESSES,  # a name, and the header; a sign comes to four
    "message.signature.": body.LONGEST,
    "message.signature._CLOSING": signature._LONGEST_CLOSING,
    "message.signature._LINK": 400,  # is_advert looks at shorter lines only
    "rules.arguments.": commands.LINE_CAP,
}
"""What of a text reaches patterns of these names, where their callers cut it; the longest name that fits counts."""
BUILT: Mapping[str, tuple[re.Pattern[Any], ...]] = {
    "message.answer_phrases._words": (),  # what it builds is held by constants
    "message.bounce_phrases._any_of": (),
    "message.thread.topic": (
        re.compile(rf"\A(?:\s*(?:{thread._PREFIX}|{re.escape('[SD-2026-000001]')}))*+\s*", re.IGNORECASE),
    ),
    "message.thread._reader": tuple(thread._reader(each)[1] for each in ("SD-{year}-{seq:06d}", "{year}{seq}")),
    "message.bounce._said_of": (re.compile(r"^ivan\.petrov@alfa\.example: (.+)", re.IGNORECASE | re.MULTILINE),),
    "desk.erasing.unnamed": (re.compile(r"ivan\.petrov@alfa\.example", re.IGNORECASE),),
}
"""What functions put together from what they are given: patterns as they come out."""
READERS = [each for each in modules() if any(named(each)) or any(inline(each))]


def known(module: ModuleType) -> Iterator[Known]:
    """Every pattern that a module holds, writes within a function, or builds."""
    for name, pattern in named(module):
        constant = name.rpartition(".")[2].partition("[")[0]
        yield Known(name, pattern, asked(module, constant) or frozenset({"search", "finditer"}))
    for name, how, call in inline(module):
        written = literal(call)
        assert written or name in BUILT, f"{name} builds a regular expression: say in BUILT how it comes out"
        for each in (written,) if written else BUILT[name]:
            yield Known(name, each, frozenset({"finditer" if how == "compile" else how}))


def cap_of(one: Known) -> int:
    fitting = [name for name in CAPS if one.name.startswith(name)]
    return CAPS[max(fitting, key=len)] if fitting else MEGABYTE


def dearest(one: Known, size: int, *, is_full: bool) -> list[Shape]:
    """The shapes that take it longest, the first foremost."""
    tried: list[tuple[float, Shape]] = []
    for shape in pieces(one.pattern, all_pairs=is_full):
        tried.append((once(partial(one.ask, one.spelt(shape.text(size)))), shape))
        if tried[-1][0] > DEAR:
            break
    tried.sort(key=lambda each: -each[0])
    return [shape for _, shape in tried[: 3 if is_full else 1]]


def is_bomb(one: Known, shape: Shape) -> bool:
    """Whether time doubles with every sign or two: of anything longer nobody would see the end."""
    work = partial(one.ask, one.spelt(shape.text(TINY)))
    return once(work) > DEAR and cpu_seconds(work) > DEAR


def slow(one: Known, *, is_full: bool) -> tuple[float, list[str]]:
    """The most seconds that a text takes it, and the texts that take longer than they may."""
    cap = cap_of(one)
    longest = cap if is_full else min(cap, MEGABYTE // 8)
    if bomb := next((shape for shape in pieces(one.pattern, all_pairs=False) if is_bomb(one, shape)), None):
        return DEAR, [f"{one.name}: more than {DEAR} s for {TINY} signs of {bomb}"]
    bound = BOUND * longest / cap
    worst, found = 0.0, []
    for shape in dearest(one, min(SHORT, cap), is_full=is_full):
        size, seconds = min(SHORT, cap) // 5, 0.0
        while size < longest and seconds <= bound:
            size = min(size * 5, longest)
            work = partial(one.ask, one.spelt(shape.text(size)))
            seconds = once(work)
            if seconds > bound:
                seconds = cpu_seconds(work)
        worst = max(worst, seconds)
        if seconds > bound:
            found.append(f"{one.name}: {seconds:.2f} s for {size} signs of {cap}: {shape}")
    return worst, found


@pytest.mark.timeout(3600)  # in full
@pytest.mark.parametrize("room", ROOMS)
def test_s20_no_text_is_dear_to_a_regular_expression(room: str, pytestconfig: pytest.Config, figures: Figures) -> None:
    is_full = bool(pytestconfig.getoption("--full"))
    expressions = [one for module in READERS for one in known(module) if one.name.startswith(f"{room}.")]

    measured = [slow(one, is_full=is_full) for one in expressions]

    assert [text for _, found in measured for text in found] == []
    figures("S20", f"what is dearest to each regular expression of mailgate/{room}", sent=len(expressions), through=0,
            found=f"{max(seconds for seconds, _ in measured):.2f} s at most")  # fmt: skip


def test_s20_the_census_sees_what_is_planted() -> None:
    every = [one for module in READERS for one in known(module)]
    planted = [Known("planted", re.compile(each), frozenset({"search"})) for each in (r"\s*\n\s*", r"(?:x+x+)+y")]

    assert len(every) > len(READERS) > 1
    assert all(slow(each, is_full=False)[1] for each in planted)
    assert set(CAPS) == {name for name in CAPS if any(one.name.startswith(name) for one in every)}
    assert set(BUILT) <= {name for module in READERS for name, _, _ in inline(module)}
