"""Answers of DNS: asked for once, remembered for a while."""

from __future__ import annotations

import dns.exception
import dns.resolver
import pytest

from mailgate.daemon.names import KEPT, KEPT_SILENCE, Names, ask


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize(("answer", "kept"), [(b"v=DKIM1", KEPT), (None, KEPT_SILENCE)])
def test_an_answer_is_remembered_and_so_is_silence(clock: Clock, answer: bytes | None, kept: float) -> None:
    asked: list[str] = []
    names = Names(lambda name: asked.append(name) or answer, clock)

    assert [names.txt("a.example"), names.txt("a.example")] == [answer, answer]
    assert asked == ["a.example"]

    clock.now += kept + 1
    names.txt("a.example")
    assert asked == ["a.example", "a.example"]


def test_what_is_remembered_does_not_grow_without_end(clock: Clock) -> None:
    names = Names(lambda name: b"x", clock)

    for number in range(5_000):
        names.txt(f"{number}.example")

    assert len(names._known) <= 1_000


@pytest.mark.parametrize("fault", [dns.exception.Timeout, dns.resolver.NXDOMAIN, dns.resolver.NoNameservers, OSError])
def test_a_fault_is_no_answer(monkeypatch: pytest.MonkeyPatch, fault: type[Exception]) -> None:
    def fails(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(dns.resolver, "resolve", fails)

    assert ask("mail._domainkey.alfa.example") is None


@pytest.mark.parametrize("name", ["a" * 70 + ".example", "..", "\udcff.example"])
def test_no_name_at_all_is_no_answer(name: str) -> None:
    assert ask(name) is None
