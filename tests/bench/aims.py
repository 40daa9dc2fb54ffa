"""What the figures of a run are to reach, and whether they do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.backlog import Pair
from tests.bench.daemons import Together
from tests.bench.latency import Latency
from tests.bench.measuring import quantile, table

CPU_MS, BARE_MS = 4.0, 1.7
"""CPU a message: at most so much, on the machine on which the bare path, in batches, took so much."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One figure and its bound; a smaller figure is better where `at_most`."""

    what: str
    bound: float
    figure: float
    unit: str = ""
    at_most: bool = True

    @property
    def is_reached(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.figure <= self.bound if self.at_most else self.figure >= self.bound

    def row(self) -> tuple[str, str, str, str]:
        """What it is, its bound, its figure, and the word on it."""
        bound = f"at {'most' if self.at_most else 'least'} {self.bound:.3g}{self.unit}"
        return self.what, bound, f"{self.figure:.2f}{self.unit}", "reached" if self.is_reached else "**not reached**"


def in_rows(aims: Iterable[Aim]) -> str:
    """As a table of a page."""
    return table(("", "aim", "here", ""), (each.row() for each in aims))


def of_a_backlog(
    waited: Latency, pairs: Sequence[Pair], together: Sequence[Together], beside_peer: Sequence[float]
) -> tuple[Aim, ...]:
    """What the medians of a run are to reach; without the peer where it was not there."""
    found = (
        Aim("from delivery to the notice, median", 0.60, quantile(waited.values, 0.5), " s"),
        Aim("the same, 95th percentile", 0.75, quantile(waited.values, 0.95), " s"),
        Aim("CPU a message", CPU_MS, median(pair.whole.cpu_ms for pair in pairs), " ms"),
        Aim("the same, of the bare path's", CPU_MS / BARE_MS, median(pair.cpu_share for pair in pairs)),
        Aim("messages a second, of the bare path's", 0.4, median(pair.share for pair in pairs), at_most=False),
        Aim("two daemons, of what one takes", 1.6, median(each.gain for each in together), at_most=False),
    )
    peer = "messages a second, of django-helpdesk's"
    return (*found, Aim(peer, 5.0, median(beside_peer), at_most=False)) if beside_peer else found
