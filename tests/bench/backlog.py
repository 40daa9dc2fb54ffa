"""A backlog, portion by portion: each is taken, decided and answered, and by turns goes over the bare path.

Why by portions: the speed of a shared machine changes within seconds, and what is compared should meet the same.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass

from tests.bench.mail import Made, generate
from tests.bench.measuring import Cost, Worker, desk
from tests.rig.house import DESK, House

FIRST = 20
"""Mails of a first run, whose cost does not count: templates are read, statements put together."""
PORTION = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """What a portion cost."""

    cost: Cost
    mails: int
    notices: int
    """Mails that went out."""

    @property
    def per_second(self) -> float:
        """Messages a second."""
        return self.mails / self.cost.wall

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a message."""
        return self.cost.cpu / self.mails * 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """The whole and the bare path, one right after the other on the same servers."""

    whole: Taken
    bare: Taken

    @property
    def share(self) -> float:
        """How much of the bare path's messages a second the whole reaches."""
        return self.whole.per_second / self.bare.per_second

    @property
    def cpu_share(self) -> float:
        """How many times the bare path's CPU a message the whole takes."""
        return self.whole.cpu_ms / self.bare.cpu_ms


@dataclass(frozen=True, slots=True)
class Mix:
    """What the backlog is made of."""

    kinds: dict[str, int]
    bytes: int


def mix(mails: int, seed: int) -> Mix:
    """Of the backlog that `measure` takes."""
    made = list(generate(mails, seed))
    return Mix(dict(Counter(each.kind for each in made)), sum(len(each.raw) for each in made))


def measure(mails: int, seed: int) -> list[Pair]:
    """The mail in portions, each taken by both; raises RuntimeError where a message is not accounted for."""
    made = list(generate(FIRST + mails, seed))
    portions = [made[:FIRST], *(made[start : start + PORTION] for start in range(FIRST, len(made), PORTION))]
    with (
        desk() as house,
        closing(Worker("tests.bench.whole", str(house.config))) as whole,
        closing(Worker("tests.bench.bare", str(house.config), str(house.folder / "bare.db"))) as bare,
    ):
        pairs = [_both(house, whole, bare, portion, bare_first=turn % 2 > 0) for turn, portion in enumerate(portions)]
        census = json.loads(house.cli("census", "--json"))
    if census["taken"] != len(made):
        raise RuntimeError(f"{census['taken']} of {len(made)} were taken")
    return pairs[1:]


def _both(house: House, whole: Worker, bare: Worker, portion: list[Made], *, bare_first: bool) -> Pair:
    if bare_first:
        earlier = _taken(house, bare, portion)
        return Pair(_taken(house, whole, portion), earlier)
    return Pair(_taken(house, whole, portion), _taken(house, bare, portion))


def _taken(house: House, worker: Worker, portion: list[Made]) -> Taken:
    before = len(house.sink.received)
    for each in portion:
        house.dovecot.deliver(house.users[DESK], each.raw)
    cost = Cost(*worker.work())
    return Taken(cost, len(portion), len(house.sink.received) - before)
