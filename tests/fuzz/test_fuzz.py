"""The fuzzer itself: it counts, and it finds what was planted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.fuzz import __main__ as fuzzer
from tests.fuzz import tally as kept
from tests.fuzz.targets import TEXTS, Unfit


def spins(text: str) -> None:
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass


def raises(text: str) -> None:
    raise LookupError(text)


def test_s30_two_seconds_of_it_find_nothing() -> None:
    tally = fuzzer.fuzz(2, start=1)

    assert tally.tried["mail"] > 0
    assert {"parse_orders", "parse_term"} <= set(TEXTS)
    assert 0 < tally.worst[0] < kept.SECONDS_MOST


@pytest.mark.parametrize(
    ("planted", "fault"),
    [(raises, LookupError), (spins, kept.Slow), (lambda text: "\0", Unfit), (lambda text: ("\ud800",), Unfit)],
    ids=["exception", "slow", "NUL", "surrogate"],
)
def test_s30_what_is_planted_is_found_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, planted: Callable[[str], object], fault: type[Exception]
) -> None:
    monkeypatch.setattr(fuzzer, "TEXTS", MappingProxyType({"planted": planted}))
    monkeypatch.setattr(fuzzer, "mail", lambda raw: None)
    monkeypatch.setattr(kept, "SECONDS_MOST", 0.05)
    monkeypatch.setattr(kept.tempfile, "gettempdir", lambda: str(tmp_path))

    with pytest.raises(fault) as found:
        fuzzer.fuzz(20, start=1)

    assert "planted with the input kept in" in "".join(found.value.__notes__)
    assert len(list(tmp_path.iterdir())) == 1
