"""A backlog taken, decided and answered by one `mailgate run --once`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from tests.bench.mail import generate
from tests.bench.measuring import Cost, desk, timed
from tests.rig.house import DESK


@dataclass(frozen=True, slots=True)
class Throughput:
    """One backlog; `empty` is what the same command takes with nothing to do."""

    mails: int
    bytes: int
    kinds: dict[str, int]
    notices: int
    whole: Cost
    empty: Cost

    @property
    def per_second(self) -> float:
        """Messages a second, start-up left out."""
        return self.mails / (self.whole.wall - self.empty.wall)

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU a message, start-up left out."""
        return (self.whole.cpu - self.empty.cpu) / self.mails * 1000

    def __str__(self) -> str:
        """One row of figures."""
        return (
            f"{self.mails} messages, {self.bytes / 2**20:.1f} MiB, {self.notices} notices: "
            f"{self.per_second:.0f} messages/s, {self.cpu_ms:.1f} ms CPU a message, "
            f"at most {self.whole.peak_mib:.0f} MiB; "
            f"left out: start-up, {self.empty.wall:.2f} s, {self.empty.cpu:.2f} s CPU"
        )


def measure(mails: int, seed: int) -> Throughput:
    """Fill the mailbox, then take all of it; raises RuntimeError where a message is not accounted for."""
    made = list(generate(mails, seed))
    with desk() as house:
        timed(house, "run", "--once")  # makes the schema
        empty = timed(house, "run", "--once")
        for each in made:
            house.dovecot.deliver(house.users[DESK], each.raw)
        whole = timed(house, "run", "--once")
        census = json.loads(house.cli("census", "--json"))
        if census["taken"] != mails:
            raise RuntimeError(f"{census['taken']} of {mails} were taken")
        kinds = Counter(each.kind for each in made)
        return Throughput(
            mails, sum(len(each.raw) for each in made), dict(kinds), len(house.sink.received), whole, empty
        )
