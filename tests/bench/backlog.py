"""A backlog taken, decided and answered by one `mailgate run --once`; the same backlog on the bare path beside it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.mail import Made, generate
from tests.bench.measuring import Cost, desk, timed, took
from tests.rig.house import DESK, House

FIRST = 20
"""Mails of a first run, whose cost is taken off the second's: start-up, and the first of everything."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """What `mails` more messages cost, in seconds."""

    mails: int
    notices: int
    """Mails that went out in the whole second run."""
    wall: float
    cpu: float
    peak_mib: float

    @property
    def per_second(self) -> float:
        """Messages a second."""
        return self.mails / self.wall

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a message."""
        return self.cpu / self.mails * 1000

    def __str__(self) -> str:
        """One row of figures."""
        return (
            f"{self.mails} messages, {self.notices} mails out: {self.per_second:.0f} messages/s, "
            f"{self.cpu_ms:.1f} ms CPU a message, at most {self.peak_mib:.0f} MiB"
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """The whole and the bare path, one right after the other on the same servers."""

    whole: Throughput
    bare: Throughput

    @property
    def share(self) -> float:
        """How much of the bare path's messages a second the whole reaches."""
        return self.whole.per_second / self.bare.per_second


@dataclass(frozen=True, slots=True)
class Mix:
    """What the backlog is made of."""

    kinds: dict[str, int]
    bytes: int


def mix(mails: int, seed: int) -> Mix:
    """Of the backlog that `measure` takes."""
    made = list(generate(mails, seed))
    return Mix(dict(Counter(each.kind for each in made)), sum(len(each.raw) for each in made))


def measure(mails: int, seed: int) -> Pair:
    """Fill the mailbox and take all of it, twice; raises RuntimeError where a message is not accounted for."""
    made = list(generate(mails + FIRST, seed))
    with desk() as house:
        timed(house, "run", "--once")  # makes the schema
        whole = _throughput(house, made, lambda: timed(house, "run", "--once"))
        census = json.loads(house.cli("census", "--json"))
        if census["taken"] != len(made):
            raise RuntimeError(f"{census['taken']} of {len(made)} were taken")
        bare = _throughput(
            house, made, lambda: took("-m", "tests.bench.bare", str(house.config), str(house.folder / "bare.db"))
        )
    return Pair(whole, bare)


def _throughput(house: House, made: list[Made], take: Callable[[], Cost]) -> Throughput:
    first = _taken(house, made[:FIRST], take)
    before = len(house.sink.received)
    rest = _taken(house, made[FIRST:], take)
    more = len(made) - 2 * FIRST
    notices = len(house.sink.received) - before
    return Throughput(more, notices, rest.wall - first.wall, rest.cpu - first.cpu, rest.peak_mib)


def _taken(house: House, some: list[Made], take: Callable[[], Cost]) -> Cost:
    for each in some:
        house.dovecot.deliver(house.users[DESK], each.raw)
    return take()
